/*
 * logfile.c: see logfile.h.
 */
#include "start/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "exitcode.h"
#include "start/identity.h"

static int
open_log(const char *path, mode_t mode, bool *is_new)
{
	const int flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NOCTTY |
	    O_NONBLOCK | O_CLOEXEC;
	int fd;

	do {
		*is_new = false;
		fd = open(path, flags);
		if (fd == -1 && errno == ENOENT) {
			*is_new = true;
			fd = open(path, flags | O_CREAT | O_EXCL, mode);
		}
	} while (fd == -1 && (errno == EINTR || (*is_new && errno == EEXIST)));
	return fd;
}

int
logfile_make_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags == -1 ? -1 : fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

bool
logfile_is_planted(const char *path, const struct stat *st,
    const struct account *account)
{
	return directory_has_planted(st, path, account->is_change ?
	    account->uid : geteuid());
}

int
logfile_open(struct logfile *logfile, const char *path,
    const struct plan *plan, struct failure *failure)
{
	const struct account *account = &plan->account;
	struct identity_saved saved;
	struct stat st;
	int error;

	*logfile = (struct logfile){
		.fd = -1, .path = path,
		.is_theirs = account->is_change && account->uid != 0 &&
		    !directory_is_roots(path),
	};
	if (logfile->is_theirs && identity_assume(account, &saved) == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot open %s as user %lu: %s", path,
		    (unsigned long)account->uid, strerror(errno));
	logfile->fd = open_log(path, plan->options->log_mode,
	    &logfile->is_new);
	error = errno;
	if (logfile->is_theirs && identity_resume(&saved) == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot become root again: %s", strerror(errno));
	if (logfile->fd != -1 && !logfile->is_new &&
	    fstat(logfile->fd, &st) == 0 &&
	    logfile_is_planted(path, &st, account)) {
		(void)close(logfile->fd);	/* nothing was written */
		logfile->fd = -1;
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot open %s: it belongs to another user, in a "
		    "directory that anybody may write", path);
	}
	if (logfile->fd != -1)
		return 0;
	return failure_set(failure, EXITCODE_FAILED, "cannot open %s%s: %s",
	    path, logfile->is_theirs ? " as the daemon's user" : "",
	    error == ELOOP ? "it is a symbolic link" :
	    error == ENXIO ? "nobody reads it" : strerror(error));
}

bool
logfile_is(const struct logfile *logfile, const struct stat *st)
{
	struct stat ours;

	return logfile->fd != -1 && fstat(logfile->fd, &ours) == 0 &&
	    ours.st_dev == st->st_dev && ours.st_ino == st->st_ino;
}

int
logfile_truncate(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	/* What is no file, or empty, stays as it is. */
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return 0;
	return ftruncate(fd, 0);
}

/* Removes the file while it is that very file, and empty. */
static void
remove_empty(const struct logfile *logfile)
{
	struct stat ours, theirs;

	if (fstat(logfile->fd, &ours) == 0 && ours.st_size == 0 &&
	    fstatat(AT_FDCWD, logfile->path, &theirs,
	    AT_SYMLINK_NOFOLLOW) == 0 && ours.st_dev == theirs.st_dev &&
	    ours.st_ino == theirs.st_ino)
		(void)unlink(logfile->path);
}

void
logfile_abandon(struct logfile *logfile, const struct plan *plan)
{
	struct identity_saved saved;

	if (!logfile->is_new || logfile->fd == -1)
		return;
	if (!logfile->is_theirs) {
		remove_empty(logfile);
	} else if (identity_assume(&plan->account, &saved) == 0) {
		remove_empty(logfile);
		/* We are about to end: what fails changes nothing. */
		(void)identity_resume(&saved);
	}
	logfile->is_new = false;
}
