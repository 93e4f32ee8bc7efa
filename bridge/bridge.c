/*
 * bridge.c: the loop, and where each message goes.
 */
#include "bridge.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "clock.h"
#include "flight.h"
#include "json.h"
#include "log.h"
#include "note.h"
#include "stream.h"
#include "trouble.h"

#define WAIT_MOST_MS 60000
/* For the last words: the end of the session, and what is not written yet. */
#define GOODBYE_MS 2000
/* Connections that are kept for the next request. */
#define IDLE_CONNECTIONS 32L
#define BATCH_MAX 1000

void
bridge_init(struct bridge *b, const struct options *o, struct token *token,
    int in, int out, int signals)
{
	memset(b, 0, sizeof(*b));
	b->options = o;
	b->token = token;
	b->signals = signals;
	in_init(&b->in, in);
	out_init(&b->out, out);
	b->annot = annot_new();
	b->multi = curl_multi_init();
	if (b->multi == NULL ||
	    curl_multi_setopt(
		b->multi, CURLMOPT_MAXCONNECTS, IDLE_CONNECTIONS) != CURLM_OK ||
	    curl_multi_setopt(b->multi, CURLMOPT_PIPELINING,
		(long)CURLPIPE_NOTHING) != CURLM_OK)
		log_panic("curl does not start", "multi");
}

void
bridge_free(struct bridge *b)
{
	while (b->flights != NULL)
		flight_free(b->flights);
	session_free(b);
	annot_free(b->annot);
	in_free(&b->in);
	out_free(&b->out);
	(void)curl_multi_cleanup(b->multi);
}

/* --- messages of the client
 * --------------------------------------------------------- */

static void
refuse(struct bridge *b, struct msg *m, enum trouble t)
{
	if (m->kind == MSG_REQUEST)
		trouble_put(&b->out, m->id, t, STR_NONE);
	else
		log_warning("a message is not passed on",
		    LOG_STR("method", m->method),
		    LOG_STR("reason", trouble_reason(t)));
	msg_free(m);
}

/* On stdio a modern client cancels by a message; over HTTP, by leaving. */
static void
cancel(struct bridge *b, struct msg *m)
{
	struct flight *f = call_find(b, m->cancels);
	bool tell;

	if (session_drop(b, m->cancels) || f == NULL ||
	    (!f->msg->modern && msg_is(f->msg, "initialize"))) {
		msg_free(m);
		return;
	}
	tell = !f->msg->modern && call_was_sent(f);
	call_cancel(f);
	if (tell)
		note_start(b, m);
	else
		msg_free(m);
}

static void
remember_modern(struct bridge *b, const struct msg *m)
{
	struct str version = str_from(m->version);

	if (!m->modern || version.n == 0 || version.n > MSG_VERSION_MAX)
		return;
	memcpy(b->modern, version.p, version.n);
	b->modern[version.n] = '\0';
}

void
bridge_send(struct bridge *b, struct msg *m)
{
	remember_modern(b, m);
	if (m->cancels != NULL) {
		cancel(b, m);
		return;
	}
	if (session_must_hold(b, m)) {
		if (!session_hold(b, m))
			refuse(b, m, TROUBLE_BUSY);
		return;
	}
	if (m->kind == MSG_REQUEST && b->nflights >= BRIDGE_FLIGHTS_MAX)
		refuse(b, m, TROUBLE_BUSY);
	else if (m->kind == MSG_REQUEST)
		call_start(b, m);
	else if (m->kind == MSG_RESPONSE && !b->session.open)
		refuse(b, m, TROUBLE_SESSION);
	else
		note_start(b, m);
}

static void take_line(void *arg, struct str line);

/* 2025-03-26 knew arrays of messages; each goes its own way. */
static void
take_batch(struct bridge *b, const json_t *batch)
{
	const json_t *one;
	size_t i;

	if (json_array_size(batch) == 0 || json_array_size(batch) > BATCH_MAX) {
		trouble_put(&b->out, NULL, TROUBLE_NO_MESSAGE,
		    STR_LIT("an array has 1 to 1000 messages"));
		return;
	}
	json_array_foreach(batch, i, one)
	{
		struct buf t;

		buf_init(&t, IN_LINE_MAX);
		if (json_is_object(one))
			json_append(&t, one);
		else
			buf_puts(&t, "0"); /* an array in an array, or no
					    * message at all */
		take_line(b, buf_str(&t));
		buf_free(&t);
	}
}

static void
take_line(void *arg, struct str line)
{
	struct bridge *b = arg;
	struct fail f = {0};
	struct msg *m;
	json_t *batch;

	if (str_trim(line).n == 0)
		return;
	if (msg_read(line, IN_LINE_MAX, &m, &batch, &f) == FAIL_NONE) {
		bridge_send(b, m);
		return;
	}
	if (batch != NULL)
		take_batch(b, batch);
	else
		trouble_put(&b->out, NULL,
		    f.code == FAIL_SYNTAX ? TROUBLE_MALFORMED
					  : TROUBLE_NO_MESSAGE,
		    str_from(f.message));
	json_decref(batch);
}

