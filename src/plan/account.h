/*
 * account.h: whom the daemon will be: names to numbers, before any chroot.
 */
#ifndef PLAN_ACCOUNT_H
#define PLAN_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/failure.h"

struct account {
	bool is_set;		/* --user was given: the fields below hold */
	bool is_change;		/* ids or groups differ from ours */
	uid_t uid;
	gid_t gid;
	gid_t *groups;		/* ascending, no doubles */
	size_t group_count;
	const char *name;		/* "" where only --groups was given */
	const char *home;
	const char *shell;
};

/*
 * Resolves USER[:GROUP] (NULL: stay who we are) and --groups (NULL: the
 * groups of the user; "none"; a list). A name is looked up first; only then
 * are digits a number, as POSIX has it for chown(1). A user id that has no
 * account needs a GROUP. Only root may become somebody else.
 * The strings and arrays are kept until the program ends.
 * Returns 0, or -1 with FAILURE.
 */
int account_resolve(struct account *account, const char *user,
    const char *groups, struct failure *failure);

#endif
