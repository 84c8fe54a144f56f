/*
 * process.h: what is said and known about a process.
 */
#ifndef PROCESS_PROCESS_H
#define PROCESS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * "pid 1234 since 2026-11-21 21:50:01: sleep 1000", as far as it is known.
 * The command is cut to fit.
 */
void process_describe(pid_t pid, char *text, size_t size);

/*
 * The command line of PID with blanks between its words, cut to SIZE; "" if it
 * has none or it is not known.
 */
void process_command(pid_t pid, char *text, size_t size);

/* Does PID run, or wait for its turn or a disk? */
bool process_is_busy(pid_t pid);

/* Has the process behind PIDFD ended? Nobody behind -1 has. */
bool process_has_ended(int pidfd);

/* Does PID live, and is kept from our eyes (proc(5), hidepid; no /proc)? */
bool process_is_hidden(pid_t pid);

/* Has PID ended, be it that nobody has waited for it yet? */
bool process_is_dead(pid_t pid);

#endif
