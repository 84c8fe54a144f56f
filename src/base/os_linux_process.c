/*
 * os_linux_process.c: facts about other processes, on Linux; contracts in
 * os.h. All of them come from /proc (proc(5)) and pidfds.
 */
#include "base/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"

enum {
	PROC_PATH_MAX = 64,
	PF_EXITING = 0x4,
	PF_FORKNOEXEC = 0x40,
	PF_KTHREAD = 0x200000,
};

/* Fields of /proc/PID/stat, numbered as in proc(5), from the third. */
enum {
	STAT_STATE = 3, STAT_PPID, STAT_PGRP, STAT_SESSION, STAT_TTY,
	STAT_TPGID, STAT_FLAGS, STAT_UTIME = 14, STAT_STIME,
	STAT_NICE = 19, STAT_THREADS, STAT_STARTTIME = 22, STAT_RSS = 24, N_STAT
};

bool
os_sees_itself(void)
{
	static pid_t seen;		/* whom it has shown already */
	char self[PROC_PATH_MAX];
	ssize_t len;

	if (seen == getpid())
		return true;
	len = readlink("/proc/self", self, sizeof(self) - 1);
	if (len == -1)
		return errno != ENOENT;	/* it cannot be told */
	self[len] = '\0';
	if (strtol(self, NULL, 10) != getpid())
		return false;
	seen = getpid();
	return true;
}

/* Numbers that are another namespace's must not be looked up. */
static bool
is_blind(void)
{
	if (os_sees_itself())
		return false;
	errno = ENOSYS;
	return true;
}

struct stat_fields {
	char state;
	long long number[N_STAT];
};

/*
 * The name in field 2 may hold anything, also blanks and parentheses: what
 * counts begins after the last one.
 */
static int
read_stat(pid_t pid, struct stat_fields *fields)
{
	char path[PROC_PATH_MAX], text[1024], *at;
	int i;

	if (is_blind())
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	if (fd_read_path(path, text, sizeof(text)) == -1) {
		if (errno == ENOENT)
			errno = ESRCH;
		return -1;
	}
	at = strrchr(text, ')');
	if (at == NULL || at[1] != ' ' || at[2] == '\0') {
		errno = EPROTO;
		return -1;
	}
	fields->state = at[2];
	at += 3;
	for (i = STAT_STATE + 1; i < N_STAT; i++)
		fields->number[i] = strtoll(at, &at, 10);
	return 0;
}

enum os_exec_state
os_exec_state(pid_t pid)
{
	struct stat_fields fields;

	if (read_stat(pid, &fields) == -1)
		return OS_EXEC_UNKNOWN;
	if ((fields.number[STAT_FLAGS] & PF_FORKNOEXEC) != 0)
		return OS_EXEC_NOT_DONE;
	return (fields.number[STAT_FLAGS] & PF_EXITING) != 0 ?
	    OS_EXEC_DYING : OS_EXEC_DONE;
}

int
os_pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

int
os_pidfd_signal(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

int
os_pidfd_take(int pidfd, int fd)
{
	return (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
}

int
os_lock_description(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &whole);
}

struct lock_search {
	dev_t device;
	ino_t inode;
	pid_t holder;
};

/*
 * Is what descriptor NAME has open the file looked for? Btrfs and overlayfs
 * show files under another device than their locks.
 */
static bool
is_open_there(const char *directory, const char *name,
    const struct lock_search *search)
{
	char path[2 * PROC_PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%.*s/%.16s",
	    (int)(strlen(directory) - strlen("info")), directory, name);
	return stat(path, &st) == 0 && st.st_dev == search->device &&
	    st.st_ino == search->inode;
}

/*
 * Is there a flock(2) lock on INODE in the fdinfo TEXT, and on which device?
 * "lock:\t1: FLOCK  ADVISORY  WRITE PID MAJ:MIN:INODE 0 EOF"
 */
static bool
names_lock(const char *text, ino_t inode, dev_t *device)
{
	const char *line = text, *flock, *end, *at;
	char wanted[32], *next;
	unsigned long major;

	(void)snprintf(wanted, sizeof(wanted), ":%llu ",
	    (unsigned long long)inode);
	while ((line = strstr(line, "lock:\t")) != NULL) {
		end = strchrnul(line, '\n');
		flock = strstr(line, " FLOCK ");
		at = flock == NULL || flock >= end ? NULL :
		    strstr(flock, wanted);
		if (at != NULL && at < end) {
			while (at[-1] != ' ')
				at--;
			major = strtoul(at, &next, 16);
			*device = makedev(major, strtoul(next + 1, NULL, 16));
			return true;
		}
		line = end;
	}
	return false;
}

/* The descriptor listed in DIRECTORY, an fdinfo, with the lock, or -1. */
static int
find_lock_in(const char *directory, const struct lock_search *search)
{
	char path[2 * PROC_PATH_MAX], text[4096];
	int found = -1, error = ENOENT;
	struct dirent *entry;
	dev_t device;
	ssize_t len;
	DIR *dir;

	dir = opendir(directory);
	if (dir == NULL)
		return -1;
	while (found == -1 && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%.64s/%.16s", directory,
		    entry->d_name);
		len = fd_read_path(path, text, sizeof(text));
		if (len == -1 && fd_is_shortage(errno))
			error = errno;
		if (len > 0 && names_lock(text, search->inode, &device) &&
		    (device == search->device ||
		    is_open_there(directory, entry->d_name, search)))
			found = (int)strtol(entry->d_name, NULL, 10);
	}
	(void)closedir(dir);
	if (found == -1)
		errno = error;
	return found;
}

