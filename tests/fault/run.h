/*
 * One run of the tool under ptrace: what trace.c, which follows it, and
 * strike.c, which does the fault, share.
 */
#ifndef RUN_H
#define RUN_H

#include "fault.h"

struct task {
	pid_t		 pid;
	int		 calls;
	long		 nr;		/* the call it is in */
	ssize_t		 open;		/* its recorded call under way, or -1 */
	bool		 is_ours;	/* attached, and not gone */
	bool		 is_armed;	/* the fault is due at the exit stop */
	bool		 is_logger;	/* the logger, or one of its children */
	bool		 has_told;	/* the logger: that it has begun */
};

struct run {
	const struct launch *launch;
	const struct fault *fault;
	struct trace	*record;
	struct outcome	*out;
	struct task	 tasks[TASK_MAX];
	int		 n;
	int		 looks;		/* the caller's at its logger */
	bool		 has_begun;	/* the entry point is behind us */
	bool		 is_over;	/* the fault is done: let all go */
	unsigned long	 entry;
	unsigned long	 entry_word;
	int64_t		 last_break;
	int64_t		 deadline;
};

/* trace.c */

void	 run_let_go(struct run *, struct task *);

/* strike.c: both return whether the task is still stopped, to be resumed. */

bool	 strike_at_entry(struct run *, struct task *, long);
bool	 strike_at_exit(struct run *, struct task *);
void	 strike_at_end(struct run *, const struct task *);

#endif
