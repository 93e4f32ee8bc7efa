/*
 * digest.h: what an approval is bound to.
 *
 * SHA-256 (FIPS 180-4) over the canonical JSON text (json_canonical: compact,
 * keys sorted) of one object with all of a version's content:
 *
 *   annotations client_capabilities code description icons input_schema
 *   input_schema_given kind mime_type name output_schema secret_names size
 *   task_mode timeout_ms title uri
 *
 * What is absent is null, so that each content has one form; the kind keeps
 * those of a tool, a resource and a prompt apart.
 */
#ifndef MCPBOX_DIGEST_H
#define MCPBOX_DIGEST_H

#include <jansson.h>

#include "arena.h"
#include "crypt.h"
#include "op/op.h"

struct digest_content {
	const char *kind;  /* KIND_WORDS (noun/kind.h) */
	const char *name;  /* full name: server__tool */
	const char *title; /* NULL: none */
	const char *description;
	json_t *input_schema;  /* borrowed, like all */
	json_t *output_schema; /* NULL: none */
	json_t *annotations;   /* NULL: none */
	const char *code;
	struct opt_int timeout_ms;       /* not given: the server's default */
	struct strs secret_names;        /* in the order that is stored */
	const char *uri;                 /* NULL: none */
	const char *mime_type;           /* NULL: none */
	struct opt_int size;             /* not given: unknown */
	json_t *icons;                   /* NULL: none */
	struct strs client_capabilities; /* in the order that is stored */
	const char *task_mode;
	bool input_schema_given;
};

/* Lower-case hex in the arena, CRYPT_SHA256_HEX_MAX with its NUL. */
const char *digest_content(struct arena *a, const struct digest_content *c);

/* The digest of any JSON value's canonical text. */
const char *digest_json(struct arena *a, const json_t *v);

#endif
