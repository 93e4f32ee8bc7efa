/*
 * run.c: who asks.
 */
#include "egress/run.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "log.h"

static int
compare(const void *a, const void *b)
{
	struct str x, y;
	int c;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	c = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
	if (c != 0)
		return c;
	return x.n < y.n ? -1 : x.n > y.n;
}

/* The same server with the same grants, in whatever order, is the same. */
static struct pool *
find_pool(struct engine *e, struct fetch_open *o)
{
	struct pool *p;
	struct buf key;

	if (o->ngrants > 1)
		qsort(o->grants, o->ngrants, sizeof(*o->grants), compare);
	buf_init(&key, SIZE_MAX);
	buf_lstr(&key, o->env);
	for (size_t i = 0; i < o->ngrants; i++)
		buf_lstr(&key, o->grants[i]);
	p = pool_get(e->pools, buf_str(&key));
	buf_free(&key);
	return p;
}

bool
run_open(struct run *r, struct engine *e, struct str payload)
{
	struct fetch_open o;

	*r = (struct run){.payload = malloc(payload.n + 1)};
	if (r->payload == NULL)
		log_panic("out of memory", "run");
	if (payload.n > 0)
		memcpy(r->payload, payload.p, payload.n);
	if (!fetch_open_decode((struct str){r->payload, payload.n}, &o)) {
		run_close(r);
		return false;
	}
	r->env = o.env;
	r->tool = o.tool;
	r->trace = o.trace;
	r->requests = o.requests;
	r->transfer = o.transfer;
	r->debug = o.debug;
	grants_read(&r->grants, o.grants, o.ngrants);
	if (r->grants.n < o.ngrants)
		log_warning("grants that cannot be read grant nothing",
		    LOG_VIEW("env", r->env), LOG_VIEW("tool", r->tool),
		    LOG_INT("grants", o.ngrants - r->grants.n));
	r->pool = find_pool(e, &o);
	fetch_open_free(&o);
	return true;
}

void
run_close(struct run *r)
{
	if (r->pool != NULL)
		pool_put(r->pool);
	grants_free(&r->grants);
	free(r->payload);
	*r = (struct run){.payload = NULL};
}

bool
run_spend(struct run *r, uint64_t n)
{
	bool enough = n <= r->transfer;

	r->transfer = enough ? r->transfer - n : 0;
	return enough;
}
