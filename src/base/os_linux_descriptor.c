/*
 * os_linux_descriptor.c: the descriptors of other processes, on Linux, and a
 * program in the place of ours; contracts in os.h. What a descriptor leads to
 * is told by following its link under /proc/PID/fd (proc(5)), not by the text
 * of it: that is for people, and of files only.
 */
#include "base/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"

enum {
	PROC_PATH_MAX = 64,
	/* Documentation/admin-guide/devices.txt of Linux */
	MAJOR_MEMORY = 1, MINOR_NULL = 3,
	MAJOR_TTY = 5, MINOR_PTMX = 2,
	MAJOR_PTS = 136,
	DEVPTS_MAGIC = 0x1cd1,		/* statfs(2) */
};

/* What FD was opened for and, of a terminal's master, the number. */
static int
read_info(pid_t pid, int fd, struct os_descriptor *descriptor)
{
	static const char flags_line[] = "flags:\t";
	static const char tty_line[] = "tty-index:\t";
	char path[PROC_PATH_MAX], text[4096], *at;
	int flags, mode;

	(void)snprintf(path, sizeof(path), "/proc/%ld/fdinfo/%d", (long)pid,
	    fd);
	if (fd_read_path(path, text, sizeof(text)) == -1)
		return -1;
	at = strstr(text, flags_line);
	if (at == NULL) {
		errno = EPROTO;
		return -1;
	}
	flags = (int)strtol(at + strlen(flags_line), NULL, 8);
	mode = flags & O_ACCMODE;
	descriptor->is_read = mode != O_WRONLY;
	descriptor->is_written = mode != O_RDONLY;
	descriptor->is_appended = (flags & O_APPEND) != 0;
	at = strstr(text, tty_line);
	descriptor->terminal = at == NULL ? -1 :
	    (int)strtol(at + strlen(tty_line), NULL, 10);
	return 0;
}

static enum os_descriptor_kind
device_kind(const struct stat *st)
{
	unsigned int major = major(st->st_rdev), minor = minor(st->st_rdev);

	if (!S_ISCHR(st->st_mode))
		return OS_DESCRIPTOR_OTHER;
	if (major == MAJOR_MEMORY && minor == MINOR_NULL)
		return OS_DESCRIPTOR_NULL;
	if (major == MAJOR_PTS)
		return OS_DESCRIPTOR_TERMINAL;
	return major == MAJOR_TTY && minor == MINOR_PTMX ?
	    OS_DESCRIPTOR_MASTER : OS_DESCRIPTOR_OTHER;
}

int
os_descriptor_read(pid_t pid, int fd, struct os_descriptor *descriptor)
{
	char path[PROC_PATH_MAX];
	struct statfs fs;
	struct stat st;
	ssize_t len;

	(void)snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)pid, fd);
	if (stat(path, &st) == -1)
		return -1;
	descriptor->kind = S_ISREG(st.st_mode) ? OS_DESCRIPTOR_FILE :
	    S_ISFIFO(st.st_mode) ? OS_DESCRIPTOR_PIPE : device_kind(&st);
	/* What most daemons have; there is nothing else to know about it. */
	if (descriptor->kind == OS_DESCRIPTOR_NULL)
		return 0;
	len = readlink(path, descriptor->name, sizeof(descriptor->name) - 1);
	if (len == -1 || read_info(pid, fd, descriptor) == -1)
		return -1;
	descriptor->name[len] = '\0';
	descriptor->device = st.st_dev;
	descriptor->inode = st.st_ino;
	/* A terminal whose master was closed loses its name as well. */
	descriptor->is_gone = st.st_nlink == 0;
	if (descriptor->kind == OS_DESCRIPTOR_TERMINAL)
		descriptor->terminal = (int)minor(st.st_rdev);
	/* A /dev/ptmx of old lies outside of the file system it opens. */
	if (descriptor->kind == OS_DESCRIPTOR_MASTER &&
	    (statfs(path, &fs) == -1 || fs.f_type != DEVPTS_MAGIC))
		descriptor->device = 0;
	return 0;
}

int
os_each_descriptor(pid_t pid, int (*each)(pid_t, int, void *), void *context)
{
	char path[PROC_PATH_MAX];
	struct dirent *entry;
	int result = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	dir = opendir(path);
	if (dir == NULL)
		return -1;
	while (result == 0 && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			result = each(pid, (int)strtol(entry->d_name, NULL,
			    10), context);
	(void)closedir(dir);
	return result;
}

/*
 * A FIFO without a reader cannot be opened for writing only (fifo(7), ENXIO);
 * a pipe can, and then has an error waiting (poll(2), POLLERR).
 */
int
os_pipe_is_deserted(pid_t pid, int fd)
{
	char path[PROC_PATH_MAX];
	struct pollfd end = { .events = POLLOUT };
	bool is_deserted;

	(void)snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)pid, fd);
	end.fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (end.fd == -1)
		return errno == ENXIO ? 1 : -1;
	is_deserted = poll(&end, 1, 0) == 1 && (end.revents & POLLERR) != 0;
	(void)close(end.fd);	/* nothing was written */
	return is_deserted;
}
