/*
 * failure.h: why something could not be done, for the story to say.
 *
 * Rooms below the story neither print nor exit: they fill in a failure, and
 * the story prints its text and exits with its status.
 */
#ifndef BASE_FAILURE_H
#define BASE_FAILURE_H

struct failure {
	int status;		/* of exitcode.h; 0: nothing failed */
	char text[5120];	/* "cannot VERB OBJECT: CAUSE" */
};

/* Fills in FAILURE and returns -1, so that callers can return the call. */
int failure_set(struct failure *failure, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