static void
take_long(void *arg, const struct peek *p)
{
	struct bridge *b = arg;
	json_t *id = NULL;

	if (peek_whole(p) && p->has_method &&
	    json_parse(NULL, (struct str){p->id, p->id_n}, PEEK_ID_MAX, &id,
		NULL) != FAIL_NONE)
		id = NULL;
	trouble_put(&b->out,
	    json_is_string(id) || json_is_integer(id) ? id : NULL,
	    TROUBLE_TOO_LONG, STR_NONE);
	json_decref(id);
}

/* --- the end
 * ---------------------------------------------------------------------------
 */

static void
begin_end(struct bridge *b, int64_t grace_ms)
{
	int64_t end = clock_mono_ms() + grace_ms;

	if (!b->ending || end < b->end_ms)
		b->end_ms = end;
	b->ending = true;
}

/* Something that the client would miss? Streams without an end are not. */
static bool
has_work(const struct bridge *b)
{
	for (const struct flight *f = b->flights; f != NULL; f = f->next) {
		if (note_pending(f) || (call_pending(f) && !f->endless))
			return true;
	}
	return b->session.first != NULL;
}

static void
drop_all(struct bridge *b)
{
	struct flight *next;

	for (struct flight *f = b->flights; f != NULL; f = next) {
		next = f->next;
		if (call_pending(f) && !f->endless)
			trouble_put(
			    &b->out, f->msg->id, TROUBLE_ENDING, STR_NONE);
	}
	session_free(b);
	while (b->flights != NULL)
		flight_free(b->flights);
}

/* The client has had its answers: the rest is between us and the server. */
static void
say_goodbye(struct bridge *b, int64_t now)
{
	drop_all(b);
	session_goodbye(b);
	b->said_goodbye = true;
	b->end_ms = now + GOODBYE_MS;
}

/* Step by step; true when it is time to go. */
static bool
at_end(struct bridge *b, int64_t now)
{
	if (!b->ending)
		return false;
	if (!b->said_goodbye) {
		stream_close(b);
		if (now < b->end_ms && has_work(b) && !b->out.broken)
			return false;
		say_goodbye(b, now);
	}
	return now >= b->end_ms || (b->flights == NULL && out_empty(&b->out));
}

/* --- the loop
 * ------------------------------------------------------------------------- */

enum { W_IN, W_OUT, W_SIGNALS, W__MAX };

static bool
wants_input(const struct bridge *b)
{
	return !b->ending && b->bytes < BRIDGE_BYTES_MAX;
}

static void
wait_for_something(struct bridge *b)
{
	const int fds[W__MAX] = {
	    [W_IN] = wants_input(b) ? b->in.fd : -1,
	    [W_OUT] = out_empty(&b->out) ? -1 : b->out.fd,
	    [W_SIGNALS] = b->signals,
	};
	struct curl_waitfd extra[W__MAX];
	int64_t now = clock_mono_ms(), until = now + WAIT_MOST_MS;
	unsigned n = 0;

	for (int i = 0; i < W__MAX; i++) {
		if (fds[i] >= 0)
			extra[n++] = (struct curl_waitfd){.fd = fds[i],
			    .events = i == W_OUT ? CURL_WAIT_POLLOUT
						 : CURL_WAIT_POLLIN};
	}
	until = flight_next(b, until);
	if (b->ending && b->end_ms < until)
		until = b->end_ms;
	until = until > now ? until - now : 0;
	if (curl_multi_poll(b->multi, extra, n, (int)until, NULL) != CURLM_OK)
		log_panic("curl does not wait", "multi");
}

/* curl tells nothing of a descriptor that is only hung up. */
static bool
is_ready(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return fd >= 0 && poll(&p, 1, 0) == 1;
}

static void
take_input(struct bridge *b)
{
	if (!wants_input(b) || !is_ready(b->in.fd))
		return;
	in_read(&b->in, take_line, take_long, b);
	if (b->in.ended) {
		log_info("the input has ended");
		begin_end(b, b->options->grace_ms);
	}
}

static void
take_signal(struct bridge *b)
{
	char info[1024];

	if (!is_ready(b->signals) || read(b->signals, info, sizeof(info)) <= 0)
		return;
	log_info("told to end");
	/* The second time it is meant. */
	begin_end(b, 0);
	if (b->said_goodbye)
		b->end_ms = 0;
}

void
bridge_run(struct bridge *b)
{
	int running;

	while (!at_end(b, clock_mono_ms())) {
		wait_for_something(b);
		take_signal(b);
		take_input(b);
		if (curl_multi_perform(b->multi, &running) != CURLM_OK)
			log_panic("curl does not go on", "multi");
		flight_reap(b);
		session_release(b);
		flight_tick(b, clock_mono_ms());
		out_write(&b->out);
		flight_resume_paused(b);
		if (b->out.broken)
			begin_end(b, 0);
	}
}
