/*
 * option.c: what the supervisor tells mcpbox-run.
 */
#include "option.h"

#include <stdio.h>
#include <string.h>

static const struct row {
	const char *name;
	size_t at;
	bool def;
} rows[] = {
#define OPTION(name, def, doc) {#name, offsetof(struct options, name), (def)},
#include "option.def"
#undef OPTION
};

_Static_assert(NELEM(rows) <= OPTION_MAX, "option.def has too many rows");

static bool *
member(struct options *o, const struct row *row)
{
	return (bool *)(void *)((char *)o + row->at);
}

void
option_defaults(struct options *o)
{
	for (size_t i = 0; i < NELEM(rows); i++)
		*member(o, &rows[i]) = rows[i].def;
}

bool
option_parse(struct options *o, const char *arg)
{
	for (size_t i = 0; i < NELEM(rows); i++) {
		size_t n = strlen(rows[i].name);

		if (strncmp(arg, "--", 2) != 0 ||
		    strncmp(arg + 2, rows[i].name, n) != 0 || arg[n + 2] != '=')
			continue;
		if (strcmp(arg + n + 3, "0") != 0 &&
		    strcmp(arg + n + 3, "1") != 0)
			return false;
		*member(o, &rows[i]) = arg[n + 3] == '1';
		return true;
	}
	return false;
}

size_t
option_args(const struct options *o, char out[OPTION_MAX][OPTION_LEN])
{
	for (size_t i = 0; i < NELEM(rows); i++) {
		const bool *on =
		    (const bool *)(const void *)((const char *)o + rows[i].at);

		(void)snprintf(
		    out[i], OPTION_LEN, "--%s=%d", rows[i].name, *on);
	}
	return NELEM(rows);
}
