/*
 * notify.c: see notify.h.
 */
#include "ready/notify.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/caller.h"
#include "base/os.h"
#include "exitcode.h"

enum {
	HELPER_MS = 1000,
	GUESS_MS = 5,		/* between two looks at the daemon */
	HEAR_MS = 500,		/* at once, whoever sends what */
};

/*
 * The directory of PATH: ours, so that nobody can put anything else there;
 * others may pass through it to a name that they cannot guess.
 */
static int
make_directory(const char *path, bool is_others)
{
	char directory[PATH_MAX];
	size_t len = (size_t)(strrchr(path, '/') - path);

	memcpy(directory, path, len);
	directory[len] = '\0';
	return mkdir(directory, is_others ? 0711 : 0700);
}

static void
remove_directory(const char *path)
{
	char directory[PATH_MAX];
	size_t len = (size_t)(strrchr(path, '/') - path);

	memcpy(directory, path, len);
	directory[len] = '\0';
	(void)rmdir(directory);		/* nobody else can have put anything */
}

static int
bind_to(struct notify *notify, const char *text, const struct account *account)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(text);

	/* An address that was chosen for us is much shorter. */
	memcpy(address.sun_path, text, len);
	if (*text == '@')
		address.sun_path[0] = '\0';
	else if (make_directory(text, account->is_change) == -1)
		return -1;
	else
		notify->path = text;
	if (bind(notify->fd, (const struct sockaddr *)&address,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == -1)
		return -1;
	if (notify->path == NULL)
		return 0;
	if (chmod(text, 0600) == -1)
		return -1;
	return account->is_change ? lchown(text, account->uid, account->gid) :
	    0;
}

int
notify_open(struct notify *notify, const struct plan *plan,
    struct failure *failure)
{
	int error;

	*notify = (struct notify){
		.said = { .extend_us = -1, .main_pid = -1 }, .helper = -1,
		.guessed = -1,
	};
	notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify->fd != -1 && os_ask_senders(notify->fd) == 0 &&
	    bind_to(notify, plan->ready.address, &plan->account) == 0)
		return 0;
	error = errno;
	notify_close(notify);
	return failure_set(failure, EXITCODE_FAILED,
	    "cannot open a socket for notifications: %s", strerror(error));
}

static void
take(struct notify *notify, const struct notify_message *message)
{
	struct notify_message *said = &notify->said;

	said->is_ready |= message->is_ready;
	if (message->has_status) {
		said->has_status = true;
		memcpy(said->status, message->status, sizeof(said->status));
	}
	if (message->error != 0)
		said->error = message->error;
	if (message->extend_us != -1)
		said->extend_us = message->extend_us;
	if (message->main_pid != -1)
		said->main_pid = message->main_pid;
}

/* Children are listed in the order of their births. */
static int
note_child(pid_t pid, void *context)
{
	pid_t *youngest = context;

	*youngest = pid;
	return 0;
}

/* SENDER has said READY: MAIN_PID, or somebody for it. */
static void
find_helper(struct notify *notify, pid_t sender, pid_t main_pid,
    int64_t now_ms)
{
	pid_t child = -1;

	if (notify->helper != -1)
		return;
	if (sender == main_pid) {
		(void)os_each_child(main_pid, note_child, &child);
		if (child == -1 || !os_may_wait_for(main_pid, child))
			return;
		notify->guessed = sender = child;
		notify->main_pid = main_pid;
	}
	notify->helper = os_pidfd_open(sender);
	notify->settled_ms = now_ms + HELPER_MS;
}

bool
notify_is_settled(struct notify *notify, int64_t now_ms)
{
	struct pollfd gone = { .fd = notify->helper, .events = POLLIN };

	if (notify->helper == -1)
		return true;
	if (now_ms < notify->settled_ms && poll(&gone, 1, 0) == 0 &&
	    (notify->guessed == -1 ||
	    os_may_wait_for(notify->main_pid, notify->guessed)))
		return false;
	(void)close(notify->helper);	/* nothing was written */
	notify->helper = notify->guessed = -1;
	return true;
}

int64_t
notify_next_ms(const struct notify *notify, int64_t now_ms)
{
	if (notify->helper == -1)
		return INT64_MAX;
	return notify->guessed == -1 || now_ms + GUESS_MS > notify->settled_ms ?
	    notify->settled_ms : now_ms + GUESS_MS;
}

void
notify_hear(struct notify *notify, const struct tree *before, pid_t main_pid,
    unsigned int count, int64_t now_ms)
{
	static char bytes[NOTIFY_MESSAGE_MAX + 1];
	struct notify_message message;
	pid_t sender;
	ssize_t len;

	notify->said.extend_us = -1;
	notify->said.main_pid = -1;
	for (; count > 0 && caller_now_ms() - now_ms < HEAR_MS; count--) {
		len = os_receive(notify->fd, bytes, sizeof(bytes), &sender);
		if (len == -1)
			return;
		/* Where nobody tells, the directory keeps others out. */
		if (len > NOTIFY_MESSAGE_MAX ||
		    (sender != -1 && sender != main_pid &&
		    !tree_is_born(sender, before))) {
			notify->strangers++;
			continue;
		}
		notify_message_parse(&message, bytes, (size_t)len);
		take(notify, &message);
		if (message.is_ready && sender != -1)
			find_helper(notify, sender, main_pid,
			    caller_now_ms());
	}
}

void
notify_close(struct notify *notify)
{
	if (notify->fd != -1)
		os_close_unread(notify->fd);
	if (notify->helper != -1)
		(void)close(notify->helper);
	if (notify->path != NULL) {
		(void)unlink(notify->path);
		remove_directory(notify->path);
	}
	notify->fd = notify->helper = -1;
	notify->path = NULL;
}
