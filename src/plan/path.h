/*
 * path.h: where relative paths, names of instances and commands lead.
 */
#ifndef PLAN_PATH_H
#define PLAN_PATH_H

#include <stdbool.h>

#include "base/failure.h"

/*
 * PATH counted from the directory BASE, or from the working directory where
 * BASE is NULL. Returns PATH itself if it is absolute, otherwise an
 * allocation; NULL with FAILURE.
 */
const char *path_absolute(const char *path, const char *base,
    struct failure *failure);

/* $HOME, or the home in our entry of passwd(5); NULL: there is none. */
const char *path_home(void);

/*
 * The run directory: /var/run for root; otherwise $XDG_RUNTIME_DIR, /run/user
 * and our uid where that was left unset (cron), ~/.local/state/daemonize last
 * (*IS_OURS_TO_MAKE). XDG Base Directory Specification 0.8.
 * Returns an absolute path, or NULL with FAILURE.
 */
const char *path_run_directory(bool *is_ours_to_make,
    struct failure *failure);

/*
 * The paths where COMMAND may be, as execvp(3) would try them: COMMAND alone
 * if it has a slash, otherwise one for each directory of SEARCH. An empty or
 * relative directory counts from BASE, as does COMMAND.
 * Returns an array that ends with NULL, or NULL with FAILURE.
 */
char **path_candidates(const char *command, const char *search,
    const char *base, struct failure *failure);

/* The first of CANDIDATES that we could execute now, or NULL. */
const char *path_find(char *const *candidates);

#endif
