/*
 * Unit test of sandboxd/wall/profile.c: a child's narrow filter on top of its
 * zygote's comes to the same as the whole filter of a child, for every call
 * and every argument that any of the tables looks at.  The programs are run
 * here, by an interpreter of the classic BPF that seccomp has.
 */
#include "profile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "box_test.h"

#define CALLS 1024 /* beyond the last one there is */

/* clang-format off */
static const uint64_t values[] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14, 15, 16, 22, 23, 24, 25,
	UINT64_MAX, UINT32_MAX, UINT64_C(1) << 32, (UINT64_C(1) << 32) | 23,
	F_SETOWN, F_DUPFD_CLOEXEC, F_SETLK, F_SETLKW, F_GETLK,
	O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, O_TMPFILE, O_PATH,
	O_CLOEXEC, O_DIRECTORY, PROT_READ | PROT_WRITE | PROT_EXEC,
	CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
	    CLONE_SYSVSEM,
	CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
	    CLONE_SYSVSEM | CLONE_NEWUSER,
	CLONE_THREAD, CLONE_NEWPID | SIGCHLD, CLONE_PIDFD,
};
/* clang-format on */

static uint32_t
load(const struct seccomp_data *d, uint32_t at)
{
	uint32_t v;

	assert_true(at % 4 == 0 && at + 4 <= sizeof(*d));
	memcpy(&v, (const char *)d + at, sizeof(v));
	return v;
}

static bool
jumps(uint16_t op, uint32_t a, uint32_t k)
{
	switch (op) {
	case BPF_JEQ:
		return a == k;
	case BPF_JGT:
		return a > k;
	case BPF_JGE:
		return a >= k;
	case BPF_JSET:
		return (a & k) != 0;
	default:
		fail_msg("a jump that is not known: %u", op);
		return false;
	}
}

/* What the program returns. */
static uint32_t
judge(const struct filter *f, const struct seccomp_data *d)
{
	const struct sock_filter *code = filter_code(f);
	uint32_t a = 0;

	for (size_t pc = 0; pc < filter_len(f); pc++) {
		const struct sock_filter *i = &code[pc];

		switch (BPF_CLASS(i->code)) {
		case BPF_LD:
			a = load(d, i->k);
			break;
		case BPF_ALU:
			assert_int_equal(BPF_OP(i->code), BPF_AND);
			a &= i->k;
			break;
		case BPF_JMP:
			if (BPF_OP(i->code) == BPF_JA)
				pc += i->k;
			else
				pc += jumps(BPF_OP(i->code), a, i->k) ? i->jt
								      : i->jf;
			break;
		case BPF_RET:
			return i->k;
		default:
			fail_msg(
			    "an instruction that is not known: %u", i->code);
		}
	}
	fail_msg("the program has no end");
	return 0;
}

/* The kernel takes the stricter action, of equals that of the newer one. */
static uint32_t
both(const struct filter *newer, const struct filter *older,
    const struct seccomp_data *d)
{
	uint32_t a = judge(newer, d), b = judge(older, d);
	int32_t x = (int32_t)(a & SECCOMP_RET_ACTION_FULL);
	int32_t y = (int32_t)(b & SECCOMP_RET_ACTION_FULL);

	return y < x ? b : a;
}

struct programs {
	struct filter *child, *zygote, *narrow;
};

static void
compare(const struct programs *p, const struct seccomp_data *d)
{
	/* The whole one, too, is loaded on top of the zygote's. */
	uint32_t whole = both(p->child, p->zygote, d);
	uint32_t parts = both(p->narrow, p->zygote, d);

	if (whole != parts)
		fail_msg("call %d (%llx %llx %llx): %x, not %x", d->nr,
		    (unsigned long long)d->args[0],
		    (unsigned long long)d->args[1],
		    (unsigned long long)d->args[2], parts, whole);
}

static void
compare_call(const struct programs *p, int nr, uint32_t arch)
{
	for (size_t v = 0; v < NELEM(values); v++) {
		struct seccomp_data d = {.nr = nr, .arch = arch};

		for (size_t i = 0; i < NELEM(d.args); i++)
			d.args[i] = values[v];
		compare(p, &d);
		for (size_t i = 0; i < NELEM(d.args); i++) {
			struct seccomp_data one = {.nr = nr, .arch = arch};

			one.args[i] = values[v];
			compare(p, &one);
		}
	}
}

static void
test_same(void **state)
{
	const char *why = "";
	struct programs p = {
	    .child = profile_child(&why),
	    .zygote = profile_zygote(&why),
	    .narrow = profile_narrow(&why),
	};

	(void)state;
	assert_non_null(p.child);
	assert_non_null(p.zygote);
	assert_non_null(p.narrow);
	assert_true(filter_len(p.narrow) < filter_len(p.child) / 3);
	for (int nr = -1; nr < CALLS; nr++) {
		compare_call(&p, nr, AUDIT_ARCH_X86_64);
		compare_call(&p, nr | 0x40000000, AUDIT_ARCH_X86_64); /* x32 */
		compare_call(&p, nr, AUDIT_ARCH_I386);
	}
	filter_free(p.child);
	filter_free(p.zygote);
	filter_free(p.narrow);
}

/* The comparison can fail: without the zygote's filter it is not the same. */
static void
test_different(void **state)
{
	struct seccomp_data d = {.nr = SYS_ptrace, .arch = AUDIT_ARCH_X86_64};
	struct filter *narrow = profile_narrow(NULL);
	struct filter *child = profile_child(NULL);

	(void)state;
	assert_int_equal(judge(narrow, &d), SECCOMP_RET_ALLOW);
	assert_int_equal(judge(child, &d), SECCOMP_RET_KILL_PROCESS);
	d.nr = SYS_clone3;
	assert_int_equal(judge(narrow, &d), SECCOMP_RET_ERRNO | ENOSYS);
	d.nr = SYS_sendmsg;
	assert_int_equal(judge(narrow, &d), SECCOMP_RET_KILL_PROCESS);
	filter_free(narrow);
	filter_free(child);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same),
	    cmocka_unit_test(test_different),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
