/*
 * fail.h: error codes and the record that carries one to the client.
 *
 * A fallible function returns enum fail_code (FAIL_NONE is 0) and, when it
 * has a struct fail at hand, fills it by `return fail(f, FAIL_X, "...")`.
 * The message goes to the client, so it holds no path, SQL or secret; the
 * detail goes to the log only.
 */
#ifndef MCPBOX_FAIL_H
#define MCPBOX_FAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "attr.h"

enum fail_code {
#define FAIL(name, http, rpc, slug, text) FAIL_##name,
#include "fail.def"
#undef FAIL
	FAIL__MAX
};

#define FAIL_MESSAGE_MAX 512
#define FAIL_DETAIL_MAX 512
#define FAIL_FIELDS_MAX 16
#define FAIL_POINTER_MAX 96
#define FAIL_FIELD_MESSAGE_MAX 160

/* One invalid field: RFC 6901 pointer ("/name") and what is wrong with it. */
struct fail_field {
	char pointer[FAIL_POINTER_MAX];
	char message[FAIL_FIELD_MESSAGE_MAX];
};

struct fail {
	enum fail_code code;
	char message[FAIL_MESSAGE_MAX]; /* for the client; never empty once set
					 */
	char detail[FAIL_DETAIL_MAX];   /* for the log; may be empty */
	int retry_after;                /* seconds, 0 = not given */
	size_t nfields;
	struct fail_field fields[FAIL_FIELDS_MAX];
};

/* Forgets everything; code becomes FAIL_NONE. */
void fail_clear(struct fail *f);

/*
 * Sets code and client message (printf style) and returns the code, so that a
 * caller can write `return fail(...)`.  Keeps detail and fields.  f may be
 * NULL: then only the code is returned.  A NULL fmt takes the default
 * sentence of the code.
 */
enum fail_code fail(struct fail *f, enum fail_code code, const char *fmt, ...)
    ATTR_PRINTF(3, 4);

/* Sets the log-only detail (printf style, cut at FAIL_DETAIL_MAX). */
void fail_detail(struct fail *f, const char *fmt, ...) ATTR_PRINTF(2, 3);

/*
 * Adds an invalid field and makes the record FAIL_INVALID.  `pointer` is an
 * RFC 6901 pointer.  Beyond FAIL_FIELDS_MAX further fields are dropped.
 * Returns FAIL_INVALID.
 */
enum fail_code fail_field(struct fail *f, const char *pointer, const char *fmt,
    ...) ATTR_PRINTF(3, 4);

/* Facts about a code; any value outside the enum is treated as INTERNAL. */
int fail_http(enum fail_code code);         /* HTTP status */
int fail_rpc(enum fail_code code);          /* JSON-RPC error code */
const char *fail_slug(enum fail_code code); /* stable machine name */
const char *fail_text(enum fail_code code); /* default sentence */

/*
 * Ends the process by abort(3) after one line on standard error: out of
 * memory, no randomness, a broken contract.  For the floor below log.h;
 * above it use log_panic.  `why` is fixed text.
 */
void fail_abort(const char *why) ATTR_NORETURN ATTR_COLD;

#endif
