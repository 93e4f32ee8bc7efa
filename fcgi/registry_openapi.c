/*
 * registry_openapi.c: the OpenAPI 3.1 document from the tables.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "json.h"
#include "op/schema.h"
#include "registry.h"

#define REF_MAX 160

static json_t *
text(const char *s)
{
	return json_string(s);
}

static json_t *
ref(const char *kind, const char *name)
{
	char path[REF_MAX];
	json_t *o = json_obj();

	(void)snprintf(path, sizeof(path), "#/components/%s/%s", kind, name);
	json_put_str(o, "$ref", path);
	return o;
}

/* {"application/json": {"schema": schema}} */
static json_t *
content(const char *media_type, json_t *schema)
{
	json_t *o = json_obj(), *inner = json_obj();

	json_put(inner, "schema", schema);
	json_put(o, media_type, inner);
	return o;
}

/* --- one operation -------------------------------------------------------- */

/* The first path segment that says something: "servers", "auth". */
static json_t *
tags(const char *path)
{
	struct str rest = str_from(path), s;
	json_t *list = json_arr();

	do
		s = str_split(&rest, '/');
	while (rest.p != NULL && (s.n == 0 || str_eq_c(s, "api")));
	json_add(list, json_stringn(s.p, s.n));
	return list;
}

static json_t *
parameters(const struct op *op)
{
	json_t *list = json_arr();

	for (const struct param *p = op->params; p != NULL && p->name != NULL;
	     p++) {
		json_t *o, *schema;

		if (p->from == FROM_BODY)
			continue;
		o = json_obj();
		schema = schema_param(p);
		json_put_str(o, "name", p->name);
		json_put_str(o, "in", p->from == FROM_PATH ? "path" : "query");
		json_put_str(o, "description", p->doc);
		json_put_bool(o, "required", p->required);
		(void)json_object_del(schema, "description");
		json_put(o, "schema", schema);
		json_add(list, o);
	}
	return list;
}

/* NULL without parameters from the body. */
static json_t *
request_body(const struct op *op)
{
	json_t *properties = json_obj(), *required = json_arr(), *schema, *o;

	for (const struct param *p = op->params; p != NULL && p->name != NULL;
	     p++) {
		if (p->from != FROM_BODY)
			continue;
		json_put(properties, p->name, schema_param(p));
		if (p->required)
			json_add(required, text(p->name));
	}
	if (json_object_size(properties) == 0) {
		json_decref(properties);
		json_decref(required);
		return NULL;
	}
	o = json_obj();
	schema = json_obj();
	json_put_bool(o, "required", json_array_size(required) > 0);
	json_put_str(schema, "type", "object");
	json_put(schema, "properties", properties);
	if (json_array_size(required) > 0)
		json_put(schema, "required", required);
	else
		json_decref(required);
	json_put_bool(schema, "additionalProperties", false);
	json_put(o, "content", content("application/json", schema));
	return o;
}

/* The result's schema under its name, with those it mentions. */
static void
define_result(const struct op *op, json_t *schemas)
{
	if (json_object_get(schemas, op->result_name) != NULL)
		return;
	json_put(schemas, op->result_name, NULL);
	json_put(schemas, op->result_name, schema_fields(op->result, schemas));
}

static void
put_problem(json_t *responses, const char *status)
{
	json_put(responses, status, ref("responses", "Problem"));
}

/* An answer that comes piece by piece, as text of any of these types. */
static json_t *
pieces(const char *media)
{
	struct str rest = str_from(media);
	json_t *all = json_obj();

	while (rest.p != NULL) {
		struct str type = str_split(&rest, '|');
		json_t *inner = json_obj(), *schema = json_obj();
		char name[64];

		(void)snprintf(name, sizeof(name), "%.*s", STR_FMT(type));
		json_put_str(schema, "type", "string");
		json_put(inner, "schema", schema);
		json_put(all, name, inner);
	}
	return all;
}

static json_t *
responses(const struct route *r, json_t *schemas)
{
	const struct op *op = r->op;
	json_t *all = json_obj(), *ok = json_obj();
	bool has_params = op->params != NULL && op->params->name != NULL;
	bool has_path = strchr(r->path, '{') != NULL;
	char status[16];

	(void)snprintf(status, sizeof(status), "%d", r->status);
	json_put_str(ok, "description",
	    r->status == 204 ? "Done; no content." : "Success.");
	if (op->result != NULL) {
		define_result(op, schemas);
		json_put(ok, "content",
		    content(
			"application/json", ref("schemas", op->result_name)));
	}
	if (op->media != NULL)
		json_put(ok, "content", pieces(op->media));
	json_put(all, status, ok);
	if (op->perm != PERM_ANYONE) {
		put_problem(all, "401");
		put_problem(all, "403");
	}
	if (has_path)
		put_problem(all, "404");
	if (has_params)
		put_problem(all, "422");
	put_problem(all, "429");
	put_problem(all, "default");
	return all;
}

