/*
 * audit.c: the record of who changed what.
 */
#include "noun/audit.h"

#include "db/db.h"

enum fail_code
audit_write(struct ctx *ctx, const char *operation, const char *target_kind,
    const char *target_id, const json_t *before, const json_t *after)
{
	return db_run(ctx, Q_audit_append,
	    DB_ARGS(DB_CSTR(ctx_actor(ctx)), DB_CSTR(ctx->client_ip),
		DB_CSTR(ctx->request_id), DB_CSTR(operation),
		DB_CSTR(target_kind), DB_CSTR(target_id), DB_JSON(before),
		DB_JSON(after)),
	    NULL);
}
