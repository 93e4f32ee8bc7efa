/*
 * fuzz_nethost.c: a host as somebody writes it.
 *
 * What is accepted is read again as itself, fits a grant and the database's
 * constraint, and is no number in disguise and none of the addresses that
 * nothing may reach, judged here by arithmetic of our own.
 */
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "arena.h"
#include "noun/network_host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static bool
is_number(struct str label)
{
	for (size_t i = 0; i < label.n; i++) {
		if (label.p[i] < '0' || label.p[i] > '9')
			return false;
	}
	return label.n > 0;
}

/* The constraint of table network_access. */
static void
fits_the_table(struct str s)
{
	require(s.n >= 1 && s.n <= 253);
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    c == ':' || c == '_';

		require(word || (i > 0 && (c == '.' || c == '-')));
	}
}

static void
judge(const struct network_host *h)
{
	struct str s = str_from(h->name), rest = s, last = s;
	struct addr a;

	fits_the_table(s);
	require(addr_parse(s, &a) == h->literal);
	if (!h->literal) {
		require(strcmp(h->name, "localhost") != 0);
		while (rest.p != NULL)
			last = str_split(&rest, '.');
		require(!is_number(last) && s.p[s.n - 1] != '.');
		return;
	}
	if (a.family == AF_INET) {
		require(a.b[0] != 0 && a.b[0] != 127 &&
		    !(a.b[0] == 169 && a.b[1] == 254) &&
		    !(a.b[0] >= 224 && a.b[0] < 240));
		require(h->private ||
		    !(a.b[0] == 10 || (a.b[0] == 192 && a.b[1] == 168)));
	} else {
		require(a.b[0] != 0xff &&
		    !(a.b[0] == 0xfe && a.b[1] >= 0x80 && a.b[1] < 0xc0));
		require(h->private || (a.b[0] & 0xe0) == 0x20);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct str text = {(const char *)data, size};
	struct network_host once, twice;
	const char *why = NULL;

	if (arena == NULL)
		arena = arena_new((size_t)4 * 1024 * 1024);
	if (!network_host_read(arena, text, &once, &why)) {
		require(why != NULL && why[0] != '\0');
	} else {
		judge(&once);
		require(network_host_read(
		    arena, str_from(once.name), &twice, &why));
		require(strcmp(once.name, twice.name) == 0);
		require(once.literal == twice.literal);
		require(once.private == twice.private);
	}
	arena_reset(arena);
	return 0;
}
