/*
 * os_linux_capability.c: capabilities(7); contracts in os.h.
 *
 * System calls and the kernel's own names: the part of libcap that is needed
 * here is smaller than the cost of loading it at every start.
 */
#include "base/os.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In the order of their numbers, linux/capability.h (Linux 5.9: 41). */
static const char *const capability_names[] = {
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid",
	"kill", "setgid", "setuid", "setpcap", "linux_immutable",
	"net_bind_service", "net_broadcast", "net_admin", "net_raw",
	"ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot",
	"sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
	"sys_resource", "sys_time", "sys_tty_config", "mknod", "lease",
	"audit_write", "audit_control", "setfcap", "mac_override",
	"mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read",
	"perfmon", "bpf", "checkpoint_restore",
};

int
os_capability_number(const char *name)
{
	size_t i;

	if (strncasecmp(name, "cap_", 4) == 0)
		name += 4;
	for (i = 0; i < sizeof(capability_names) / sizeof(char *); i++)
		if (strcasecmp(capability_names[i], name) == 0)
			return (int)i;
	return -1;
}

int
os_bound_capabilities(uint64_t mask)
{
	int cap, has;

	/* The kernel knows where its capabilities end: EINVAL. */
	for (cap = 0; cap < 64; cap++) {
		has = prctl(PR_CAPBSET_READ, (long)cap, 0L, 0L, 0L);
		if (has == -1)
			break;
		if (has == 0 || (mask >> cap & 1) != 0)
			continue;
		if (prctl(PR_CAPBSET_DROP, (long)cap, 0L, 0L, 0L) == -1)
			return -1;
	}
	return prctl(PR_SET_KEEPCAPS, 1L, 0L, 0L, 0L);
}

int
os_take_capabilities(uint64_t mask)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { { 0 } };
	int cap;

	for (cap = 0; cap < 2; cap++) {
		data[cap].permitted = (uint32_t)(mask >> 32 * cap);
		data[cap].effective = data[cap].permitted;
		data[cap].inheritable = data[cap].permitted;
	}
	if (prctl(PR_CAP_AMBIENT, (long)PR_CAP_AMBIENT_CLEAR_ALL, 0L, 0L,
	    0L) == -1)
		return -1;
	if (syscall(SYS_capset, &header, data) == -1)
		return -1;
	for (cap = 0; cap < 64; cap++)
		if ((mask >> cap & 1) != 0 && prctl(PR_CAP_AMBIENT,
		    (long)PR_CAP_AMBIENT_RAISE, (long)cap, 0L, 0L) == -1)
			return -1;
	return 0;
}
