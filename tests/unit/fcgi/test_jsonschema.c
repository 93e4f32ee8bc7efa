/*
 * test_jsonschema.c: keyword by keyword, in the manner of the official suite:
 * a schema, values that fit and values that do not, and where it hurts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "op/jsonschema.h"

#include <cmocka.h> /* last: it has a macro named fail */

/* A json text with single quotes for double ones. */
static json_t *
parse(const char *text)
{
	char *copy = strdup(text);
	struct fail f;
	json_t *v = NULL;

	assert_non_null(copy);
	for (char *p = copy; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	fail_clear(&f);
	if (json_parse(NULL, str_from(copy), 1 << 20, &v, &f) != FAIL_NONE)
		fail_msg("bad test text %s: %s", copy, f.message);
	free(copy);
	return v;
}

struct sample {
	const char *schema;
	const char *value;
	const char *pointer; /* of the first violation; NULL: it fits */
	const char *message; /* part of it, or NULL */
};

/* clang-format off */
static const struct sample samples[] = {
	/* booleans and nothing */
	{"{}", "1", NULL, NULL},
	{"true", "null", NULL, NULL},
	{"false", "null", "", "not allowed"},

	/* type */
	{"{'type':'integer'}", "1", NULL, NULL},
	{"{'type':'integer'}", "1.0", NULL, NULL},
	{"{'type':'integer'}", "1.5", "", "type integer"},
	{"{'type':'integer'}", "'1'", "", "type integer"},
	{"{'type':'integer'}", "true", "", "type integer"},
	{"{'type':'number'}", "1", NULL, NULL},
	{"{'type':'number'}", "1e300", NULL, NULL},
	{"{'type':'number'}", "null", "", "type number"},
	{"{'type':'string'}", "''", NULL, NULL},
	{"{'type':'string'}", "0", "", "type string"},
	{"{'type':'boolean'}", "false", NULL, NULL},
	{"{'type':'boolean'}", "0", "", "type boolean"},
	{"{'type':'null'}", "null", NULL, NULL},
	{"{'type':'null'}", "false", "", "type null"},
	{"{'type':'object'}", "{}", NULL, NULL},
	{"{'type':'object'}", "[]", "", "type object"},
	{"{'type':'array'}", "[]", NULL, NULL},
	{"{'type':'array'}", "{}", "", "type array"},
	{"{'type':['integer','null']}", "null", NULL, NULL},
	{"{'type':['integer','null','string']}", "[]", "", "type integer, null or string"},

	/* enum, const */
	{"{'enum':[1,'a',null]}", "1.0", NULL, NULL},
	{"{'enum':[1,'a',null]}", "'a'", NULL, NULL},
	{"{'enum':[1,'a',null]}", "'b'", "", "one of 1, \"a\", null"},
	{"{'enum':[false]}", "0", "", NULL},
	{"{'enum':[{'a':1,'b':[2]}]}", "{'b':[2.0],'a':1}", NULL, NULL},
	{"{'enum':[{'a':1,'b':[2]}]}", "{'b':[2]}", "", NULL},
	{"{'const':null}", "null", NULL, NULL},
	{"{'const':2}", "3", "", "must be 2"},
	{"{'const':[1,2]}", "[1,2]", NULL, NULL},
	{"{'const':[1,2]}", "[2,1]", "", NULL},

	/* numbers */
	{"{'minimum':1.5}", "1.5", NULL, NULL},
	{"{'minimum':1.5}", "1", "", "at least 1.5"},
	{"{'minimum':1}", "'x'", NULL, NULL},
	{"{'maximum':9223372036854775806}", "9223372036854775807", "", "at most"},
	{"{'maximum':3}", "3", NULL, NULL},
	{"{'exclusiveMinimum':0}", "0", "", "more than 0"},
	{"{'exclusiveMinimum':0}", "0.1", NULL, NULL},
	{"{'exclusiveMaximum':3}", "3", "", "less than 3"},
	{"{'exclusiveMaximum':3}", "2", NULL, NULL},
	{"{'multipleOf':2}", "10", NULL, NULL},
	{"{'multipleOf':2}", "7", "", "multiple of 2"},
	{"{'multipleOf':0.1}", "0.3", NULL, NULL},
	{"{'multipleOf':0.01}", "4.35", NULL, NULL},
	{"{'multipleOf':0.01}", "4.355", "", NULL},
	{"{'multipleOf':0.5}", "1e308", NULL, NULL},

	/* strings */
	{"{'minLength':2}", "'äö'", NULL, NULL},
	{"{'minLength':3}", "'äö'", "", "at least 3 characters"},
	{"{'maxLength':2}", "'äö'", NULL, NULL},
	{"{'maxLength':1}", "'äö'", "", "at most 1 characters"},
	{"{'maxLength':1.0}", "'ab'", "", NULL},
	{"{'pattern':'^a*$'}", "'aaa'", NULL, NULL},
	{"{'pattern':'^a*$'}", "'ab'", "", "pattern ^a*$"},
	{"{'pattern':'b'}", "'abc'", NULL, NULL},
	{"{'pattern':'^(?=x)y$'}", "'abc'", NULL, NULL},
	{"{'format':'date'}", "'2026-02-29'", "", "valid date"},
	{"{'format':'date'}", "7", NULL, NULL},
	{"{'format':'never-heard-of'}", "'x'", NULL, NULL},

	/* arrays */
	{"{'items':{'type':'integer'}}", "[1,2]", NULL, NULL},
	{"{'items':{'type':'integer'}}", "[1,'2']", "/1", "type integer"},
	{"{'items':false}", "[]", NULL, NULL},
	{"{'items':false}", "[1]", "/0", NULL},
	{"{'prefixItems':[{'type':'integer'},{'type':'string'}]}", "[1]", NULL, NULL},
	{"{'prefixItems':[{'type':'integer'},{'type':'string'}]}", "[1,2]", "/1", NULL},
	{"{'prefixItems':[{'type':'integer'}],'items':{'type':'string'}}", "[1,'a']", NULL, NULL},
	{"{'prefixItems':[{'type':'integer'}],'items':{'type':'string'}}", "[1,2]", "/1", NULL},
	{"{'minItems':1}", "[]", "", "at least 1 items"},
	{"{'maxItems':1}", "[1,2]", "", "at most 1 items"},
	{"{'maxItems':1}", "{}", NULL, NULL},
	{"{'uniqueItems':true}", "[1,2,'1',true,[1]]", NULL, NULL},
	{"{'uniqueItems':true}", "[1,2,1.0]", "", "equal items"},
	{"{'uniqueItems':true}", "[{'a':1,'b':2},{'b':2,'a':1}]", "", NULL},
	{"{'uniqueItems':true}", "[[1],[1]]", "", NULL},
	{"{'uniqueItems':true}", "[0,false,null,'']", NULL, NULL},
	{"{'uniqueItems':false}", "[1,1]", NULL, NULL},
	{"{'contains':{'minimum':5}}", "[1,5]", NULL, NULL},
	{"{'contains':{'minimum':5}}", "[1,4]", "", "at least 1 items"},
	{"{'contains':{'minimum':5},'minContains':0}", "[]", NULL, NULL},
	{"{'contains':{'minimum':5},'minContains':2}", "[5,1]", "", "has 1"},
	{"{'contains':{'minimum':5},'maxContains':1}", "[5,6]", "", "at most 1"},

	/* objects */
	{"{'properties':{'a':{'type':'integer'}}}", "{}", NULL, NULL},
	{"{'properties':{'a':{'type':'integer'}}}", "{'a':'x'}", "/a", "type integer"},
	{"{'properties':{'a':{'properties':{'b/~':{'type':'null'}}}}}", "{'a':{'b/~':1}}", "/a/b~1~0", NULL},
	{"{'required':['a','b']}", "{'a':1}", "/b", "is required"},
	{"{'required':['a']}", "[]", NULL, NULL},
	{"{'properties':{'a':{}},'additionalProperties':false}", "{'a':1}", NULL, NULL},
	{"{'properties':{'a':{}},'additionalProperties':false}", "{'a':1,'z':2}", "/z", "not known"},
	{"{'additionalProperties':{'type':'string'}}", "{'z':2}", "/z", "type string"},
	{"{'patternProperties':{'^x_':{'type':'integer'}}}", "{'x_a':1,'y':'s'}", NULL, NULL},
	{"{'patternProperties':{'^x_':{'type':'integer'}}}", "{'x_a':'s'}", "/x_a", NULL},
	{"{'patternProperties':{'^x_':{}},'additionalProperties':false}", "{'x_a':'s'}", NULL, NULL},
	{"{'patternProperties':{'^x_':{}},'additionalProperties':false}", "{'ya':'s'}", "/ya", NULL},
	{"{'propertyNames':{'maxLength':2}}", "{'abc':1}", "/abc", "name"},
	{"{'minProperties':1}", "{}", "", "at least 1 members"},
	{"{'maxProperties':1}", "{'a':1,'b':2}", "", "at most 1 members"},
	{"{'dependentRequired':{'a':['b']}}", "{'a':1}", "/b", "is required"},
	{"{'dependentRequired':{'a':['b']}}", "{'c':1}", NULL, NULL},
	{"{'dependentSchemas':{'a':{'required':['b']}}}", "{'a':1}", "/b", NULL},

	/* composition */
	{"{'allOf':[{'minimum':1},{'maximum':3}]}", "2", NULL, NULL},
	{"{'allOf':[{'minimum':1},{'maximum':3}]}", "4", "", "at most 3"},
	{"{'anyOf':[{'type':'integer'},{'type':'null'}]}", "null", NULL, NULL},
	{"{'anyOf':[{'type':'integer'},{'type':'null'}]}", "'x'", "", "type integer or null"},
	{"{'anyOf':[{'type':'integer','minimum':3},{'type':'null'}]}", "2", "", "at least 3"},
	{"{'anyOf':[{'minimum':3},{'maximum':1}]}", "2", "", "none of the allowed forms"},
	{"{'oneOf':[{'minimum':2},{'multipleOf':5}]}", "3", NULL, NULL},
	{"{'oneOf':[{'minimum':2},{'multipleOf':5}]}", "5", "", "more than one"},
	{"{'oneOf':[{'minimum':2},{'multipleOf':5}]}", "1", "", "none"},
	{"{'not':{'type':'integer'}}", "'x'", NULL, NULL},
	{"{'not':{'type':'integer'}}", "1", "", "not allowed"},
	{"{'if':{'minimum':10},'then':{'multipleOf':10},'else':{'multipleOf':2}}", "20", NULL, NULL},
	{"{'if':{'minimum':10},'then':{'multipleOf':10},'else':{'multipleOf':2}}", "12", "", "multiple of 10"},
	{"{'if':{'minimum':10},'then':{'multipleOf':10},'else':{'multipleOf':2}}", "3", "", "multiple of 2"},
	{"{'then':false}", "3", NULL, NULL},

	/* references */
	{"{'$defs':{'n':{'type':'integer'}},'properties':{'a':{'$ref':'#/$defs/n'}}}", "{'a':1}", NULL, NULL},
	{"{'$defs':{'n':{'type':'integer'}},'properties':{'a':{'$ref':'#/$defs/n'}}}", "{'a':'x'}", "/a", "type integer"},
	{"{'$defs':{'x':{'$anchor':'here','type':'string'}},'$ref':'#here'}", "1", "", "type string"},
	{"{'$defs':{'a/b~c%':{'type':'string'}},'$ref':'#/$defs/a~1b~0c%25'}", "1", "", "type string"},
	{"{'$id':'urn:me','$defs':{'n':{'type':'null'}},'$ref':'urn:me#/$defs/n'}", "1", "", "type null"},
	{"{'prefixItems':[{'type':'null'}],'items':{'$ref':'#/prefixItems/0'}}", "[null,1]", "/1", "type null"},
	{"{'definitions':{'n':{'type':'integer'}},'$ref':'#/definitions/n'}", "'x'", "", "type integer"},
	/* beside other keywords, unlike in older drafts */
	{"{'$defs':{'n':{'type':'integer'}},'$ref':'#/$defs/n','minimum':3}", "2", "", "at least 3"},
	{"{'properties':{'next':{'$ref':'#'}},'additionalProperties':false}", "{'next':{'next':{}}}", NULL, NULL},
	{"{'properties':{'next':{'$ref':'#'}},'additionalProperties':false}", "{'next':{'next':{'x':1}}}", "/next/next/x", NULL},

	/* a keyword of the wrong kind says nothing */
	{"{'minimum':'x','required':'a','properties':[],'pattern':3}", "{}", NULL, NULL},
	{"{'unevaluatedProperties':false}", "{'a':1}", NULL, NULL},
};
/* clang-format on */

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		const struct sample *s = &samples[i];
		json_t *schema = parse(s->schema), *value = parse(s->value);
		struct fail f;
		enum fail_code code;

		memset(&f, 0, sizeof(f));
		code = jsonschema_validate(schema, value, &f);
		if ((code == FAIL_NONE) != (s->pointer == NULL))
			fail_msg("%s with %s: %s", s->schema, s->value,
			    code == FAIL_NONE ? "fits" : f.fields[0].message);
		if (s->pointer != NULL) {
			assert_int_equal(code, FAIL_INVALID);
			assert_true(f.nfields >= 1);
			assert_string_equal(f.fields[0].pointer, s->pointer);
		}
		if (s->message != NULL &&
		    strstr(f.fields[0].message, s->message) == NULL)
			fail_msg("%s with %s says: %s", s->schema, s->value,
			    f.fields[0].message);
		json_decref(schema);
		json_decref(value);
	}
}

