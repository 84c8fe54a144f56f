/*
 * show.c: see show.h.
 */
#include "control/show.h"

#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/os.h"
#include "process/process.h"

enum { COMMAND_MAX = 512, REASON_MAX = 5120, WORDS_SIZE = 4096 };

static long long
uptime(const struct os_process *process)
{
	int64_t ms = clock_wall_ms() - process->start_ms;

	return ms < 0 ? 0 : ms / 1000;
}

/* "2h 3m": the two greatest units that count. */
static void
format_uptime(long long seconds, char *text, size_t size)
{
	if (seconds >= 86400)
		(void)snprintf(text, size, "%lldd %lldh", seconds / 86400,
		    seconds % 86400 / 3600);
	else if (seconds >= 3600)
		(void)snprintf(text, size, "%lldh %lldm", seconds / 3600,
		    seconds % 3600 / 60);
	else if (seconds >= 60)
		(void)snprintf(text, size, "%lldm %llds", seconds / 60,
		    seconds % 60);
	else
		(void)snprintf(text, size, "%llds", seconds);
}

static void
format_memory(uint64_t bytes, char *text, size_t size)
{
	(void)snprintf(text, size, "%llu.%llu MB",
	    (unsigned long long)(bytes >> 20),
	    (unsigned long long)((bytes & 0xfffff) * 10 >> 20));
}

static void
user_name(uid_t uid, char *text, size_t size)
{
	struct passwd *entry = getpwuid(uid);

	if (entry != NULL)
		(void)snprintf(text, size, "%s", entry->pw_name);
	else
		(void)snprintf(text, size, "%lu", (unsigned long)uid);
}

static bool
is_alive(const struct daemon *daemon)
{
	return daemon->state == DAEMON_RUNNING ||
	    daemon->state == DAEMON_PAUSED;
}

/* Why it is not known whether DAEMON runs. */
static void
format_doubt(const struct daemon *daemon, char *text, size_t size)
{
	char holder[32] = "somebody", pid[32] = "any pid";

	if (daemon->reason != NULL) {
		(void)snprintf(text, size, "cannot %s %s: %s",
		    daemon->cannot_open ? "open" : "use", daemon->pidfile,
		    daemon->reason);
		return;
	}
	if (daemon->holder != -1)
		(void)snprintf(holder, sizeof(holder), "pid %ld",
		    (long)daemon->holder);
	if (daemon->pid != -1)
		(void)snprintf(pid, sizeof(pid), "pid %ld",
		    (long)daemon->pid);
	if (daemon->pid != -1 && daemon->holder == daemon->pid)
		(void)snprintf(text, size, "%s is locked by %s, which cannot "
		    "be proved", daemon->pidfile, pid);
	else
		(void)snprintf(text, size, "%s is locked by %s, not by %s "
		    "in it", daemon->pidfile, holder, pid);
}

void
show_reason(const struct daemon *daemon, char *text, size_t size)
{
	char other[COMMAND_MAX];
	struct os_process process;

	if (daemon->state == DAEMON_ABSENT) {
		(void)snprintf(text, size, "no pidfile %s", daemon->pidfile);
	} else if (daemon->state == DAEMON_UNKNOWN) {
		format_doubt(daemon, text, size);
	} else if (daemon->pid == -1) {
		(void)snprintf(text, size, "pidfile %s holds no pid",
		    daemon->pidfile);
	} else if (os_process_read(daemon->pid, &process) == 0 &&
	    process.state != 'Z' && process.state != 'X') {
		process_command(daemon->pid, other, sizeof(other));
		(void)snprintf(text, size, "pidfile %s holds pid %ld, which "
		    "%s%s%s%s", daemon->pidfile, (long)daemon->pid,
		    daemon->has_lost_lock ? "no longer holds the lock" :
		    "is now another process", *other == '\0' ? "" : " (",
		    other, *other == '\0' ? "" : ")");
	} else {
		(void)snprintf(text, size, "pidfile %s left by pid %ld",
		    daemon->pidfile, (long)daemon->pid);
	}
}

/* Adds WORD and WHAT, unless that is empty. */
static void
add_health(char *text, size_t size, const char *word, const char *what)
{
	size_t len = strlen(text);

	if (*what != '\0')
		(void)snprintf(text + len, size - len, "%s%s%s",
		    len == 0 ? ", log: " : ", ", word, what);
}

/* ", log: ..." where something is wrong, otherwise nothing. */
static void
format_health(const struct log_health *health, char *text, size_t size)
{
	const struct title_facts *facts = &health->facts;
	char lines[64] = "";

	*text = '\0';
	if (health->is_gone)
		add_health(text, size, "", "its logger is gone");
	if (health->logger == 0)
		return;
	if (facts->dropped > 0)
		(void)snprintf(lines, sizeof(lines), "%llu line%s dropped",
		    (unsigned long long)facts->dropped,
		    facts->dropped == 1 ? "" : "s");
	add_health(text, size, "", lines);
	add_health(text, size, "waiting: ", facts->waiting);
	add_health(text, size, "ended: ", facts->ended);
}

int
show_status(const char *label, const struct daemon *daemon,
    const struct log_health *health)
{
	static const char *const words[] = {
		[DAEMON_DEAD] = "dead", [DAEMON_ABSENT] = "not running",
		[DAEMON_UNKNOWN] = "unknown",
	};
	char command[COMMAND_MAX], reason[REASON_MAX], up[32], memory[32];
	char log[TITLE_MAX + 128];

	if (!is_alive(daemon)) {
		show_reason(daemon, reason, sizeof(reason));
		return message_print(daemon->state == DAEMON_ABSENT ?
		    "%s: %s (%s)" : "%s: %s, %s", label,
		    words[daemon->state], reason);
	}
	process_command(daemon->pid, command, sizeof(command));
	format_uptime(uptime(&daemon->process), up, sizeof(up));
	format_memory(daemon->process.memory, memory, sizeof(memory));
	format_health(health, log, sizeof(log));
	return message_print("%s: %s, pid %ld, up %s, %s, %s%s", label,
	    daemon->state == DAEMON_PAUSED ? "paused" : "running",
	    (long)daemon->pid, up, memory, command, log);
}

