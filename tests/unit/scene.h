/*
 * scene.h: what the tests of the sinks share: a sink, and the socket that its
 * lines should come to, in a directory of the test's own.
 */
#ifndef UNIT_SCENE_H
#define UNIT_SCENE_H

#include "log/kinds.h"

#include <sys/socket.h>

enum {
	DEADLINE_MS = 60000,
	STEP_MS = 5,
	MESSAGE_SIZE = 256 * 1024,
};

struct scene {
	struct log log;
	struct log_target target;
	struct sink sink;
	char path[100];
	int receiver;
};

/* Ours alone, between scenes_begin() and scenes_end(). */
extern char directory[64];

/* What receive() has got. */
extern char message[MESSAGE_SIZE + 1];

/*
 * Makes the directory, ignores SIGPIPE and sets a time zone that is half an
 * hour off, so that it cannot be the one of here. Returns 0, or -1 when it has
 * said why not.
 */
int scenes_begin(void);

/* Removes the directory, which has nothing but files in it. */
void scenes_end(void);

/* TYPE is that of the receiver's socket, or 0 for none. */
void scene_init(struct scene *scene, const struct sink_kind *kind, int type);
void scene_open(struct scene *scene, const struct sink_kind *kind, int type);
void scene_close(struct scene *scene);

/*
 * As sink.c does it: until all of it is through or it does not go on. Returns
 * how much was taken.
 */
size_t put(struct scene *scene, const char *bytes, size_t len,
    enum log_stream stream);

/* Is all of TEXT taken, as of standard output? */
int put_text(struct scene *scene, const char *text);

int make_socket(const char *path, int type);

/* The next message into message[]. Returns its length, or -1. */
ssize_t receive(int fd);

int is_writable(int fd);

/* N lines "line 000000 ..." of SIZE bytes, to be freed. */
char *make_lines(int n, size_t size);

/* The number in the line of a message, or -1. */
int line_number(const char *text);

/* Drops for a child: CONTEXT is where to go, which can be seen from inside. */
int move(void *context);

/* This one fails with EOWNERDEAD. */
int refuse(void *context);

/* What syslog and journal have in common: a receiver of datagrams is full. */
void check_full(const struct sink_kind *kind);

/* It goes and comes back. */
void check_restart(const struct sink_kind *kind);

#endif
