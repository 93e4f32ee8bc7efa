/*
 * record.h: what was asked and decided, for the worker and for the log.
 */
#ifndef MCPBOX_EGRESS_RECORD_H
#define MCPBOX_EGRESS_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "egress/answer.h"
#include "egress/outcome.h"
#include "fetch.h"
#include "str.h"

#define RECORD_PREVIEW_MAX 500 /* characters */
/* Bytes kept for them. */
#define RECORD_PREVIEW_BYTES ((size_t)RECORD_PREVIEW_MAX * 4)

struct record {
	uint32_t id;
	struct str trace, env, tool;
	struct str method;
	struct str url;   /* without userinfo */
	const char *host; /* NULL: the URL could not be read */
	uint16_t port;
	const char *address; /* "" = never got that far */
	const struct outcome *outcome;
	bool refused;
	uint32_t status; /* 0 = no answer */
	uint64_t sent, received;
	int64_t duration_ms;
	/* Only when debug is set. */
	bool debug;
	const struct fetch_pair *headers; /* as they went out */
	size_t nheaders;
	const struct answer *answer;
	struct str preview;
};

/* Payload of a FETCH_RECORD frame; always fits. */
void record_json(struct buf *b, const struct record *r);

/* One line, without path, query, headers or body; and without a host that was
 * refused by its name, which is the tool's word alone (a secret, perhaps). */
void record_log(const struct record *r);

#endif
