/*
 * account.c: user and group names to numbers; see account.h.
 *
 * glibc hides a failing read of /etc/group: initgroups(3) and getgrouplist(3)
 * then succeed with groups missing, and a daemon would lose rights, or fail
 * far from the cause. So what /etc/group says is read here as well, and asked
 * for again where the library left a group out.
 */
#include "plan/account.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "exitcode.h"

#define GROUP_FILE "/etc/group"

enum { GROUPS_MAX = 65536 };	/* NGROUPS_MAX of Linux 2.6.4 and later */

/*
 * getpwnam(3) and getgrnam(3) say "no such name" with about any errno, what
 * an unused service of nsswitch.conf(5) left there: only these tell more.
 */
static bool
is_lookup_error(int error)
{
	return error == EIO || error == EMFILE || error == ENFILE ||
	    error == ENOMEM || error == EINTR;
}

static int
resolve_group(const char *name, gid_t *gid, struct failure *failure)
{
	struct group *group;
	uint32_t id;

	errno = 0;
	group = getgrnam(name);
	if (group != NULL) {
		*gid = group->gr_gid;
		return 0;
	}
	if (is_lookup_error(errno))
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot look up group '%s': %s", name, strerror(errno));
	if (parse_id(name, &id) == 0) {
		*gid = id;
		return 0;
	}
	return failure_set(failure, EXITCODE_USAGE,
	    "cannot find group '%s': no such group", name);
}

static int
out_of_memory(struct failure *failure)
{
	return failure_set(failure, EXITCODE_FAILED,
	    "cannot allocate memory: %s", strerror(ENOMEM));
}

static int
compare_groups(const void *a, const void *b)
{
	gid_t left = *(const gid_t *)a, right = *(const gid_t *)b;

	return left < right ? -1 : left > right;
}

static void
sort_groups(struct account *account)
{
	size_t i, kept = 0;

	if (account->group_count == 0)
		return;
	qsort(account->groups, account->group_count, sizeof(gid_t),
	    compare_groups);
	for (i = 1; i < account->group_count; i++)
		if (account->groups[i] != account->groups[kept])
			account->groups[++kept] = account->groups[i];
	account->group_count = kept + 1;
}

static int
list_groups(struct account *account, struct failure *failure)
{
	int count = 64, room = 64;
	gid_t *grown;

	for (;;) {
		grown = realloc(account->groups,
		    (size_t)room * sizeof(gid_t));
		if (grown == NULL)
			return out_of_memory(failure);
		account->groups = grown;
		count = room;
		if (getgrouplist(account->name, account->gid, account->groups,
		    &count) != -1)
			break;
		room *= 4;
		if (room > 4 * GROUPS_MAX)
			return failure_set(failure, EXITCODE_FAILED,
			    "cannot list groups of '%s': too many",
			    account->name);
	}
	account->group_count = (size_t)count;
	sort_groups(account);
	return 0;
}

/* Does a line NAME:PASSWORD:GID:MEMBERS have USER as a member? Its gid. */
static bool
is_member_line(char *line, const char *user, gid_t *gid)
{
	char *fields[4], *member;
	uint32_t id;
	size_t i;

	line[strcspn(line, "\n")] = '\0';
	for (i = 0; i < 4; i++) {
		fields[i] = strsep(&line, ":");
		if (fields[i] == NULL)
			return false;
	}
	if (parse_id(fields[2], &id) == -1)
		return false;
	while ((member = strsep(&fields[3], ",")) != NULL) {
		if (strcmp(member, user) == 0) {
			*gid = id;
			return true;
		}
	}
	return false;
}

/*
 * Is every group that GROUP_FILE gives the user in the list?
 * Returns 1 if so, 0 if not, -1 with FAILURE if the file cannot be read.
 */
static int
has_file_groups(const struct account *account, struct failure *failure)
{
	FILE *file = fopen(GROUP_FILE, "re");
	char *line = NULL;
	size_t size = 0;
	int result = 1;
	gid_t gid;

	if (file == NULL && errno == ENOENT)
		return 1;	/* groups come from elsewhere */
	errno = 0;
	while (file != NULL && getline(&line, &size, file) != -1)
		if (is_member_line(line, account->name, &gid) &&
		    bsearch(&gid, account->groups, account->group_count,
		    sizeof(gid_t), compare_groups) == NULL)
			result = 0;
	if (file == NULL || ferror(file) || errno == ENOMEM)
		result = failure_set(failure, EXITCODE_FAILED,
		    "cannot read %s: %s", GROUP_FILE, strerror(errno));
	free(line);
	if (file != NULL)
		(void)fclose(file);	/* nothing was written */
	return result;
}

