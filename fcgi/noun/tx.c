/*
 * tx.c: the end of a mutation.
 */
#include "noun/tx.h"

#include "db/db.h"

enum fail_code
tx_end(struct ctx *ctx, enum fail_code rc)
{
	if (rc == FAIL_NONE)
		return db_commit(ctx);
	db_rollback(ctx);
	return rc;
}

enum fail_code
tx_not_found(struct ctx *ctx, enum fail_code rc, const char *what)
{
	if (rc != FAIL_NOT_FOUND)
		return rc;
	return fail(&ctx->fail, FAIL_NOT_FOUND, "There is no such %s.", what);
}
