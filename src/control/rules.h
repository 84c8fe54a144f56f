/*
 * rules.h: what makes a process a daemon, rule by rule.
 *
 * Having no terminal does not make a daemon: kernel threads, nohup'd jobs and
 * setsid'd shells have none either (APUE 13.3, TLPI 37.1, daemon(7)).
 */
#ifndef CONTROL_RULES_H
#define CONTROL_RULES_H

#include <stddef.h>

#include "base/os.h"

enum verdict {
	VERDICT_OK,
	VERDICT_NO,		/* broken, and it decides */
	VERDICT_NOTE,		/* worth knowing, decides nothing */
};

struct subject {
	struct os_process process;
	struct os_world world;
	pid_t session_mate;	/* in its session, not from it; -1: none */
	pid_t group_mate;
	char parent[32];	/* name of the parent, "" if unknown */
};

struct rule {
	const char *name;
	enum verdict (*judge)(const struct subject *subject, char *text,
	    size_t size);
};

extern const struct rule rules[];
extern const size_t rule_count;

#endif
