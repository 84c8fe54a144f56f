/*
 * Which system call can fail in which way.  A call that the kernel cannot
 * refuse when it is asked properly (getpid, umask, rt_sigaction with a valid
 * signal ...) has an empty list and is counted among those that cannot fail; a
 * call that is not in the table gets what a seccomp filter, an old kernel or a
 * bad disk would answer.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "fault.h"

#define ERRNO_MAX	12

struct call {
	long		 nr;
	const char	*name;
	bool		 is_made;	/* it takes effect all the same */
	int		 errors[ERRNO_MAX];
};

#define CALL(name, ...)	{ SYS_##name, #name, false, { __VA_ARGS__ } }
#define MADE(name, ...)	{ SYS_##name, #name, true, { __VA_ARGS__ } }
#define SURE(name)	{ SYS_##name, #name, false, { 0 } }

#define OPENING		EACCES, EMFILE, ENFILE, ENOENT, EIO, EINTR, ENOMEM
#define CREATING	ENOSPC, EROFS, EDQUOT
#define LOOKING		EACCES, ENOENT, EIO, ENOMEM
#define FORKING		EAGAIN, ENOMEM

static const struct call calls[] = {
#ifdef SYS_open
	CALL(open, OPENING, CREATING),
	CALL(stat, LOOKING),
	CALL(lstat, LOOKING),
	CALL(access, LOOKING),
	CALL(readlink, LOOKING),
	CALL(pipe, EMFILE, ENFILE),
	CALL(dup2, EMFILE, EBUSY, EINTR),
	CALL(fork, FORKING),
	CALL(vfork, FORKING),
	CALL(poll, EINTR, ENOMEM),
	CALL(mkdir, EACCES, ENOSPC, EROFS, EDQUOT),
	CALL(rmdir, EACCES, EBUSY, EROFS),
	CALL(unlink, EACCES, EBUSY, EROFS),
	CALL(getdents, EIO, ENOENT),
	SURE(alarm),
	SURE(getpgrp),
	SURE(time),
#endif
	CALL(openat, OPENING, CREATING),
	CALL(openat2, OPENING, ENOSYS),
	CALL(close_range, ENOSYS, EPERM, EMFILE, ENOMEM),
	CALL(newfstatat, LOOKING),
	CALL(statx, LOOKING, ENOSYS),
	CALL(fstat, EIO, ENOMEM),
	CALL(statfs, EIO, ENOSYS),
	CALL(fstatfs, EIO, ENOSYS),
	CALL(faccessat, LOOKING),
	CALL(faccessat2, LOOKING, ENOSYS),
	CALL(readlinkat, LOOKING),
	CALL(getcwd, EACCES, ENOENT, ENOMEM),
	CALL(getdents64, EIO, ENOENT),
	CALL(mkdirat, EACCES, ENOSPC, EROFS, EDQUOT),
	CALL(unlinkat, EACCES, EBUSY, EROFS),
#ifdef SYS_renameat
	CALL(renameat, EACCES, ENOSPC, EROFS),
#endif
	CALL(fchmod, EPERM, EROFS, EIO),
	CALL(fchown, EPERM, EROFS, EIO),
	CALL(fchmodat, EPERM, EROFS, EIO),
	CALL(fchownat, EPERM, EROFS, EIO),
	CALL(ftruncate, EIO, EINTR, EPERM),
	CALL(fsync, EIO, ENOSPC, EINTR),
	CALL(lseek, EIO),
	CALL(flock, EWOULDBLOCK, EINTR, ENOLCK),
	CALL(read, EIO, EINTR),
	CALL(readv, EIO, EINTR),
	CALL(pread64, EIO, EINTR),
	CALL(write, EIO, ENOSPC, EINTR, EDQUOT),
	CALL(writev, EIO, ENOSPC, EINTR, EDQUOT),
	CALL(pwrite64, EIO, ENOSPC, EINTR, EDQUOT),
	MADE(close, EIO, EINTR),
	CALL(dup, EMFILE),
	CALL(dup3, EMFILE, EBUSY, EINTR),
	CALL(fcntl, EIO),
	CALL(ioctl, EIO, ENOTTY),
	CALL(pipe2, EMFILE, ENFILE),
	CALL(socket, EMFILE, ENFILE, EACCES),
	CALL(socketpair, EMFILE, ENFILE),
	CALL(connect, ECONNREFUSED, EACCES, EINTR),
	CALL(bind, EADDRINUSE, EACCES, ENOMEM),
	CALL(setsockopt, EPERM, ENOMEM),
	CALL(recvmsg, EAGAIN, EINTR, ENOMEM),
	CALL(inotify_init1, EMFILE, ENFILE, ENOMEM),
	CALL(inotify_add_watch, EACCES, ENOSPC, ENOMEM),
	CALL(memfd_create, EMFILE, ENFILE, ENOMEM),
	CALL(ppoll, EINTR, ENOMEM),
	CALL(pselect6, EINTR, ENOMEM),
	CALL(clone, FORKING),
	CALL(clone3, FORKING, ENOSYS, EPERM),
	CALL(execve, ENOENT, EACCES, ENOEXEC, ENOMEM, E2BIG, ETXTBSY, EMFILE,
	    EIO, EPERM, ELOOP, EAGAIN),
	CALL(execveat, ENOENT, EACCES, ENOEXEC, ENOMEM, E2BIG, ETXTBSY, EMFILE,
	    EIO, EPERM, ENOSYS),
	CALL(wait4, EINTR, ECHILD),
	CALL(waitid, EINTR, ECHILD),
	CALL(kill, EPERM),
	CALL(pidfd_open, EMFILE, ENFILE, ENOSYS, EPERM, ENOMEM),
	CALL(pidfd_send_signal, ENOSYS, EPERM),
	CALL(signalfd4, EMFILE, ENFILE, ENOMEM),
	CALL(setsid, EPERM),
	CALL(setpgid, EPERM, EACCES),
	CALL(chdir, EACCES, ENOENT, EIO, ENOMEM, ELOOP),
	CALL(fchdir, EACCES, EIO),
	CALL(chroot, EACCES, EPERM, ENOENT, EIO),
	CALL(setuid, EPERM, EAGAIN),
	CALL(setgid, EPERM),
	CALL(setreuid, EPERM, EAGAIN),
	CALL(setregid, EPERM),
	CALL(setresuid, EPERM, EAGAIN),
	CALL(setresgid, EPERM),
	CALL(setgroups, EPERM, ENOMEM),
	CALL(prlimit64, EPERM, EINVAL),
	CALL(setpriority, EACCES, EPERM),
	CALL(ioprio_set, EPERM, EINVAL, ENOSYS),
	CALL(sched_setscheduler, EPERM, EINVAL),
	CALL(sched_setattr, EPERM, EINVAL, ENOSYS),
	CALL(sched_setaffinity, EPERM, EINVAL),
	CALL(prctl, EINVAL, EPERM),
	CALL(capset, EPERM),
	CALL(capget, EPERM),
	CALL(setitimer, EPERM),
	CALL(timer_delete, EPERM),
	CALL(mmap, ENOMEM),
	CALL(mremap, ENOMEM),
	CALL(mprotect, ENOMEM),
	CALL(munmap, ENOMEM),
	CALL(madvise, ENOMEM),
	CALL(getrandom, EAGAIN, ENOSYS),
	CALL(unshare, EPERM, ENOSPC),
	CALL(getgroups, EPERM),
	{ SYS_brk, "brk", false, { ENOMEM } },
	SURE(getpid),
	SURE(getppid),
	SURE(gettid),
	SURE(getuid),
	SURE(geteuid),
	SURE(getgid),
	SURE(getegid),
	SURE(getresuid),
	SURE(getresgid),
	SURE(getpgid),
	SURE(getsid),
#ifdef SYS_setrlimit
	CALL(setrlimit, EPERM, EINVAL),
	SURE(getrlimit),
#endif
	SURE(getpriority),
	SURE(umask),
	SURE(uname),
	SURE(sysinfo),
	SURE(rt_sigaction),
	SURE(rt_sigprocmask),
	SURE(rt_sigpending),
	SURE(rt_sigtimedwait),
	SURE(rt_sigreturn),
	SURE(sigaltstack),
	SURE(clock_gettime),
	SURE(clock_nanosleep),
	SURE(nanosleep),
	SURE(restart_syscall),
	SURE(sched_yield),
	SURE(sched_getaffinity),
	SURE(set_tid_address),
	SURE(set_robust_list),
	SURE(rseq),
	SURE(futex),
	SURE(exit),
	SURE(exit_group),
};

