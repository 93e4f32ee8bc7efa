/*
 * job.c: one outbound request, from its frame to its record.
 *
 * The order of decisions: the run's number of requests, the URL, the headers,
 * the method, the grant, the name, the addresses.  What is refused before the
 * name is looked up costs no packet.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "egress/header.h"
#include "egress/job_impl.h"
#include "log.h"

static void on_time(struct timer *t);
static void look_up(struct job *j);

/* --- beginning and end
 * ---------------------------------------------------------- */

static int64_t
milliseconds(uint32_t wanted, int64_t def_s, int64_t max_s)
{
	int64_t ms = wanted > 0 ? (int64_t)wanted : def_s * 1000;

	return ms < max_s * 1000 ? ms : max_s * 1000;
}

struct job *
job_new(struct engine *e, struct run *run, uint32_t id, struct str payload,
    const struct job_user *user, void *arg)
{
	const struct settings *s = e->settings;
	struct job *j = calloc(1, sizeof(*j));

	if (j == NULL || (j->payload = malloc(payload.n + 1)) == NULL)
		log_panic("out of memory", "job");
	j->npayload = payload.n;
	if (payload.n > 0)
		memcpy(j->payload, payload.p, payload.n);
	if (!fetch_request_decode(
		(struct str){j->payload, payload.n}, &j->request)) {
		free(j->payload);
		free(j);
		return NULL;
	}
	j->engine = e;
	j->run = run;
	j->user = user;
	j->arg = arg;
	j->id = id;
	e->held += payload.n;
	answer_init(&j->answer);
	buf_init(&j->stash, SIZE_MAX);
	buf_init(&j->preview, RECORD_PREVIEW_BYTES);
	j->born_ns = clock_mono_ns();
	j->deadline_ms = clock_mono_ms() +
	    milliseconds(j->request.timeout_ms, s->timeout_s, s->max_timeout_s);
	job_look_again(j);
	return j;
}

static void
write_record(struct job *j, bool told)
{
	struct str text = str_from(j->url.text);
	struct buf shown, b;
	struct record r = {
	    .id = j->id,
	    .trace = j->run->trace,
	    .env = j->run->env,
	    .tool = j->run->tool,
	    .method = j->request.method,
	    .host = j->url.text != NULL ? j->url.host.name : NULL,
	    .port = j->url.port,
	    .address = j->address,
	    .outcome = &j->outcome,
	    .refused = outcome_refused(j->outcome.end) ||
		(j->outcome.end == FETCH_END_LIMIT && !j->let_loose),
	    .status = j->answer.complete ? j->answer.status : 0,
	    .sent = j->sent,
	    .received = j->received,
	    .duration_ms = (clock_mono_ns() - j->born_ns) / 1000000,
	    .debug = j->run->debug,
	    .headers = j->sent_headers,
	    .nheaders = j->nsent_headers,
	    .answer = &j->answer,
	    .preview = buf_str(&j->preview),
	};

	record_log(&r);
	if (!told)
		return;
	buf_init(&shown, SIZE_MAX);
	buf_init(&b, SIZE_MAX);
	if (text.p == NULL) {
		fetch_url_show(&shown, j->request.url, FETCH_URL_MAX);
		text = buf_str(&shown);
	}
	r.url = text;
	record_json(&b, &r);
	j->user->frame(j->arg, WIRE_T_FETCH_RECORD, j->id, buf_str(&b));
	buf_free(&b);
	buf_free(&shown);
}

static void
write_done(struct job *j)
{
	struct fetch_done done = {
	    .end = j->outcome.end,
	    .received = j->received,
	    .elapsed_us = (uint64_t)(clock_mono_ns() - j->born_ns) / 1000,
	    .message = str_from(j->outcome.text),
	};
	struct buf b;

	buf_init(&b, SIZE_MAX);
	fetch_done_encode(&b, &done);
	j->user->frame(j->arg, WIRE_T_FETCH_DONE, j->id, buf_str(&b));
	buf_free(&b);
}

/* Nothing of it goes on. */
static void
halt(struct job *j)
{
	j->state = JOB_OVER;
	loop_timer_off(&j->timer);
	dns_cancel(j->lookup);
	j->lookup = NULL;
	pool_remove(&j->transfer);
}

/* The last thing that is done with a job. */
static void
end(struct job *j)
{
	halt(j);
	write_done(j);
	write_record(j, true);
	j->user->done(j->arg, j);
}

void
job_free(struct job *j)
{
	if (j->state != JOB_OVER) {
		halt(j);
		(void)outcome(
		    &j->outcome, FETCH_END_CANCELLED, "The call ended first.");
		write_record(j, false);
	}
	transfer_free(j);
	url_free(&j->url);
	decode_free(j->decode);
	answer_free(&j->answer);
	buf_free(&j->stash);
	buf_free(&j->preview);
	fetch_request_free(&j->request);
	j->engine->held -= j->npayload;
	/* Tokens and bodies are nobody's business any more. */
	explicit_bzero(j->payload, j->npayload);
	free(j->payload);
	free(j);
}

