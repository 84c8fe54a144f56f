/*
 * work.c: see work.h.
 */
#include "daemonctl/work.h"

#include <errno.h>
#include <string.h>

#include "base/message.h"
#include "exitcode.h"

int
work_fail_output(void)
{
	/* "status --json | head": who reads no more wants no more. */
	if (errno == EPIPE)
		return CONTROL_OK;
	message_error("cannot write standard output: %s", strerror(errno));
	return CONTROL_FAILED;
}

int
work_finish(int status, const struct failure *failure)
{
	if (failure->text[0] != '\0')
		message_error("%s", failure->text);
	return status;
}

void
work_tell(const struct work *work, const struct target *target, int status)
{
	if (work->request->is_verbose && status == CONTROL_OK &&
	    work->request->verb != NULL)
		message_step("%s %s: done", work->request->verb,
		    target->label);
}
