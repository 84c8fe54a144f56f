/*
 * fd.h: whole reads and writes, and descriptors 0 to 2.
 */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Opens /dev/null on every one of 0, 1 and 2 that is closed, so that no file
 * opened later lands there. Returns 0, or -1 with errno of open(2).
 */
int fd_reserve_standard(void);

/*
 * Writes all of LEN bytes, going on after EINTR and short writes.
 * Returns 0, or -1 with errno of write(2). Async-signal-safe.
 */
int fd_write_all(int fd, const void *bytes, size_t len);

/*
 * Reads until LEN bytes or end of file, going on after EINTR.
 * Returns the number of bytes read, or -1 with errno. Async-signal-safe.
 */
ssize_t fd_read_all(int fd, void *bytes, size_t len);

/*
 * Reads at most SIZE - 1 bytes of the file at PATH and ends them with a NUL.
 * Meant for /proc. Returns their number, or -1 with errno.
 */
ssize_t fd_read_path(const char *path, char *text, size_t size);

/*
 * Writes TEXT into the existing file at PATH (a knob under /proc) with one
 * write(2). Returns 0, or -1 with errno. Async-signal-safe.
 */
int fd_write_path(const char *path, const char *text, size_t len);

/*
 * Closes every descriptor from 3 up that DIRECTORY lists (/dev/fd), but those
 * in KEEP. Returns 0, or -1 with errno of opendir(3) or closedir(3).
 */
int fd_close_listed(const char *directory, const int *keep, size_t count);

/* Sorts COUNT descriptors, as os_close_others wants them. */
void fd_sort(int *fds, size_t count);

/*
 * rename(2) that never replaces NEW (EEXIST), by link(2) and unlink(2): for a
 * moment the file has both names. Returns 0, or -1 with errno.
 */
int fd_rename_new(const char *old, const char *new);

/* Does ERROR say that no descriptor, or memory for one, was left? */
bool fd_is_shortage(int error);

#endif
