/*
 * tool_create.h: parameters that all operations share which make something of
 * struct tool_create_args: a tool (noun/tool), a resource (noun/resource), a
 * prompt (noun/prompt).
 */
#ifndef MCPBOX_TOOL_CREATE_H
#define MCPBOX_TOOL_CREATE_H

#include "noun/secrets.h"
#include "noun/server.h"
#include "noun/tool.h"

/* One line. */
#define TITLE_PATTERN "^[^\t\r\n]*$"
#define MIME_PATTERN "^([^ \t\r\n/]+/[^\t\r\n]+)?$"
#define SIZE_BYTES_MAX 9007199254740991 /* 2^53 - 1 */
#define ICONS_DOC                                                              \
	"For clients: [{src, mimeType, sizes, theme}], src an https: or a "    \
	"data: URI."
#define CAPABILITIES_DOC                                                       \
	"What a client must have declared, else a call is refused before it "  \
	"runs: elicitation, elicitation.url, sampling, roots."

/* clang-format off */
/* CREATE_HEAD(what its name is for, what the description is for) */
#define CREATE_HEAD(name_doc, text_doc) \
	PARAM_UUID(struct tool_create_args, server_id, .from = FROM_PATH, \
	    .required = true, .doc = "Id of the server it belongs to."), \
	PARAM_STR(struct tool_create_args, name, .required = true, \
	    .min = 1, .max = TOOL_NAME_MAX, .pattern = TOOL_NAME_PATTERN, \
	    .doc = "Lower-case letters, digits and underscores; unique in " \
		   "the server, among all that it has, and fixed. " name_doc), \
	PARAM_STR(struct tool_create_args, title, .nullable = true, \
	    .max = TOOL_TITLE_MAX, .pattern = TITLE_PATTERN, \
	    .doc = "A name for people, in one line."), \
	PARAM_STR(struct tool_create_args, description, .nullable = true, \
	    .max = DESCRIPTION_MAX, \
	    .doc = text_doc " From main's docstring if not given.")

/* CREATE_TAIL(what main is) */
#define CREATE_TAIL(code_doc) \
	PARAM_STR(struct tool_create_args, python_code, .required = true, \
	    .min = 1, .max = CODE_MAX, .doc = code_doc), \
	PARAM_INT(struct tool_create_args, timeout_ms, .nullable = true, \
	    .min = TIMEOUT_MS_MIN, .max = TIMEOUT_MS_MAX, \
	    .doc = "Time limit in milliseconds; the server's if not given."), \
	PARAM_STRS(struct tool_create_args, secret_names, \
	    .max = TOOL_SECRETS_MAX, .pattern = SECRETS_NAME_PATTERN, \
	    .doc = "Names of the server's secrets that it wants to read."), \
	PARAM_ARRAY(struct tool_create_args, icons, .nullable = true, \
	    .max = KIND_ICONS_MAX, .doc = ICONS_DOC), \
	PARAM_STRS(struct tool_create_args, client_capabilities, \
	    .max = KIND_CAPABILITIES_MAX, \
	    .pattern = KIND_CAPABILITIES_PATTERN, .doc = CAPABILITIES_DOC)
/* clang-format on */

#endif
