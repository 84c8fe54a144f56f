/*
 * diagnose.c: see diagnose.h.
 */
#include "start/diagnose.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "exitcode.h"

enum { HEAD_MAX = 256 };

/* PATH as it is named from outside the plan's root directory. */
static void
outside_path(const struct plan *plan, const char *path, char *result,
    size_t size)
{
	(void)snprintf(result, size, "%s%s",
	    plan->root == NULL ? "" : plan->root, path);
}

/* The first HEAD_MAX - 1 bytes of the file, ended with a NUL. */
static ssize_t
read_head(const struct plan *plan, const char *file, char *head)
{
	char path[PATH_MAX];
	struct stat st;

	outside_path(plan, file, path, sizeof(path));
	/* A FIFO would wait for a writer. */
	if (stat(path, &st) == -1 || !S_ISREG(st.st_mode))
		return -1;
	return fd_read_path(path, head, HEAD_MAX);
}

/* "#! interpreter argument": ends the interpreter with a NUL. */
static char *
find_interpreter(char *head)
{
	char *start;

	if (strncmp(head, "#!", 2) != 0)
		return NULL;
	start = head + 2 + strspn(head + 2, " \t");
	start[strcspn(start, " \t\n")] = '\0';
	return *start == '\0' ? NULL : start;
}

/* May nobody execute the file at PATH? */
static bool
is_barred(const struct plan *plan, const char *file)
{
	char path[PATH_MAX];
	struct stat st;

	outside_path(plan, file, path, sizeof(path));
	return stat(path, &st) == 0 &&
	    (S_ISDIR(st.st_mode) || (st.st_mode & 0111) == 0);
}

static int
diagnose_file(const struct plan *plan, const char *file, int error,
    struct failure *failure)
{
	char head[HEAD_MAX] = "";
	ssize_t len = read_head(plan, file, head);
	char *interpreter = len > 0 ? find_interpreter(head) : NULL;

	/* The file is there; so it is the interpreter that is not. */
	if (interpreter != NULL && (error == ENOENT || error == ENOTDIR ||
	    error == ELOOP || error == ENOEXEC ||
	    (error == EACCES && is_barred(plan, interpreter))))
		return failure_set(failure, EXITCODE_CANNOT_EXECUTE,
		    "cannot execute %s: bad interpreter %s: %s", file,
		    interpreter, strerror(error));
	if (error == ENOENT && len > 4 && memcmp(head, "\177ELF", 4) == 0)
		return failure_set(failure, EXITCODE_CANNOT_EXECUTE,
		    "cannot execute %s: the loader that it names is missing",
		    file);
	return failure_set(failure, EXITCODE_CANNOT_EXECUTE,
	    "cannot execute %s: %s", file, error == ENOEXEC && len == 0 ?
	    "the file is empty" : strerror(error));
}

int
diagnose_execute(const struct plan *plan, int candidate, int error,
    struct failure *failure)
{
	if (candidate != -1)
		return diagnose_file(plan, plan->candidate[candidate], error,
		    failure);
	if (error == ENOENT && plan->is_searched)
		return failure_set(failure, EXITCODE_NOT_FOUND,
		    "cannot execute %s: not found in PATH (%s)",
		    plan->command, plan->search_path);
	return failure_set(failure, error == ENOENT || error == ENOTDIR ?
	    EXITCODE_NOT_FOUND : EXITCODE_CANNOT_EXECUTE,
	    "cannot execute %s: %s", plan->command, strerror(error));
}

int
diagnose_interpreter(const struct plan *plan, int candidate,
    struct failure *failure)
{
	const char *file = plan->candidate[candidate];
	char head[HEAD_MAX] = "", path[PATH_MAX];
	char *interpreter = NULL;

	if (read_head(plan, file, head) > 0)
		interpreter = find_interpreter(head);
	if (interpreter == NULL)
		return 0;
	outside_path(plan, interpreter, path, sizeof(path));
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0)
		return 0;
	return failure_set(failure, EXITCODE_CANNOT_EXECUTE,
	    "cannot execute %s: bad interpreter %s: %s", file, interpreter,
	    strerror(errno));
}

int
diagnose_step(const struct plan *plan, const struct handshake_report *report,
    struct failure *failure)
{
	char words[sizeof(failure->text)];

	if (report->step == STEP_EXECUTE)
		return diagnose_execute(plan, report->candidate,
		    report->error, failure);
	step_describe(report->step, plan, words, sizeof(words));
	return failure_set(failure, EXITCODE_FAILED, "cannot %.4500s: %s",
	    words, strerror(report->error));
}
