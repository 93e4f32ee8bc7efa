/*
 * filter.c: seccomp filters from tables, compiled by libseccomp.
 */
#include "filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fail.h"
#include "fdio.h"

#define ARGS_MAX NELEM(((struct filter_rule *)NULL)->args)

struct filter {
	struct sock_fprog prog;
	struct sock_filter code[];
};

static bool
is_conditional(const struct filter_rule *r)
{
	for (size_t i = 0; i < ARGS_MAX; i++) {
		if (r->args[i].cmp != FILTER_ANY)
			return true;
	}
	return false;
}

static bool
same_effect(const struct filter_rule *a, const struct filter_rule *b)
{
	return a->act == b->act && (a->act != FILTER_ERRNO || a->err == b->err);
}

/*
 * libseccomp lets a row without conditions replace those with conditions,
 * whatever their actions: a table must not depend on that.
 */
static const char *
check_pair(const struct filter_rule *a, const struct filter_rule *b)
{
	if (strcmp(a->call, b->call) != 0 || same_effect(a, b))
		return NULL;
	if (!is_conditional(a) || !is_conditional(b))
		return "an unconditional row contradicts another of its call";
	return NULL;
}

static const char *
check_rule(const struct filter_rule *r, const struct filter_rule *const *tables,
    enum filter_act otherwise)
{
	if (r->act == otherwise && is_conditional(r))
		return otherwise == FILTER_KILL
		    ? "a conditional kill: killing is the default already"
		    : "a conditional allow: allowing is the default already";
	if (r->act == FILTER_ERRNO && (r->err <= 0 || r->err > 4095))
		return "a row with a bad errno";
	for (; *tables != NULL; tables++) {
		for (const struct filter_rule *o = *tables; o->call != NULL;
		     o++) {
			const char *why = check_pair(r, o);

			if (why != NULL)
				return why;
		}
	}
	return NULL;
}

static struct scmp_arg_cmp
compare(const struct filter_arg *a)
{
	struct scmp_arg_cmp c = {.arg = a->index};

	switch (a->cmp) {
	case FILTER_ANY:
	case FILTER_EQ:
		c.op = SCMP_CMP_EQ;
		c.datum_a = a->value;
		break;
	case FILTER_NE:
		c.op = SCMP_CMP_NE;
		c.datum_a = a->value;
		break;
	case FILTER_MASKED:
		c.op = SCMP_CMP_MASKED_EQ;
		c.datum_a = a->mask;
		c.datum_b = a->value;
		break;
	}
	return c;
}

static uint32_t
action(enum filter_act act, int err)
{
	switch (act) {
	case FILTER_ALLOW:
		return SCMP_ACT_ALLOW;
	case FILTER_ERRNO:
		return SCMP_ACT_ERRNO((uint32_t)err);
	case FILTER_KILL:
		break;
	}
	return SCMP_ACT_KILL_PROCESS;
}

static const char *
add_rule(
    scmp_filter_ctx ctx, const struct filter_rule *r, enum filter_act otherwise)
{
	struct scmp_arg_cmp args[ARGS_MAX];
	unsigned n = 0;
	int call, rc;

	call = seccomp_syscall_resolve_name(r->call);
	/* Below zero: this architecture does not have it.  The default:
	 * libseccomp refuses to hear it again. */
	if (call < 0 || r->act == otherwise)
		return NULL;
	for (size_t i = 0; i < ARGS_MAX; i++) {
		if (r->args[i].cmp != FILTER_ANY)
			args[n++] = compare(&r->args[i]);
	}
	rc = seccomp_rule_add_exact_array(
	    ctx, action(r->act, r->err), call, n, args);
	/* The same row in two tables is no contradiction. */
	return rc == 0 || rc == -EEXIST ? NULL : "libseccomp refuses a row";
}

static const char *
add_tables(scmp_filter_ctx ctx, const struct filter_rule *const *tables,
    enum filter_act otherwise)
{
	for (size_t i = 0; tables[i] != NULL; i++) {
		for (const struct filter_rule *r = tables[i]; r->call != NULL;
		     r++) {
			const char *why = check_rule(r, tables, otherwise);

			if (why == NULL)
				why = add_rule(ctx, r, otherwise);
			if (why != NULL)
				return why;
		}
	}
	return NULL;
}

/* Another architecture's calls (i386, x32) kill like an unlisted one. */
static const char *
set_up(scmp_filter_ctx ctx)
{
	if (seccomp_attr_set(
		ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0)
		return "libseccomp refuses the action for other architectures";
	if (seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0)
		return "libseccomp refuses to optimise";
	return NULL;
}

/* libseccomp writes to a descriptor only. */
static struct filter *
export_program(scmp_filter_ctx ctx, const char **why)
{
	struct filter *f = NULL;
	off_t size;
	size_t n;
	int fd;

	fd = memfd_create("filter", MFD_CLOEXEC);
	if (fd < 0 || seccomp_export_bpf(ctx, fd) != 0) {
		*why = "cannot export the program";
		goto out;
	}
	size = lseek(fd, 0, SEEK_END);
	n = size > 0 ? (size_t)size / sizeof(f->code[0]) : 0;
	if (n == 0 || n > BPF_MAXINSNS || lseek(fd, 0, SEEK_SET) != 0) {
		*why = "the program is too long";
		goto out;
	}
	f = malloc(sizeof(*f) + n * sizeof(f->code[0]));
	if (f == NULL)
		fail_abort("filter: out of memory");
	f->prog.len = (unsigned short)n;
	f->prog.filter = f->code;
	if (fdio_read_full(fd, f->code, n * sizeof(f->code[0]), -1) != 0) {
		*why = "cannot read the program back";
		filter_free(f);
		f = NULL;
	}
out:
	if (fd >= 0)
		(void)close(fd);
	return f;
}

static struct filter *
build(const struct filter_rule *const *tables, enum filter_act otherwise,
    const char **why_out)
{
	scmp_filter_ctx ctx = seccomp_init(action(otherwise, 0));
	struct filter *f = NULL;
	const char *why;

	if (ctx == NULL)
		fail_abort("filter: out of memory");
	why = set_up(ctx);
	if (why == NULL)
		why = add_tables(ctx, tables, otherwise);
	if (why == NULL)
		f = export_program(ctx, &why);
	seccomp_release(ctx);
	if (why_out != NULL)
		*why_out = why;
	return f;
}

struct filter *
filter_build(const struct filter_rule *const *tables, const char **why_out)
{
	return build(tables, FILTER_KILL, why_out);
}

struct filter *
filter_build_narrow(
    const struct filter_rule *const *tables, const char **why_out)
{
	return build(tables, FILTER_ALLOW, why_out);
}

void
filter_free(struct filter *f)
{
	free(f);
}

size_t
filter_len(const struct filter *f)
{
	return f->prog.len;
}

const void *
filter_code(const struct filter *f)
{
	return f->code;
}

int
filter_load(const struct filter *f)
{
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &f->prog);
}