#define N_CALLS		(sizeof(calls) / sizeof(calls[0]))

static const struct call unknown = {
	-1, "unknown", false, { ENOSYS, EPERM, EIO }
};

static const struct call *
call_find(long nr)
{
	size_t i;

	for (i = 0; i < N_CALLS; i++) {
		if (calls[i].nr == nr)
			return (&calls[i]);
	}
	return (&unknown);
}

const char *
call_name(long nr)
{
	static char number[32];
	const struct call *call = call_find(nr);

	if (call != &unknown)
		return (call->name);
	snprintf(number, sizeof(number), "call-%ld", nr);
	return (number);
}

static bool
is_one_of(long nr, const long *list)
{
	while (*list != -1) {
		if (*list++ == nr)
			return (true);
	}
	return (false);
}

/*
 * Where this fails, a start that has failed cannot tidy up, or speak; and what
 * it finds locked, or gone and there again, is another's to keep.
 */
bool
call_is_cleanup(const struct point *point, const struct fault *fault)
{
	static const long removing[] = {
#ifdef SYS_unlink
		SYS_unlink, SYS_rmdir,
#endif
		SYS_unlinkat, SYS_ftruncate, -1
	};
	static const long looking[] = {
#ifdef SYS_stat
		SYS_stat, SYS_lstat,
#endif
		SYS_newfstatat, SYS_statx, SYS_openat, -1
	};
	static const long writing[] = { SYS_write, SYS_writev, -1 };

	return (is_one_of(point->nr, removing) ||
	    ((point->is_last || fault->value == ENOENT) &&
	    is_one_of(point->nr, looking)) ||
	    (is_one_of(point->nr, writing) && point->args[0] == 2) ||
	    (point->nr == SYS_flock && fault->value == EWOULDBLOCK));
}

