/*
 * resource.h: resources and resource templates.
 *
 * What they are, and their life, is noun/tool's, with another kind.  Clients
 * do not call them: they read a URI.  Here is where a URI leads.
 *
 * Of what is approved and enabled each URI, and each template, is there once
 * (index tool_index_uri).  A resource goes before templates; of the templates
 * that a URI fits, the one with the longest text before its first variable is
 * asked, then the first by byte order.
 */
#ifndef MCPBOX_RESOURCE_H
#define MCPBOX_RESOURCE_H

#include <jansson.h>

#include "noun/run.h"
#include "op/ctx.h"
#include "op/op.h"

extern const struct op resource_ops[];
extern const struct route resource_routes[];

/*
 * What a client that reads `uri` gets (at the endpoint of a server, ctx->scope,
 * of that one): a resource or a template that may run
 * now, with its code, and the variables' values in *arguments_out ({} for a
 * resource; kept by the arena).  FAIL_NOT_FOUND when there is none.
 */
enum fail_code resource_find(struct ctx *ctx, struct str uri,
    struct run_tool *out, json_t **arguments_out) ATTR_NODISCARD;

/* A template by its own text, which may run now. */
enum fail_code resource_find_template(
    struct ctx *ctx, struct str uri, struct run_tool *out) ATTR_NODISCARD;

/*
 * Tells all clients that subscribed to it that `uri` says something else, if a
 * resource or a template of that server answers it.  True if it does.
 */
enum fail_code resource_updated(struct ctx *ctx, const char *server_id,
    struct str uri, bool *is_out) ATTR_NODISCARD;
/* Tells all clients that a list of that server is another: a word of
 * op/news.h. */
enum fail_code resource_list_changed(
    struct ctx *ctx, const char *server_id, const char *word) ATTR_NODISCARD;

#endif
