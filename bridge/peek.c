/*
 * peek.c: what a JSON-RPC message is, without taking it apart.
 */
#include "peek.h"

#include <string.h>

void
peek_init(struct peek *p)
{
	memset(p, 0, sizeof(*p));
}

static bool
level_is_array(const struct peek *p)
{
	size_t at = p->depth - 1;

	return (p->is_array[at / 8] & (1U << (at % 8))) != 0;
}

static void
take(struct peek *p, char c)
{
	if (p->id_n == PEEK_ID_MAX) {
		p->bad = true;
		return;
	}
	p->id[p->id_n++] = c;
}

/* The name of a member is complete: is it one we ask for? */
static void
key_end(struct peek *p)
{
	static const char id[] = "id";

	p->in_key = false;
	p->key[p->key_n] = '\0';
	if (strcmp(p->key, "method") == 0)
		p->has_method = true;
	else if (strcmp(p->key, "result") == 0)
		p->has_result = true;
	else if (strcmp(p->key, "error") == 0)
		p->has_error = true;
	p->take = strcmp(p->key, id) == 0;
	if (p->take && p->id_n > 0)
		p->bad = true; /* two ids: whose is it? */
}

static void
in_string(struct peek *p, char c)
{
	bool ends = false;

	if ((unsigned char)c < 0x20)
		p->bad = true;
	if (p->escaped)
		p->escaped = false;
	else if (c == '\\')
		p->escaped = true;
	else
		ends = c == '"';
	if (p->in_key && ends) {
		key_end(p);
	} else if (p->in_key) {
		/* What is too long to be one of ours gets no match. */
		if (p->key_n < PEEK_KEY_MAX)
			p->key[p->key_n++] = c;
	} else if (p->take) {
		take(p, c);
	}
	if (ends)
		p->in_string = false;
}

static void
open_level(struct peek *p, char c)
{
	size_t at = p->depth;

	if (at == PEEK_DEPTH_MAX || (at == 0 && (c != '{' || p->begun))) {
		p->bad = true;
		return;
	}
	if (c == '[')
		p->is_array[at / 8] |= (unsigned char)(1U << (at % 8));
	else
		p->is_array[at / 8] &= (unsigned char)~(1U << (at % 8));
	p->begun = true;
	p->depth++;
	p->want_key = p->depth == 1;
}

static void
close_level(struct peek *p, char c)
{
	if (p->depth == 0 || level_is_array(p) != (c == ']')) {
		p->bad = true;
		return;
	}
	if (--p->depth == 0)
		p->take = false;
}

static void
open_string(struct peek *p)
{
	p->in_string = true;
	if (p->depth == 1 && p->want_key) {
		p->in_key = true;
		p->key_n = 0;
	}
	if (p->depth == 0)
		p->bad = true;
}

static void
outside(struct peek *p, char c)
{
	if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
		return;
	if (p->take && !(p->depth == 1 && strchr(",:}", c) != NULL))
		take(p, c);
	switch (c) {
	case '{':
	case '[':
		open_level(p, c);
		break;
	case '}':
	case ']':
		close_level(p, c);
		break;
	case '"':
		open_string(p);
		break;
	case ':':
		if (p->depth == 1)
			p->want_key = false;
		break;
	case ',':
		if (p->depth == 1) {
			p->want_key = true;
			p->take = false;
		}
		break;
	default:
		if (p->depth == 0)
			p->bad = true;
		break;
	}
}

void
peek_feed(struct peek *p, struct str s)
{
	for (size_t i = 0; i < s.n && !p->bad; i++) {
		if (p->in_string)
			in_string(p, s.p[i]);
		else
			outside(p, s.p[i]);
	}
}

bool
peek_whole(const struct peek *p)
{
	return !p->bad && p->begun && p->depth == 0 && !p->in_string;
}

bool
peek_text(struct peek *p, struct str s)
{
	peek_init(p);
	peek_feed(p, s);
	return peek_whole(p);
}
