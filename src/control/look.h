/*
 * look.h: the verbs that only look.
 *
 * Every function returns a status of exitcode.h (enum control_status); where
 * FAILURE has a text, it has not been said yet.
 */
#ifndef CONTROL_LOOK_H
#define CONTROL_LOOK_H

#include "base/failure.h"
#include "base/json.h"
#include "control/loggers.h"
#include "control/request.h"
#include "control/target.h"

/*
 * One daemon's line on stdout, or its object in JSON, with what is wrong with
 * its logger.
 */
int look_status(const struct request *request, struct json *json,
    const struct target *target, struct loggers *loggers,
    struct failure *failure);

/* Every daemon of the run directory. */
int look_list(const struct request *request, struct json *json,
    struct failure *failure);

/* What the one operand, PID or NAME, or the one --pidfile stands for. */
int look_inspect(const struct request *request, struct failure *failure);

#endif
