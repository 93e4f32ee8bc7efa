/* Unit tests of sandboxd/wall/ctl.c: messages with the zygotes. */
#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "fdio.h"

#include "box_test.h"

static char room[CTL_PACKET_MAX];

static int
set_up(void **state)
{
	static int pair[2];

	*state = pair;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair);
}

static int
tear_down(void **state)
{
	int *pair = *state;

	(void)close(pair[0]);
	(void)close(pair[1]);
	return 0;
}

static void
test_round_trip(void **state)
{
	int *pair = *state, fd = -1;
	struct ctl out = {.type = CTL_EXITED,
	    .slot = 77,
	    .arg = 5,
	    .status = -9,
	    .base = 4000000000U,
	    .rss = 123,
	    .cpu_us = UINT64_C(1) << 40};
	struct ctl in;

	assert_int_equal(ctl_send(pair[0], &out, NULL, 0), 0);
	assert_int_equal(ctl_recv(pair[1], CTL_FROM_ZYGOTE, room, &in, &fd), 1);
	assert_int_equal(in.type, CTL_EXITED);
	assert_int_equal(in.slot, 77);
	assert_int_equal(in.arg, 5);
	assert_int_equal(in.status, -9);
	assert_int_equal(in.base, 4000000000U);
	assert_int_equal(in.rss, 123);
	assert_true(in.cpu_us == UINT64_C(1) << 40);
	assert_int_equal(in.text.n, 0);
}

static void
test_text_and_descriptor(void **state)
{
	int *pair = *state, fd = -1;
	struct ctl booted = {.type = CTL_BOOTED, .text = STR_LIT("{}")};
	struct ctl start = {.type = CTL_START, .slot = 1};
	struct ctl in;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(ctl_send(pair[0], &booted, NULL, 0), 0);
	assert_int_equal(ctl_recv(pair[1], CTL_FROM_ROOT, room, &in, &fd), 1);
	assert_true(str_eq_c(in.text, "{}"));
	assert_int_equal(ctl_send(pair[0], &start, &null, 1), 0);
	assert_int_equal(
	    ctl_recv(pair[1], CTL_FROM_SUPERVISOR, room, &in, &fd), 1);
	assert_true(fd >= 0 && fd != null);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	(void)close(fd);
	(void)close(null);
}

static void
refused(int *pair, enum ctl_side from)
{
	struct ctl in;
	int fd = -1;

	errno = 0;
	assert_int_equal(ctl_recv(pair[1], from, room, &in, &fd), -1);
	assert_int_equal(errno, EPROTO);
	assert_int_equal(fd, -1);
}

static void
test_wrong_side(void **state)
{
	static const struct {
		enum ctl_type type;
		enum ctl_side from;
		size_t nfds;
	} rows[] = {
#define CTL(name, number, side, nfds) {CTL_##name, CTL_FROM_##side, (nfds)},
#include "ctl.def"
#undef CTL
	};
	static const enum ctl_side sides[] = {
	    CTL_FROM_SUPERVISOR, CTL_FROM_ROOT, CTL_FROM_ZYGOTE};
	int *pair = *state, null = open("/dev/null", O_RDONLY);
	struct ctl in;
	int fd;

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct ctl m = {.type = rows[i].type};

		for (size_t s = 0; s < NELEM(sides); s++) {
			assert_int_equal(
			    ctl_send(pair[0], &m, &null, rows[i].nfds), 0);
			if (sides[s] != rows[i].from) {
				refused(pair, sides[s]);
				continue;
			}
			assert_int_equal(
			    ctl_recv(pair[1], sides[s], room, &in, &fd), 1);
			if (rows[i].nfds > 0)
				(void)close(fd);
		}
		/* One descriptor more or less than its row says. */
		assert_int_equal(
		    ctl_send(pair[0], &m, &null, 1 - rows[i].nfds), 0);
		refused(pair, rows[i].from);
	}
	(void)close(null);
}

static void
test_malformed(void **state)
{
	static const char text[CTL_HEAD + 4] = {CTL_READY};
	static const char unknown[CTL_HEAD] = {99};
	int *pair = *state;
	struct ctl in;
	int fd;

	assert_true(send(pair[0], text, CTL_HEAD - 1, 0) > 0);
	refused(pair, CTL_FROM_ZYGOTE);
	/* Text where there is none. */
	assert_true(send(pair[0], text, sizeof(text), 0) > 0);
	refused(pair, CTL_FROM_ZYGOTE);
	assert_true(send(pair[0], unknown, sizeof(unknown), 0) > 0);
	refused(pair, CTL_FROM_ZYGOTE);
	assert_int_equal(
	    ctl_recv(pair[1], CTL_FROM_ZYGOTE, room, &in, &fd), -1);
	assert_int_equal(errno, EAGAIN);
	(void)shutdown(pair[0], SHUT_RDWR);
	assert_int_equal(ctl_recv(pair[1], CTL_FROM_ZYGOTE, room, &in, &fd), 0);
}

static void
test_too_much_text(void **state)
{
	static char big[CTL_TEXT_MAX + 1];
	int *pair = *state;
	struct ctl m = {.type = CTL_BOOTED, .text = {big, sizeof(big)}};

	assert_int_equal(ctl_send(pair[0], &m, NULL, 0), -1);
	assert_int_equal(errno, EMSGSIZE);
}

static void
test_hello(void **state)
{
	unsigned char b[CTL_HELLO], garbage[CTL_HELLO] = "POST / H";
	uint32_t step;
	int err;

	(void)state;
	ctl_hello_encode(21, EPERM, b);
	ctl_hello_decode(b, &step, &err);
	assert_int_equal(step, 21);
	assert_int_equal(err, EPERM);
	ctl_hello_encode(0, 0, b);
	ctl_hello_decode(b, &step, &err);
	assert_int_equal(step, 0);
	ctl_hello_decode(garbage, &step, &err);
	assert_true(step == UINT32_MAX);
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(ctl_name(CTL_SPAWNED), "SPAWNED");
	assert_string_equal(ctl_name((enum ctl_type)77), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_text_and_descriptor, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_wrong_side, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_malformed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_too_much_text, set_up, tear_down),
	    cmocka_unit_test(test_hello),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
