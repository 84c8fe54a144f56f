/*
 * os.h: what is done differently from system to system.
 *
 * os_linux*.c and os_posix.c implement the same functions; a feature that a
 * system does not have fails with ENOSYS. Functions marked [child] are called
 * between fork and exec: they are async-signal-safe and allocate nothing.
 * Unless it says otherwise, a function returns 0, or -1 with errno.
 */
#ifndef BASE_OS_H
#define BASE_OS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

/* --- our own process --- */

/* Bytes of stack for a child of os_spawn. */
enum { OS_STACK_SIZE = 64 * 1024 };

/*
 * Runs BODY(CONTEXT) in a new process, which must end in exec or _exit.
 *
 * On Linux this is clone(2) with CLONE_VM and CLONE_VFORK: nothing is copied,
 * the caller stands still until the child has called exec or died, and the
 * child may touch only its own STACK (OS_STACK_SIZE bytes, aligned to 16) and
 * what CONTEXT names. Elsewhere it is fork(2), and STACK is not used.
 * Returns the process id, or -1 with errno of clone(2). [child]
 */
pid_t os_spawn(int (*body)(void *), void *context, void *stack);

/*
 * Makes this process the parent of its descendants' orphans for as long as it
 * lives (prctl(2), PR_SET_CHILD_SUBREAPER, Linux 3.4).
 */
int os_adopt_orphans(void);

/* Path of the program that this process runs, cut to SIZE: see proc(5), exe. */
int os_own_path(char *path, size_t size);

/* Was the program installed setuid, setgid or with capabilities? */
bool os_is_privileged_executable(void);

/*
 * Closes every descriptor from 3 up but those in KEEP (ascending). Never loops
 * to RLIMIT_NOFILE; finds descriptors above it too (close_range(2), Linux 5.9;
 * otherwise the process's descriptor directory).
 */
int os_close_others(const int *keep, size_t count);

/*
 * Gives every signal its default action, also those that libraries hide
 * (an ignored signal stays ignored over exec, execve(2)). [child]
 */
int os_reset_signals(void);

/* Descriptor for reading that never reaches end of file and has no data. */
int os_open_hold(void);

/* Becomes the program at PATH (execve(2)). Returns -1 with errno. */
int os_become(const char *path, char *const *argv);

/* --- pipes, files and sockets of a logger --- */

/*
 * Duplicates at most LEN bytes that pipe FROM holds into pipe INTO, without
 * waiting and without taking them out (tee(2)).
 * Returns their number, 0 when FROM is empty and has no writer, or -1 with
 * errno (EAGAIN: empty; EINVAL: no pipe).
 */
ssize_t os_pipe_peek(int from, int into, size_t len);

/*
 * Takes at most LEN bytes that are in the pipe out of it; NULL_FD is
 * /dev/null (splice(2)). Returns how many, or -1 with errno.
 */
ssize_t os_pipe_discard(int pipe, int null_fd, size_t len);

/*
 * Makes a pipe hold about SIZE bytes, or as many as we may have (fcntl(2),
 * F_SETPIPE_SZ, Linux 2.6.35). Returns how many it holds, or -1 with errno.
 */
ssize_t os_pipe_enlarge(int pipe, size_t size);

/*
 * A descriptor that becomes readable each time when something is written into
 * PIPE or its last writer goes, also while there is something to read in it
 * (epoll(7), edge-triggered); and to be quiet again until then. Linux 5.5 to
 * 5.13 may miss a write into a pipe that is not empty.
 */
int os_edge_open(int pipe);
void os_edge_clear(int edge);

/*
 * Sends each of COUNT messages as one datagram, without waiting. Returns how
 * many went, or -1 with errno (sendmmsg(2), Linux 3.0).
 */
ssize_t os_send_many(int socket, const struct iovec *message, size_t count);

/* When FD's file was made, in ms since the epoch; -1 where nobody knows. */
int64_t os_file_born_ms(int fd);

/*
 * rename(2) that fails with EEXIST rather than replace NEW (renameat2(2),
 * Linux 3.15; link(2) and unlink(2) elsewhere).
 */
int os_rename_new(const char *old, const char *new);

/*
 * A descriptor that is readable while a signal of SIGNALS, which are blocked,
 * is pending; and the next one, or -1 with errno (EAGAIN: none).
 */
int os_signal_open(const sigset_t *signals);
int os_signal_next(int fd);

/* --- scheduling and rights of our own process [child] --- */

/* Niceness of the session's autogroup, where there is one (sched(7)). */
int os_set_autogroup_nice(int nice);

/* CLASS and LEVEL as ioprio_set(2) numbers them. */
int os_set_io_priority(int class, int level);

/* CPUS: bit N of byte N / 8 stands for processor N; LEN bytes. */
int os_set_affinity(const unsigned char *cpus, size_t len);

