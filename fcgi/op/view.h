/*
 * view.h: a struct rendered as JSON by its field table.
 */
#ifndef MCPBOX_VIEW_H
#define MCPBOX_VIEW_H

#include <jansson.h>

#include "op/op.h"

/* New reference.  FIELD_SECRET fields are left out. */
json_t *view_object(const struct field *fields, const void *row);
json_t *view_list(
    const struct field *fields, size_t row_size, const struct list *rows);

#endif
