/*
 * grant.c: what a run may reach.
 */
#include "egress/grant.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"

static const char private_word[] = "private ";

static bool
read_port(struct str s, uint16_t *out)
{
	int64_t port;

	if (str_eq_c(s, "*")) {
		*out = 0;
		return true;
	}
	if (!str_to_i64(s, &port) || port < 1 || port > 65535 || s.p[0] == '0')
		return false;
	*out = (uint16_t)port;
	return true;
}

bool
grant_read(struct str line, struct grant *out)
{
	struct grant g = {.port = 0};
	const char *why;
	size_t colon;

	if (str_starts(line, private_word)) {
		g.private = true;
		line = str_sub(line, sizeof(private_word) - 1, line.n);
	}
	colon = line.n;
	while (colon > 0 && line.p[colon - 1] != ':')
		colon--;
	if (colon == 0 || !read_port(str_sub(line, colon, line.n), &g.port) ||
	    !host_read(str_sub(line, 0, colon - 1), &g.host, &why))
		return false;
	*out = g;
	return true;
}

void
grants_read(struct grants *out, const struct str *lines, size_t n)
{
	*out = (struct grants){.list = NULL};
	if (n == 0)
		return;
	out->list = calloc(n, sizeof(*out->list));
	if (out->list == NULL)
		log_panic("out of memory", "grants");
	for (size_t i = 0; i < n; i++) {
		if (grant_read(lines[i], &out->list[out->n]))
			out->n++;
	}
}

void
grants_free(struct grants *g)
{
	free(g->list);
	*g = (struct grants){.list = NULL};
}

bool
grants_match(const struct grants *g, const struct host *host, uint16_t port,
    bool *private_out)
{
	bool found = false;

	*private_out = false;
	for (size_t i = 0; i < g->n; i++) {
		const struct grant *it = &g->list[i];

		if ((it->port != 0 && it->port != port) ||
		    !host_equal(&it->host, host))
			continue;
		found = true;
		*private_out = *private_out || it->private;
	}
	return found;
}
