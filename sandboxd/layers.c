/*
 * layers.c: which walls stand, as seen from outside on a live child.
 */
#include "layers.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fdio.h"
#include "landlock.h"
#include "str.h"

#define PATH_LEN 96
#define FILE_MAX ((size_t)256 * 1024)

struct view {
	struct layers *l;
	int pid;
	enum ctl_ids ids;
	char *status; /* /proc/PID/status; NULL = gone */
};

static void ATTR_PRINTF(4, 5)
    set(struct view *v, enum layer layer, bool on, const char *fmt, ...)
{
	va_list ap;

	v->l->layer[layer].state = on ? LAYERS_ON : LAYERS_OFF;
	va_start(ap, fmt);
	(void)vsnprintf(v->l->layer[layer].detail, LAYERS_DETAIL, fmt, ap);
	va_end(ap);
}

static char *
proc_file(int pid, const char *name)
{
	char path[PATH_LEN];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return fdio_read_file(path, FILE_MAX, NULL);
}

/* The value of "Key:\tvalue" in the status file. */
static struct str
status(const struct view *v, const char *key)
{
	struct str rest = str_from(v->status);

	while (rest.n > 0) {
		struct str line = str_split(&rest, '\n');
		struct str value = line;

		if (str_eq_c(str_split(&value, ':'), key))
			return str_trim(value);
	}
	return STR_NONE;
}

/* --- namespaces
 * --------------------------------------------------------------- */

/* 1 another than ours, 0 the same, -1 the kernel does not let us look. */
static int
other_ns(int pid, const char *name)
{
	char path[PATH_LEN], mine[PATH_LEN], its[PATH_LEN];
	ssize_t a, b;

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	a = readlink(path, mine, sizeof(mine));
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	b = readlink(path, its, sizeof(its));
	if (a <= 0 || b <= 0)
		return -1;
	return a != b || memcmp(mine, its, (size_t)a) != 0;
}

static void
look_namespaces(struct view *v)
{
	static const struct {
		enum layer layer;
		const char *name;
	} kinds[] = {{LAYER_MOUNT, "mnt"}, {LAYER_PID, "pid"},
	    {LAYER_NET, "net"}, {LAYER_IPC, "ipc"}, {LAYER_UTS, "uts"}};

	for (size_t i = 0; i < NELEM(kinds); i++) {
		int other = other_ns(v->pid, kinds[i].name);

		/* A plain user may not look; the clone that made it asked for
		 * all of them at once, and would have failed. */
		set(v, kinds[i].layer, other != 0, "%s",
		    other > 0       ? "its own"
			: other < 0 ? "its own (as cloned; not visible to us)"
				    : "the host's");
	}
}

static void
look_user(struct view *v)
{
	struct str uid = status(v, "Uid");
	char its[32];
	bool unlike, grouped = status(v, "Groups").n > 0;

	(void)snprintf(its, sizeof(its), "%u", (unsigned)geteuid());
	unlike = !str_eq_c(str_split(&uid, '\t'), its);
	uid = status(v, "Uid");
	uid = str_split(&uid, '\t');
	if (grouped && v->ids != CTL_IDS_SINGLE) {
		set(v, LAYER_USER, false,
		    "it is in groups of the user who started us");
		return;
	}
	switch (v->ids) {
	case CTL_IDS_MAPPED:
		set(v, LAYER_USER, unlike,
		    "user namespace, uid %.*s, one for each running call",
		    STR_FMT(uid));
		break;
	case CTL_IDS_SINGLE:
		set(v, LAYER_USER, other_ns(v->pid, "user") != 0,
		    "user namespace, uid %.*s shared by all (started as a "
		    "plain user)",
		    STR_FMT(uid));
		break;
	case CTL_IDS_REAL:
		set(v, LAYER_USER, unlike,
		    "no user namespace, real uid %.*s, one for each running "
		    "call",
		    STR_FMT(uid));
		break;
	}
}

/* --- root
 * --------------------------------------------------------------------- */

/* Every mount is read-only; how many there are. */
static bool
all_read_only(const char *mountinfo, unsigned *n_out)
{
	struct str rest = str_from(mountinfo);
	bool all = rest.n > 0;

	*n_out = 0;
	while (rest.n > 0) {
		struct str line = str_split(&rest, '\n');
		struct str f = STR_NONE;

		for (int i = 0; i < 6; i++)
			f = str_split(&line, ' ');
		all &= str_starts(f, "ro,") || str_eq_c(f, "ro");
		(*n_out)++;
	}
	return all;
}

static void
look_root(struct view *v)
{
	char *info = proc_file(v->pid, "mountinfo");
	unsigned n;
	bool ro;

	if (info == NULL || *info == '\0') {
		set(v, LAYER_PIVOT, true,
		    "as reported by the child (not visible to us)");
		free(info);
		return;
	}
	ro = all_read_only(info, &n);
	/* Root, library, perhaps time zones. */
	set(v, LAYER_PIVOT, ro && n <= 3, "%u mounts, %s, no /proc", n,
	    ro ? "all read-only" : "not all read-only");
	free(info);
}

