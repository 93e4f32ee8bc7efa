/*
 * limits.c: how often a caller may ask.
 */
#include "web/limits.h"

#include <string.h>

#include "addr.h"
#include "op/limit.h"
#include "op/metric.h"
#include "settings.h"

/* Of what a minute allows, so much may come at once. */
#define AT_ONCE 3

struct limit {
	const char *what;
	struct str who; /* empty: does not apply */
	int64_t rate;   /* a minute; 0: none */
	enum metric metric;
};

static struct str
address(const struct exchange *x)
{
	struct str ip = str_from(x->ctx.client_ip);
	struct addr addr;

	if (addr_parse(ip, &addr) && addr_class(&addr) != ADDR_LOOPBACK)
		return ip;
	return STR_NONE;
}

/* A session by its id; the name of a token is its account's own. */
static struct str
credential(const struct exchange *x)
{
	const struct caller *c = &x->ctx.caller;

	if (c->session != NULL)
		return str_from(c->session);
	return str_from(arena_printf(x->ctx.arena, "%s/%s", c->id, c->token));
}

static void
tell(struct exchange *x, const struct limit *l, const struct limit_state *s)
{
	struct arena *a = x->ctx.arena;

	response_header(
	    x, "X-RateLimit-Limit", arena_printf(a, "%u", s->limit));
	response_header(
	    x, "X-RateLimit-Remaining", arena_printf(a, "%u", s->remaining));
	response_header(
	    x, "X-RateLimit-Reset", arena_printf(a, "%d", s->reset));
	/* draft-ietf-httpapi-ratelimit-headers, structured fields */
	response_header(x, "RateLimit-Policy",
	    arena_printf(
		a, "\"%s\";q=%u;w=%d", l->what, s->limit, 60 / AT_ONCE));
	response_header(x, "RateLimit",
	    arena_printf(
		a, "\"%s\";r=%u;t=%d", l->what, s->remaining, s->reset));
}

enum fail_code
limits_check(struct exchange *x)
{
	const struct settings *set = x->ctx.settings;
	const struct caller *c = &x->ctx.caller;
	/* Not nobody, and not the client of this machine that needs none. */
	bool known = c->session != NULL || c->token != NULL;
	const struct limit all[] = {
	    {"address", known ? STR_NONE : address(x), set->rate_address,
		METRIC_LIMITED_ADDRESS},
	    {"account", known ? str_from(c->id) : STR_NONE, set->rate_account,
		METRIC_LIMITED_ACCOUNT},
	    {"token", known ? credential(x) : STR_NONE, set->rate_token,
		METRIC_LIMITED_TOKEN},
	};
	const struct limit *near = NULL;
	struct limit_state least = {.limit = 0};

	for (size_t i = 0; i < NELEM(all); i++) {
		struct limit_state s;
		uint32_t rate = (uint32_t)all[i].rate;

		if (all[i].who.n == 0 || rate == 0)
			continue;
		if (!limit_check(all[i].what, all[i].who, rate,
			rate / AT_ONCE > 0 ? rate / AT_ONCE : 1, &s)) {
			metric_add(all[i].metric, 1);
			tell(x, &all[i], &s);
			x->ctx.fail.retry_after = s.retry_after;
			return fail(&x->ctx.fail, FAIL_RATE, NULL);
		}
		if (near == NULL || s.remaining < least.remaining) {
			near = &all[i];
			least = s;
		}
	}
	if (near != NULL)
		tell(x, near, &least);
	return FAIL_NONE;
}