static int
resolve_user_groups(struct account *account, struct failure *failure)
{
	int complete, attempt;

	/* Twice: after that the file is not where groups come from here. */
	for (attempt = 0; attempt < 2; attempt++) {
		if (list_groups(account, failure) == -1)
			return -1;
		complete = has_file_groups(account, failure);
		if (complete != 0)
			return complete == 1 ? 0 : -1;
	}
	return 0;
}

static int
resolve_group_list(struct account *account, const char *list,
    struct failure *failure)
{
	char *copy = strdup(list), *rest = copy, *name;
	const char *at;
	size_t commas = 0;

	for (at = list; *at != '\0'; at++)
		commas += *at == ',';
	account->groups = calloc(commas + 1, sizeof(gid_t));
	if (copy == NULL || account->groups == NULL)
		return out_of_memory(failure);
	account->group_count = 0;
	if (strcmp(copy, "none") == 0)
		return 0;
	while ((name = strsep(&rest, ",")) != NULL)
		if (resolve_group(name, &account->groups[
		    account->group_count++], failure) == -1)
			return failure->status == EXITCODE_USAGE ?
			    failure_set(failure, EXITCODE_USAGE,
			    "invalid --groups '%s': no such group '%s'",
			    list, name) : -1;
	sort_groups(account);
	return 0;
}

/* Digits that name no account: only the ids are known. */
static int
resolve_number(struct account *account, const char *name, bool has_group,
    struct failure *failure)
{
	uint32_t id;

	if (parse_id(name, &id) == -1)
		return failure_set(failure, EXITCODE_USAGE,
		    "cannot find user '%s': no such user", name);
	if (!has_group)
		return failure_set(failure, EXITCODE_USAGE,
		    "cannot run as user %s: it has no account, so name a "
		    "group too (--user=%s:GROUP)", name, name);
	account->uid = id;
	account->name = strdup(name);
	account->home = strdup("/");
	account->shell = strdup("/bin/sh");
	return 0;
}

static int
resolve_user(struct account *account, const char *name, bool has_group,
    struct failure *failure)
{
	struct passwd *entry;
	uint32_t id;

	errno = 0;
	entry = getpwnam(name);
	if (entry == NULL && !is_lookup_error(errno) &&
	    parse_id(name, &id) == 0) {
		errno = 0;
		entry = getpwuid(id);
	}
	if (entry == NULL && is_lookup_error(errno))
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot look up user '%s': %s", name, strerror(errno));
	if (entry == NULL) {
		if (resolve_number(account, name, has_group, failure) == -1)
			return -1;
	} else {
		account->uid = entry->pw_uid;
		account->gid = entry->pw_gid;
		account->name = strdup(entry->pw_name);
		account->home = strdup(*entry->pw_dir != '\0' ?
		    entry->pw_dir : "/");
		account->shell = strdup(*entry->pw_shell != '\0' ?
		    entry->pw_shell : "/bin/sh");
	}
	if (account->name == NULL || account->home == NULL ||
	    account->shell == NULL)
		return out_of_memory(failure);
	return 0;
}

static int
resolve_both(struct account *account, const char *user,
    struct failure *failure)
{
	char *name = strdup(user), *group;

	if (name == NULL)
		return out_of_memory(failure);
	group = strchr(name, ':');
	if (group != NULL)
		*group++ = '\0';
	if (*name == '\0' || (group != NULL && *group == '\0'))
		return failure_set(failure, EXITCODE_USAGE,
		    "invalid --user '%s': must be USER[:GROUP]", user);
	if (resolve_user(account, name, group != NULL, failure) == -1)
		return -1;
	if (group != NULL &&
	    resolve_group(group, &account->gid, failure) == -1)
		return -1;
	free(name);
	account->is_set = true;
	return 0;
}

int
account_resolve(struct account *account, const char *user, const char *groups,
    struct failure *failure)
{
	*account = (struct account){ .uid = geteuid(), .gid = getegid() };
	if (user == NULL && groups == NULL)
		return 0;
	if (user != NULL && resolve_both(account, user, failure) == -1)
		return -1;
	account->is_change = geteuid() == 0 || groups != NULL ||
	    account->uid != getuid() || account->gid != getgid();
	if (!account->is_change)
		return 0;
	if (geteuid() != 0)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot run as %s: only root may change user and groups",
		    user != NULL ? user : "another group");
	if (groups != NULL)
		return resolve_group_list(account, groups, failure);
	return resolve_user_groups(account, failure);
}
