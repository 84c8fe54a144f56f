/*
 * rules.c: see rules.h.
 */
#include "control/rules.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/signals.h"

#define SAY(...) (void)snprintf(text, size, __VA_ARGS__)

static enum verdict
judge_kernel(const struct subject *subject, char *text, size_t size)
{
	if (!subject->process.is_kernel) {
		SAY("a program, no kernel thread");
		return VERDICT_OK;
	}
	SAY("a kernel thread");
	return VERDICT_NO;
}

static enum verdict
judge_session(const struct subject *subject, char *text, size_t size)
{
	const struct os_process *process = &subject->process;

	if (subject->session_mate != -1) {
		SAY("shares session %ld with pid %ld, which does not come "
		    "from it", (long)process->sid,
		    (long)subject->session_mate);
		return VERDICT_NO;
	}
	if (process->sid == process->pid)
		SAY("leads session %ld, could acquire a terminal",
		    (long)process->sid);
	else
		SAY("alone in session %ld, whose leader is gone",
		    (long)process->sid);
	return VERDICT_OK;
}

static enum verdict
judge_group(const struct subject *subject, char *text, size_t size)
{
	const struct os_process *process = &subject->process;

	if (process->pgid == process->sid && subject->group_mate == -1) {
		SAY("alone in group %ld", (long)process->pgid);
		return VERDICT_OK;
	}
	if (subject->group_mate != -1)
		SAY("shares group %ld with pid %ld", (long)process->pgid,
		    (long)subject->group_mate);
	else
		SAY("group %ld is not that of its session %ld",
		    (long)process->pgid, (long)process->sid);
	return VERDICT_NO;
}

static enum verdict
judge_terminal(const struct subject *subject, char *text, size_t size)
{
	const struct os_process *process = &subject->process;

	if (process->tty == 0 && process->tpgid == -1) {
		SAY("no controlling terminal");
		return VERDICT_OK;
	}
	SAY("has a controlling terminal (foreground group %ld)",
	    (long)process->tpgid);
	return VERDICT_NO;
}

/*
 * Who is in a session that nobody was left in to bear it, and whose parent is
 * of another, has been adopted by that. A session's leader may have been born
 * by anybody.
 */
static bool
is_adopted(const struct subject *subject)
{
	return subject->process.sid != subject->process.pid &&
	    subject->session_mate == -1;
}

/* Programs that keep daemons as their children. */
static bool
is_manager(const char *name)
{
	static const char *const managers[] = {
		"systemd", "init", "runsv", "s6-supervise", "supervise",
		"supervise-daemo", "supervisord", "dinit", "launchd",
		"daemonize", "upstart", "runit", "tini", "dumb-init",
		"docker-init", "containerd-shim", "conmon",
	};
	size_t i;

	for (i = 0; i < sizeof(managers) / sizeof(managers[0]); i++)
		if (strcmp(managers[i], name) == 0)
			return true;
	return false;
}

static enum verdict
judge_parent(const struct subject *subject, char *text, size_t size)
{
	const struct os_process *process = &subject->process;
	const char *name = subject->parent;
	bool is_known = process->ppid == 1 || is_manager(name);

	SAY("pid %ld%s%s%s%s", (long)process->ppid, *name == '\0' ? "" : " (",
	    name, *name == '\0' ? "" : ")", is_known ||
	    !is_adopted(subject) ? "" : ", which has adopted it");
	if (is_known)
		return VERDICT_OK;
	return is_adopted(subject) ? VERDICT_NOTE : VERDICT_NO;
}

static bool
is_terminal(const char *path)
{
	return strncmp(path, "/dev/pts/", strlen("/dev/pts/")) == 0 ||
	    strncmp(path, "/dev/tty", strlen("/dev/tty")) == 0 ||
	    strcmp(path, "/dev/console") == 0;
}

static enum verdict
judge_streams(const struct subject *subject, char *text, size_t size)
{
	const struct os_world *world = &subject->world;
	int i;

	if (!world->has_descriptors) {
		SAY("not known: its descriptors cannot be read");
		return VERDICT_NOTE;
	}
	for (i = 0; i < 3; i++)
		if (is_terminal(world->stream[i])) {
			SAY("descriptor %d is the terminal %s", i,
			    world->stream[i]);
			return VERDICT_NO;
		}
	SAY("%.80s, %.80s, %.80s",
	    *world->stream[0] == '\0' ? "closed" : world->stream[0],
	    *world->stream[1] == '\0' ? "closed" : world->stream[1],
	    *world->stream[2] == '\0' ? "closed" : world->stream[2]);
	return VERDICT_OK;
}

