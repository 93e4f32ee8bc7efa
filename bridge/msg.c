/*
 * msg.c: one message of the client.
 */
#include "msg.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

static const struct {
	const char *method;
	const char *member;
} named[] = {
    {"tools/call", "name"},
    {"prompts/get", "name"},
    {"resources/read", "uri"},
    {"tasks/get", "taskId"},
    {"tasks/update", "taskId"},
    {"tasks/cancel", "taskId"},
    {"tasks/result", "taskId"},
};

bool
msg_is(const struct msg *m, const char *method)
{
	return m->method != NULL && strcmp(m->method, method) == 0;
}

void
msg_free(struct msg *m)
{
	if (m == NULL)
		return;
	json_decref(m->root);
	free(m->text);
	free(m);
}

static enum fail_code
refuse(struct fail *f, const char *why)
{
	return fail(f, FAIL_REQUEST, "%s", why);
}

static enum fail_code
read_kind(struct msg *m, struct fail *f)
{
	const json_t *method = json_object_get(m->root, "method");

	m->method = json_string_value(method);
	m->id = json_object_get(m->root, "id");
	if (m->id != NULL && !json_is_string(m->id) && !json_is_integer(m->id))
		return refuse(f, "id must be a string or an integer.");
	if (m->method != NULL) {
		m->kind = m->id != NULL ? MSG_REQUEST : MSG_NOTIFICATION;
		return FAIL_NONE;
	}
	if (method != NULL)
		return refuse(f, "method must be a string.");
	m->kind = MSG_RESPONSE;
	if (m->id == NULL ||
	    (json_object_get(m->root, "result") == NULL &&
		json_object_get(m->root, "error") == NULL))
		return refuse(f,
		    "A message has a method, or an id and a result or error.");
	return FAIL_NONE;
}

static void
read_params(struct msg *m)
{
	const json_t *params = json_get_obj(m->root, "params");

	m->meta = json_get_obj(params, "_meta");
	m->version = json_get_str(m->meta, MSG_META_VERSION);
	m->modern = json_object_get(m->meta, MSG_META_VERSION) != NULL ||
	    json_object_get(m->meta, MSG_META_CAPABILITIES) != NULL;
	for (size_t i = 0; i < NELEM(named); i++) {
		if (msg_is(m, named[i].method))
			m->name = json_get_str(params, named[i].member);
	}
	if (msg_is(m, "tools/call"))
		m->arguments = json_get_obj(params, "arguments");
	if (msg_is(m, "notifications/cancelled"))
		m->cancels = json_object_get(params, "requestId");
}

/* Of a legacy message nothing more is asked: the text is what goes out. */
static void
forget_params(struct msg *m)
{
	m->name = NULL;
	m->meta = m->arguments = NULL;
	m->version = NULL;
	if (m->cancels == NULL)
		(void)json_object_del(m->root, "params");
	(void)json_object_del(m->root, "result");
	(void)json_object_del(m->root, "error");
}

static char *
copy(struct str s)
{
	char *p = malloc(s.n + 1);

	if (p == NULL)
		fail_abort("msg: out of memory");
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

enum fail_code
msg_read(struct str line, size_t max, struct msg **out, json_t **batch_out,
    struct fail *f)
{
	struct msg *m = calloc(1, sizeof(*m));
	enum fail_code rc;

	if (m == NULL)
		fail_abort("msg: out of memory");
	*out = NULL;
	*batch_out = NULL;
	rc = json_parse(NULL, line, max, &m->root, f);
	if (rc == FAIL_NONE && !json_is_object(m->root)) {
		if (json_is_array(m->root))
			*batch_out = json_incref(m->root);
		rc = refuse(f, "A message is an object.");
	}
	if (rc == FAIL_NONE)
		rc = read_kind(m, f);
	if (rc != FAIL_NONE) {
		msg_free(m);
		return rc;
	}
	read_params(m);
	if (!m->modern)
		forget_params(m);
	m->text = copy(line);
	m->n = line.n;
	*out = m;
	return FAIL_NONE;
}
