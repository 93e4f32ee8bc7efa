/*
 * approval_rows.h: the field tables that approval.c reads rows by and
 * approval_ops.c shows.
 */
#ifndef MCPBOX_APPROVAL_ROWS_H
#define MCPBOX_APPROVAL_ROWS_H

#include "op/op.h"

extern const struct field approval_stats_fields[];
extern const struct field approval_item_fields[];
extern const struct field approval_review_fields[];
extern const struct field approval_base_fields[];
extern const struct field approval_event_fields[];
extern const struct field approval_trial_fields[];
/* Of struct approval_review, too: what an author sees of it. */
extern const struct field approval_preview_fields[];
extern const struct field approval_bulk_fields[];

#endif