/* The same call can fail in one use and not in another. */
static bool
is_sure(const struct point *point)
{
	switch (point->nr) {
	case SYS_brk:
		return (point->args[0] == 0);
	case SYS_fcntl:
		return (point->args[1] == F_GETFL);
	case SYS_prctl:
		return (point->args[0] == PR_CAPBSET_READ ||
		    point->args[0] == PR_SET_NAME);
	case SYS_prlimit64:
		return (point->args[2] == 0);
	default:
		return (false);
	}
}

static bool
can_be_short(const struct point *point)
{
	static const long moving[] = {
		SYS_read, SYS_write, SYS_pread64, SYS_pwrite64, -1
	};

	return (is_one_of(point->nr, moving) && point->result > 1);
}

static void
point_each_fault(const struct point *point, fault_fn *fn, void *state)
{
	const struct call *call = call_find(point->nr);
	struct fault fault = {
		.kind = point->nr == SYS_brk ? FAULT_BREAK :
		    call->is_made ? FAULT_AFTER : FAULT_ERROR,
		.task = point->task,
		.index = point->index,
		.nr = point->nr,
	};
	int i;

	if (is_sure(point))
		return;
	for (i = 0; i < ERRNO_MAX && call->errors[i] != 0; i++) {
		fault.value = call->errors[i];
		if (point->result != -fault.value)
			fn(point, &fault, state);
	}
	if (point->nr == SYS_fcntl && (point->args[1] == F_DUPFD ||
	    point->args[1] == F_DUPFD_CLOEXEC)) {
		fault.value = EMFILE;
		fn(point, &fault, state);
	}
	if (can_be_short(point)) {
		fault.kind = FAULT_SHORT;
		fault.value = (long)point->result / 2;
		fn(point, &fault, state);
	}
}

void
calls_each_fault(const struct trace *trace, fault_fn *fn, void *state)
{
	size_t i;

	for (i = 0; i < trace->n; i++)
		point_each_fault(&trace->points[i], fn, state);
}

#define ERROR(name)	{ name, #name }

/* EIO as "EIO", for reports and for -c. */
static const struct {
	int		 error;
	const char	*name;
} errors[] = {
	ERROR(E2BIG), ERROR(EACCES), ERROR(EAGAIN), ERROR(EBUSY),
	ERROR(ECHILD), ERROR(ECONNREFUSED), ERROR(EDQUOT), ERROR(EINTR),
	ERROR(EINVAL), ERROR(EIO), ERROR(ELOOP), ERROR(EMFILE), ERROR(ENFILE),
	ERROR(ENOENT), ERROR(ENOEXEC), ERROR(ENOLCK), ERROR(ENOMEM),
	ERROR(ENOSPC), ERROR(ENOSYS), ERROR(ENOTTY), ERROR(EPERM),
	ERROR(EROFS), ERROR(ETXTBSY)
};

const char *
error_name(int error)
{
	static char number[32];
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].error == error)
			return (errors[i].name);
	}
	snprintf(number, sizeof(number), "error-%d", error);
	return (number);
}
