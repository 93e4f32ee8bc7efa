/*
 * selfcheck.c: does the sandbox hold here?
 */
#include "selfcheck.h"

#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "egress_link.h"
#include "landlock.h"

#define START_MS 30000
#define CALL_MS 20000
#define EGRESS_MS 10000

/*
 * What must not work, tried from inside without the language policy.  It
 * answers "held", or the list of what got through.
 */
static const char probe[] =
    "import os, socket, ctypes\n"
    "def got(what, f, *a):\n"
    "    try:\n"
    "        r = f(*a)\n"
    "    except (OSError, ValueError):\n"
    "        return []\n"
    "    return [what]\n"
    "def call(nr, *a):\n"
    "    c = ctypes.CDLL(None, use_errno=True)\n"
    "    if c.syscall(nr, *a) < 0:\n"
    "        raise OSError(ctypes.get_errno(), 'refused')\n"
    "async def main():\n"
    "    bad = got('list /', os.listdir, '/') if %d else []\n"
    "    bad += got('/proc', os.listdir, '/proc')\n"
    "    bad += got('/etc/passwd', open, '/etc/passwd')\n"
    "    bad += got('write', open, '/x', 'w')\n"
    "    bad += got('fork', os.fork)\n"
    "    bad += got('exec', os.execv, '/bin/sh', ['sh'])\n"
    "    bad += got('socket', socket.socket)\n"
    "    bad += got('unix socket', socket.socket, socket.AF_UNIX)\n"
    "    bad += got('memfd', call, 319, b'x', 0)\n"
    "    bad += got('map code', call, 9, 0, 4096, 7, 0x22, -1, 0)\n"
    "    if os.getpid() != 1: bad.append('pid %%d' %% os.getpid())\n"
    "    if os.uname().nodename != 'sandbox': bad.append('host name')\n"
    "    if os.environ: bad.append('environment')\n"
    "    return 'held' if not bad else bad\n";

struct probing {
	bool done;
	struct box_exit end;
	struct buf answer;
};

static void
on_frame(void *arg, enum wire_type type, uint32_t flags, struct str payload)
{
	struct probing *p = arg;

	(void)flags;
	if (type == WIRE_T_RESULT || type == WIRE_T_ERROR)
		buf_putstr(&p->answer, payload);
}

static void
on_done(void *arg, const struct box_exit *e)
{
	struct probing *p = arg;

	p->end = *e;
	p->end.message = STR_NONE;
	p->done = true;
}

bool
selfcheck_probe(struct loop *loop, struct pool *pool, struct buf *out)
{
	static const struct call_user user = {on_frame, on_done};
	struct calls calls = {.loop = loop, .pool = pool};
	struct probing p = {.done = false};
	int64_t until = clock_mono_ms() + CALL_MS;
	struct call *call;
	struct buf code;
	bool ok;
	struct box_run run = {
	    .kind = BOX_KIND_CALL,
	    .env = STR_LIT("00000000-0000-0000-0000-000000000000"),
	    .tool = STR_LIT("selfcheck"),
	    .args = STR_LIT("{}"),
	    .limits =
		{
		    .wall_ms = 5000,
		    .cpu_ms = 5000,
		    .memory = UINT64_C(256) << 20,
		    .result = 65536,
		    .threads = 1,
		},
	};

	buf_init(&code, sizeof(probe) + 16);
	/* Only Landlock hides the root folder itself. */
	buf_printf(&code, probe, landlock_abi() > 0);
	buf_init(&p.answer, 65536);
	run.code = buf_str(&code);
	call = call_new(
	    &calls, &run, (struct call_peer){geteuid(), getpid()}, &user, &p);
	call_start(call);
	while (!p.done && clock_mono_ms() < until)
		loop_once(loop);
	if (!p.done)
		call_abandon(call);
	ok = p.done && p.end.outcome == BOX_OUTCOME_RESULT &&
	    str_eq_c(buf_str(&p.answer), "\"held\"");
	if (!ok)
		buf_printf(out, "the probe call ended as %s: %.*s",
		    p.done ? box_outcome_name(p.end.outcome) : "no answer",
		    STR_FMT(buf_str(&p.answer)));
	buf_free(&code);
	buf_free(&p.answer);
	return ok;
}

/* --- the way out
 * ----------------------------------------------------------------- */

struct asking {
	bool done;
	enum fetch_end end;
};

