/*
 * kind.h: the kinds there are of what a model writes, and what each may say.
 *
 * A tool, a resource, a resource template and a prompt are rows of one table
 * with one life (noun/tool).  The kind is fixed when the row is made.  Here is
 * what differs: which parts of a version belong to which kind, and the rules
 * of those parts that parameter tables cannot express.
 */
#ifndef MCPBOX_KIND_H
#define MCPBOX_KIND_H

#include <jansson.h>

#include "box.h"
#include "op/ctx.h"
#include "op/op.h"

#define KIND_WORDS "tool|resource|template|prompt"
#define KIND_NUMBER 4
#define KIND_TOOL "tool"
#define KIND_RESOURCE "resource"
#define KIND_TEMPLATE "template"
#define KIND_PROMPT "prompt"

/* May a call become a task (io.modelcontextprotocol/tasks)? */
#define KIND_TASK_MODES "none|optional|required"
/* What a client can be asked for, and must have declared for that. */
#define KIND_CAPABILITIES "elicitation|elicitation.url|sampling|roots"
#define KIND_CAPABILITIES_PATTERN                                              \
	"^(elicitation|elicitation\\.url|sampling|roots)$"
#define KIND_CAPABILITIES_MAX 4

#define KIND_URI_MAX 2000
#define KIND_MIME_MAX 200
#define KIND_ICONS_MAX 8

/*
 * What a request gives; absent parts are NULL, STR_NONE, not given, and JSON
 * null or "" stand for "none".
 */
struct kind_content {
	const char *kind;
	json_t *annotations;
	json_t *input_schema;
	json_t *output_schema;
	struct str uri;
	struct str mime_type;
	struct opt_int size;
	json_t *icons;
	struct strs client_capabilities;
	struct str task_mode;
	bool whole; /* all of a new version: what a kind must have is there */
};

/* FAIL_INVALID with every fault at its place, as the parameters are named. */
enum fail_code kind_check(
    struct ctx *ctx, const struct kind_content *c) ATTR_NODISCARD;

/*
 * A template's variables against the parameters of main, which `schema`
 * describes: each has one, and what may be missing in a URI has a default.
 * FAIL_INVALID at /python_code.  Nothing to say about other kinds.
 */
enum fail_code kind_check_variables(struct ctx *ctx, const char *kind,
    const char *uri, const json_t *schema) ATTR_NODISCARD;

/* What the sandbox takes the code for. */
enum box_entry kind_entry(const char *kind);

/* "tool", "resource template": as a sentence has it. */
const char *kind_noun(const char *kind);

#endif
