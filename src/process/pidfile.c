/*
 * pidfile.c: claiming, writing and proving; see pidfile.h.
 */
#include "process/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libutil.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/os.h"
#include "exitcode.h"
#include "process/holder.h"

static const char *
kind_name(enum pidfile_kind kind)
{
	return kind == PIDFILE_PID ? "pidfile" : "lock file";
}

static enum pidfile_result
refuse(struct pidfile *pidfile, struct failure *failure, const char *verb,
    const char *cause)
{
	(void)failure_set(failure, EXITCODE_FAILED, "cannot %s %s %s: %s",
	    verb, kind_name(pidfile->kind), pidfile->path, cause);
	return PIDFILE_FAILED;
}

/*
 * Removes the file that we have made and that nobody has taken since: it is
 * still under its name, empty, and not locked. FD is ours since it was made.
 */
static void
remove_unused(const struct pidfile *pidfile, int fd)
{
	struct stat ours, named;

	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &ours) == 0 &&
	    lstat(pidfile->path, &named) == 0 && ours.st_size == 0 &&
	    ours.st_dev == named.st_dev && ours.st_ino == named.st_ino)
		(void)unlink(pidfile->path);	/* what cannot go may stay */
}

/* Are these certainly two files? */
static bool
is_another(int one, int other)
{
	struct stat a, b;

	return fstat(one, &a) == 0 && fstat(other, &b) == 0 &&
	    (a.st_dev != b.st_dev || a.st_ino != b.st_ino);
}

/*
 * Opens and locks the file; creates it where there is none.
 * Returns 0, or -1 with errno (EWOULDBLOCK: busy).
 */
static int
open_and_lock(struct pidfile *pidfile)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC;
	mode_t mode = pidfile->kind == PIDFILE_PID ? 0644 : 0600;
	struct stat st;
	int made = -1, error;

	for (;;) {
		/* Opening a device may do something: look first. */
		if (fstatat(AT_FDCWD, pidfile->path, &st,
		    AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode)) {
			errno = S_ISLNK(st.st_mode) ? ELOOP :
			    S_ISDIR(st.st_mode) ? EISDIR : EFTYPE;
			break;
		}
		pidfile->fd = flopenat(AT_FDCWD, pidfile->path, flags);
		if (pidfile->fd != -1 || (errno != EINTR && errno != ENOENT))
			break;
		if (errno == EINTR)
			continue;
		if (made != -1)
			(void)close(made);	/* it is gone already */
		made = open(pidfile->path, flags | O_CREAT | O_EXCL, mode);
		/* EEXIST: somebody made it in between. */
		if (made == -1 && errno != EINTR && errno != EEXIST)
			break;
	}
	error = errno;
	pidfile->is_created = made != -1 && !is_another(made, pidfile->fd);
	if (made != -1 && pidfile->fd == -1 && error != EWOULDBLOCK)
		remove_unused(pidfile, made);
	if (made != -1)
		(void)close(made);	/* nothing was written */
	errno = error;
	return pidfile->fd == -1 ? -1 : 0;
}

