/*
 * fuzz_box.c: payloads of RUN, EXIT, KILL and of leases.  Byte 0 chooses.
 *
 * What is accepted must encode to the very same bytes: one message, one form.
 */
#include <stdlib.h>
#include <string.h>

#include "box.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static void
run(struct str payload, struct buf *again)
{
	struct box_run r;

	if (!box_run_decode(payload, &r))
		return;
	require(str_is_uuid(r.env));
	require(r.code.n <= BOX_CODE_MAX && r.args.n <= BOX_ARGS_MAX);
	require(r.nmodules <= BOX_LIST_MAX && r.nhosts <= BOX_LIST_MAX &&
	    r.nsecrets <= BOX_LIST_MAX);
	box_run_encode(again, &r);
	require(str_eq(buf_str(again), payload));
	box_run_free(&r);
}

static void
end(struct str payload, struct buf *again)
{
	struct box_exit e;

	if (!box_exit_decode(payload, &e))
		return;
	require(strcmp(box_outcome_name(e.outcome), "unknown") != 0);
	box_exit_encode(again, &e);
	require(str_eq(buf_str(again), payload));
}

static void
kill_runs(struct str payload, struct buf *again)
{
	struct box_kill k;

	if (!box_kill_decode(payload, &k))
		return;
	require(k.value.n > 0 && k.value.n <= 256 && k.why.n <= 256);
	box_kill_encode(again, &k);
	require(str_eq(buf_str(again), payload));
}

static void
lease(struct str payload, struct buf *again)
{
	struct box_lease l;

	if (!box_lease_decode(payload, &l))
		return;
	require(str_is_uuid(l.env));
	box_lease_encode(again, &l);
	require(str_eq(buf_str(again), payload));
}

static void
leased(struct str payload, struct buf *again)
{
	struct box_leased l;

	if (!box_leased_decode(payload, &l))
		return;
	box_leased_encode(again, &l);
	require(str_eq(buf_str(again), payload));
}

static void
done(struct str payload, struct buf *again)
{
	struct box_done d;

	if (!box_done_decode(payload, &d))
		return;
	require(d.outcome != BOX_OUTCOME_TIMEOUT &&
	    d.outcome != BOX_OUTCOME_FORBIDDEN);
	box_done_encode(again, &d);
	require(str_eq(buf_str(again), payload));
}

static void
handover(struct str payload, struct buf *again)
{
	struct box_handover h;

	if (!box_handover_decode(payload, &h))
		return;
	box_handover_encode(again, &h);
	require(str_eq(buf_str(again), payload));
}

static void (*const kinds[])(struct str, struct buf *) = {
    run, end, kill_runs, lease, leased, done, handover};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf again;
	char *copy;

	if (size < 1)
		return 0;
	/* A view of its own size: a read past it is seen. */
	copy = malloc(size);
	if (copy == NULL)
		abort();
	memcpy(copy, data + 1, size - 1);
	buf_init(&again, SIZE_MAX);
	kinds[data[0] % NELEM(kinds)]((struct str){copy, size - 1}, &again);
	buf_free(&again);
	free(copy);
	return 0;
}
