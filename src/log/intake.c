/*
 * intake.c: see intake.h.
 */
#include "log/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/os.h"

static void
close_end(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);	/* nothing is lost: it was looked at */
	*fd = -1;
}

/* Returns how many bytes PIPE holds, about. */
static size_t
enlarge(int pipe, size_t size)
{
	ssize_t capacity = os_pipe_enlarge(pipe, size);

	return capacity > 0 ? (size_t)capacity : PIPE_BUF;
}

/* A second pipe, into which the first is looked at. */
static void
open_peek(struct intake *intake)
{
	char byte;

	intake->capacity = enlarge(intake->fd, INTAKE_PIPE_SIZE);
	intake->null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (intake->null_fd == -1 || pipe2(intake->peek, O_CLOEXEC) == -1)
		return;
	intake->peek_capacity = enlarge(intake->peek[1], intake->capacity);
	/* A trial; what it has duplicated must not come twice. */
	if ((os_pipe_peek(intake->fd, intake->peek[1], 1) == -1 &&
	    errno != EAGAIN) ||
	    fcntl(intake->peek[0], F_SETFL, O_NONBLOCK) == -1 ||
	    (read(intake->peek[0], &byte, 1) == -1 && errno != EAGAIN)) {
		close_end(&intake->peek[0]);
		close_end(&intake->peek[1]);
	}
}

int
intake_open(struct intake *intake, int fd)
{
	int flags;

	*intake = (struct intake){
		.fd = fd, .peek = { -1, -1 }, .null_fd = -1, .edge = -1,
		.size = INTAKE_LOOK,
	};
	flags = fcntl(fd, F_GETFL);
	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return -1;
	open_peek(intake);
	if (intake->peek[0] != -1)
		intake->edge = os_edge_open(fd);
	return 0;
}

/* Makes room to see something behind what is held. */
static int
make_room(struct intake *intake)
{
	size_t size = intake->size;
	char *grown;

	if (intake->bytes == NULL) {
		intake->bytes = malloc(size);
		return intake->bytes == NULL ? -1 : 0;
	}
	if (intake->held < size)
		return 0;
	grown = realloc(intake->bytes, size * 2);
	if (grown == NULL)
		return -1;
	intake->bytes = grown;
	intake->size = size * 2;
	return 0;
}

static enum intake_result
judge(ssize_t n)
{
	if (n > 0)
		return INTAKE_BYTES;
	if (n == 0 || errno == EIO)	/* a terminal hangs up with EIO */
		return INTAKE_END;
	return errno == EAGAIN || errno == EINTR ? INTAKE_NOTHING :
	    INTAKE_FAILED;
}

/* By reading: what was read is held. */
static enum intake_result
look_by_reading(struct intake *intake)
{
	ssize_t n = read(intake->fd, intake->bytes + intake->held,
	    intake->size - intake->held);

	if (n > 0)
		intake->held += (size_t)n;
	return judge(n);
}

/*
 * Does what was peeked, N bytes, fill the second pipe? It has a page for each
 * piece that was written, however short, so not with fewer bytes than pages.
 */
static bool
is_peek_full(const struct intake *intake, size_t n)
{
	struct pollfd can = { .fd = intake->peek[1], .events = POLLOUT };
	long page = sysconf(_SC_PAGESIZE);

	return n >= intake->peek_capacity / (page > 0 ? (size_t)page : 1) &&
	    poll(&can, 1, 0) != 1;
}

enum intake_result
intake_look(struct intake *intake)
{
	size_t room;
	ssize_t n, got;

	intake->seen = 0;
	intake->is_all = false;
	if (make_room(intake) == -1)
		return INTAKE_FAILED;
	if (intake->peek[0] == -1)
		return look_by_reading(intake);
	room = intake->size - intake->held;
	n = os_pipe_peek(intake->fd, intake->peek[1], room);
	if (n <= 0)
		return judge(n);
	intake->is_all = (size_t)n < room &&
	    !is_peek_full(intake, (size_t)n);
	got = fd_read_all(intake->peek[0], intake->bytes + intake->held,
	    (size_t)n);
	if (got != n)
		return INTAKE_FAILED;
	intake->seen = (size_t)n;
	return INTAKE_BYTES;
}

/* Takes LEN bytes out of PIPE. Returns 0, or -1 with errno. */
static int
discard(const struct intake *intake, int pipe, size_t len)
{
	char scratch[4096];
	ssize_t n;

	while (len > 0) {
		n = os_pipe_discard(pipe, intake->null_fd, len);
		if (n <= 0)
			n = read(pipe, scratch, len < sizeof(scratch) ?
			    len : sizeof(scratch));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		len -= (size_t)n;
	}
	return 0;
}

int
intake_take(struct intake *intake, size_t len)
{
	size_t from_held = len < intake->held ? len : intake->held;

	if (discard(intake, intake->fd, len - from_held) == -1)
		return -1;
	intake->held -= from_held;
	/* The rest of what was seen will be looked at again. */
	intake->seen = 0;
	if (intake->held > 0)
		(void)memmove(intake->bytes, intake->bytes + from_held,
		    intake->held);
	return 0;
}

int
intake_hold(struct intake *intake)
{
	if (discard(intake, intake->fd, intake->seen) == -1)
		return -1;
	intake->held += intake->seen;
	intake->seen = 0;
	return 0;
}

bool
intake_must_hold(const struct intake *intake)
{
	/* The daemon may make its pipe smaller (fcntl(2), F_SETPIPE_SZ). */
	return !intake->is_all || intake->seen >= intake->capacity / 2 ||
	    enlarge(intake->fd, 0) < intake->capacity;
}

/* Has every page of the pipe something in it? Then so has the second one. */
static bool
has_no_page(const struct intake *intake)
{
	ssize_t n;
	bool is_full;

	if (intake->peek[0] == -1 || intake->peek_capacity < intake->capacity)
		return false;
	n = os_pipe_peek(intake->fd, intake->peek[1], intake->capacity);
	is_full = n > 0 && is_peek_full(intake, (size_t)n);
	return (n <= 0 ||
	    discard(intake, intake->peek[0], (size_t)n) == 0) && is_full;
}

bool
intake_is_full(const struct intake *intake, size_t eighths)
{
	int waiting;

	/* A pipe's pages may be filled by half only. */
	return ioctl(intake->fd, FIONREAD, &waiting) == 0 &&
	    ((size_t)waiting >= intake->capacity / 8 * eighths ||
	    has_no_page(intake));
}

bool
intake_is_abandoned(const struct intake *intake)
{
	struct pollfd end = { .fd = intake->fd, .events = 0 };

	return poll(&end, 1, 0) == 1 && (end.revents & POLLHUP) != 0;
}

void
intake_rest(struct intake *intake)
{
	if (intake->held > 0)
		return;
	free(intake->bytes);
	intake->bytes = NULL;
	intake->size = INTAKE_LOOK;
	intake->seen = 0;
}

void
intake_close(struct intake *intake)
{
	close_end(&intake->fd);
	close_end(&intake->peek[0]);
	close_end(&intake->peek[1]);
	close_end(&intake->null_fd);
	close_end(&intake->edge);
	free(intake->bytes);
	intake->bytes = NULL;
}
