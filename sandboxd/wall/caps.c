/*
 * caps.c: the few capabilities of a zygote.
 */
#include "caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEEP                                                                   \
	(UINT32_C(1) << CAP_SETUID | UINT32_C(1) << CAP_SETGID |               \
	    UINT32_C(1) << CAP_SYS_ADMIN)

static int
bound(void)
{
	int have;

	/* The kernel's last capability is where READ fails. */
	for (unsigned long cap = 0;
	     (have = prctl(PR_CAPBSET_READ, cap, 0, 0, 0)) >= 0; cap++) {
		if (have > 0 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			return -1;
	}
	return 0;
}

/* `keep`: permitted and effective; nothing is inheritable or ambient. */
static int
set(uint32_t keep)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{keep, keep, 0}, {0, 0, 0}};

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 &&
	    errno != EINVAL)
		return -1;
	return (int)syscall(SYS_capset, &head, data);
}

int
caps_keep_spawning(void)
{
	return bound() != 0 ? -1 : set(KEEP);
}

int
caps_drop(void)
{
	return set(0);
}
