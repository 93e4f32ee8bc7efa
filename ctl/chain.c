/*
 * chain.c: recomputing the audit trail.
 */
#include "chain.h"

#include <inttypes.h>
#include <string.h>

#include "buf.h"
#include "str.h"

#define ROW_MAX ((size_t)64 * 1024 * 1024)
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"

void
chain_begin(struct chain *c, FILE *out)
{
	*c = (struct chain){.hash = ZERO, .out = out};
}

/* Length, colon, text; a minus sign for NULL. */
static void
put_field(struct buf *b, const char *s)
{
	if (s == NULL)
		buf_putc(b, '-');
	else
		buf_printf(b, "%zu:%s", strlen(s), s);
}

void
chain_hash(const struct chain_row *row, char out[CRYPT_SHA256_HEX_MAX])
{
	const char *const fields[] = {row->at, row->db_role, row->actor,
	    row->ip, row->request_id, row->operation, row->target_kind,
	    row->target_id, row->before, row->after};
	uint8_t prev[CRYPT_SHA256_LEN];
	char seq[24];
	struct buf b;

	out[0] = '\0';
	if (!str_unhex(str_from(row->prev), prev, sizeof(prev)))
		return;
	buf_init(&b, ROW_MAX);
	buf_put(&b, prev, sizeof(prev));
	(void)snprintf(seq, sizeof(seq), "%" PRId64, row->seq);
	put_field(&b, seq);
	for (size_t i = 0; i < NELEM(fields); i++)
		put_field(&b, fields[i]);
	if (!b.overflow)
		crypt_sha256_hex(buf_str(&b), out);
	buf_free(&b);
}

/* Where its place in the sequence is wrong; false: it is right. */
static bool
out_of_place(struct chain *c, const struct chain_row *row)
{
	int64_t expected = c->seq + 1;

	if (row->seq == expected)
		return false;
	c->faults++;
	if (row->seq < expected)
		(void)fprintf(c->out,
		    "row %" PRId64 " is out of order: it comes after row "
		    "%" PRId64 "\n",
		    row->seq, c->seq);
	else if (row->seq == expected + 1)
		(void)fprintf(c->out, "row %" PRId64 " is missing\n", expected);
	else
		(void)fprintf(c->out,
		    "rows %" PRId64 " to %" PRId64 " are missing\n", expected,
		    row->seq - 1);
	return true;
}

void
chain_next(struct chain *c, const struct chain_row *row)
{
	char hash[CRYPT_SHA256_HEX_MAX];
	bool displaced = out_of_place(c, row);

	chain_hash(row, hash);
	if (strcmp(hash, row->hash) != 0) {
		c->faults++;
		(void)fprintf(c->out,
		    "row %" PRId64 " was altered: its hash is not that of what "
		    "it says\n",
		    row->seq);
	} else if (!displaced && strcmp(row->prev, c->hash) != 0) {
		c->faults++;
		(void)fprintf(c->out,
		    "row %" PRId64 " does not follow row %" PRId64
		    ": one of them was inserted, or written anew\n",
		    row->seq, c->seq);
	}
	c->rows++;
	c->seq = row->seq;
	(void)snprintf(c->hash, sizeof(c->hash), "%s", row->hash);
}

void
chain_end(struct chain *c, int64_t seq, const char *hash)
{
	if (c->seq == seq && strcmp(c->hash, hash) == 0)
		return;
	c->faults++;
	if (c->seq < seq)
		(void)fprintf(c->out,
		    "rows %" PRId64 " to %" PRId64
		    " are missing: the trail ends early\n",
		    c->seq + 1, seq);
	else if (c->seq > seq)
		(void)fprintf(c->out,
		    "rows %" PRId64 " to %" PRId64
		    " were inserted behind the end of the trail\n",
		    seq + 1, c->seq);
	else
		(void)fprintf(c->out,
		    "row %" PRId64 " is not the one that ended the trail: it "
		    "was written anew\n",
		    seq);
}

bool
chain_is(const struct chain_row *row, int64_t seq, const char *hash)
{
	return row->seq == seq && strcmp(row->hash, hash) == 0;
}
