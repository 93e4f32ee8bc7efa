/*
 * resource_rows.h: rows of sql/queries/resource.sql.
 */
#ifndef MCPBOX_RESOURCE_ROWS_H
#define MCPBOX_RESOURCE_ROWS_H

#include "op/op.h"

/* Where a URI may lead. */
struct resource_place {
	const char *server_id;
	const char *server_name;
	const char *name;
	const char *kind;
	const char *uri; /* or the template */
};

extern const struct field resource_place_fields[];

#endif