static void
egress_frame(void *arg, enum wire_type type, uint32_t id, struct str payload)
{
	struct asking *a = arg;
	struct fetch_done d;

	(void)id;
	a->done = true;
	a->end = type == WIRE_T_FETCH_DONE && fetch_done_decode(payload, &d)
	    ? d.end
	    : FETCH_END_PROTOCOL;
}

static void
egress_record(void *arg, struct str json)
{
	(void)arg;
	(void)json;
}

static void
egress_nothing(void *arg)
{
	(void)arg;
}

static struct egress_link *
open_nothing(struct loop *loop, struct egress_proc *p, struct asking *a)
{
	static const struct egress_link_user user = {.frame = egress_frame,
	    .record = egress_record,
	    .room = egress_nothing,
	    .settled = egress_nothing};
	struct fetch_open open = {
	    .env = STR_LIT("00000000-0000-0000-0000-000000000000"),
	    .tool = STR_LIT("selfcheck"),
	    .requests = 1,
	};
	struct egress_link *l;
	struct buf b;

	buf_init(&b, 4096);
	fetch_open_encode(&b, &open);
	l = egress_link_new(loop, p, buf_str(&b), &user, a);
	buf_free(&b);
	return l;
}

bool
selfcheck_egress(struct loop *loop, struct egress_proc *p, struct buf *out)
{
	struct fetch_request request = {.method = STR_LIT("GET"),
	    .url = STR_LIT("https://selfcheck.invalid/")};
	struct asking a = {.done = false};
	struct egress_link *l = open_nothing(loop, p, &a);
	int64_t until = clock_mono_ms() + EGRESS_MS;
	struct buf b;

	buf_init(&b, 4096);
	fetch_request_encode(&b, &request);
	if (l != NULL &&
	    egress_link_fetch(l, 1, buf_str(&b)) == EGRESS_LINK_SENT) {
		while (!a.done && clock_mono_ms() < until)
			loop_once(loop);
	}
	buf_free(&b);
	egress_link_free(l);
	if (a.done && a.end == FETCH_END_NOT_GRANTED) {
		buf_puts(out, "a request that is not granted was refused");
		return true;
	}
	if (!a.done || a.end == FETCH_END_UNAVAILABLE)
		buf_puts(out,
		    "mcpbox-egress does not answer: tools have no "
		    "network. Its own message is in the log above; "
		    "check MCPBOX_EGRESS_PROGRAM.");
	else
		buf_printf(out, "what is not granted was not refused: %s",
		    fetch_end_name(a.end));
	return false;
}

/* --- from outside
 * ---------------------------------------------------------------- */

static void
explain_step(struct buf *out, uint32_t step, int err)
{
	if (step >= STEP__MAX) {
		buf_puts(out,
		    "mcpbox-run did not start. Its own message is "
		    "in the log above; check MCPBOX_RUN_PROGRAM.");
		return;
	}
	buf_printf(out, "layer %s: cannot %s: %s. %s",
	    layer_name(step_layer(step)), step_what(step), strerror(err),
	    step_remedy(step));
}

bool
selfcheck_layers(struct loop *loop, const struct pool *pool,
    const struct config *c, const char *cgroup_why, struct layers *layers_out,
    struct buf *out)
{
	int64_t until = clock_mono_ms() + START_MS;
	const struct cell *specimen = NULL;
	enum layer missing;
	uint32_t step;
	int err;

	memset(layers_out, 0, sizeof(*layers_out));
	for (;;) {
		enum pool_start s = pool_start(pool, &step, &err);

		specimen = s == POOL_STARTED ? pool_specimen(pool) : NULL;
		if (specimen != NULL)
			break;
		if (s == POOL_FAILED) {
			explain_step(out, step, err);
			return false;
		}
		if (clock_mono_ms() >= until) {
			buf_puts(out, "no child became ready in time");
			return false;
		}
		loop_once(loop);
	}
	layers_inspect(layers_out, specimen->pid, pool_ids(pool), cgroup_why);
	if (layers_enough(layers_out, c->min_level, pool_ids(pool), &missing))
		return true;
	buf_printf(out,
	    "layer %s (%s) does not hold: %s. %s MCPBOX_SANDBOX_MIN_LEVEL is "
	    "%s.",
	    layer_name(missing), layer_text(missing),
	    layers_out->layer[missing].detail, layer_remedy(missing),
	    c->min_level);
	return false;
}