/* POLICY by its number from os_scheduler_policy. */
int os_set_scheduler(int policy, int priority);

int os_set_oom_score(int score);

int os_set_no_new_privs(void);

/*
 * The capabilities in MASK (bit N is capability N, capabilities(7)) are all
 * that this process and what it executes will have. First call bound, while
 * still root; then change ids; then call take.
 */
int os_bound_capabilities(uint64_t mask);
int os_take_capabilities(uint64_t mask);

/* --- names, for option values --- */

/* Number of the capability NAME ("net_bind_service", also "cap_..."), or -1. */
int os_capability_number(const char *name);

/* Number of the scheduling policy NAME (chrt(1)'s words), or -1. */
int os_scheduler_policy(const char *name);

/* --- other processes --- */

/*
 * Can others be looked up by their numbers? Not without /proc, nor with that of
 * another pid namespace, as unshare(1) --pid and nsenter(1) --pid leave it:
 * then nobody is found, and whoever is asked about is not known (ENOSYS).
 */
bool os_sees_itself(void);

/* What became of a child that may be on its way through execve(2). */
enum os_exec_state {
	OS_EXEC_DONE,		/* runs the new program */
	OS_EXEC_NOT_DONE,	/* still, or to its death, the old program */
	OS_EXEC_DYING,		/* ran the new program, is exiting */
	OS_EXEC_UNKNOWN,	/* the system does not tell */
};

/*
 * Reads it from the flags in /proc/PID/stat (proc(5); PF_FORKNOEXEC 0x40 and
 * PF_EXITING 0x4, include/linux/sched.h, unchanged since Linux 2.6).
 */
enum os_exec_state os_exec_state(pid_t pid);

/*
 * Descriptor that stands for the process and no later one with its number
 * (pidfd_open(2), Linux 5.3), or -1 with errno (ESRCH: no such process).
 */
int os_pidfd_open(pid_t pid);

int os_pidfd_signal(int pidfd, int signal);

/*
 * Our own copy of descriptor FD of the process behind PIDFD, close-on-exec
 * (pidfd_getfd(2), Linux 5.6; needs the right to trace it).
 */
int os_pidfd_take(int pidfd, int fd);

/*
 * Locks the file of FD, open for writing, against everybody else who calls
 * this, as long as the description of FD is open; flock(2) locks do not matter
 * (fcntl(2), F_OFD_SETLK, Linux 3.15). EAGAIN: somebody has it.
 */
int os_lock_description(int fd);

/*
 * The descriptor by which PID holds a flock(2) lock on the file DEVICE:INODE;
 * -1 with errno: ENOENT if it holds none, EACCES if we may not know.
 */
int os_find_lock(pid_t pid, dev_t device, ino_t inode);

/*
 * Some process that has a flock(2) lock on DEVICE:INODE by a descriptor, found
 * by looking at every process; -1 with errno where none is seen.
 */
pid_t os_find_lock_holder(dev_t device, ino_t inode);

/* A process as the system describes it. */
struct os_process {
	pid_t pid, ppid, pgid, sid;
	int tty;		/* device number, 0: none */
	pid_t tpgid;		/* -1: none */
	char state;		/* as ps(1): R S D T t Z X I */
	int nice;
	int threads;
	bool is_kernel;		/* a kernel thread */
	int64_t start_ms;	/* since the epoch, about */
	uint64_t start_ticks;	/* since boot, exactly */
	int64_t cpu_ms;
	uint64_t memory;	/* resident, in bytes */
	uid_t uid;		/* effective */
};

/* Returns 0, or -1 with errno (ESRCH: no such process, or a thread of one). */
int os_process_read(pid_t pid, struct os_process *process);

enum { OS_LINK_MAX = 512, OS_SIGNALS = 64 };

/* What surrounds a process. */
struct os_world {
	char name[32];			/* as ps -o comm */
	char cwd[OS_LINK_MAX];		/* "" where we may not know */
	char root[OS_LINK_MAX];
	char executable[OS_LINK_MAX];
	bool is_cwd_gone, is_executable_gone;	/* deleted */
	bool is_cwd_on_root;		/* on the file system of its root */
	char stream[3][OS_LINK_MAX];	/* 0, 1, 2; "" if closed */
	bool has_descriptors;		/* we may know STREAM and these: */
	unsigned int extra_descriptors;	/* from 3 up */
	unsigned int locks;		/* flock(2) locks that it holds, */
	char lock[OS_LINK_MAX];		/* one of them on this file */
	bool has_locked_memory;
	int umask;			/* -1: not known */
	uint64_t blocked, ignored;	/* signal N is bit N - 1 */
	uid_t ruid, euid, suid;
	uint64_t open_files_max;	/* soft limit */
};

/* Returns 0, or -1 with errno (ESRCH: no such process). */
int os_world_read(pid_t pid, struct os_world *world);

