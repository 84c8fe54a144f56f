/*
 * holder.h: who holds the lock of a pidfile.
 */
#ifndef PROCESS_HOLDER_H
#define PROCESS_HOLDER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The process that holds the lock of a busy file: the pid in it, if that
 * process has the locked file open (the pid alone proves nothing).
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
