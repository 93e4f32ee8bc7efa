/*
 * privs.c: giving up privileges, and proof that they are gone.
 */
#include "privs.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"
#include "str.h"

#define ENTRY_MAX (16 * 1024) /* of the user and group databases */

bool
privs_user(const char *name, uid_t *uid_out, gid_t *gid_out)
{
	char text[ENTRY_MAX];
	struct passwd pw, *found = NULL;

	if (getpwnam_r(name, &pw, text, sizeof(text), &found) != 0 ||
	    found == NULL)
		return false;
	if (uid_out != NULL)
		*uid_out = pw.pw_uid;
	if (gid_out != NULL)
		*gid_out = pw.pw_gid;
	return true;
}

bool
privs_user_or_id(const char *name, uid_t *uid_out, gid_t *gid_out)
{
	int64_t number;

	if (privs_user(name, uid_out, gid_out))
		return true;
	if (!str_to_i64(str_from(name), &number) || number < 1 ||
	    number > INT32_MAX)
		return false;
	*uid_out = (uid_t)number;
	*gid_out = (gid_t)number;
	return true;
}

bool
privs_group(const char *name, gid_t *gid_out)
{
	char text[ENTRY_MAX];
	struct group gr, *found = NULL;

	if (getgrnam_r(name, &gr, text, sizeof(text), &found) != 0 ||
	    found == NULL)
		return false;
	*gid_out = gr.gr_gid;
	return true;
}

static void refuse(const char *step) ATTR_NORETURN;

/* The failed step, in words. */
static void
refuse(const char *step)
{
	log_at(LOG_LEVEL_ERROR, "cannot give up privileges",
	    LOG_STR("step", step), LOG_STR("error", strerror(errno)), LOG_END_);
	_exit(1);
}

/*
 * Takes every capability from the bounding set, so that no program that is
 * executed later can bring one back.  EPERM: we may not, then we have none to
 * give away either.
 */
static int
drop_bounding(void)
{
	for (unsigned long cap = 0; cap < 64; cap++) {
		int have = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (have < 0 && errno == EINVAL)
			break; /* beyond this kernel's last one */
		if (have < 0)
			return -1;
		if (have == 1 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0 &&
		    errno != EPERM)
			return -1;
	}
	return 0;
}

static int
capset_none(void)
{
	struct __user_cap_header_struct head = {
	    .version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

	memset(none, 0, sizeof(none));
	return (int)syscall(SYS_capset, &head, none);
}

/* Ambient, inheritable, permitted, effective. */
static int
drop_sets(void)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		return -1;
	return capset_none();
}

int
privs_drop_caps(void)
{
	return drop_bounding() != 0 ? -1 : drop_sets();
}

void
privs_no_new_privs(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		refuse("no_new_privs");
}

static bool
are_ids(uid_t uid, gid_t gid)
{
	uid_t u[3];
	gid_t g[3];

	if (getresuid(&u[0], &u[1], &u[2]) != 0 ||
	    getresgid(&g[0], &g[1], &g[2]) != 0)
		return false;
	for (size_t i = 0; i < NELEM(u); i++) {
		if (u[i] != uid || g[i] != gid)
			return false;
	}
	return true;
}

static bool
has_no_caps(void)
{
	struct __user_cap_header_struct head = {
	    .version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &head, d) != 0)
		return false;
	for (size_t i = 0; i < NELEM(d); i++) {
		if ((d[i].effective | d[i].permitted | d[i].inheritable) != 0)
			return false;
	}
	return true;
}

void
privs_drop(uid_t uid, gid_t gid)
{
	uid_t old_uid = geteuid();
	gid_t old_gid = getegid();

	if (uid == 0 || gid == 0) {
		errno = EINVAL;
		refuse("the target is root");
	}
	/* The bounding set first: it takes a capability to shrink it. */
	if (drop_bounding() != 0)
		refuse("bounding set");
	/* One who is that user already may lack the right to; fine then. */
	if (setgroups(0, NULL) != 0 && (errno != EPERM || !are_ids(uid, gid)))
		refuse("setgroups");
	if (!are_ids(uid, gid)) {
		if (setresgid(gid, gid, gid) != 0)
			refuse("setresgid");
		if (setresuid(uid, uid, uid) != 0)
			refuse("setresuid");
	}
	if (drop_sets() != 0)
		refuse("capabilities");
	privs_no_new_privs();
	/* Proof, not trust. */
	errno = 0;
	if (!are_ids(uid, gid))
		refuse("ids did not change");
	if (!has_no_caps())
		refuse("capabilities remain");
	if (setuid(0) == 0 || (old_uid != uid && setuid(old_uid) == 0))
		refuse("the old user can be regained");
	if (setgid(0) == 0 || (old_gid != gid && setgid(old_gid) == 0))
		refuse("the old group can be regained");
}
