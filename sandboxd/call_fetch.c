/*
 * call_fetch.c: the outbound requests of a call.
 *
 * What is granted goes to egress before anything that the child says, and
 * from the worker's RUN alone.  A run that may have no network never gets a
 * connection: it is refused here.
 */
#include "call_inner.h"

#include <stdio.h>

#include "fetch.h"
#include "log.h"
#include "refusal.h"

#define OPEN_MAX ((size_t)256 * 1024)
#define DONE_MAX ((size_t)8 * 1024)
/* Records of our own; a child can be refused without end. */
#define REFUSALS_MAX 200

void
call_fetch_allow(struct call *c, const struct box_run *run)
{
	struct fetch_open open = {
	    .env = run->env,
	    .tool = run->tool,
	    .trace = run->trace,
	    .requests = run->limits.requests,
	    .transfer = run->limits.transfer,
	    .debug = run->debug,
	    .grants = run->hosts,
	    .ngrants = run->nhosts,
	};

	buf_init(&c->open, OPEN_MAX);
	if (run->limits.requests > 0 &&
	    (run->kind == BOX_KIND_CALL || run->kind == BOX_KIND_TEST))
		fetch_open_encode(&c->open, &open);
}

void
call_fetch_free(struct call *c)
{
	egress_link_free(c->link);
	c->link = NULL;
	buf_free(&c->open);
}

/* --- what egress says
 * ------------------------------------------------------------------- */

/* Not while each of the two waits for the other. */
static void
hold_child(struct call *c)
{
	if (c->cell != NULL)
		cell_pause(c->cell, CELL_PAUSE_EGRESS,
		    egress_link_full(c->link, cell_full(c->cell)));
}

static void
link_frame(void *arg, enum wire_type type, uint32_t id, struct str payload)
{
	struct call *c = arg;

	if (c->cell == NULL)
		return;
	cell_send(c->cell, type, id, payload);
	if (!cell_full(c->cell))
		return;
	egress_link_pause(c->link, EGRESS_LINK_CHILD, true);
	hold_child(c);
}

static void
link_record(void *arg, struct str json)
{
	struct call *c = arg;

	c->user->frame(c->arg, WIRE_T_REQUEST, 0, json);
}

static void
link_room(void *arg)
{
	hold_child(arg);
}

static void
link_settled(void *arg)
{
	call_finish(arg);
}

static const struct egress_link_user link_user = {
    .frame = link_frame,
    .record = link_record,
    .room = link_room,
    .settled = link_settled,
};

void
call_fetch_room(struct call *c)
{
	if (c->link == NULL)
		return;
	egress_link_pause(c->link, EGRESS_LINK_CHILD, false);
	hold_child(c);
}

bool
call_fetch_settle(struct call *c)
{
	return c->link != NULL && egress_link_settle(c->link);
}

/* --- what the child asks
 * ---------------------------------------------------------------- */

/* Why it may not ask at all; NULL: it may. */
static const char *
refusal(const struct call *c, enum fetch_end *end_out)
{
	*end_out = FETCH_END_NOT_GRANTED;
	if (c->kind == BOX_KIND_CHECK)
		return "A tool that is only read has no network.";
	if (c->kind == BOX_KIND_TRIAL)
		return "A trial run has no network; requests work in a "
		       "person's test of the tool and once it is approved, "
		       "to hosts that the server may reach.";
	*end_out = FETCH_END_LIMIT;
	if (c->limits.requests == 0)
		return "This server's tools may make no requests: its limit "
		       "for a call is 0.";
	return NULL;
}

/* To the log of the run, as egress would have told it. */
static void
tell_refusal(struct call *c, const struct wire_frame *f, enum fetch_end end,
    const char *message)
{
	struct buf b;

	if (c->refusals == REFUSALS_MAX)
		return;
	c->refusals++;
	buf_init(&b, REFUSAL_MAX);
	refusal_json(&b, f->id, f->payload, end, message);
	if (!b.overflow)
		c->user->frame(c->arg, WIRE_T_REQUEST, 0, buf_str(&b));
	buf_free(&b);
}

static void
refuse(struct call *c, const struct wire_frame *f, enum fetch_end end,
    const char *message)
{
	struct fetch_done done = {
	    .end = end,
	    .message = str_from(message),
	};
	struct buf b;

	c->all->total.refused++;
	tell_refusal(c, f, end, message);
	buf_init(&b, DONE_MAX);
	fetch_done_encode(&b, &done);
	cell_send(c->cell, WIRE_T_FETCH_DONE, f->id, buf_str(&b));
	buf_free(&b);
}

static bool
have_link(struct call *c)
{
	if (c->link != NULL)
		return true;
	if (c->all->egress == NULL || c->open.overflow)
		return false;
	c->link = egress_link_new(
	    c->all->loop, c->all->egress, buf_str(&c->open), &link_user, c);
	return c->link != NULL;
}

static void
ask(struct call *c, const struct wire_frame *f)
{
	char text[80];

	switch (egress_link_fetch(c->link, f->id, f->payload)) {
	case EGRESS_LINK_SENT:
		hold_child(c);
		return;
	case EGRESS_LINK_FULL:
		(void)snprintf(text, sizeof(text),
		    "A call may have %d requests under way at the same time.",
		    FLIGHT_MAX);
		refuse(c, f, FETCH_END_LIMIT, text);
		return;
	case EGRESS_LINK_DOWN:
		refuse(c, f, FETCH_END_UNAVAILABLE,
		    "mcpbox-egress ended during this call; a new call can "
		    "make requests again.");
		return;
	case EGRESS_LINK_BAD:
		call_end_by(c, REAP_OUTPUT);
		return;
	}
}

void
call_fetch_frame(struct call *c, const struct wire_frame *f)
{
	enum fetch_end end;
	const char *why;

	if (f->type == WIRE_T_FETCH_CANCEL) {
		if (c->link != NULL)
			egress_link_cancel(c->link, f->id);
		return;
	}
	c->all->total.requests++;
	why = refusal(c, &end);
	if (why == NULL && !have_link(c)) {
		end = FETCH_END_UNAVAILABLE;
		why = "mcpbox-egress is not running, so there is no network "
		      "for now. Try again in a moment.";
	}
	if (why != NULL)
		refuse(c, f, end, why);
	else
		ask(c, f);
}
