/*
 * datagrams: a journal that writes down what it is told, byte by byte.
 *
 *	datagrams SOCKET
 *
 * Binds a datagram socket at SOCKET and prints every entry that comes as a
 * line of the standard output, a tab between the fields: "NAME=VALUE" for one
 * that came in one line, "NAME:LENGTH=VALUE" for one with its length before it
 * (systemd.io/JOURNAL_NATIVE_PROTOCOL). Bytes that cannot be printed are \xHH.
 * What is no such entry becomes "malformed: ".
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_SIZE = 1024 * 1024, LENGTH_SIZE = 8 };

static void
print_bytes(const char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i] >= ' ' && bytes[i] < 0x7f && bytes[i] != '\\')
			(void)putchar(bytes[i]);
		else
			(void)printf("\\x%02x", (unsigned char)bytes[i]);
}

/* Of capital letters, digits and underscores. */
static bool
is_name(const char *name, size_t len)
{
	return len > 0 && len <= 64 && strspn(name,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == len;
}

/* Prints the field at AT. Returns where the next begins, or NULL. */
static const char *
print_field(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at)), *equal;
	uint64_t len = 0;
	size_t i;

	if (newline == NULL)
		return NULL;
	equal = memchr(at, '=', (size_t)(newline - at));
	if (equal != NULL) {
		if (!is_name(at, (size_t)(equal - at)))
			return NULL;
		print_bytes(at, (size_t)(newline - at));
		return newline + 1;
	}
	if (!is_name(at, (size_t)(newline - at)) ||
	    end - newline - 1 < LENGTH_SIZE)
		return NULL;
	for (i = LENGTH_SIZE; i > 0; i--)
		len = len << 8 | (unsigned char)newline[i];
	(void)printf("%.*s:%llu=", (int)(newline - at), at,
	    (unsigned long long)len);
	at = newline + 1 + LENGTH_SIZE;
	if (len >= (uint64_t)(end - at) || at[len] != '\n')
		return NULL;
	print_bytes(at, (size_t)len);
	return at + len + 1;
}

static void
print_entry(const char *at, const char *end)
{
	const char *next;

	while (at < end) {
		next = print_field(at, end);
		if (next == NULL) {
			(void)printf("malformed: ");
			print_bytes(at, (size_t)(end - at));
			break;
		}
		if (next < end)
			(void)putchar('\t');
		at = next;
	}
	(void)putchar('\n');
	if (fflush(stdout) == EOF)
		err(1, "cannot write");
}

int
main(int argc, char **argv)
{
	static char message[MESSAGE_SIZE + 1];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	ssize_t n;
	int fd;

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path))
		errx(2, "usage: datagrams SOCKET");
	(void)memcpy(address.sun_path, argv[1], strlen(argv[1]));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(1, "cannot make a socket");
	(void)unlink(argv[1]);	/* of one that was here before */
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		err(1, "cannot bind %s", argv[1]);
	for (;;) {
		n = recv(fd, message, MESSAGE_SIZE, 0);
		if (n == -1 && errno != EINTR)
			err(1, "cannot receive");
		if (n >= 0) {
			message[n] = '\0';	/* for strspn(3) */
			print_entry(message, message + n);
		}
	}
}
