/*
 * flight.c: one HTTP request and its answer, from start to end.
 */
#include "flight.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fail.h"
#include "head.h"
#include "log.h"

/* Where nobody listens: asked again after 100 ms, 200, 400, …, 2 s. */
#define REFUSED_FIRST_MS 100
#define REFUSED_MOST_MS 2000

/* Below what servers keep an idle connection for (nginx: 75 s), so that none
 * is used just when it is closed. */
#define IDLE_CONNECTION_S 30L

#define SET(f, option, value)                                                  \
	must(curl_easy_setopt((f)->easy, (option), (value)), #option)

static void
must(CURLcode code, const char *option)
{
	if (code != CURLE_OK)
		log_panic("curl refuses an option", option);
}

struct flight *
flight_new(struct bridge *b, const struct flight_kind *kind, struct msg *m)
{
	struct flight *f = calloc(1, sizeof(*f));

	if (f == NULL)
		fail_abort("flight: out of memory");
	f->b = b;
	f->kind = kind;
	f->msg = m;
	f->retry_ms = -1;
	buf_init(&f->body, FLIGHT_ANSWER_MAX);
	sse_init(&f->sse, FLIGHT_ANSWER_MAX);
	f->next = b->flights;
	if (f->next != NULL)
		f->next->prev = f;
	b->flights = f;
	b->nflights++;
	b->bytes += m != NULL ? m->n : 0;
	return f;
}

/* The connection is closed, unless the answer was read to its end. */
static void
land(struct flight *f)
{
	if (f->easy != NULL) {
		(void)curl_multi_remove_handle(f->b->multi, f->easy);
		curl_easy_cleanup(f->easy);
		curl_slist_free_all(f->headers);
	}
	f->easy = NULL;
	f->headers = NULL;
	f->paused = false;
}

void
flight_free(struct flight *f)
{
	struct bridge *b = f->b;

	if (f->kind->freed != NULL)
		f->kind->freed(f);
	land(f);
	if (f->prev != NULL)
		f->prev->next = f->next;
	else
		b->flights = f->next;
	if (f->next != NULL)
		f->next->prev = f->prev;
	b->nflights--;
	b->bytes -= f->msg != NULL ? f->msg->n : 0;
	msg_free(f->msg);
	buf_free(&f->body);
	sse_free(&f->sse);
	free(f);
}

/* --- what comes -------------------------------------------------------------
 */

static bool
type_is(struct str type, const char *name)
{
	return str_ieq_c(str_trim(str_split(&type, ';')), name);
}

static void
look_at_head(struct flight *f)
{
	char *type = NULL;

	if (f->typed)
		return;
	f->typed = true;
	(void)curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &f->status);
	(void)curl_easy_getinfo(f->easy, CURLINFO_CONTENT_TYPE, &type);
	f->is_stream = f->status >= 200 && f->status < 300 &&
	    type_is(str_from(type), "text/event-stream");
	if (f->is_stream)
		log_debug("stream opened", LOG_STR("what", f->kind->name));
	f->is_json = type_is(str_from(type), "application/json") ||
	    type_is(str_from(type), "application/problem+json");
}

