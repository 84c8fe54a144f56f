/*
 * identity.h: the only room that changes user and group ids.
 *
 * Order: groups, then gid, then uid, then the proof, for after the uid is
 * gone nothing else can be changed (CERT POS36-C, setuid(2)).
 */
#ifndef START_IDENTITY_H
#define START_IDENTITY_H

#include "plan/account.h"

/* --- in the caller: open files with the daemon's rights, not with ours --- */

/* What identity_resume needs. */
struct identity_saved {
	gid_t *groups;
	int group_count;
	gid_t gid;
};

/*
 * Takes on the account's effective ids; the real ones stay root's, so that
 * the user cannot signal or trace us meanwhile. Returns 0, or -1 with errno,
 * then nothing is changed.
 */
int identity_assume(const struct account *account,
    struct identity_saved *saved);

/* Goes back. Returns 0, or -1 with errno: do not go on then. */
int identity_resume(struct identity_saved *saved);

/* Only the effective user id does: for a child, that changes the rest. */
int identity_resume_uid(void);

/* --- between fork and exec; each returns 0, or -1 with errno --- */

int identity_set_groups(const struct account *account);
int identity_set_gid(const struct account *account);
int identity_set_uid(const struct account *account);

/*
 * Proves that the real, effective and saved ids are the account's and, unless
 * it is root's, that root's cannot be had again (EPERM if they can).
 */
int identity_prove(const struct account *account);

#endif