static void
test_all_faults_are_told(void **state)
{
	json_t *schema = parse(
	    "{'type':'object','properties':{"
	    "'a':{'type':'integer'},'b':{'type':'string'}},"
	    "'required':['a','b','c'],'additionalProperties':false}");
	json_t *value = parse("{'a':'x','b':1,'d':2}");
	struct fail f;

	(void)state;
	memset(&f, 0, sizeof(f));
	assert_int_equal(jsonschema_validate(schema, value, &f), FAIL_INVALID);
	assert_int_equal(f.nfields, 4);
	assert_string_equal(f.fields[0].pointer, "/c");
	assert_string_equal(f.fields[1].pointer, "/a");
	assert_string_equal(f.fields[2].pointer, "/b");
	assert_string_equal(f.fields[3].pointer, "/d");
	json_decref(schema);
	json_decref(value);
}

static enum fail_code
outcome(const char *schema_text, const char *value_text)
{
	json_t *schema = parse(schema_text), *value = parse(value_text);
	struct fail f;
	enum fail_code code;

	memset(&f, 0, sizeof(f));
	code = jsonschema_validate(schema, value, &f);
	json_decref(schema);
	json_decref(value);
	return code;
}

static void
test_bounds(void **state)
{
	json_t *schema, *value;
	struct fail f;

	(void)state;
	/* in a circle; to nothing; out of the document */
	assert_int_equal(outcome("{'$ref':'#'}", "1"), FAIL_TOO_LARGE);
	assert_int_equal(
	    outcome("{'$defs':{'a':{'$ref':'#/$defs/b'},"
		    "'b':{'$ref':'#/$defs/a'}},'$ref':'#/$defs/a'}",
		"1"),
	    FAIL_TOO_LARGE);
	assert_int_equal(outcome("{'$ref':'#/$defs/x'}", "1"), FAIL_CONFLICT);
	assert_int_equal(
	    outcome("{'$ref':'http://127.0.0.1/x'}", "1"), FAIL_CONFLICT);
	/* each level doubles: 2^60 branches unless somebody counts */
	assert_int_equal(outcome("{'allOf':[{'$ref':'#'},{'$ref':'#'}]}", "1"),
	    FAIL_TOO_LARGE);

	/* the square of 5,000 arrays to compare */
	schema = parse("{'uniqueItems':true}");
	value = json_arr();
	for (int i = 0; i < 5000; i++) {
		json_t *one = json_arr();

		json_add(one, json_integer(i));
		json_add(value, one);
	}
	memset(&f, 0, sizeof(f));
	assert_int_equal(
	    jsonschema_validate(schema, value, &f), FAIL_TOO_LARGE);
	json_decref(value);
	/* 100,000 scalars are no trouble */
	value = json_arr();
	for (int i = 0; i < 100000; i++)
		json_add(value, json_integer(i));
	memset(&f, 0, sizeof(f));
	assert_int_equal(jsonschema_validate(schema, value, &f), FAIL_NONE);
	json_decref(value);
	json_decref(schema);
}