int
show_table_head(void)
{
	return message_print("%-20s %7s %-10s %9s %10s %s", "NAME", "PID",
	    "USER", "UPTIME", "MEMORY", "COMMAND");
}

/* A tab in a name would be a new field; all else message_print escapes. */
static void
format_name(const char *name, char *text, size_t size)
{
	for (; *name != '\0' && size > 2; name++, size--) {
		if (*name != '\t') {
			*text++ = *name;
			continue;
		}
		*text++ = '\\';
		*text++ = 't';
		size--;
	}
	*text = '\0';
}

int
show_row(const char *name, const struct daemon *daemon, bool is_table)
{
	char command[COMMAND_MAX] = "", user[64] = "-", up[32] = "-";
	char memory[32] = "-", pid[32] = "-", label[REASON_MAX];
	const struct os_process *process = &daemon->process;

	format_name(name, label, sizeof(label));
	if (is_alive(daemon)) {
		(void)snprintf(pid, sizeof(pid), "%ld", (long)daemon->pid);
		user_name(process->uid, user, sizeof(user));
		process_command(daemon->pid, command, sizeof(command));
		(void)snprintf(up, sizeof(up), "%lld", uptime(process));
		(void)snprintf(memory, sizeof(memory), "%llu",
		    (unsigned long long)process->memory);
		if (is_table) {
			format_uptime(uptime(process), up, sizeof(up));
			format_memory(process->memory, memory, sizeof(memory));
		}
	}
	if (is_table)
		return message_print("%-20s %7s %-10s %9s %10s %.200s", label,
		    pid, user, up, memory, command);
	return message_print("%s\t%s\t%s\t%s\t%s\t%s", label, pid, user, up,
	    memory, command);
}

/* The whole command line of PID, LEN bytes; NULL: no memory. To be freed. */
static char *
read_words(pid_t pid, size_t *len)
{
	char *words = NULL, *grown;
	size_t size = WORDS_SIZE;
	ssize_t n;

	for (;; size *= 2) {
		grown = realloc(words, size);
		if (grown == NULL)
			break;
		words = grown;
		n = os_process_command(pid, words, size);
		*len = n > 0 ? (size_t)n : 0;
		if (n < (ssize_t)size - 1)
			return words;
	}
	free(words);
	return NULL;
}

/*
 * What a title of its own leaves of a program's words are NULs. One empty word
 * at the end may have been given; several are such.
 */
static size_t
without_padding(const char *words, size_t len)
{
	size_t end = len;

	while (end > 0 && words[end - 1] == '\0')
		end--;
	return len - end > 2 ? end + 1 : len;
}

static void
json_command(struct json *json, pid_t pid)
{
	size_t len = 0;
	char *words = read_words(pid, &len);
	const char *at = words;

	json_open(json, "command", '[');
	if (words != NULL)
		len = without_padding(words, len);
	for (; words != NULL && at < words + len; at += strlen(at) + 1)
		json_string(json, NULL, at);
	json_close(json, ']');
	free(words);
}

static void
json_process(struct json *json, const struct daemon *daemon)
{
	const struct os_process *process = &daemon->process;
	time_t start = (time_t)(process->start_ms / 1000);
	char since[64], user[64];
	struct tm utc;

	if (gmtime_r(&start, &utc) != NULL && strftime(since, sizeof(since),
	    "%Y-%m-%dT%H:%M:%SZ", &utc) > 0)
		json_string(json, "since", since);
	json_number(json, "uptime", uptime(process));
	json_number(json, "memory", (long long)process->memory);
	user_name(process->uid, user, sizeof(user));
	json_string(json, "user", user);
	json_command(json, daemon->pid);
}

static void
json_log(struct json *json, const struct log_health *health)
{
	const struct title_facts *facts = &health->facts;

	if (health->logger == 0 && !health->is_gone)
		return;
	json_open(json, "log", '{');
	if (health->is_gone) {
		json_bool(json, "gone", true);
	} else {
		json_number(json, "pid", health->logger);
		json_number(json, "dropped", (long long)facts->dropped);
		if (facts->waiting[0] != '\0')
			json_string(json, "waiting", facts->waiting);
		if (facts->ended[0] != '\0')
			json_string(json, "ended", facts->ended);
	}
	json_close(json, '}');
}

void
show_json(struct json *json, const char *label, const struct daemon *daemon,
    const struct log_health *health)
{
	static const char *const words[] = {
		[DAEMON_RUNNING] = "running", [DAEMON_PAUSED] = "paused",
		[DAEMON_DEAD] = "dead", [DAEMON_ABSENT] = "absent",
		[DAEMON_UNKNOWN] = "unknown",
	};
	char reason[REASON_MAX];

	json_open(json, NULL, '{');
	json_string(json, "name", label);
	json_string(json, "pidfile", daemon->pidfile);
	json_string(json, "state", words[daemon->state]);
	if (daemon->pid != -1)
		json_number(json, "pid", daemon->pid);
	if (is_alive(daemon)) {
		json_process(json, daemon);
		if (health != NULL)
			json_log(json, health);
	} else {
		show_reason(daemon, reason, sizeof(reason));
		json_string(json, "reason", reason);
	}
	json_close(json, '}');
}