/* What the head of pidfile.h asks of a file that is locked. */
static enum pidfile_result
check(struct pidfile *pidfile, struct failure *failure)
{
	struct stat st;

	if (fstat(pidfile->fd, &st) == -1)
		return refuse(pidfile, failure, "use", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse(pidfile, failure, "use", "not a regular file");
	if (pidfile->kind == PIDFILE_LOCK)
		return PIDFILE_CLAIMED;
	/* None: it was removed after it was opened, which others see to. */
	if (st.st_nlink > 1)
		return refuse(pidfile, failure, "use",
		    "it has other hard links");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return refuse(pidfile, failure, "use",
		    "it belongs to another user; remove it first");
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return refuse(pidfile, failure, "use",
		    "others may write it; remove it first");
	if (!content_is_pidfile(pidfile->fd, pidfile->stale,
	    &pidfile->stale_len))
		return refuse(pidfile, failure, "use", errno == EFTYPE ?
		    "it holds something else than a pid; remove it first" :
		    strerror(errno));
	return PIDFILE_CLAIMED;
}

/* The lock is ours and the file is checked: a second way to the same file. */
static enum pidfile_result
open_for_writing(struct pidfile *pidfile, struct failure *failure)
{
	struct stat locked, opened;

	do {
		pidfile->write_fd = open(pidfile->path, O_WRONLY | O_NOFOLLOW |
		    O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	} while (pidfile->write_fd == -1 && errno == EINTR);
	if (pidfile->write_fd == -1 ||
	    fstat(pidfile->write_fd, &opened) == -1 ||
	    fstat(pidfile->fd, &locked) == -1)
		return refuse(pidfile, failure, "open", strerror(errno));
	if (opened.st_dev != locked.st_dev || opened.st_ino != locked.st_ino)
		return refuse(pidfile, failure, "open",
		    "it was replaced meanwhile");
	return PIDFILE_CLAIMED;
}

enum pidfile_result
pidfile_claim(struct pidfile *pidfile, enum pidfile_kind kind,
    const char *path, struct failure *failure)
{
	enum pidfile_result result;

	*pidfile = (struct pidfile){
		.path = path, .kind = kind, .fd = -1, .write_fd = -1,
	};
	if (open_and_lock(pidfile) == -1) {
		if (errno == EWOULDBLOCK)
			return PIDFILE_BUSY;
		return refuse(pidfile, failure, "open",
		    errno == ELOOP ? "it is a symbolic link" :
		    errno == EFTYPE ? "not a regular file" :
		    strerror(errno));
	}
	result = check(pidfile, failure);
	if (result == PIDFILE_CLAIMED && kind == PIDFILE_PID)
		result = open_for_writing(pidfile, failure);
	if (result != PIDFILE_CLAIMED)
		pidfile_abandon(pidfile, -1);
	return result;
}

int
pidfile_take_over(struct pidfile *pidfile, const char *path, pid_t pid,
    int pidfd)
{
	struct pollfd gone = { .fd = pidfd, .events = POLLIN };
	struct failure ignored;
	struct stat st;
	int fd, flags;

	*pidfile = (struct pidfile){
		.path = path, .kind = PIDFILE_PID, .fd = -1, .write_fd = -1,
	};
	if (fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	fd = os_find_lock(pid, st.st_dev, st.st_ino);
	if (fd == -1)
		return -1;
	pidfile->fd = os_pidfd_take(pidfd, fd);
	if (pidfile->fd == -1)
		return -1;
	flags = fcntl(pidfile->fd, F_GETFL);
	if (flags != -1 && (flags & O_ACCMODE) == O_RDONLY &&
	    pidfile_is_same(pidfile, path) &&
	    check(pidfile, &ignored) == PIDFILE_CLAIMED &&
	    open_for_writing(pidfile, &ignored) == PIDFILE_CLAIMED &&
	    os_lock_description(pidfile->write_fd) == 0 &&
	    /* Whoever was at it before us has not replaced it already. */
	    content_read_pid(pidfile->fd) == pid && poll(&gone, 1, 0) == 0)
		return 0;
	pidfile_abandon(pidfile, -1);
	return -1;
}

static int
write_pid(const struct pidfile *pidfile, pid_t pid)
{
	char text[CONTENT_HEAD_MAX];
	size_t from = sizeof(text), at;
	ssize_t n;

	text[--from] = '\n';
	for (; pid > 0; pid /= 10)
		text[--from] = (char)('0' + pid % 10);
	/* What does not fit in one go fails in the next, with the reason. */
	for (at = from; at < sizeof(text); at += (size_t)n) {
		n = pwrite(pidfile->write_fd, text + at, sizeof(text) - at,
		    (off_t)(at - from));
		if (n == -1 && errno == EINTR)
			n = 0;
		if (n == -1)
			return -1;
	}
	return 0;
}

int
pidfile_write_pid(const struct pidfile *pidfile, pid_t pid)
{
	if (pidfile->stale_len > 0 && ftruncate(pidfile->write_fd, 0) == -1)
		return -1;
	return write_pid(pidfile, pid);
}

int
pidfile_rewrite_pid(const struct pidfile *pidfile, pid_t pid)
{
	pid_t rest;
	off_t len = 1;

	/* In place: a full file system has room for that. */
	for (rest = pid; rest > 0; rest /= 10)
		len++;
	return write_pid(pidfile, pid) == -1 ? -1 :
	    ftruncate(pidfile->write_fd, len);
}

/* Gives a file that was there its content back. Returns 0, or -1. */
static int
restore(const struct pidfile *pidfile)
{
	char head[CONTENT_HEAD_MAX] = "";
	size_t len = (size_t)pidfile->stale_len;

	if (pidfile->write_fd == -1 ||
	    (pread(pidfile->fd, head, sizeof(head), 0) != -1 &&
	    memcmp(head, pidfile->stale, sizeof(head)) == 0))
		return 0;	/* it was not written to */
	if (ftruncate(pidfile->write_fd, 0) == -1 || len > sizeof(head))
		return -1;
	return pwrite(pidfile->write_fd, pidfile->stale, len, 0) ==
	    (ssize_t)len ? 0 : -1;
}

/*
 * Has another starter taken the lock over (pidfile_take_over)? It holds the
 * second lock while it is at it, and its daemon's pid is in the file then.
 */
static bool
is_taken_over(const struct pidfile *pidfile, pid_t written)
{
	pid_t pid;
	int pidfd;

	if (pidfile->write_fd == -1)
		return false;
	if (os_lock_description(pidfile->write_fd) == -1 && errno == EAGAIN)
		return true;
	pidfd = holder_find(pidfile->path, &pid);
	if (pidfd == -1)
		return false;
	(void)close(pidfd);	/* nothing was written */
	return pid != written;
}

void
pidfile_abandon(struct pidfile *pidfile, pid_t written)
{
	int saved = errno;

	if (pidfile->fd == -1)
		return;
	/* Both only while the lock is ours; what fails here stays. */
	if (is_taken_over(pidfile, written)) {
		/* it is somebody else's now */
	} else if (pidfile->is_created &&
	    pidfile_is_same(pidfile, pidfile->path)) {
		(void)unlink(pidfile->path);
	} else if (!pidfile->is_created) {
		(void)restore(pidfile);
	}
	if (pidfile->write_fd != -1)
		(void)close(pidfile->write_fd);
	(void)close(pidfile->fd);
	pidfile->fd = pidfile->write_fd = -1;
	errno = saved;
}

void
pidfile_finish(struct pidfile *pidfile, pid_t written)
{
	if (pidfile->fd == -1)
		return;
	if (!is_taken_over(pidfile, written)) {
		if (pidfile->kind == PIDFILE_PID &&
		    pidfile_is_same(pidfile, pidfile->path))
			(void)unlink(pidfile->path);	/* or it is stale */
		(void)flock(pidfile->fd, LOCK_UN);
	}
	if (pidfile->write_fd != -1)
		(void)close(pidfile->write_fd);
	(void)close(pidfile->fd);
	pidfile->fd = pidfile->write_fd = -1;
}

bool
pidfile_is_same(const struct pidfile *pidfile, const char *path)
{
	struct stat ours, theirs;

	return pidfile->fd != -1 && fstat(pidfile->fd, &ours) == 0 &&
	    fstatat(AT_FDCWD, path, &theirs, AT_SYMLINK_NOFOLLOW) == 0 &&
	    ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

int
pidfile_check(const char *path, struct failure *failure)
{
	struct pidfile pidfile = {
		.path = path, .kind = PIDFILE_PID, .write_fd = -1,
	};
	enum pidfile_result result;

	pidfile.fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);
	if (pidfile.fd == -1) {
		if (errno == ENOENT)
			return 0;
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot open pidfile %s: %s", path, errno == ELOOP ?
		    "it is a symbolic link" : strerror(errno));
	}
	result = check(&pidfile, failure);
	(void)close(pidfile.fd);	/* nothing was written */
	return result == PIDFILE_CLAIMED ? 0 : -1;
}

int
pidfile_remove_left(const char *path, pid_t pid)
{
	struct pidfile pidfile = {
		.path = path, .kind = PIDFILE_PID, .write_fd = -1,
	};
	struct failure ignored;
	int result = 0;

	do {
		pidfile.fd = flopenat(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW |
		    O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	} while (pidfile.fd == -1 && errno == EINTR);
	if (pidfile.fd == -1)
		return errno == ENOENT ? 0 : errno == EWOULDBLOCK ? 1 : -1;
	if (check(&pidfile, &ignored) == PIDFILE_CLAIMED &&
	    content_read_pid(pidfile.fd) == pid &&
	    pidfile_is_same(&pidfile, path))
		result = unlink(path);
	(void)close(pidfile.fd);	/* nothing was written */
	return result;
}

bool
pidfile_is_locked(int fd)
{
	if (flock(fd, LOCK_SH | LOCK_NB) == -1)
		return errno == EWOULDBLOCK;
	(void)flock(fd, LOCK_UN);	/* closing FD would do it, too */
	return false;
}
