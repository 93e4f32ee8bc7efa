/*
 * fcgi.c: FastCGI records, incrementally.
 */
#include "web/fcgi.h"

#include <string.h>

#define VERSION 1
#define ROLE_RESPONDER 1
#define FLAG_KEEP_CONN 1
#define BEGIN_LEN 8
#define OUT_MAX 4096
#define KEEP_MAX ((size_t)32 * 1024) /* of a buffer between requests */

void
fcgi_in_init(struct fcgi_in *in, size_t body_max)
{
	*in = (struct fcgi_in){.phase = FCGI_PHASE_IDLE};
	buf_init(&in->params, FCGI_PARAMS_MAX);
	buf_init(&in->body, body_max);
	buf_init(&in->out, OUT_MAX);
}

void
fcgi_in_free(struct fcgi_in *in)
{
	buf_free(&in->params);
	buf_free(&in->body);
	buf_free(&in->out);
}

static void
empty(struct buf *b)
{
	if (b->cap > KEEP_MAX)
		buf_free(b);
	else
		buf_reset(b);
}

void
fcgi_next(struct fcgi_in *in)
{
	empty(&in->params);
	empty(&in->body);
	in->phase = FCGI_PHASE_IDLE;
}

/* --- writing -------------------------------------------------------------- */

void
fcgi_header(unsigned char out[FCGI_HEADER_LEN], enum fcgi_type type,
    uint16_t id, size_t content, size_t pad)
{
	out[0] = VERSION;
	out[1] = (unsigned char)type;
	out[2] = (unsigned char)(id >> 8);
	out[3] = (unsigned char)(id & 0xff);
	out[4] = (unsigned char)(content >> 8 & 0xff);
	out[5] = (unsigned char)(content & 0xff);
	out[6] = (unsigned char)pad;
	out[7] = 0;
}

static void
end_record(unsigned char out[2 * FCGI_HEADER_LEN], uint16_t id,
    enum fcgi_status status)
{
	fcgi_header(out, FCGI_END_REQUEST, id, 8, 0);
	memset(out + FCGI_HEADER_LEN, 0, 8);
	out[FCGI_HEADER_LEN + 4] = (unsigned char)status;
}

static void
unknown_record(unsigned char out[2 * FCGI_HEADER_LEN], unsigned char type)
{
	fcgi_header(out, FCGI_UNKNOWN_TYPE, 0, 8, 0);
	memset(out + FCGI_HEADER_LEN, 0, 8);
	out[FCGI_HEADER_LEN] = type;
}

void
fcgi_put_end(struct buf *b, uint16_t id, enum fcgi_status status)
{
	unsigned char record[2 * FCGI_HEADER_LEN];

	end_record(record, id, status);
	buf_put(b, record, sizeof(record));
}

size_t
fcgi_tail(unsigned char out[FCGI_TAIL_MAX], uint16_t id, bool last)
{
	size_t n = FCGI_HEADER_LEN;

	fcgi_header(out, FCGI_STDOUT, id, 0, 0);
	end_record(out + n, id, FCGI_REQUEST_COMPLETE);
	n += (size_t)2 * FCGI_HEADER_LEN;
	if (last) {
		unknown_record(out + n, 0);
		n += (size_t)2 * FCGI_HEADER_LEN;
	}
	return n;
}

/* --- name-value pairs (section 3.4) --------------------------------------- */

static bool
pair_length(struct str *rest, size_t *out)
{
	const unsigned char *p = (const unsigned char *)rest->p;
	size_t used = 1;

	if (rest->n < 1)
		return false;
	if (p[0] < 0x80) {
		*out = p[0];
	} else {
		if (rest->n < 4)
			return false;
		*out = (size_t)(p[0] & 0x7f) << 24 | (size_t)p[1] << 16 |
		    (size_t)p[2] << 8 | (size_t)p[3];
		used = 4;
	}
	*rest = str_sub(*rest, used, rest->n - used);
	return true;
}

bool
fcgi_pair(struct str *rest, struct str *name_out, struct str *value_out,
    bool *bad_out)
{
	size_t name, value;

	*bad_out = false;
	if (rest->n == 0)
		return false;
	/* Lengths stay below 2^31: their sum fits. */
	if (!pair_length(rest, &name) || !pair_length(rest, &value) ||
	    name > rest->n || value > rest->n - name) {
		*bad_out = true;
		return false;
	}
	*name_out = str_sub(*rest, 0, name);
	*value_out = str_sub(*rest, name, value);
	*rest = str_sub(*rest, name + value, rest->n - name - value);
	return true;
}

/* Answers GET_VALUES (section 4.1): the variables that we know. */
static void
put_values(struct fcgi_in *in)
{
	static const struct {
		const char *name, *value;
	} known[] = {
	    {"FCGI_MAX_CONNS", "4096"},
	    {"FCGI_MAX_REQS", "4096"},
	    {"FCGI_MPXS_CONNS", "0"},
	};
	struct str rest = {(const char *)in->small, in->nsmall}, name, value;
	unsigned char head[FCGI_HEADER_LEN];
	struct buf b;
	bool bad;

	buf_init(&b, sizeof(in->small));
	while (fcgi_pair(&rest, &name, &value, &bad)) {
		for (size_t i = 0; i < NELEM(known); i++) {
			if (!str_eq_c(name, known[i].name))
				continue;
			buf_u8(&b, (uint8_t)name.n);
			buf_u8(&b, (uint8_t)strlen(known[i].value));
			buf_putstr(&b, name);
			buf_puts(&b, known[i].value);
		}
	}
	fcgi_header(head, FCGI_GET_VALUES_RESULT, 0, b.n, 0);
	buf_put(&in->out, head, sizeof(head));
	buf_put(&in->out, b.p, b.n);
	buf_free(&b);
}

