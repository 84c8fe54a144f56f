/*
 * inspect.c: see inspect.h.
 */
#include "control/inspect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/json.h"
#include "base/message.h"
#include "control/rules.h"
#include "exitcode.h"
#include "process/process.h"

enum { TEXT_MAX = 600 };

/* Is PID, or one of its parents, the subject? */
static bool
comes_from(pid_t pid, pid_t subject)
{
	struct os_process process;
	int depth;

	/* A chain of parents can change under us: it ends in any case. */
	for (depth = 0; depth < 4096 && pid > 1; depth++) {
		if (pid == subject)
			return true;
		if (os_process_read(pid, &process) == -1)
			return false;
		pid = process.ppid;
	}
	return false;
}

static int
meet_process(pid_t pid, void *context)
{
	struct subject *subject = context;
	struct os_process other;

	if (pid == subject->process.pid ||
	    os_process_read(pid, &other) == -1 ||
	    other.state == 'Z' || other.state == 'X')
		return 0;
	if (other.sid == subject->process.sid &&
	    !comes_from(pid, subject->process.pid))
		subject->session_mate = pid;
	if (other.pgid == subject->process.pgid &&
	    !comes_from(pid, subject->process.pid))
		subject->group_mate = pid;
	return 0;
}

static int
gather(pid_t pid, struct subject *subject)
{
	struct os_world parent;

	*subject = (struct subject){ .session_mate = -1, .group_mate = -1 };
	if (os_process_read(pid, &subject->process) == -1 ||
	    os_world_read(pid, &subject->world) == -1)
		return -1;
	if (subject->process.ppid > 0 &&
	    os_world_read(subject->process.ppid, &parent) == 0)
		memcpy(subject->parent, parent.name, sizeof(subject->parent));
	return os_each_process(meet_process, subject);
}

static void
format_tty(int tty, char *text, size_t size)
{
	unsigned int number = minor((dev_t)tty);

	/* linux/Documentation/admin-guide/devices.txt */
	if (tty == 0)
		(void)snprintf(text, size, "?");
	else if (major((dev_t)tty) >= 136 && major((dev_t)tty) <= 143)
		(void)snprintf(text, size, "pts/%u", number +
		    256 * (major((dev_t)tty) - 136));
	else if (major((dev_t)tty) == 4 && number < 64)
		(void)snprintf(text, size, "tty%u", number);
	else if (major((dev_t)tty) == 4)
		(void)snprintf(text, size, "ttyS%u", number - 64);
	else
		(void)snprintf(text, size, "%u:%u", major((dev_t)tty),
		    number);
}

/* The letters of ps(1): state, priority, memory, session, threads, group. */
static void
format_stat(const struct subject *subject, char *text)
{
	const struct os_process *process = &subject->process;

	*text++ = process->state;
	if (process->nice != 0)
		*text++ = process->nice < 0 ? '<' : 'N';
	if (subject->world.has_locked_memory)
		*text++ = 'L';
	if (process->sid == process->pid)
		*text++ = 's';
	if (process->threads > 1)
		*text++ = 'l';
	if (process->pgid == process->tpgid)
		*text++ = '+';
	*text = '\0';
}

static int
print_row(const struct subject *subject)
{
	const struct os_process *process = &subject->process;
	char command[TEXT_MAX], tty[16], stat[8];
	long long seconds = process->cpu_ms / 1000;

	format_stat(subject, stat);
	format_tty(process->tty, tty, sizeof(tty));
	process_command(process->pid, command, sizeof(command));
	if (*command == '\0')
		(void)snprintf(command, sizeof(command), "[%s]",
		    subject->world.name);
	if (message_print("%5s %5s %5s %5s %-8s %5s %-4s %5s %6s %s", "PPID",
	    "PID", "PGID", "SID", "TTY", "TPGID", "STAT", "UID", "TIME",
	    "COMMAND") == -1)
		return -1;
	return message_print("%5ld %5ld %5ld %5ld %-8s %5ld %-4s %5lu "
	    "%3lld:%02lld %s", (long)process->ppid, (long)process->pid,
	    (long)process->pgid, (long)process->sid, tty,
	    (long)process->tpgid, stat,
	    (unsigned long)process->uid, seconds / 60, seconds % 60, command);
}

