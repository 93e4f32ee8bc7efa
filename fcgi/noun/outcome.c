/*
 * outcome.c: what a finished run means.
 */
#include "noun/outcome.h"

#include <string.h>

#include "json.h"
#include "op/jsonschema.h"
#include "wire.h"

#define VALUE_MAX ((size_t)8 * 1024 * 1024) /* the cap of a RESULT frame */
#define ERROR_MAX ((size_t)64 * 1024)       /* the cap of an ERROR frame */

/* "ValueError: no rows (line 12)", from {type, message, line?}. */
static struct str
error_text(struct arena *a, const struct run *run)
{
	const char *type, *message;
	int64_t line;
	json_t *e;

	if (!run->have_error ||
	    json_parse(a, buf_str(&run->error), ERROR_MAX, &e, NULL) !=
		FAIL_NONE)
		return str_from(box_outcome_text(BOX_OUTCOME_ERROR));
	type = json_get_str(e, "type");
	message = json_get_str(e, "message");
	line = json_get_int(e, "line", 0);
	if (type == NULL)
		type = "Error";
	if (message == NULL || message[0] == '\0')
		message = "(no message)";
	return str_from(line > 0 ? arena_printf(a, "%s: %s (line %lld)", type,
				       message, (long long)line)
				 : arena_printf(a, "%s: %s", type, message));
}

/* The lead, then a line for each field. */
static const char *
fields_text(struct arena *a, const char *lead, const struct fail *f)
{
	const char *text = lead;

	for (size_t i = 0; i < f->nfields; i++)
		text = arena_printf(a, "%s\n- %s: %s", text,
		    f->fields[i].pointer[0] != '\0' ? f->fields[i].pointer
						    : "(the whole)",
		    f->fields[i].message);
	return text;
}

static void
broken(struct outcome *out, enum box_outcome code, const char *text)
{
	out->code = code;
	out->text = str_from(text);
	out->json = STR_NONE;
	out->value = NULL;
}

static void
read_result(struct arena *a, const struct run *run, const json_t *output_schema,
    struct outcome *out)
{
	struct fail f;

	fail_clear(&f);
	if (!run->have_result ||
	    json_parse(a, buf_str(&run->result), VALUE_MAX, &out->value, &f) !=
		FAIL_NONE) {
		broken(out, BOX_OUTCOME_OUTPUT,
		    arena_printf(a, "The tool's result could not be read. %s",
			f.message));
		return;
	}
	out->json = buf_str(&run->result);
	out->text = json_is_string(out->value)
	    ? str_from(json_string_value(out->value))
	    : out->json;
	if (output_schema != NULL &&
	    jsonschema_validate(output_schema, out->value, &f) != FAIL_NONE)
		broken(out, BOX_OUTCOME_ERROR,
		    fields_text(a,
			f.code == FAIL_INVALID
			    ? "The tool's result does not fit its output schema:"
			    : f.message,
			&f));
}

struct str
outcome_clean(struct arena *a, struct str s)
{
	struct buf b;
	struct str out;

	if (str_utf8_valid(s) && !memchr(s.n > 0 ? s.p : "", '\0', s.n))
		return s;
	buf_init(&b, SIZE_MAX);
	while (s.n > 0) {
		size_t n = s.p[0] != '\0' ? str_utf8_seq(s) : 0;

		buf_put(&b, n > 0 ? s.p : "\xef\xbf\xbd", n > 0 ? n : 3);
		s = str_sub(s, n > 0 ? n : 1, s.n);
	}
	out = arena_str(a, buf_str(&b));
	buf_free(&b);
	return out;
}

static struct str
printed(struct arena *a, const struct run *run)
{
	struct str s = outcome_clean(a, buf_str(&run->output));

	if (run->exit.cut == 0)
		return s;
	return str_from(arena_printf(a, "%.*s\n… (%lu more bytes)", STR_FMT(s),
	    (unsigned long)run->exit.cut));
}

void
outcome_read(struct arena *a, const struct run *run,
    const json_t *output_schema, struct outcome *out)
{
	*out = (struct outcome){
	    .code = run->exit.outcome,
	    .text = str_from(box_outcome_text(run->exit.outcome)),
	    .printed = printed(a, run),
	    .exit = &run->exit,
	};
	if (out->code == BOX_OUTCOME_RESULT)
		read_result(a, run, output_schema, out);
	else if (out->code == BOX_OUTCOME_ERROR)
		out->text = error_text(a, run);
}
