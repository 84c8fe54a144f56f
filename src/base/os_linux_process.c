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
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"

enum {
	PROC_PATH_MAX = 64,
	STAT_FLAGS = 9,		/* fields of /proc/PID/stat, from 1 */
	STAT_STARTTIME = 22,
	PF_EXITING = 0x4,
	PF_FORKNOEXEC = 0x40,
};

/*
 * Field number FIELD (3 or later) of /proc/PID/stat. The name in field 2 may
 * hold anything, also blanks and parentheses: count from the last one.
 */
static int
stat_field(pid_t pid, int field, unsigned long long *value)
{
	char path[PROC_PATH_MAX], text[1024], *at, *end;
	int i;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	if (fd_read_path(path, text, sizeof(text)) == -1)
		return -1;
	at = strrchr(text, ')');
	for (i = 2; at != NULL && i < field; i++)
		at = strchr(at + 1, ' ');
	if (at == NULL) {
		errno = EPROTO;
		return -1;
	}
	*value = strtoull(at + 1, &end, 10);
	if (end == at + 1) {
		errno = EPROTO;
		return -1;
	}
	return 0;
}

enum os_exec_state
os_exec_state(pid_t pid)
{
	unsigned long long flags;

	if (stat_field(pid, STAT_FLAGS, &flags) == -1)
		return OS_EXEC_UNKNOWN;
	if ((flags & PF_FORKNOEXEC) != 0)
		return OS_EXEC_NOT_DONE;
	return (flags & PF_EXITING) != 0 ? OS_EXEC_DYING : OS_EXEC_DONE;
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

/* Is this fdinfo text of a descriptor that holds the lock on INODE? */
static bool
names_lock(const char *text, const char *inode)
{
	const char *line = text;
	const char *flock, *end;

	while ((line = strstr(line, "lock:\t")) != NULL) {
		end = strchrnul(line, '\n');
		flock = strstr(line, " FLOCK ");
		if (flock != NULL && flock < end) {
			const char *at = strstr(flock, inode);

			if (at != NULL && at < end)
				return true;
		}
		line = end;
	}
	return false;
}

bool
os_holds_lock(pid_t pid, dev_t device, ino_t inode)
{
	char path[PROC_PATH_MAX + 32], text[4096], wanted[64];
	struct dirent *entry;
	bool holds = false;
	DIR *dir;

	/* "lock:\t1: FLOCK  ADVISORY  WRITE PID MAJ:MIN:INODE 0 EOF" */
	(void)snprintf(wanted, sizeof(wanted), " %02x:%02x:%llu ",
	    major(device), minor(device), (unsigned long long)inode);
	(void)snprintf(path, sizeof(path), "/proc/%ld/fdinfo", (long)pid);
	dir = opendir(path);
	if (dir == NULL)
		return false;
	while (!holds && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%ld/fdinfo/%.16s",
		    (long)pid, entry->d_name);
		if (fd_read_path(path, text, sizeof(text)) > 0)
			holds = names_lock(text, wanted);
	}
	(void)closedir(dir);
	return holds;
}

pid_t
os_find_lock_holder(dev_t device, ino_t inode)
{
	struct dirent *entry;
	pid_t found = -1;
	DIR *dir;
	long pid;

	dir = opendir("/proc");
	if (dir == NULL)
		return -1;
	while (found == -1 && (entry = readdir(dir)) != NULL) {
		pid = strtol(entry->d_name, NULL, 10);
		if (pid > 0 && os_holds_lock((pid_t)pid, device, inode))
			found = (pid_t)pid;
	}
	(void)closedir(dir);
	if (found == -1)
		errno = ESRCH;
	return found;
}

int
os_process_start(pid_t pid, time_t *start)
{
	unsigned long long ticks;
	struct timespec now, since_boot;

	if (stat_field(pid, STAT_STARTTIME, &ticks) == -1 ||
	    clock_gettime(CLOCK_REALTIME, &now) == -1 ||
	    clock_gettime(CLOCK_BOOTTIME, &since_boot) == -1)
		return -1;
	*start = now.tv_sec - since_boot.tv_sec +
	    (time_t)(ticks / (unsigned long long)sysconf(_SC_CLK_TCK));
	return 0;
}

int
os_process_command(pid_t pid, char *text, size_t size)
{
	char path[PROC_PATH_MAX];
	ssize_t len, i;

	(void)snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pid);
	len = fd_read_path(path, text, size);
	if (len == -1)
		return -1;
	while (len > 0 && text[len - 1] == '\0')
		len--;
	for (i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	return 0;
}