static int
print_text(const struct subject *subject, const char *missing)
{
	static const char *const words[] = {
		[VERDICT_OK] = "ok", [VERDICT_NO] = "no",
		[VERDICT_NOTE] = "note",
	};
	char text[TEXT_MAX];
	size_t i;

	if (print_row(subject) == -1)
		return -1;
	for (i = 0; i < rule_count; i++) {
		enum verdict verdict = rules[i].judge(subject, text,
		    sizeof(text));

		if (message_print("%-4s %s: %s", words[verdict],
		    rules[i].name, text) == -1)
			return -1;
	}
	if (*missing == '\0')
		return message_print("pid %ld is a daemon",
		    (long)subject->process.pid);
	return message_print("pid %ld is no daemon: %s",
	    (long)subject->process.pid, missing);
}

static void
json_row(struct json *json, const struct subject *subject)
{
	const struct os_process *process = &subject->process;
	char tty[16], stat[8];

	format_tty(process->tty, tty, sizeof(tty));
	format_stat(subject, stat);
	json_open(json, "ps", '{');
	json_number(json, "ppid", process->ppid);
	json_number(json, "pid", process->pid);
	json_number(json, "pgid", process->pgid);
	json_number(json, "sid", process->sid);
	json_string(json, "tty", tty);
	json_number(json, "tpgid", process->tpgid);
	json_string(json, "stat", stat);
	json_number(json, "uid", process->uid);
	json_close(json, '}');
}

static int
print_json(const struct subject *subject, const char *missing)
{
	static const char *const words[] = {
		[VERDICT_OK] = "ok", [VERDICT_NO] = "no",
		[VERDICT_NOTE] = "note",
	};
	struct json json = { .file = stdout };
	char text[TEXT_MAX];
	size_t i;

	json_open(&json, NULL, '{');
	json_number(&json, "pid", subject->process.pid);
	json_bool(&json, "daemon", *missing == '\0');
	json_open(&json, "missing", '[');
	for (i = 0; i < rule_count; i++)
		if (rules[i].judge(subject, text, sizeof(text)) == VERDICT_NO)
			json_string(&json, NULL, rules[i].name);
	json_close(&json, ']');
	json_row(&json, subject);
	json_open(&json, "rules", '[');
	for (i = 0; i < rule_count; i++) {
		enum verdict verdict = rules[i].judge(subject, text,
		    sizeof(text));

		json_open(&json, NULL, '{');
		json_string(&json, "rule", rules[i].name);
		json_string(&json, "verdict", words[verdict]);
		json_string(&json, "text", text);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_close(&json, '}');
	return json_end(&json);
}

static int
fail_gather(pid_t pid, int error, struct failure *failure)
{
	bool is_hidden = error == ESRCH && process_is_hidden(pid);
	int status = error == ESRCH && !is_hidden ? CONTROL_ABSENT :
	    CONTROL_UNKNOWN;

	(void)failure_set(failure, status, "cannot inspect pid %ld: %s",
	    (long)pid, is_hidden ? "it cannot be seen" : strerror(error));
	return status;
}

/* A process goes on without its first thread. */
static bool
is_dead(const struct os_process *process)
{
	return (process->state == 'Z' || process->state == 'X') &&
	    process->threads <= 1;
}

int
inspect_process(pid_t pid, bool is_json, struct failure *failure)
{
	char missing[TEXT_MAX] = "", text[TEXT_MAX];
	struct subject subject;
	size_t at = 0, i;

	if (gather(pid, &subject) == -1)
		return fail_gather(pid, errno, failure);
	if (is_dead(&subject.process)) {
		(void)failure_set(failure, CONTROL_ABSENT, "cannot inspect "
		    "pid %ld: it is dead, and pid %ld has not waited for it",
		    (long)pid, (long)subject.process.ppid);
		return CONTROL_ABSENT;
	}
	for (i = 0; i < rule_count; i++)
		if (rules[i].judge(&subject, text, sizeof(text)) == VERDICT_NO)
			at += (size_t)snprintf(missing + at,
			    sizeof(missing) - at, "%s%s", at == 0 ? "" : ", ",
			    rules[i].name);
	failure->text[0] = '\0';
	if ((is_json ? print_json(&subject, missing) :
	    print_text(&subject, missing)) == 0 || errno == EPIPE)
		return *missing == '\0' ? CONTROL_OK : CONTROL_FAILED;
	/* CONTROL_FAILED is that of what is no daemon. */
	(void)failure_set(failure, CONTROL_UNKNOWN,
	    "cannot write standard output: %s", strerror(errno));
	return CONTROL_UNKNOWN;
}
