/*
 * probe.c: see probe.h.
 */
#include "start/probe.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/os.h"
#include "exitcode.h"
#include "start/become.h"

struct order {
	const struct plan *plan;
	const char *command;
};

static int
child(void *context)
{
	const struct order *order = context;
	int i, fd;

	(void)setsid();		/* it leads no group: this cannot fail */
	fd = open("/dev/null", O_RDWR | O_NOCTTY | O_CLOEXEC);
	for (i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (dup2(fd, i) == -1)
			return EXITCODE_FAILED;
	return become_command(order->plan, order->command);
}

pid_t
probe_start(const struct plan *plan, const char *command)
{
	/* Static: nobody is poorer for pages that are never touched. */
	static _Alignas(16) char stack[OS_STACK_SIZE];
	struct order order = { .plan = plan, .command = command };

	return os_spawn(child, &order, stack);
}
