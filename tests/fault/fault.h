/*
 * Fault injection: what the parts of the harness share.
 *
 * A start of the tool is a row of system calls in a few tasks (the caller and
 * the processes it makes).  A call is named by its task, in order of birth,
 * and by its number in that task, counted from the entry point of the program:
 * that name is the same in every run, however the tasks are scheduled.
 */
#ifndef FAULT_H
#define FAULT_H

#include <sys/types.h>

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TASK_MAX	16
#define LOGGER_TASK	1	/* where there is a logger */
#define STARTUP_MS	30000	/* no start may take longer */

/* trace.c: run the tool under ptrace, and change one thing on the way. */

struct point {
	int		 task;
	int		 index;
	long		 nr;
	uint64_t	 args[6];
	int64_t		 result;
	bool		 returned;
	bool		 is_exec;	/* this call became the target */
	bool		 is_last;	/* only the caller is left */
	bool		 is_logger;	/* the logger's, or its child's */
	unsigned	 alive;		/* tasks there were, as bits */
};

struct trace {
	struct point	*points;
	size_t		 n;
	size_t		 room;
	pid_t		 logger;	/* 0: there was none */
};

enum fault_kind {
	FAULT_ERROR,		/* the call is not made and returns an error */
	FAULT_AFTER,		/* the call is made, and returns an error */
	FAULT_BREAK,		/* brk: not made, the old break comes back */
	FAULT_SHORT,		/* the third argument is cut to `value` */
	FAULT_KILL_ENTRY,	/* SIGKILL to the victim before the call */
	FAULT_KILL_EXIT		/* SIGKILL to the victim after the call */
};

struct fault {
	enum fault_kind	 kind;
	int		 task;
	int		 index;
	long		 nr;
	long		 value;		/* errno, or a count */
	int		 victim;
	int		 looks;		/* the caller's at the victim, as in
					   kills.c; 0: nobody has to see it */
};

struct launch {
	char *const	*argv;
	char *const	*envp;
	const char	*out;		/* files for 1 and 2 */
	const char	*err;
	unsigned	 closed;	/* bit N: descriptor N is closed */
	int		 keep;		/* a descriptor to open, or 0 */
	bool		 has_logger;
};

struct outcome {
	int		 status;	/* of the caller, as from wait */
	bool		 has_exited;
	bool		 was_hit;	/* the fault happened */
	bool		 has_moved;	/* another call stood at that place */
	bool		 was_target;	/* the victim had become the target */
	bool		 has_hung;
};

int	 trace_run(const struct launch *, const struct fault *, struct trace *,
	    struct outcome *);
const char *trace_missing(void);

/* launch.c: the child that becomes the tool. */

pid_t	 launch_child(const struct launch *, bool (*)(pid_t));
unsigned long launch_entry_point(pid_t);
bool	 launch_has_become(pid_t, const char *);
bool	 launch_is_still(pid_t, const char *);
pid_t	 launch_next_event(int64_t, int *);

/* calls.c: which system call can fail in which way. */

typedef void fault_fn(const struct point *, const struct fault *, void *);

const char *call_name(long);
const char *error_name(int);
bool	 call_is_cleanup(const struct point *, const struct fault *);
void	 calls_each_fault(const struct trace *, fault_fn *, void *);

/* kills.c: which process can be killed when. */

bool	 call_is_look(int, long, const uint64_t *, pid_t);

void	 kills_each(const struct trace *, fault_fn *, void *);

/* place.c: where a start happens. */

struct scenario;

struct place {
	char		 base[PATH_MAX];
	char		 dir[PATH_MAX];		/* the start's own files */
	char		 run[PATH_MAX];		/* stands for /var/run */
	char		 etc[PATH_MAX];		/* stands for /etc */
	char		 root[PATH_MAX];	/* a second root directory */
	char		 reports[PATH_MAX];	/* where the target tells */
	char		 report[PATH_MAX];
	char		 out[PATH_MAX];		/* the caller's output */
	char		 err[PATH_MAX];
	const char	*tool;
	const char	*target;
};

