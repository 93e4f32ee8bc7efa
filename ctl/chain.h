/*
 * chain.h: the audit trail's chain of hashes, recomputed row by row.
 *
 * The rule is written down in sql/migrations/0001_base.sql and docs/audit.md.
 * This is an implementation of its own, so that a mistake in the database's
 * shows, and needs nothing but the rows.
 */
#ifndef MCPBOX_CTL_CHAIN_H
#define MCPBOX_CTL_CHAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "crypt.h"

/* NULL texts are NULL in the database. */
struct chain_row {
	int64_t seq;
	const char *at;
	const char *db_role;
	const char *actor;
	const char *ip;
	const char *request_id;
	const char *operation;
	const char *target_kind;
	const char *target_id;
	const char *before; /* JSON text as stored */
	const char *after;
	const char *prev; /* hex */
	const char *hash; /* hex */
};

struct chain {
	int64_t seq;                     /* of the row before; 0: none */
	char hash[CRYPT_SHA256_HEX_MAX]; /* of that row, as it says */
	int64_t rows;
	int64_t faults;
	FILE *out; /* where findings go, a line each */
};

void chain_begin(struct chain *c, FILE *out);
/* The hash that the row should have, in hex. */
void chain_hash(const struct chain_row *row, char out[CRYPT_SHA256_HEX_MAX]);
/* The next row, in the order in which they are kept. */
void chain_next(struct chain *c, const struct chain_row *row);
/* The trail should end with this row (what the database keeps as its head, or
 * what somebody wrote down earlier, see chain_passes). */
void chain_end(struct chain *c, int64_t seq, const char *hash);

/* Was this row with this hash seen on the way?  For a head that was written
 * down: call before each chain_next. */
bool chain_is(const struct chain_row *row, int64_t seq, const char *hash);

#endif