static json_t *
operation(const struct route *r, json_t *schemas)
{
	const struct op *op = r->op;
	json_t *o = json_obj(), *list = parameters(op), *body;

	json_put_str(o, "operationId", op->name);
	json_put_str(o, "summary", op->title);
	json_put_str(o, "description", op->doc);
	json_put(o, "tags", tags(r->path));
	if (json_array_size(list) > 0)
		json_put(o, "parameters", list);
	else
		json_decref(list);
	body = request_body(op);
	if (body != NULL)
		json_put(o, "requestBody", body);
	json_put(o, "responses", responses(r, schemas));
	if (op->perm == PERM_ANYONE)
		json_put(o, "security", json_arr());
	json_put_str(o, "x-mcpbox-permission", registry_perm(op->perm));
	return o;
}

/* --- the frame ------------------------------------------------------------ */

static json_t *
member(const char *type, const char *doc)
{
	json_t *o = json_obj();

	json_put_str(o, "type", type);
	json_put_str(o, "description", doc);
	return o;
}

static json_t *
closed_object(json_t *properties, const char *required)
{
	json_t *o = json_obj(), *list = json_arr();
	struct str rest = str_from(required);

	while (rest.p != NULL) {
		struct str s = str_split(&rest, ' ');

		json_add(list, json_stringn(s.p, s.n));
	}
	json_put_str(o, "type", "object");
	json_put(o, "properties", properties);
	json_put(o, "required", list);
	return o;
}

/* RFC 9457, with every "type" that there is. */
static json_t *
problem_schema(void)
{
	json_t *p = json_obj(), *e = json_obj(), *errors = json_obj();
	json_t *type = member("string", "What kind of failure, stable.");
	json_t *types = json_arr();

	for (int code = FAIL_NONE + 1; code < FAIL__MAX; code++) {
		char urn[REF_MAX];

		(void)snprintf(urn, sizeof(urn), "urn:mcpbox:problem:%s",
		    fail_slug((enum fail_code)code));
		json_add(types, text(urn));
	}
	json_put(type, "enum", types);
	json_put(
	    e, "pointer", member("string", "RFC 6901 pointer to the value."));
	json_put(e, "message", member("string", "What is wrong with it."));
	json_put_str(errors, "type", "array");
	json_put(errors, "items", closed_object(e, "pointer message"));
	json_put(p, "type", type);
	json_put(p, "title", member("string", "The kind in words."));
	json_put(p, "status", member("integer", "The HTTP status."));
	json_put(p, "detail", member("string", "What happened here."));
	json_put(p, "errors", errors);
	json_put(
	    p, "request_id", member("string", "Under which the log has more."));
	return closed_object(p, "type title status detail request_id");
}

static json_t *
security_schemes(void)
{
	json_t *all = json_obj(), *bearer = json_obj(), *cookie = json_obj();

	json_put_str(bearer, "type", "http");
	json_put_str(bearer, "scheme", "bearer");
	json_put_str(bearer, "bearerFormat", "JWT");
	json_put_str(cookie, "type", "apiKey");
	json_put_str(cookie, "in", "cookie");
	json_put_str(cookie, "name", "mcpbox_session");
	json_put_str(cookie, "description",
	    "Changes need the header X-CSRF-Token with the session's csrf "
	    "value too.  Under HTTPS the cookie is called "
	    "__Host-mcpbox_session.");
	json_put(all, "bearer", bearer);
	json_put(all, "session", cookie);
	return all;
}

static json_t *
security(void)
{
	json_t *list = json_arr(), *bearer = json_obj(), *session = json_obj();

	json_put(bearer, "bearer", json_arr());
	json_put(session, "session", json_arr());
	json_add(list, bearer);
	json_add(list, session);
	return list;
}

static json_t *
problem_response(void)
{
	json_t *o = json_obj();

	json_put_str(o, "description", "It failed.");
	json_put(o, "content",
	    content("application/problem+json", ref("schemas", "Problem")));
	return o;
}

static void
put_operation(json_t *paths, const struct route *r, json_t *schemas)
{
	json_t *item = json_object_get(paths, r->path);
	char method[16] = "";

	for (size_t i = 0; i < sizeof(method) - 1 && r->method[i] != '\0'; i++)
		method[i] = (char)tolower((unsigned char)r->method[i]);
	if (item == NULL) {
		item = json_obj();
		json_put(paths, r->path, item);
	}
	json_put(item, method, operation(r, schemas));
}

json_t *
registry_openapi(void)
{
	json_t *doc = json_obj(), *info = json_obj(), *paths = json_obj();
	json_t *components = json_obj(), *schemas = json_obj();
	json_t *shared = json_obj();

	json_put(schemas, "Problem", problem_schema());
	for (size_t i = 0; registry_routes[i] != NULL; i++) {
		for (const struct route *r = registry_routes[i];
		     r->method != NULL; r++) {
			if (!r->alias)
				put_operation(paths, r, schemas);
		}
	}
	json_put_str(info, "title", "mcpbox");
	json_put_str(info, "version", MCPBOX_VERSION);
	json_put_str(info, "description",
	    "Servers, tools, their review and their accounts.");
	json_put(shared, "Problem", problem_response());
	json_put(components, "schemas", schemas);
	json_put(components, "responses", shared);
	json_put(components, "securitySchemes", security_schemes());
	json_put_str(doc, "openapi", "3.1.0");
	json_put(doc, "info", info);
	json_put(doc, "paths", paths);
	json_put(doc, "security", security());
	json_put(doc, "components", components);
	return doc;
}