static void
on_time(struct timer *t)
{
	struct job *j = LOOP_OWNER(struct job, timer, t);

	if (j->outcome.end == FETCH_END_OK) {
		if (!phase_over(j)) {
			job_look_again(j);
			return;
		}
		(void)outcome(&j->outcome, phase_end(j),
		    "The request took longer than %lld ms: %s.",
		    (long long)((clock_mono_ns() - j->born_ns) / 1000000),
		    phase_text(j));
	}
	end(j);
}

void
job_look_again(struct job *j)
{
	if (j->outcome.end == FETCH_END_OK)
		loop_timer(j->engine->loop, &j->timer, phase_due(j), on_time);
}

void
job_enter(struct job *j, enum job_state state)
{
	j->state = state;
	phase_moved(j);
	job_look_again(j);
}

void
job_end_soon(struct job *j)
{
	loop_timer(j->engine->loop, &j->timer, clock_mono_ms(), on_time);
}

/* --- decisions
 * ------------------------------------------------------------------ */

static const char *
open_bracket(const struct host *h)
{
	return h->literal && h->addr.family == AF_INET6 ? "[" : "";
}

static const char *
close_bracket(const struct host *h)
{
	return h->literal && h->addr.family == AF_INET6 ? "]" : "";
}

/* What no grant could help: a phrase, or NULL. */
static const char *
in_vain(struct job *j)
{
	const struct host *h = &j->url.host;
	const char *what = NULL;

	if (!judge_name(h, &what))
		return what;
	if (h->literal &&
	    judge_address(j->engine->judge, &h->addr, &what) == JUDGE_NEVER)
		return what;
	return NULL;
}

/* A literal that takes more than any grant. */
static bool
takes_private(struct job *j)
{
	const struct host *h = &j->url.host;
	const char *what;

	return h->literal &&
	    judge_address(j->engine->judge, &h->addr, &what) == JUDGE_GRANT;
}

static bool
check_grant(struct job *j)
{
	const struct host *h = &j->url.host;
	const char *what;

	if (grants_match(&j->run->grants, h, j->url.port, &j->private))
		return true;
	what = in_vain(j);
	if (what != NULL)
		return outcome(&j->outcome, FETCH_END_NOT_GRANTED,
		    "%s is %s, which is never reachable from a tool.", h->name,
		    what);
	return outcome(&j->outcome, FETCH_END_NOT_GRANTED,
	    "%s%s%s:%u is not granted to this server%s. Ask for it: "
	    "mcpbox_request_network_access {\"server_id\": \"%.*s\", "
	    "\"host\": \"%s%s%s\", \"port\": %u}",
	    open_bracket(h), h->name, close_bracket(h), j->url.port,
	    takes_private(j) ? " (an administrator has to grant it "
			       "explicitly as private)"
			     : "",
	    STR_FMT(j->run->env), open_bracket(h), h->name, close_bracket(h),
	    j->url.port);
}

static bool
check_name(struct job *j)
{
	const char *what;

	return judge_name(&j->url.host, &what) ||
	    outcome(&j->outcome, FETCH_END_ADDRESS,
		"%s is %s, which is never reachable from a tool.",
		j->url.host.name, what);
}

bool
job_judge_one(struct job *j, const struct addr *a)
{
	const struct host *h = &j->url.host;
	char text[ADDR_TEXT_MAX];
	const char *what;

	addr_text(a, text);
	switch (judge_address(j->engine->judge, a, &what)) {
	case JUDGE_YES:
		return true;
	case JUDGE_GRANT:
		if (j->private)
			return true;
		(void)outcome(&j->outcome, FETCH_END_ADDRESS,
		    h->literal ? "%s is %s%s: an administrator has to grant "
				 "it explicitly as private."
			       : "%s leads to %s, %s: an administrator has "
				 "to grant it explicitly as private.",
		    h->name, h->literal ? what : text, h->literal ? "" : what);
		break;
	case JUDGE_NEVER:
		(void)outcome(&j->outcome, FETCH_END_ADDRESS,
		    h->literal
			? "%s is %s%s, which is never reachable from a tool."
			: "%s leads to %s, %s, which is never reachable "
			  "from a tool.",
		    h->name, h->literal ? what : text, h->literal ? "" : what);
		break;
	}
	memcpy(j->address, text, sizeof(text));
	return false;
}

bool
job_judge(struct job *j, const struct dns_answer *where)
{
	for (size_t i = 0; i < where->n; i++) {
		if (!job_judge_one(j, &where->list[i]))
			return false;
	}
	return true;
}

static bool
check_body(struct job *j)
{
	const struct fetch_request *r = &j->request;

	if (r->has_body && str_eq_c(r->method, "HEAD"))
		return outcome(&j->outcome, FETCH_END_METHOD,
		    "A HEAD request has no body.");
	if (!run_spend(j->run, r->body.n))
		return outcome(&j->outcome, FETCH_END_LIMIT,
		    "This call has used up the bytes that it may send and "
		    "receive.");
	return true;
}

