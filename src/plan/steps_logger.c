/*
 * steps_logger.c: see steps_logger.h.
 */
#include "plan/steps_logger.h"

#include <stdarg.h>
#include <stdio.h>

/* Text that grows up to a size. */
struct words {
	char *text;
	size_t size, at;
};

static void add(struct words *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct words *words, const char *format, ...)
{
	va_list args;

	if (words->at >= words->size)
		return;
	va_start(args, format);
	words->at += (size_t)vsnprintf(words->text + words->at,
	    words->size - words->at, format, args);
	va_end(args);
}

static void
add_targets(struct words *words, const struct plan *plan)
{
	static const char *const whose[] = {
		[TARGET_STDOUT] = "stdout to ",
		[TARGET_STDERR] = "stderr to ",
		[TARGET_STDOUT | TARGET_STDERR] = "",
	};
	size_t i;

	for (i = 0; i < plan->target_count; i++) {
		const struct stream_target *target = &plan->target[i];

		add(words, "%s%s%s", i == 0 ? ": " : ", ",
		    whose[target->streams],
		    target->path != NULL ? target->path : target->text);
	}
}

static void
add_files(struct words *words, const struct plan *plan)
{
	const struct options *options = plan->options;
	bool is_rotating = options->log_size != 0 || options->log_age_ms != 0;
	bool is_pruning = is_rotating || options->has_log_keep;
	bool has_file = false;
	size_t i;

	for (i = 0; i < plan->target_count; i++) {
		has_file |= plan->target[i].kind == TARGET_FILE;
		is_rotating |= plan->target[i].is_pattern;
	}

	if (options->log_size != 0)
		add(words, "; rotate at %llu bytes",
		    (unsigned long long)options->log_size);
	if (options->log_age_ms != 0)
		add(words, "; rotate after %lld ms",
		    (long long)options->log_age_ms);
	if (is_rotating && is_pruning)
		add(words, "; keep %u", options->log_keep);
	if (is_rotating && options->log_compress != NULL)
		add(words, "; compress with %s", options->log_compress);
	if (has_file)
		add(words, "; mode %04o", (unsigned int)options->log_mode);
}

void
steps_describe_logger(const struct plan *plan, char *text, size_t size)
{
	const struct options *options = plan->options;
	struct words words = { .text = text, .size = size };

	add(&words, "start a logger");
	add_targets(&words, plan);
	if (options->log_timestamp != NULL)
		add(&words, "; timestamps %s", options->log_timestamp);
	if (options->has_log_tag)
		add(&words, "; tags");
	add_files(&words, plan);
	if (options->wants_pty)
		add(&words, "; by a terminal");
	if (options->is_log_dropping)
		add(&words, "; drop when full");
}
