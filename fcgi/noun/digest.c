/*
 * digest.c: what an approval is bound to.
 */
#include "noun/digest.h"

#include "json.h"

static json_t *
name_list(const struct strs *names)
{
	json_t *list = json_arr();

	for (size_t i = 0; i < names->n; i++)
		json_add(list, json_stringn(names->v[i].p, names->v[i].n));
	return list;
}

const char *
digest_json(struct arena *a, const json_t *v)
{
	char *hex = arena_alloc(a, CRYPT_SHA256_HEX_MAX);

	crypt_sha256_hex(json_canonical(a, v), hex);
	return hex;
}

const char *
digest_content(struct arena *a, const struct digest_content *c)
{
	json_t *o = json_keep(a, json_obj());

	json_put_str(o, "kind", c->kind);
	json_put_str(o, "name", c->name);
	json_put_str(o, "title", c->title);
	json_put_str(o, "description", c->description);
	json_put(o, "input_schema", json_incref(c->input_schema));
	json_put(o, "output_schema", json_incref(c->output_schema));
	json_put(o, "annotations", json_incref(c->annotations));
	json_put_str(o, "code", c->code);
	json_put(o, "timeout_ms", NULL);
	if (c->timeout_ms.given)
		json_put_int(o, "timeout_ms", c->timeout_ms.v);
	json_put(o, "secret_names", name_list(&c->secret_names));
	json_put_str(o, "uri", c->uri);
	json_put_str(o, "mime_type", c->mime_type);
	json_put(o, "size", NULL);
	if (c->size.given)
		json_put_int(o, "size", c->size.v);
	json_put(o, "icons", json_incref(c->icons));
	json_put(o, "client_capabilities", name_list(&c->client_capabilities));
	json_put_str(o, "task_mode", c->task_mode);
	json_put_bool(o, "input_schema_given", c->input_schema_given);
	return digest_json(a, o);
}
