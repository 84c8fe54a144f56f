/*
 * holder_lines.c: the daemon whose log it is: lines that can be told apart, in
 * writes that no logger expects.
 */
#include "holder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	SHORT_MAX = 300,
	LONG_LEN = 10 * 1024,
	LONG_ONE_IN = 128,
	BINARY_ONE_IN = 8,
	GATHER_MAX = 32,		/* lines that stdio would keep */
	BUFFER_SIZE = GATHER_MAX * LINE_SIZE,
	REST_MS = 250,
};

struct writer {
	struct run *run;
	int stream;
	uint32_t next;			/* number of a line */
	int64_t rest_ms;		/* nothing is written before */
	size_t len;			/* not written yet */
	char bytes[BUFFER_SIZE];
};

static uint32_t
checksum(const char *bytes, size_t len)
{
	uint32_t sum = 2166136261U;	/* FNV-1a */
	size_t i;

	for (i = 0; i < len; i++)
		sum = (sum ^ (unsigned char)bytes[i]) * 16777619U;
	return sum;
}

size_t
line_make(const struct run *run, int stream, uint32_t number, char *line)
{
	uint64_t random = run->seed ^ (uint64_t)number << 8 ^
	    (uint64_t)stream;
	size_t i, at, len;
	bool is_binary;

	len = random_below(&random, LONG_ONE_IN) == 0 ? LONG_LEN :
	    1 + random_below(&random, SHORT_MAX);
	is_binary = random_below(&random, BINARY_ONE_IN) == 0;
	at = (size_t)snprintf(line, LINE_SIZE, "%c %08lu ",
	    stream == LOG_STDOUT ? 'o' : 'e', (unsigned long)number);
	for (i = 0; i < len; i++) {
		uint64_t bits = random_next(&random);
		char byte = (char)(is_binary ? bits & 0xff :
		    'a' + bits % 26);

		line[at++] = byte;
		if (byte == '\n')
			line[at - 1] = '\0';
	}
	return at + (size_t)snprintf(line + at, LINE_SIZE - at, " %08lx\n",
	    (unsigned long)checksum(line, at));
}

static void
write_all(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, bytes, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			not_possible("a pipe holds too little here");
		if (n == -1)
			give_up("cannot write to the pipe: %s",
			    strerror(errno));
		bytes += n;
		len -= (size_t)n;
	}
}

/* Writes the first LEN bytes that are waiting. */
static void
flush(struct writer *writer, size_t len)
{
	write_all(writer->run->ends[writer->stream][1], writer->bytes, len);
	writer->len -= len;
	(void)memmove(writer->bytes, writer->bytes + len, writer->len);
}

static void
add_lines(struct writer *writer, unsigned int count)
{
	while (count-- > 0 && BUFFER_SIZE - writer->len >= LINE_SIZE) {
		writer->len += line_make(writer->run, writer->stream,
		    writer->next++, writer->bytes + writer->len);
		writer->run->shared->made[writer->stream] = writer->next;
	}
}

/* As a program does that has its own idea of buffers. */
static void
write_somehow(struct writer *writer)
{
	struct run *run = writer->run;
	size_t i, some;

	if (run->has_pauses && now_ms() < writer->rest_ms)
		return;
	add_lines(writer, 1 + random_below(&run->random,
	    random_below(&run->random, 2) == 0 ? 2 : GATHER_MAX));
	some = random_below(&run->random, (unsigned int)writer->len + 1);
	switch (random_below(&run->random, 16)) {
	case 0:			/* byte by byte, in the beginning */
		for (i = 0; i < 64 && writer->len > 0; i++)
			flush(writer, 1);
		break;
	case 1: case 2: case 3: case 4:
		flush(writer, some);
		break;
	case 5:			/* a prompt, say, and the rest much later */
		flush(writer, some);
		if (run->has_pauses)
			writer->rest_ms = now_ms() + random_below(
			    &run->random, REST_MS);
		break;
	case 6: case 7:
		break;
	default:
		flush(writer, writer->len);
	}
}

void
producer_run(struct run *run)
{
	static struct writer writers[N_LOG_STREAMS];
	int i;

	for (i = 0; i < N_LOG_STREAMS; i++) {
		writers[i].run = run;
		writers[i].stream = i;
	}
	while (!run->shared->must_stop) {
		write_somehow(&writers[random_below(&run->random,
		    N_LOG_STREAMS)]);
		/* A burst now and then, and else room for others. */
		if (random_below(&run->random, 64) != 0)
			nap_us(random_below(&run->random, 2000));
		else
			for (i = 0; i < GATHER_MAX; i++)
				write_somehow(&writers[i % N_LOG_STREAMS]);
	}
	for (i = 0; i < N_LOG_STREAMS; i++)
		flush(&writers[i], writers[i].len);
	_exit(0);
}

void
producer_fill(struct run *run, uint32_t lines)
{
	volatile uint32_t *made = run->shared->made;
	char line[LINE_SIZE];
	uint32_t i;
	int stream;
	size_t len;

	for (stream = 0; stream < N_LOG_STREAMS; stream++) {
		if (run->ends[stream][1] == -1)
			continue;
		/* Nobody reads yet: what does not fit is an error. */
		(void)fcntl(run->ends[stream][1], F_SETFL, O_NONBLOCK);
		for (i = 0; i < lines; i++) {
			len = line_make(run, stream, made[stream]++, line);
			if (run->is_partial && i + 1 == lines)
				len--;
			write_all(run->ends[stream][1], line, len);
		}
	}
}
