/*
 * core_test.h: what the tests of web/, op/, db/ and the loop share.
 */
#ifndef MCPBOX_CORE_TEST_H
#define MCPBOX_CORE_TEST_H

#include "tests/unit/lib/lib_test.h"

#include "buf.h"
#include "op/ctx.h"
#include "web/fcgi.h"

/* A context with an arena, for code that only needs these. */
ATTR_UNUSED static struct ctx *
test_ctx(void)
{
	static struct ctx ctx;

	if (ctx.arena == NULL)
		ctx.arena = arena_new((size_t)16 * 1024 * 1024);
	arena_reset(ctx.arena);
	ctx = (struct ctx){
	    .arena = ctx.arena,
	    .request_id = "00000000000000000000000000000000",
	    .client_ip = "127.0.0.1",
	    .user_agent = "",
	    .caller = {.perms = PERM_ANYONE},
	};
	return &ctx;
}

/* Message of the error at `pointer`, or NULL. */
ATTR_UNUSED static const char *
fault_at(const struct fail *f, const char *pointer)
{
	for (size_t i = 0; i < f->nfields; i++) {
		if (strcmp(f->fields[i].pointer, pointer) == 0)
			return f->fields[i].message;
	}
	return NULL;
}

/* --- FastCGI as a web server speaks it ------------------------------------ */

ATTR_UNUSED static void
put_record(
    struct buf *b, unsigned type, unsigned id, struct str content, unsigned pad)
{
	unsigned char head[FCGI_HEADER_LEN];
	static const char zeros[256];

	fcgi_header(head, (enum fcgi_type)type, (uint16_t)id, content.n, pad);
	buf_put(b, head, sizeof(head));
	buf_putstr(b, content);
	buf_put(b, zeros, pad);
}

ATTR_UNUSED static void
put_begin(struct buf *b, unsigned id, unsigned role, bool keep)
{
	char body[8] = {0, (char)role, keep ? 1 : 0, 0, 0, 0, 0, 0};

	put_record(
	    b, FCGI_BEGIN_REQUEST, id, (struct str){body, sizeof(body)}, 0);
}

ATTR_UNUSED static void
put_pair(struct buf *b, const char *name, const char *value)
{
	size_t lengths[2] = {strlen(name), strlen(value)};

	for (size_t i = 0; i < 2; i++) {
		if (lengths[i] < 0x80) {
			buf_u8(b, (uint8_t)lengths[i]);
			continue;
		}
		buf_u8(b, (uint8_t)(0x80 | lengths[i] >> 24));
		buf_u8(b, (uint8_t)(lengths[i] >> 16 & 0xff));
		buf_u8(b, (uint8_t)(lengths[i] >> 8 & 0xff));
		buf_u8(b, (uint8_t)(lengths[i] & 0xff));
	}
	buf_puts(b, name);
	buf_puts(b, value);
}

/* A whole request; `pairs` is "NAME", "value", ..., NULL. */
ATTR_UNUSED static void
put_request(struct buf *b, unsigned id, bool keep, const char *const *pairs,
    struct str body)
{
	struct buf params;

	buf_init(&params, 1024 * 1024);
	for (; *pairs != NULL; pairs += 2)
		put_pair(&params, pairs[0], pairs[1]);
	put_begin(b, id, 1, keep);
	for (size_t at = 0; at < params.n; at += 60000)
		put_record(b, FCGI_PARAMS, id,
		    str_sub(buf_str(&params), at, 60000), 3);
	put_record(b, FCGI_PARAMS, id, STR_NONE, 0);
	for (size_t at = 0; at < body.n; at += 60000)
		put_record(b, FCGI_STDIN, id, str_sub(body, at, 60000), 0);
	put_record(b, FCGI_STDIN, id, STR_NONE, 0);
	buf_free(&params);
}

#endif
