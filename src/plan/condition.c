/*
 * condition.c: see condition.h.
 */
#include "plan/condition.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/parse.h"
#include "exitcode.h"
#include "plan/path.h"

/* The words, and what a value may not be. */
static const struct {
	const char *word;
	bool has_value;
	const char *why;
} words[N_CONDITIONS] = {
	[CONDITION_EXEC] = { "exec", false, "takes no value" },
	[CONDITION_ALIVE] = { "alive", true,
	    "alive: needs a time (10s, 500ms, ...)" },
	[CONDITION_NOTIFY] = { "notify", false, "takes no value" },
	[CONDITION_FD] = { "fd", true, "fd: needs a number from 3 to 1023" },
	[CONDITION_FILE] = { "file", true, "file: needs a path" },
	[CONDITION_UNIX] = { "unix", true, "unix: needs a path" },
	[CONDITION_TCP] = { "tcp", true,
	    "tcp: needs a port from 1 to 65535, or HOST:PORT" },
	[CONDITION_LOG] = { "log", true, "log: needs a regular expression" },
	[CONDITION_COMMAND] = { "command", true, "command: needs a command" },
	[CONDITION_EXIT] = { "exit", false, "takes no value" },
};

static int
refuse(const char **why, const char *text)
{
	*why = text;
	return -1;
}

/* [HOST:]PORT; a HOST with colons is an address, in brackets or not. */
static int
parse_tcp(struct condition *condition, const char **why)
{
	const char *text = condition->value, *colon = strrchr(text, ':');
	const char *from = text, *to = colon;
	struct in6_addr ignored;
	long long number;
	char *host;

	condition->port = colon == NULL ? text : colon + 1;
	if (!isdigit((unsigned char)*condition->port) ||
	    parse_number(condition->port, 1, 65535, &number) == -1)
		return refuse(why, words[CONDITION_TCP].why);
	if (colon == NULL)
		return 0;
	if (*from == '[' && to > from + 1 && to[-1] == ']') {
		from++;
		to--;
	}
	host = strndup(from, (size_t)(to - from));
	if (host == NULL)
		return refuse(why, strerror(errno));
	condition->host = host;
	if (*host == '\0' || strpbrk(host, "[] \t") != NULL ||
	    (strchr(host, ':') != NULL &&
	    strchr(host, '%') == NULL &&
	    inet_pton(AF_INET6, host, &ignored) != 1))
		return refuse(why, "tcp: has a bad host name or address");
	return 0;
}

static int
parse_value(struct condition *condition, const char **why)
{
	const char *value = condition->value;
	long long number;

	switch (condition->kind) {
	case CONDITION_ALIVE:
		if (parse_duration(value, &condition->time_ms) == -1)
			break;
		return 0;
	case CONDITION_FD:
		if (!isdigit((unsigned char)*value) || parse_number(value, 3,
		    CONDITION_FD_MAX, &number) == -1)
			break;
		condition->fd = (int)number;
		return 0;
	case CONDITION_UNIX:
		if (strlen(value) >= sizeof(((struct sockaddr_un *)0)->
		    sun_path))
			return refuse(why, "unix: the path is too long for "
			    "a socket");
		return 0;
	case CONDITION_TCP:
		return parse_tcp(condition, why);
	case CONDITION_EXEC:
	case CONDITION_NOTIFY:
	case CONDITION_FILE:
	case CONDITION_LOG:
	case CONDITION_COMMAND:
	case CONDITION_EXIT:
	case N_CONDITIONS:
		return 0;
	}
	return refuse(why, words[condition->kind].why);
}

int
condition_parse(struct condition *condition, const char *text,
    const char **why)
{
	size_t len = strcspn(text, ":");
	enum condition_kind kind;

	for (kind = 0; kind < N_CONDITIONS; kind++)
		if (strlen(words[kind].word) == len &&
		    strncmp(words[kind].word, text, len) == 0)
			break;
	if (kind == N_CONDITIONS)
		return refuse(why, "must be exec, alive:, notify, fd:, file:, "
		    "unix:, tcp:, log:, command: or exit");
	*condition = (struct condition){
		.kind = kind, .text = text,
		.value = text + len + (text[len] == ':'),
	};
	if ((text[len] == ':') != words[kind].has_value ||
	    (*condition->value == '\0') == words[kind].has_value)
		return refuse(why, words[kind].why);
	return parse_value(condition, why);
}

static int
resolve_address(struct condition *condition, struct failure *failure)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV,
	};
	int error;

	/* Without a host: the loopback addresses, of IPv4 and IPv6. */
	error = getaddrinfo(condition->host, condition->port, &hints,
	    &condition->address);
	if (error == 0)
		return 0;
	return failure_set(failure, EXITCODE_FAILED, "cannot resolve %s: %s",
	    condition->host == NULL ? "the loopback address" :
	    condition->host, error == EAI_SYSTEM ? strerror(errno) :
	    gai_strerror(error));
}

static int
resolve_regex(struct condition *condition, struct failure *failure)
{
	char why[256];
	int error;

	error = regcomp(&condition->regex, condition->value,
	    REG_EXTENDED | REG_NOSUB);
	if (error == 0)
		return 0;
	(void)regerror(error, &condition->regex, why, sizeof(why));
	return failure_set(failure, EXITCODE_USAGE, "invalid --ready '%s': %s",
	    condition->text, why);
}

int
condition_resolve(struct condition *condition, struct failure *failure)
{
	if (condition->kind == CONDITION_TCP)
		return resolve_address(condition, failure);
	if (condition->kind == CONDITION_LOG)
		return resolve_regex(condition, failure);
	if (condition->kind != CONDITION_FILE)
		return 0;
	condition->path = path_absolute(condition->value, NULL, failure);
	return condition->path == NULL ? -1 : 0;
}
