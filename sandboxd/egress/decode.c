/*
 * decode.c: content codings of an answer's body, in bounded steps.
 */
#include "egress/decode.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "log.h"

#define WINDOW_GZIP (15 + 16)
#define WINDOW_ZLIB 15
#define WINDOW_RAW (-15)

enum state {
	EMPTY,  /* nothing has come */
	INSIDE, /* of a stream */
	WHOLE,  /* a stream has ended; another may follow (gzip) */
	REST    /* what follows is not for us */
};

struct decode {
	z_stream z;
	enum state state;
	bool gzip;
	bool raw; /* deflate without its zlib frame */
	bool more;
};

static void
start(struct decode *d)
{
	int window = d->gzip ? WINDOW_GZIP : d->raw ? WINDOW_RAW : WINDOW_ZLIB;

	if (inflateReset2(&d->z, window) != Z_OK)
		log_panic("inflate", "reset");
}

struct decode *
decode_new(struct str coding)
{
	struct decode *d;
	bool gzip;

	coding = str_trim(coding);
	gzip = str_ieq_c(coding, "gzip") || str_ieq_c(coding, "x-gzip");
	if (!gzip && !str_ieq_c(coding, "deflate"))
		return NULL;
	d = calloc(1, sizeof(*d));
	if (d == NULL || inflateInit2(&d->z, WINDOW_ZLIB) != Z_OK)
		log_panic("out of memory", "decode");
	d->gzip = gzip;
	start(d);
	return d;
}

void
decode_free(struct decode *d)
{
	if (d == NULL)
		return;
	(void)inflateEnd(&d->z);
	free(d);
}

/* Some servers say deflate and mean it: without the frame around it. */
static bool
is_raw(struct str in)
{
	unsigned head = (unsigned char)in.p[0];

	if ((head & 0x0f) != 8 || head >> 4 > 7)
		return true;
	return in.n > 1 &&
	    (head << 8 | (unsigned)(unsigned char)in.p[1]) % 31 != 0;
}

static void
begin(struct decode *d, struct str in)
{
	if (d->state == EMPTY && !d->gzip && is_raw(in))
		d->raw = true;
	start(d);
	d->state = INSIDE;
}

static bool
inflate_some(
    struct decode *d, struct str *in, char *out, size_t max, size_t *n_out)
{
	unsigned given = in->n > UINT_MAX ? UINT_MAX : (unsigned)in->n;
	unsigned room = max > UINT_MAX ? UINT_MAX : (unsigned)max;
	int rc;

	d->z.next_in = (z_const Bytef *)(uintptr_t)in->p;
	d->z.avail_in = given;
	d->z.next_out = (Bytef *)out;
	d->z.avail_out = room;
	rc = inflate(&d->z, Z_NO_FLUSH);
	*in = str_sub(*in, given - d->z.avail_in, in->n);
	*n_out = room - d->z.avail_out;
	d->z.next_in = NULL;
	if (rc == Z_STREAM_END) {
		d->state = WHOLE;
		d->more = false;
		return true;
	}
	d->more = rc == Z_OK && d->z.avail_out == 0;
	/* BUF_ERROR: it needs more input, no harm done. */
	return rc == Z_OK || rc == Z_BUF_ERROR;
}

bool
decode_step(
    struct decode *d, struct str *in, char *out, size_t max, size_t *n_out)
{
	*n_out = 0;
	if (d->state == WHOLE && in->n > 0) {
		/* Another member, or padding that nobody wants. */
		if (d->gzip && (unsigned char)in->p[0] == 0x1f)
			begin(d, *in);
		else
			d->state = REST;
	}
	if (d->state == REST) {
		*in = str_sub(*in, in->n, 0);
		return true;
	}
	if (d->state == EMPTY) {
		if (in->n == 0)
			return true;
		begin(d, *in);
	}
	return inflate_some(d, in, out, max, n_out);
}

bool
decode_more(const struct decode *d)
{
	return d->more;
}

bool
decode_whole(const struct decode *d)
{
	return d->state != INSIDE;
}