/*
 * Command line of PID: its words, each ended by a NUL, cut to SIZE.
 * Returns the number of bytes, 0 for one that has none, or -1 with errno.
 */
ssize_t os_process_command(pid_t pid, char *words, size_t size);

/*
 * Calls EACH for every process there is, until it returns other than 0.
 * Returns what it returned, or -1 with errno.
 */
int os_each_process(int (*each)(pid_t, void *), void *context);

/*
 * The same for the children of PID, alive or not (proc_pid_task(5), children,
 * Linux 3.5, not in every kernel). Of who waits for its children meanwhile, one
 * may be missed.
 */
int os_each_child(pid_t pid, int (*each)(pid_t, void *), void *context);

/*
 * May PID be waiting for CHILD, which runs another program, as a shell waits
 * for its command? It may also while it runs, or where the kernel does not
 * tell where it sleeps (proc_pid_wchan(5)).
 */
bool os_may_wait_for(pid_t pid, pid_t child);

/* --- descriptors of other processes --- */

enum os_descriptor_kind {
	OS_DESCRIPTOR_OTHER,
	OS_DESCRIPTOR_NULL,		/* /dev/null; only this is told */
	OS_DESCRIPTOR_FILE,
	OS_DESCRIPTOR_PIPE,
	OS_DESCRIPTOR_TERMINAL,		/* a pseudo-terminal */
	OS_DESCRIPTOR_MASTER,		/* the other side of one */
};

enum { OS_PATH_MAX = 4096 };

struct os_descriptor {
	enum os_descriptor_kind kind;
	dev_t device;		/* and INODE: which file, which pipe; */
	ino_t inode;		/* of a master 0: not known */
	int terminal;		/* TERMINAL and MASTER: its number */
	bool is_read, is_written;	/* what it was opened for, */
	bool is_appended;	/* and how */
	bool is_gone;		/* file without a name, hung up terminal */
	char name[OS_PATH_MAX];	/* of a FILE; otherwise for people */
};

/*
 * Returns 0, or -1 with errno (ENOENT: FD is closed or PID gone; EACCES: we
 * may not know).
 */
int os_descriptor_read(pid_t pid, int fd, struct os_descriptor *descriptor);

/*
 * Calls EACH for every descriptor of PID, until it returns other than 0.
 * Returns what it returned, or -1 with errno.
 */
int os_each_descriptor(pid_t pid, int (*each)(pid_t, int, void *),
    void *context);

/*
 * Does nobody read the pipe that PID has as FD? Returns 1 or 0, or -1 with
 * errno. It is opened for that, for a moment.
 */
int os_pipe_is_deserted(pid_t pid, int fd);

/* Is there a process PID, if only a dead one that nobody has fetched? */
bool os_process_exists(pid_t pid);

/* --- waiting --- */

/*
 * Descriptor that is readable when one of the things added to it has changed
 * (inotify(7)).
 */
int os_watch_open(void);

/* Adds what is made, moved or changed in the directory at PATH. */
int os_watch_directory(int watch, const char *path);

/* Adds what is written to the open file FD. */
int os_watch_file(int watch, int fd);

/* Forgets what has changed so far. */
void os_watch_drain(int watch);

/*
 * A pipe, close-on-exec, for a promise to write to ends[1]: where the system
 * can do that, writing does no harm when nobody reads any more.
 */
int os_open_promise(int ends[2]);

/* --- messages from other processes --- */

/*
 * Has this system socket addresses that are no files and vanish with the
 * socket (unix(7), abstract)?
 */
bool os_has_abstract_sockets(void);

/* Makes the socket FD tell who sends (unix(7), SO_PASSCRED). */
int os_ask_senders(int fd);

/*
 * Takes a datagram, without waiting; what does not fit into SIZE is lost, and
 * descriptors that came with it are closed, which cannot hold us up. *SENDER
 * becomes the process that sent it as the kernel knows it, 0 where that is
 * outside of our namespace, or -1 where the system does not tell. Returns its
 * length, or -1 with errno.
 */
ssize_t os_receive(int fd, void *bytes, size_t size, pid_t *sender);

/* Closes such a socket, and what came with datagrams that nobody took. */
void os_close_unread(int fd);

/* --- files and chance --- */

/*
 * LEN bytes, 256 at most, that nobody can foresee (random(7)). In the place of
 * arc4random(3bsd), for which libbsd.a needs libmd.
 */
int os_random(void *bytes, size_t len);

/*
 * An empty file without a name, for appending, close-on-exec; or -1 with errno.
 */
int os_open_scratch(void);

/*
 * The scratch file FD grows no more, whoever still writes to it: EPERM
 * (memfd_create(2), F_SEAL_GROW; elsewhere nothing happens).
 */
void os_end_scratch(int fd);

#endif