static bool
decide(struct job *j)
{
	const struct fetch_request *r = &j->request;
	const struct host *h = &j->url.host;

	return url_parse(&j->url, r->url, &j->outcome) &&
	    header_check(r->headers, r->nheaders, &j->outcome) &&
	    header_method(r->method, &j->outcome) && check_grant(j) &&
	    check_name(j) && (!h->literal || job_judge_one(j, &h->addr)) &&
	    check_body(j);
}

/* --- names
 * ---------------------------------------------------------------------- */

static bool
name_outcome(struct job *j, const char *name, enum dns_status status)
{
	static const char *const texts[] = {
	    [DNS_OK] = "",
	    [DNS_NO_NAME] = "there is no such name",
	    [DNS_NO_ADDRESS] = "the name has no address",
	    [DNS_TIMEOUT] = "no name server answers",
	    [DNS_TOO_MANY] = "the name has too many addresses",
	    [DNS_FAILED] = "the name servers give no usable answer",
	};

	return status == DNS_OK ||
	    outcome(&j->outcome, FETCH_END_DNS, "%s cannot be looked up: %s.",
		name, texts[status]);
}

static bool
found(struct job *j, const struct dns_answer *a)
{
	if (j->looking_for_proxy) {
		j->proxy = *a;
		return name_outcome(j, "The proxy", a->status);
	}
	j->where = *a;
	return name_outcome(j, j->url.host.name, a->status) && job_judge(j, a);
}

static void
on_name(void *arg, const struct dns_answer *a)
{
	struct job *j = arg;
	const struct proxy *p = j->engine->proxy;

	j->lookup = NULL;
	pool_learn(j->run->pool,
	    j->looking_for_proxy ? p->host.name : j->url.host.name, a);
	if (found(j, a))
		look_up(j);
	else
		end(j);
}

/* The name to be looked up next, or NULL. */
static const char *
next_name(struct job *j)
{
	const struct proxy *p = j->engine->proxy;

	j->looking_for_proxy = false;
	if (!j->url.host.literal && j->where.n == 0 && (p == NULL || !p->names))
		return j->url.host.name;
	if (p == NULL || j->proxy.n > 0)
		return NULL;
	if (p->host.literal) {
		j->proxy.list[0] = p->host.addr;
		j->proxy.n = 1;
		return NULL;
	}
	j->looking_for_proxy = true;
	return p->host.name;
}

/* Looks up what is still to be looked up, then connects. */
static void
look_up(struct job *j)
{
	const char *name;

	while ((name = next_name(j)) != NULL) {
		const struct dns_answer *known = pool_name(j->run->pool, name);

		if (known == NULL)
			break;
		if (!found(j, known)) {
			end(j);
			return;
		}
	}
	if (name == NULL) {
		j->let_loose = true;
		j->sent = j->request.body.n;
		transfer_start(j);
		return;
	}
	job_enter(j, JOB_LOOKING);
	j->lookup = dns_start(j->engine->dns, name, on_name, j);
	if (j->lookup == NULL) {
		(void)name_outcome(j, name, DNS_FAILED);
		end(j);
	}
}

/* --- what the connection asks
 * --------------------------------------------------- */

void
job_start(struct job *j)
{
	const struct settings *s = j->engine->settings;

	j->connect_by_ms = clock_mono_ms() +
	    milliseconds(j->request.connect_ms, s->connect_s, s->max_timeout_s);
	if (j->connect_by_ms > j->deadline_ms)
		j->connect_by_ms = j->deadline_ms;
	if (decide(j))
		look_up(j);
	else
		end(j);
}

void
job_refuse(struct job *j)
{
	(void)outcome(&j->outcome, FETCH_END_LIMIT,
	    "This call has made as many requests as it may.");
	end(j);
}

void
job_cancel(struct job *j)
{
	(void)outcome(
	    &j->outcome, FETCH_END_CANCELLED, "The request was cancelled.");
	end(j);
}

bool
job_stalled(const struct job *j)
{
	return j->state != JOB_OVER && (j->paused || body_left(j));
}

void
job_resume(struct job *j)
{
	if (!body_move(j) || (!body_left(j) && !transfer_resume(j))) {
		end(j);
		return;
	}
	if (j->state == JOB_DRAINING && !body_left(j)) {
		body_close(j);
		end(j);
	}
}

void
job_over(struct job *j)
{
	if (j->outcome.end == FETCH_END_OK && body_left(j)) {
		job_enter(j, JOB_DRAINING);
		return;
	}
	if (j->outcome.end == FETCH_END_OK)
		body_close(j);
	end(j);
}

uint32_t
job_id(const struct job *j)
{
	return j->id;
}

size_t
job_size(const struct job *j)
{
	return j->npayload;
}

struct job_links *
job_links(struct job *j)
{
	return &j->links;
}
