/*
 * tool_rows.h: the fields of struct tool, for every table that begins with
 * them (noun/tool, noun/approval).  A struct whose first member is a struct
 * tool can use these rows as its own.
 */
#ifndef MCPBOX_TOOL_ROWS_H
#define MCPBOX_TOOL_ROWS_H

#include "noun/tool.h"

/* clang-format off */
#define TOOL_SUMMARY_ROWS \
	FIELD_UUID(struct tool, id, .doc = "Identifies the tool."), \
	FIELD_UUID(struct tool, server_id, .doc = "Its server."), \
	FIELD_STR(struct tool, server_name, .doc = "Name of its server."), \
	FIELD_STR(struct tool, kind, .choices = KIND_WORDS, \
	    .doc = "What it is for clients."), \
	FIELD_STR(struct tool, name, .doc = "Name within the server."), \
	FIELD_STR(struct tool, full_name, \
	    .doc = "The name clients call it by: server__tool."), \
	FIELD_STR(struct tool, title, .flags = FIELD_NULLABLE, \
	    .doc = "A name for people."), \
	FIELD_STR(struct tool, description, \
	    .doc = "What it does, for the model that calls it."), \
	FIELD_BOOL(struct tool, enabled, \
	    .doc = "A switch beside the approval: off, it cannot be called."), \
	FIELD_OPT_INT(struct tool, timeout_ms, .flags = FIELD_NULLABLE, \
	    .doc = "Time limit; null: the server's default."), \
	FIELD_STRS(struct tool, secret_names, \
	    .doc = "Secrets of the server that it declares."), \
	FIELD_JSON(struct tool, annotations, .flags = FIELD_NULLABLE, \
	    .doc = "Hints for clients, such as readOnlyHint."), \
	FIELD_STR(struct tool, uri, .flags = FIELD_NULLABLE, \
	    .doc = "URI of a resource, or a template (RFC 6570) of URIs."), \
	FIELD_STR(struct tool, mime_type, .flags = FIELD_NULLABLE, \
	    .doc = "MIME type of a resource's content."), \
	FIELD_OPT_INT(struct tool, size, .flags = FIELD_NULLABLE, \
	    .doc = "Bytes of a resource's content, as its author says."), \
	FIELD_JSON(struct tool, icons, .flags = FIELD_NULLABLE, \
	    .doc = "Icons for clients: src, mimeType, sizes, theme."), \
	FIELD_STRS(struct tool, client_capabilities, \
	    .doc = "What a client must have declared to use it."), \
	FIELD_STR(struct tool, task_mode, .choices = KIND_TASK_MODES, \
	    .doc = "May, or must, a call become a task?"), \
	FIELD_BOOL(struct tool, input_schema_given, \
	    .doc = "Is the input schema the author's own, rather than " \
		   "derived from main?"), \
	FIELD_BOOL(struct tool, completes, \
	    .doc = "Has it a function that completes arguments?"), \
	FIELD_INT(struct tool, current_version, \
	    .doc = "Number of the current version."), \
	FIELD_STR(struct tool, digest, \
	    .doc = "SHA-256 of the current version's content, in hex."), \
	FIELD_STR(struct tool, approval_status, .choices = TOOL_STATUSES, \
	    .doc = "Where the current version stands."), \
	FIELD_OPT_INT(struct tool, approved_version, .flags = FIELD_NULLABLE, \
	    .doc = "The version that is approved, maybe an older one."), \
	FIELD_STR(struct tool, approved_digest, .flags = FIELD_NULLABLE, \
	    .doc = "Digest of the approved version."), \
	FIELD_STR(struct tool, approved_by, .flags = FIELD_NULLABLE, \
	    .doc = "Who approved it."), \
	FIELD_TIME(struct tool, approved_at, .flags = FIELD_NULLABLE, \
	    .doc = "When."), \
	FIELD_TIME(struct tool, approval_requested_at, \
	    .flags = FIELD_NULLABLE, .doc = "When review was last asked for."), \
	FIELD_STR(struct tool, rejection_reason, .flags = FIELD_NULLABLE, \
	    .doc = "Why it was rejected; null in any other state."), \
	FIELD_STR(struct tool, publish_notes, .flags = FIELD_NULLABLE, \
	    .doc = "What its author told the reviewer."), \
	FIELD_STR(struct tool, created_by, .doc = "Who made it."), \
	FIELD_TIME(struct tool, created_at, .doc = "When it was made."), \
	FIELD_TIME(struct tool, updated_at, .doc = "When it last changed."), \
	FIELD_BOOL(struct tool, callable, \
	    .doc = "Would a call be accepted now? Approved, enabled, and its " \
		   "server is running.")

#define TOOL_CODE_ROWS \
	FIELD_STR(struct tool, python_code, .doc = "Its source."), \
	FIELD_JSON(struct tool, input_schema, \
	    .doc = "JSON Schema of the arguments."), \
	FIELD_JSON(struct tool, output_schema, .flags = FIELD_NULLABLE, \
	    .doc = "JSON Schema of the result.")
/* clang-format on */

#endif