void	 place_make(struct place *, const char *, int);
void	 place_remove(const struct place *);
void	 place_enter(const struct place *, const struct scenario *);
const char *place_missing(void);
void	 place_clean(const struct place *, const struct scenario *);
char	*place_expand(const struct place *, const char *);

/* scenario.c: ways to start the tool. */

#define EXPECT_MAX	8

struct scenario {
	const char	*name;
	const char	*args;
	const char	*env;		/* NULL: a plain one */
	const char	*expect[EXPECT_MAX];	/* what a good start shows */
	void		(*prepare)(const struct place *);
	unsigned	 closed;	/* bit N: descriptor N is closed */
	int		 keep;		/* a descriptor that is open, or 0 */
	int		 status;	/* what the start ends with, unharmed */
	int		 cure;		/* of execve, by which it may work */
	bool		 has_lock;
	bool		 has_logger;	/* it lives beside the target */
	bool		 is_about_logger;	/* all else is in others, too */
	bool		 needs_root;
	bool		 is_for_peers;
};

extern const struct scenario scenarios[];

const char *scenario_missing(const struct scenario *);
char	**scenario_words(const struct place *, const char *, const char *);
char	**scenario_env(const struct place *, const struct scenario *);
void	 words_free(char **);

/* judge.c: is what is there now what was asked for, or nothing at all? */

enum verdict_kind { VERDICT_GOOD, VERDICT_BAD, VERDICT_UNREACHED };

struct verdict {
	enum verdict_kind kind;
	char		 why[512];
};

struct judge {
	const struct place *place;
	const struct scenario *scenario;
	bool		 is_peer;	/* another's program: be lenient */
	char		*report;	/* what a newborn target told */
	char		*files;		/* the files while it runs */
	char		*logger;	/* what the logger runs as */
	char		*before;	/* the files before any start */
};

void	 judge_learn(struct judge *, struct verdict *);
void	 judge_record(const struct judge *, struct trace *, struct verdict *);
void	 judge_fault(const struct judge *, const struct fault *, bool,
	    struct verdict *);
void	 judge_kill(const struct judge *, const struct fault *,
	    struct verdict *);

/* left.c: what a start left behind, held against what was asked for. */

pid_t	 left_settle(const struct judge *, char **);
pid_t	 left_target(const struct judge *);
char	*left_logger(const struct judge *);
char	*left_await_files(const struct judge *, pid_t,
	    bool (*)(const struct judge *, const char *));
void	 left_pidfile(const struct judge *, struct verdict *);
void	 left_daemon(const struct judge *, bool, struct verdict *);
void	 left_files(const struct judge *, struct verdict *);
void	 left_message(const struct judge *, struct verdict *);
void	 left_nobody(struct verdict *);
void	 verdict_bad(struct verdict *, const char *, ...)
	    __attribute__((__format__(__printf__, 2, 3)));

/* cases.c: every case of a start. */

struct count {
	unsigned	 cases;
	unsigned	 handled;
	unsigned	 unreached;
};

struct totals {
	struct count	 faults;
	struct count	 kills;
	unsigned	 tests;
	unsigned	 failed;
};

struct settings {
	const char	*tool;
	const char	*target;
	const char	*only;		/* one case */
	char		 base[PATH_MAX];
	int		 jobs;
	bool		 is_peer;
	bool		 is_verbose;
	bool		 is_listing;
	bool		 want_faults;
	bool		 want_kills;
};

void	 cases_all(const struct scenario *, const struct settings *,
	    struct place *, struct totals *) __attribute__((__noreturn__));

/* tree.c: files and processes, as text. */

char	*tree_process(pid_t);
char	*tree_describe(const struct place *, pid_t);
bool	 tree_has_locks(const struct place *);
void	 tree_empty(const char *);
char	*text_read(const char *);
void	 text_write(const char *, const char *, mode_t);
const char *text_next_line(const char *);
void	 text_differ(char *, size_t, const char *, const char *);
int	 children_of_us(pid_t *, int);
void	 children_end(void);
int64_t	 now_ms(void);
void	 nap(void);
void	 give_up(const char *, ...)
	    __attribute__((__noreturn__, __format__(__printf__, 1, 2)));

#endif