/* --- reading -------------------------------------------------------------- */

static unsigned
record_type(const struct fcgi_in *in)
{
	return in->head[1];
}

static uint16_t
record_id(const struct fcgi_in *in)
{
	return (uint16_t)(in->head[2] << 8 | in->head[3]);
}

/* Does the record at hand belong to the request at hand? */
static bool
ours(const struct fcgi_in *in)
{
	return in->phase != FCGI_PHASE_IDLE && record_id(in) == in->id;
}

/* A header is complete: is it one that may come now? */
static bool
open_record(struct fcgi_in *in)
{
	unsigned type = record_type(in);
	size_t content = (size_t)in->head[4] << 8 | in->head[5];

	if (in->head[0] != VERSION)
		return false;
	in->left = content;
	in->pad = in->head[6];
	in->nsmall = 0;
	if (type == FCGI_BEGIN_REQUEST)
		return record_id(in) != 0 && content == BEGIN_LEN;
	if (!ours(in))
		return true; /* of a refused request, or management */
	if (type == FCGI_PARAMS)
		return in->phase == FCGI_PHASE_PARAMS;
	if (type == FCGI_STDIN)
		return in->phase == FCGI_PHASE_STDIN;
	return type == FCGI_ABORT_REQUEST;
}

static void
take_content(struct fcgi_in *in, struct str piece)
{
	unsigned type = record_type(in);

	if (type == FCGI_BEGIN_REQUEST || type == FCGI_GET_VALUES) {
		size_t room = sizeof(in->small) - in->nsmall;
		size_t n = piece.n < room ? piece.n : room;

		memcpy(in->small + in->nsmall, piece.p, n);
		in->nsmall += n;
	} else if (type == FCGI_PARAMS && ours(in)) {
		buf_putstr(&in->params, piece);
	} else if (type == FCGI_STDIN && ours(in)) {
		buf_putstr(&in->body, piece);
	}
}

static enum fcgi_got
begin(struct fcgi_in *in)
{
	uint16_t id = record_id(in);
	unsigned role = (unsigned)(in->small[0] << 8 | in->small[1]);
	bool keep = (in->small[2] & FLAG_KEEP_CONN) != 0;

	if (in->phase != FCGI_PHASE_IDLE) {
		if (id == in->id)
			return FCGI_GOT_BAD;
		fcgi_put_end(&in->out, id, FCGI_CANT_MPX_CONN);
		return FCGI_GOT_MORE;
	}
	if (role != ROLE_RESPONDER) {
		fcgi_put_end(&in->out, id, FCGI_UNKNOWN_ROLE);
		in->hangup = in->hangup || !keep;
		return FCGI_GOT_MORE;
	}
	in->phase = FCGI_PHASE_PARAMS;
	in->id = id;
	in->keep = keep;
	return FCGI_GOT_MORE;
}

/* Aborted before it was complete: there is nothing to undo. */
static enum fcgi_got
abort_request(struct fcgi_in *in)
{
	if (in->phase == FCGI_PHASE_ACTIVE)
		return FCGI_GOT_ABORT;
	fcgi_put_end(&in->out, in->id, FCGI_REQUEST_COMPLETE);
	in->hangup = in->hangup || !in->keep;
	fcgi_next(in);
	return FCGI_GOT_MORE;
}

/* Content and padding are complete. */
static enum fcgi_got
close_record(struct fcgi_in *in)
{
	unsigned type = record_type(in);
	bool end = in->head[4] == 0 && in->head[5] == 0;

	if (type == FCGI_BEGIN_REQUEST)
		return begin(in);
	if (record_id(in) == 0) {
		unsigned char record[2 * FCGI_HEADER_LEN];

		if (type == FCGI_GET_VALUES) {
			put_values(in);
		} else {
			unknown_record(record, (unsigned char)type);
			buf_put(&in->out, record, sizeof(record));
		}
		return FCGI_GOT_MORE;
	}
	if (!ours(in))
		return FCGI_GOT_MORE;
	if (type == FCGI_ABORT_REQUEST)
		return abort_request(in);
	if (type == FCGI_PARAMS && end)
		in->phase = FCGI_PHASE_STDIN;
	if (type == FCGI_STDIN && end) {
		in->phase = FCGI_PHASE_ACTIVE;
		return FCGI_GOT_REQUEST;
	}
	return FCGI_GOT_MORE;
}

static struct str
take(struct str *bytes, size_t most)
{
	struct str piece = str_sub(*bytes, 0, most);

	*bytes = str_sub(*bytes, piece.n, bytes->n - piece.n);
	return piece;
}

enum fcgi_got
fcgi_feed(struct fcgi_in *in, struct str *bytes)
{
	while (bytes->n > 0) {
		enum fcgi_got got;
		struct str piece;

		if (in->nhead < FCGI_HEADER_LEN) {
			piece = take(bytes, FCGI_HEADER_LEN - in->nhead);
			memcpy(in->head + in->nhead, piece.p, piece.n);
			in->nhead += piece.n;
			if (in->nhead < FCGI_HEADER_LEN)
				break;
			if (!open_record(in))
				return FCGI_GOT_BAD;
		}
		if (in->left > 0) {
			piece = take(bytes, in->left);
			take_content(in, piece);
			in->left -= piece.n;
		}
		if (in->left == 0)
			in->pad -= take(bytes, in->pad).n;
		if (in->left > 0 || in->pad > 0)
			break;
		in->nhead = 0;
		got = close_record(in);
		if (in->out.overflow)
			return FCGI_GOT_BAD;
		if (got != FCGI_GOT_MORE)
			return got;
	}
	return FCGI_GOT_MORE;
}
