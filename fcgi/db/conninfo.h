/*
 * conninfo.h: how this process reaches PostgreSQL.
 */
#ifndef MCPBOX_CONNINFO_H
#define MCPBOX_CONNINFO_H

#include "settings.h"

#define CONNINFO_MAX 16

/* For PQconnectdbParams and PQconnectStartParams with expand_dbname = 1.  The
 * strings belong to `s` or are static or in `url`. */
struct conninfo {
	const char *keys[CONNINFO_MAX];
	const char *values[CONNINFO_MAX];
	char url[512];
};

/*
 * The configured URL (default: the cluster of the instance) with our role and
 * password, time limits, and `application` as the name seen in
 * pg_stat_activity.
 */
void conninfo_build(
    struct conninfo *out, const struct settings *s, const char *application);

#endif
