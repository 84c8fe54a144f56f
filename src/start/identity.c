/*
 * identity.c: see identity.h.
 */
#include "start/identity.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <unistd.h>

int
identity_assume(const struct account *account, struct identity_saved *saved)
{
	int error;

	saved->gid = getegid();
	saved->group_count = getgroups(0, NULL);
	if (saved->group_count == -1)
		return -1;
	saved->groups = calloc((size_t)saved->group_count + 1, sizeof(gid_t));
	if (saved->groups == NULL)
		return -1;
	saved->group_count = getgroups(saved->group_count, saved->groups);
	if (saved->group_count != -1 &&
	    setgroups(account->group_count, account->groups) == 0 &&
	    setegid(account->gid) == 0 && seteuid(account->uid) == 0)
		return 0;
	error = errno;
	if (saved->group_count != -1)
		(void)identity_resume(saved);	/* ERROR is what counts */
	errno = error;
	return -1;
}

int
identity_resume(struct identity_saved *saved)
{
	int result = -1, error;

	if (seteuid(getuid()) == 0 && setegid(saved->gid) == 0 &&
	    setgroups((size_t)saved->group_count, saved->groups) == 0)
		result = 0;
	error = errno;
	free(saved->groups);
	saved->groups = NULL;
	errno = error;
	return result;
}

int
identity_resume_uid(void)
{
	return seteuid(getuid());
}

int
identity_set_groups(const struct account *account)
{
	return setgroups(account->group_count, account->groups);
}

int
identity_set_gid(const struct account *account)
{
	return setresgid(account->gid, account->gid, account->gid);
}

int
identity_set_uid(const struct account *account)
{
	return setresuid(account->uid, account->uid, account->uid);
}

/* The kernel keeps the groups sorted, as the account has them. */
static int
prove_groups(const struct account *account)
{
	gid_t has[1024];
	int count = getgroups(0, NULL);
	size_t i;

	if (count == -1)
		return -1;
	if ((size_t)count != account->group_count) {
		errno = EPERM;
		return -1;
	}
	/* More than that are proved by their number. */
	if (count > (int)(sizeof(has) / sizeof(has[0])))
		return 0;
	count = getgroups(count, has);
	for (i = 0; count >= 0 && i < account->group_count; i++) {
		if (has[i] != account->groups[i]) {
			errno = EPERM;
			return -1;
		}
	}
	return count == -1 ? -1 : 0;
}

int
identity_prove(const struct account *account)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) == -1 ||
	    getresgid(&rgid, &egid, &sgid) == -1 ||
	    prove_groups(account) == -1)
		return -1;
	if (ruid != account->uid || euid != ruid || suid != ruid ||
	    rgid != account->gid || egid != rgid || sgid != rgid ||
	    (account->uid != 0 && (setuid(0) != -1 || seteuid(0) != -1))) {
		errno = EPERM;
		return -1;
	}
	return 0;
}