/*
 * A process goes on without its first thread, whose descriptors cannot be seen
 * any more; all threads share them, so any other one will do.
 */
static int
find_lock_in_threads(pid_t pid, const struct lock_search *search)
{
	char path[PROC_PATH_MAX];
	struct dirent *entry;
	int found = -1;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%ld/task", (long)pid);
	dir = opendir(path);
	if (dir == NULL)
		return -1;
	while (found == -1 && (entry = readdir(dir)) != NULL) {
		(void)snprintf(path, sizeof(path),
		    "/proc/%ld/task/%.16s/fdinfo", (long)pid, entry->d_name);
		if (entry->d_name[0] != '.')
			found = find_lock_in(path, search);
	}
	(void)closedir(dir);
	if (found == -1)
		errno = ENOENT;
	return found;
}

int
os_find_lock(pid_t pid, dev_t device, ino_t inode)
{
	const struct lock_search search = {
		.device = device, .inode = inode,
	};
	char path[PROC_PATH_MAX];
	struct stat_fields fields;
	int found;

	if (is_blind())
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/%ld/fdinfo", (long)pid);
	found = find_lock_in(path, &search);
	if (found == -1 && errno == ENOENT && read_stat(pid, &fields) == 0 &&
	    fields.state == 'Z' && fields.number[STAT_THREADS] > 1)
		return find_lock_in_threads(pid, &search);
	return found;
}

int
os_each_process(int (*each)(pid_t, void *), void *context)
{
	struct dirent *entry;
	int result = 0;
	DIR *dir;
	long pid;

	if (is_blind())
		return -1;
	dir = opendir("/proc");
	if (dir == NULL)
		return -1;
	while (result == 0 && (entry = readdir(dir)) != NULL) {
		pid = strtol(entry->d_name, NULL, 10);
		if (pid > 0)
			result = each((pid_t)pid, context);
	}
	(void)closedir(dir);
	return result;
}

static int
has_lock(pid_t pid, void *context)
{
	struct lock_search *search = context;

	if (os_find_lock(pid, search->device, search->inode) == -1)
		return 0;
	search->holder = pid;
	return 1;
}

pid_t
os_find_lock_holder(dev_t device, ino_t inode)
{
	struct lock_search search = { .device = device, .inode = inode };

	if (os_each_process(has_lock, &search) == 1)
		return search.holder;
	errno = ESRCH;
	return -1;
}

/* Milliseconds since the epoch at which the machine was started. */
static int64_t
boot_time_ms(void)
{
	struct timespec now, up;

	/* Neither can fail: both clocks exist since Linux 2.6.39. */
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)clock_gettime(CLOCK_BOOTTIME, &up);
	return ((int64_t)now.tv_sec - up.tv_sec) * 1000 +
	    (now.tv_nsec - up.tv_nsec) / 1000000;
}

/*
 * The effective user id of PID, from its status. A thread has an entry under
 * /proc too, but is no process (its "Tgid:" is another): ESRCH.
 */
static int
read_uid(pid_t pid, uid_t *uid)
{
	static const char tgid_line[] = "\nTgid:\t", uid_line[] = "\nUid:\t";
	char path[PROC_PATH_MAX], text[2048], *at;

	(void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	if (fd_read_path(path, text, sizeof(text)) == -1)
		return -1;
	at = strstr(text, tgid_line);
	if (at == NULL || strtol(at + strlen(tgid_line), NULL, 10) != pid) {
		errno = ESRCH;
		return -1;
	}
	at = strstr(text, uid_line);
	if (at == NULL) {
		errno = EPROTO;
		return -1;
	}
	(void)strtoul(at + strlen(uid_line), &at, 10);
	*uid = (uid_t)strtoul(at, NULL, 10);
	return 0;
}

int
os_process_read(pid_t pid, struct os_process *process)
{
	long ticks = sysconf(_SC_CLK_TCK), page = sysconf(_SC_PAGESIZE);
	struct stat_fields fields;

	if (read_stat(pid, &fields) == -1)
		return -1;
	*process = (struct os_process){
		.pid = pid,
		.ppid = (pid_t)fields.number[STAT_PPID],
		.pgid = (pid_t)fields.number[STAT_PGRP],
		.sid = (pid_t)fields.number[STAT_SESSION],
		.tty = (int)fields.number[STAT_TTY],
		.tpgid = (pid_t)fields.number[STAT_TPGID],
		.state = fields.state,
		.is_kernel = (fields.number[STAT_FLAGS] & PF_KTHREAD) != 0,
		.start_ms = boot_time_ms() +
		    fields.number[STAT_STARTTIME] * 1000 / ticks,
		.start_ticks = (uint64_t)fields.number[STAT_STARTTIME],
		.cpu_ms = (fields.number[STAT_UTIME] +
		    fields.number[STAT_STIME]) * 1000 / ticks,
		.memory = (uint64_t)fields.number[STAT_RSS] * (uint64_t)page,
		.nice = (int)fields.number[STAT_NICE],
		.threads = (int)fields.number[STAT_THREADS],
	};
	return read_uid(pid, &process->uid);
}

ssize_t
os_process_command(pid_t pid, char *words, size_t size)
{
	char path[PROC_PATH_MAX];

	(void)snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pid);
	return fd_read_path(path, words, size);
}
