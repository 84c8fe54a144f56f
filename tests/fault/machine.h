/*
 * What differs by processor in changing a stopped task: its system call's
 * number, result and third argument, and a breakpoint.  On a processor that is
 * not here, MACHINE_IS_KNOWN is 0 and the fault runs are skipped.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>

#include <elf.h>
#include <errno.h>
#include <stdint.h>

#if defined(__x86_64__)

#define MACHINE_IS_KNOWN	1
#define MACHINE_TRAP		0xccUL
#define MACHINE_TRAP_MASK	0xffUL
#define MACHINE_NUMBER(regs)	((regs)->orig_rax)
#define MACHINE_RESULT(regs)	((regs)->rax)
#define MACHINE_THIRD(regs)	((regs)->rdx)
#define MACHINE_PC(regs)	((regs)->rip)

#elif defined(__aarch64__)

#define MACHINE_IS_KNOWN	1
#define MACHINE_TRAP		0xd4200000UL
#define MACHINE_TRAP_MASK	0xffffffffUL
#define MACHINE_RESULT(regs)	((regs)->regs[0])
#define MACHINE_THIRD(regs)	((regs)->regs[2])
#define MACHINE_PC(regs)	((regs)->pc)

#else

#define MACHINE_IS_KNOWN	0

#endif

#if MACHINE_IS_KNOWN

static inline int
machine_get(pid_t pid, struct user_regs_struct *regs)
{
	struct iovec io = { .iov_base = regs, .iov_len = sizeof(*regs) };

	return ((int)ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &io));
}

static inline int
machine_set(pid_t pid, struct user_regs_struct *regs)
{
	struct iovec io = { .iov_base = regs, .iov_len = sizeof(*regs) };

	return ((int)ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &io));
}

/* At the entry of a system call: let there be none. */
static inline int
machine_skip_call(pid_t pid)
{
#if defined(__aarch64__)
	int none = -1;
	struct iovec io = { .iov_base = &none, .iov_len = sizeof(none) };

	return ((int)ptrace(PTRACE_SETREGSET, pid,
	    (void *)NT_ARM_SYSTEM_CALL, &io));
#else
	struct user_regs_struct regs;

	if (machine_get(pid, &regs) == -1)
		return (-1);
	MACHINE_NUMBER(&regs) = (unsigned long long)-1;
	return (machine_set(pid, &regs));
#endif
}

static inline int
machine_set_result(pid_t pid, int64_t value)
{
	struct user_regs_struct regs;

	if (machine_get(pid, &regs) == -1)
		return (-1);
	MACHINE_RESULT(&regs) = (unsigned long long)value;
	return (machine_set(pid, &regs));
}

static inline int
machine_set_third(pid_t pid, uint64_t value)
{
	struct user_regs_struct regs;

	if (machine_get(pid, &regs) == -1)
		return (-1);
	MACHINE_THIRD(&regs) = value;
	return (machine_set(pid, &regs));
}

/* Put the trap at `where`; what stood there comes back in `*old`. */
static inline int
machine_plant(pid_t pid, unsigned long where, unsigned long *old)
{
	unsigned long word;

	errno = 0;
	word = (unsigned long)ptrace(PTRACE_PEEKTEXT, pid, (void *)where, 0);
	if (errno != 0)
		return (-1);
	*old = word;
	word = (word & ~MACHINE_TRAP_MASK) | MACHINE_TRAP;
	return ((int)ptrace(PTRACE_POKETEXT, pid, (void *)where,
	    (void *)word));
}

/* Take it away again, and step back to where it stood. */
static inline int
machine_lift(pid_t pid, unsigned long where, unsigned long old)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_POKETEXT, pid, (void *)where, (void *)old) == -1 ||
	    machine_get(pid, &regs) == -1)
		return (-1);
	MACHINE_PC(&regs) = where;
	return (machine_set(pid, &regs));
}

#else

static inline int
machine_unknown(void)
{
	errno = ENOSYS;
	return (-1);
}

#define machine_skip_call(pid)		machine_unknown()
#define machine_set_result(pid, value)	machine_unknown()
#define machine_set_third(pid, value)	machine_unknown()
#define machine_plant(pid, where, old)	machine_unknown()
#define machine_lift(pid, where, old)	machine_unknown()

#endif
#endif