static void
look_network(struct view *v)
{
	char *dev = proc_file(v->pid, "net/dev");
	struct str rest = str_from(dev);
	unsigned others = 0, n = 0;

	while (rest.n > 0) {
		struct str line = str_split(&rest, '\n');

		/* Two lines of headings. */
		if (n++ < 2)
			continue;
		others += !str_eq_c(str_trim(str_split(&line, ':')), "lo");
	}
	if (dev != NULL && n >= 2)
		set(v, LAYER_NET,
		    v->l->layer[LAYER_NET].state == LAYERS_ON && others == 0,
		    "its own, %u interfaces but lo", others);
	free(dev);
}

/* --- the process itself
 * ---------------------------------------------------------- */

static bool
is_zero(struct str hex)
{
	for (size_t i = 0; i < hex.n; i++) {
		if (hex.p[i] != '0')
			return false;
	}
	return hex.n > 0;
}

static void
look_process(struct view *v)
{
	bool none = is_zero(status(v, "CapEff")) &&
	    is_zero(status(v, "CapPrm")) && is_zero(status(v, "CapInh")) &&
	    is_zero(status(v, "CapAmb"));
	struct str mode = status(v, "Seccomp");
	struct str filters = status(v, "Seccomp_filters");
	char *limits = proc_file(v->pid, "limits");

	set(v, LAYER_CAPS, none, "%s", none ? "none" : "some are left");
	set(v, LAYER_NNP, str_eq_c(status(v, "NoNewPrivs"), "1"), "%s",
	    str_eq_c(status(v, "NoNewPrivs"), "1") ? "set" : "not set");
	set(v, LAYER_SECCOMP, str_eq_c(mode, "2"), "mode %.*s, %.*s filters",
	    STR_FMT(mode), STR_FMT(filters));
	/* World-readable, like status. */
	set(v, LAYER_LIMITS,
	    limits != NULL &&
		strstr(limits, "Max file size             0") != NULL,
	    "files, cpu, processes now; memory and the call's own at its "
	    "start");
	free(limits);
}

static void
look_optional(struct view *v, const char *cgroup_why)
{
	int abi = landlock_abi();

	set(v, LAYER_LANDLOCK, true, "ABI %d", abi);
	if (abi == 0) {
		set(v, LAYER_LANDLOCK, false, "the kernel has no Landlock");
		v->l->layer[LAYER_LANDLOCK].state = LAYERS_MISSING;
	}
	set(v, LAYER_CGROUP, true, "memory, pids, cpu");
	if (cgroup_why != NULL) {
		set(v, LAYER_CGROUP, false, "%s", cgroup_why);
		v->l->layer[LAYER_CGROUP].state = LAYERS_MISSING;
	}
}

void
layers_inspect(
    struct layers *l, int pid, enum ctl_ids ids, const char *cgroup_why)
{
	struct view v = {.l = l, .pid = pid, .ids = ids};

	memset(l, 0, sizeof(*l));
	v.status = proc_file(pid, "status");
	look_namespaces(&v);
	look_user(&v);
	look_root(&v);
	look_network(&v);
	look_process(&v);
	look_optional(&v, cgroup_why);
	free(v.status);
}

/* --- judging and showing
 * ------------------------------------------------------------ */

bool
layers_enough(const struct layers *l, const char *level, enum ctl_ids ids,
    enum layer *missing_out)
{
	bool full = strcmp(level, "full") == 0;
	bool landlock = full || strcmp(level, "landlock") == 0;
	bool userns = landlock || strcmp(level, "userns") == 0;

	for (int i = LAYER_NONE + 1; i < LAYER__MAX; i++) {
		bool needed = layer_required((enum layer)i) ||
		    (i == LAYER_LANDLOCK && landlock) ||
		    (i == LAYER_CGROUP && full);

		*missing_out = (enum layer)i;
		if (needed && l->layer[i].state != LAYERS_ON)
			return false;
		if (i == LAYER_USER && userns && ids == CTL_IDS_REAL)
			return false;
	}
	*missing_out = LAYER_NONE;
	return true;
}

static const char *
word(enum layers_state s)
{
	return s == LAYERS_ON ? "on" : s == LAYERS_OFF ? "off" : "missing";
}

void
layers_json(const struct layers *l, struct buf *out)
{
	buf_putc(out, '[');
	for (int i = LAYER_NONE + 1; i < LAYER__MAX; i++) {
		if (i > LAYER_NONE + 1)
			buf_putc(out, ',');
		buf_printf(out,
		    "{\"name\":\"%s\",\"state\":\"%s\",\"required\":%s,"
		    "\"detail\":",
		    layer_name((enum layer)i), word(l->layer[i].state),
		    layer_required((enum layer)i) ? "true" : "false");
		buf_json(out, str_from(l->layer[i].detail));
		buf_putc(out, '}');
	}
	buf_putc(out, ']');
}

void
layers_print(const struct layers *l, FILE *out)
{
	for (int i = LAYER_NONE + 1; i < LAYER__MAX; i++)
		(void)fprintf(out, "%-13s %-8s %-9s %s\n",
		    layer_name((enum layer)i), word(l->layer[i].state),
		    layer_required((enum layer)i) ? "required" : "optional",
		    l->layer[i].detail);
}