/* clang-format off */
static const struct {
	const char *schema;
	const char *pointer; /* NULL: it is a schema */
} checks[] = {
	{"{}", NULL},
	{"true", NULL},
	{"[]", "/s"},
	{"{'type':'objekt'}", "/s/type"},
	{"{'type':[]}", "/s/type"},
	{"{'type':['string','null']}", NULL},
	{"{'properties':{'a':{'type':7}}}", "/s/properties/a/type"},
	{"{'properties':{'a':3}}", "/s/properties"},
	{"{'items':[{}]}", "/s/items"},
	{"{'allOf':[]}", "/s/allOf"},
	{"{'allOf':[{},{'minLength':-1}]}", "/s/allOf/1/minLength"},
	{"{'multipleOf':0}", "/s/multipleOf"},
	{"{'required':['a',1]}", "/s/required"},
	{"{'$ref':'#/$defs/a','$defs':{'a':{}}}", NULL},
	{"{'$ref':'#/$defs/a'}", "/s/$ref"},
	{"{'$ref':'https://example.org/x.json'}", "/s/$ref"},
	/* only what a keyword says is a schema is one */
	{"{'x':{'type':'integer'},'$ref':'#/x'}", "/s/$ref"},
	{"{'enum':[{}],'$ref':'#/enum/0'}", "/s/$ref"},
	{"{'$defs':{'a':{}},'$ref':'#/$defs'}", "/s/$ref"},
	{"{'allOf':[{'$defs':{'b':true}}],'$ref':'#/allOf/0/$defs/b'}", NULL},
	{"{'$defs':{'a':{'$ref':'#/$defs/nothing'}}}", "/s/$defs/a/$ref"},
	{"{'unevaluatedProperties':{'$anchor':'u'},'$ref':'#u'}", NULL},
	{"{'const':{'$anchor':'u'},'$ref':'#u'}", "/s/$ref"},
	{"{'$schema':'https://json-schema.org/draft/2020-12/schema'}", NULL},
	{"{'$schema':'http://json-schema.org/draft-07/schema#'}", "/s/$schema"},
	{"{'not':{'if':{'pattern':1}}}", "/s/not/if/pattern"},
	{"{'x-mcp-header':7,'unknown':[]}", NULL},
};
/* clang-format on */

static void
test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		json_t *schema = parse(checks[i].schema);
		struct fail f;
		enum fail_code code;

		memset(&f, 0, sizeof(f));
		code = jsonschema_check(schema, "/s", &f);
		if ((code == FAIL_NONE) != (checks[i].pointer == NULL))
			fail_msg("%s: %s", checks[i].schema,
			    code == FAIL_NONE ? "accepted" : "refused");
		if (checks[i].pointer != NULL)
			assert_string_equal(
			    f.fields[0].pointer, checks[i].pointer);
		json_decref(schema);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_samples),
	    cmocka_unit_test(test_all_faults_are_told),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
