/*
 * holder.h: who holds the lock of a pidfile.
 */
#ifndef PROCESS_HOLDER_H
#define PROCESS_HOLDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Clocks of processes and of files are coarse, and somebody may set one. */
enum { HOLDER_CLOCK_MS = 2000 };

/* Lives PID, and did it LATE_MS after the file ST was written at the latest? */
bool holder_was_alive(pid_t pid, const struct stat *st, int64_t late_ms);

/*
 * The process that holds the lock of a busy file: the pid in it, if that
 * process has the locked file open (the pid alone proves nothing); where we may
 * not see what it has open, if it was alive when the file was written.
 * Returns a pidfd (close it) and *PID, or -1 where no such process is found.
 */
int holder_find(const char *path, pid_t *pid);

/*
 * The same for a file without a helpful pid: looks at every process, which
 * takes its time. Returns the pid, or -1 where none is seen to hold the lock.
 */
pid_t holder_search(const char *path);

/* Is PID (-1: nobody) a daemonize, which has a lock for one who is to come? */
bool holder_is_starter(pid_t pid);

/* Has process PID the lock on the open file FD, by a descriptor of its own? */
bool holder_is(pid_t pid, int fd);

#endif