static void
on_event(void *arg, struct str data)
{
	struct flight *f = arg;

	f->kind->event(f, data);
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct flight *f = arg;
	struct str piece = {p, size * n};
	bool fits;

	if (out_full(&f->b->out)) {
		f->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	f->last_ms = clock_mono_ms();
	look_at_head(f);
	if (f->is_stream) {
		fits = sse_feed(&f->sse, piece, on_event, f);
		memcpy(f->last_id, f->sse.id, sizeof(f->last_id));
		if (f->sse.retry_ms >= 0)
			f->retry_ms = f->sse.retry_ms;
	} else {
		buf_putstr(&f->body, piece);
		fits = !f->body.overflow;
	}
	if (!fits)
		f->end = FLIGHT_END_TOO_LARGE;
	return fits ? piece.n : 0;
}

/*
 * Called before a request is sent.  curl sends one again by itself when a kept
 * connection turns out to be closed; but whether the first was carried out
 * nobody knows, and a call is never repeated.
 */
static int
on_send(void *arg, char *ip, char *local, int port, int local_port)
{
	struct flight *f = arg;

	(void)ip, (void)local, (void)port, (void)local_port;
	return f->sent++ == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* --- starting
 * ------------------------------------------------------------------ */

static void
set_place(struct flight *f)
{
	const struct options *o = f->b->options;

	SET(f, CURLOPT_URL, o->url);
	SET(f, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(f, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(f, CURLOPT_FOLLOWLOCATION, 0L);
	SET(f, CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_ms);
	SET(f, CURLOPT_MAXAGE_CONN, IDLE_CONNECTION_S);
	SET(f, CURLOPT_TCP_KEEPALIVE, 1L);
	SET(f, CURLOPT_NOSIGNAL, 1L);
	SET(f, CURLOPT_USERAGENT, "mcpbox-stdio/" MCPBOX_VERSION);
	if (o->socket != NULL) {
		SET(f, CURLOPT_UNIX_SOCKET_PATH, o->socket);
		SET(f, CURLOPT_PROXY, "");
	}
	if (o->ca != NULL) {
		SET(f, CURLOPT_CAINFO, o->ca);
		SET(f, CURLOPT_CAPATH, NULL);
	}
}

static void
set_request(struct flight *f)
{
	bool get = f->resuming || strcmp(f->kind->verb, "GET") == 0;

	f->headers = head_make(f, get);
	SET(f, CURLOPT_HTTPHEADER, f->headers);
	if (get) {
		SET(f, CURLOPT_HTTPGET, 1L);
	} else if (f->msg != NULL) {
		SET(f, CURLOPT_POST, 1L);
		SET(f, CURLOPT_POSTFIELDS, f->msg->text);
		SET(f, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)f->msg->n);
	} else {
		SET(f, CURLOPT_CUSTOMREQUEST, f->kind->verb);
	}
	SET(f, CURLOPT_WRITEFUNCTION, on_body);
	SET(f, CURLOPT_WRITEDATA, f);
	SET(f, CURLOPT_PREREQFUNCTION, on_send);
	SET(f, CURLOPT_PREREQDATA, f);
	SET(f, CURLOPT_ERRORBUFFER, f->error);
	SET(f, CURLOPT_PRIVATE, f);
}

static void
forget_answer(struct flight *f)
{
	f->code = CURLE_OK;
	f->end = FLIGHT_END_NONE;
	f->status = 0;
	f->sent = 0;
	f->typed = f->is_stream = f->is_json = false;
	f->error[0] = '\0';
	buf_reset(&f->body);
	sse_free(&f->sse);
	sse_init(&f->sse, FLIGHT_ANSWER_MAX);
	/* A stream that goes on knows the id that it goes on from. */
	memcpy(f->sse.id, f->last_id, sizeof(f->sse.id));
	memcpy(f->sse.next_id, f->last_id, sizeof(f->sse.next_id));
}

void
flight_start(struct flight *f)
{
	land(f);
	forget_answer(f);
	f->easy = curl_easy_init();
	if (f->easy == NULL)
		fail_abort("flight: out of memory");
	set_place(f);
	set_request(f);
	f->due_ms = 0;
	f->start_ms = f->last_ms = clock_mono_ms();
	if (f->first_ms == 0)
		f->first_ms = f->start_ms;
	if (curl_multi_add_handle(f->b->multi, f->easy) != CURLM_OK)
		log_panic("curl refuses a request", f->kind->name);
}

void
flight_rest(struct flight *f)
{
	land(f);
}

void
flight_wait(struct flight *f, int64_t ms)
{
	land(f);
	f->due_ms = clock_mono_ms() + ms;
}

struct str
flight_header(const struct flight *f, const char *name)
{
	struct curl_header *h;

	if (f->easy == NULL ||
	    curl_easy_header(f->easy, name, 0, CURLH_HEADER, -1, &h) !=
		CURLHE_OK)
		return STR_NONE;
	return str_from(h->value);
}

/* --- ending
 * ------------------------------------------------------------------- */

bool
flight_was_refused(const struct flight *f)
{
	long error = 0;

	if (f->code != CURLE_COULDNT_CONNECT || f->sent > 0 || f->easy == NULL)
		return false;
	(void)curl_easy_getinfo(f->easy, CURLINFO_OS_ERRNO, &error);
	/* A Unix socket may not be there yet, or have no place in its queue. */
	return error == ECONNREFUSED || error == ENOENT || error == EAGAIN;
}

/* True if it starts again by itself. */
static bool
again(struct flight *f)
{
	int64_t wait = REFUSED_FIRST_MS;
	int64_t left = f->first_ms + f->b->options->refused_ms -
	    clock_mono_ms();

	if (!flight_was_refused(f)) {
		f->refused = 0;
		return false;
	}
	for (unsigned i = 0; i < f->refused && wait < REFUSED_MOST_MS; i++)
		wait *= 2;
	wait = wait < REFUSED_MOST_MS ? wait : REFUSED_MOST_MS;
	if (left <= 0 || f->b->ending)
		return false;
	f->refused++;
	log_debug("nobody listens, asked again later",
	    LOG_STR("what", f->kind->name), LOG_INT("ms", wait));
	flight_wait(f, wait < left ? wait : left);
	return true;
}

static void
ended(struct flight *f, CURLcode code)
{
	f->code = code;
	look_at_head(f);
	log_debug("exchange over", LOG_STR("what", f->kind->name),
	    LOG_STR("method",
		f->msg != NULL && f->msg->method != NULL ? f->msg->method : ""),
	    LOG_INT("status", f->status), LOG_INT("curl", code));
	if (!again(f))
		f->kind->ended(f);
}

void
flight_reap(struct bridge *b)
{
	const CURLMsg *done;
	int left;

	while ((done = curl_multi_info_read(b->multi, &left)) != NULL) {
		CURLcode code = done->data.result;
		char *f = NULL;

		if (done->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(
		    done->easy_handle, CURLINFO_PRIVATE, &f);
		ended((struct flight *)(void *)f, code);
	}
}

/* What is wrong with how long it takes, if anything. */
static enum flight_end
overdue(const struct flight *f, int64_t now)
{
	const struct options *o = f->b->options;

	if (f->easy == NULL || f->endless || f->paused)
		return FLIGHT_END_NONE;
	if (o->total_ms > 0 && now - f->first_ms >= o->total_ms)
		return FLIGHT_END_TOTAL;
	if (o->idle_ms > 0 && now - f->last_ms >= o->idle_ms)
		return FLIGHT_END_IDLE;
	return FLIGHT_END_NONE;
}

/* True if there was something to do; then flights may have come and gone. */
static bool
tick(struct flight *f, int64_t now)
{
	enum flight_end end = overdue(f, now);

	if (f->due_ms > 0 && now >= f->due_ms) {
		flight_start(f);
		return true;
	}
	if (end == FLIGHT_END_NONE)
		return false;
	f->end = end;
	ended(f, CURLE_OPERATION_TIMEDOUT);
	return true;
}

void
flight_tick(struct bridge *b, int64_t now)
{
	struct flight *f = b->flights;

	while (f != NULL)
		f = tick(f, now) ? b->flights : f->next;
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t
flight_next(const struct bridge *b, int64_t latest)
{
	const struct options *o = b->options;

	for (const struct flight *f = b->flights; f != NULL; f = f->next) {
		if (f->due_ms > 0)
			latest = sooner(latest, f->due_ms);
		if (f->easy == NULL || f->endless || f->paused)
			continue;
		if (o->total_ms > 0)
			latest = sooner(latest, f->first_ms + o->total_ms);
		if (o->idle_ms > 0)
			latest = sooner(latest, f->last_ms + o->idle_ms);
	}
	return latest;
}

void
flight_resume_paused(struct bridge *b)
{
	for (struct flight *f = b->flights; f != NULL; f = f->next) {
		if (!f->paused || out_full(&b->out))
			continue;
		f->paused = false;
		f->last_ms = clock_mono_ms();
		(void)curl_easy_pause(f->easy, CURLPAUSE_CONT);
	}
}