static enum verdict
judge_directory(const struct subject *subject, char *text, size_t size)
{
	const struct os_world *world = &subject->world;

	if (*world->cwd == '\0') {
		SAY("not known: it cannot be read");
		return VERDICT_NOTE;
	}
	if (world->is_cwd_gone || !world->is_cwd_on_root) {
		SAY("%.200s %s", world->cwd, world->is_cwd_gone ?
		    "has been deleted" : "keeps its file system busy");
		return world->is_cwd_gone ? VERDICT_NO : VERDICT_NOTE;
	}
	SAY("%.200s", world->cwd);
	return VERDICT_OK;
}

static enum verdict
judge_root(const struct subject *subject, char *text, size_t size)
{
	const char *root = subject->world.root;

	SAY("%.200s", *root == '\0' ? "not known: it cannot be read" : root);
	return strcmp(root, "/") == 0 ? VERDICT_OK : VERDICT_NOTE;
}

static enum verdict
judge_umask(const struct subject *subject, char *text, size_t size)
{
	int mask = subject->world.umask;

	if (mask == -1)
		SAY("not known");
	else
		SAY("%04o%s", (unsigned int)mask, mask == 0 ? "" :
		    ", takes modes away");
	return mask == 0 ? VERDICT_OK : VERDICT_NOTE;
}

static enum verdict
judge_descriptors(const struct subject *subject, char *text, size_t size)
{
	const struct os_world *world = &subject->world;

	if (!world->has_descriptors) {
		SAY("not known: they cannot be read");
		return VERDICT_NOTE;
	}
	SAY("%u open from 3 up", world->extra_descriptors);
	return world->extra_descriptors <= world->locks ? VERDICT_OK :
	    VERDICT_NOTE;
}

static void
name_signals(uint64_t mask, char *text, size_t size)
{
	size_t at = 0;
	int sig;

	text[0] = '\0';
	for (sig = 1; sig <= OS_SIGNALS && at < size; sig++)
		if ((mask >> (sig - 1) & 1) != 0)
			at += (size_t)snprintf(text + at, size - at, " %s",
			    signal_name(sig));
}

static enum verdict
judge_signals(const struct subject *subject, char *text, size_t size)
{
	const struct os_world *world = &subject->world;
	char blocked[200], ignored[200];

	if (world->blocked == 0 && world->ignored == 0) {
		SAY("none blocked, none ignored");
		return VERDICT_OK;
	}
	name_signals(world->blocked, blocked, sizeof(blocked));
	name_signals(world->ignored, ignored, sizeof(ignored));
	SAY("blocked:%s; ignored:%s", *blocked == '\0' ? " none" : blocked,
	    *ignored == '\0' ? " none" : ignored);
	return VERDICT_NOTE;
}

static enum verdict
judge_lock(const struct subject *subject, char *text, size_t size)
{
	const struct os_world *world = &subject->world;

	if (!world->has_descriptors)
		SAY("not known: its descriptors cannot be read");
	else if (world->locks == 0)
		SAY("holds none: a second instance could start");
	else
		SAY("holds %u (%.200s)", world->locks, world->lock);
	return world->locks > 0 ? VERDICT_OK : VERDICT_NOTE;
}

static enum verdict
judge_user(const struct subject *subject, char *text, size_t size)
{
	const struct os_world *world = &subject->world;
	bool is_one = world->ruid == world->euid && world->suid == world->euid;

	SAY("uid %lu%s%s", (unsigned long)world->euid,
	    world->euid == 0 ? ", has root's rights" : "",
	    is_one ? "" : ", and others to go back to");
	return world->euid != 0 && is_one ? VERDICT_OK : VERDICT_NOTE;
}

static enum verdict
judge_limits(const struct subject *subject, char *text, size_t size)
{
	SAY("%llu open files",
	    (unsigned long long)subject->world.open_files_max);
	return VERDICT_OK;
}

static enum verdict
judge_executable(const struct subject *subject, char *text, size_t size)
{
	const struct os_world *world = &subject->world;

	SAY("%.200s%s", *world->executable == '\0' ?
	    "not known: it cannot be read" : world->executable,
	    world->is_executable_gone ?
	    " has been deleted or replaced: restart it" : "");
	return *world->executable == '\0' || world->is_executable_gone ?
	    VERDICT_NOTE : VERDICT_OK;
}

const struct rule rules[] = {
	{ "kernel", judge_kernel },
	{ "session", judge_session },
	{ "group", judge_group },
	{ "terminal", judge_terminal },
	{ "parent", judge_parent },
	{ "streams", judge_streams },
	{ "directory", judge_directory },
	{ "root", judge_root },
	{ "umask", judge_umask },
	{ "descriptors", judge_descriptors },
	{ "signals", judge_signals },
	{ "lock", judge_lock },
	{ "user", judge_user },
	{ "limits", judge_limits },
	{ "executable", judge_executable },
};

const size_t rule_count = sizeof(rules) / sizeof(rules[0]);
