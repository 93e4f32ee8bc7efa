/*
 * jsonschema.h: does a JSON value fit a JSON Schema?
 *
 * JSON Schema 2020-12 (core and validation vocabularies), as MCP uses it for
 * a tool's arguments and results.  Known: type, enum, const; properties,
 * patternProperties, additionalProperties, propertyNames, required,
 * dependentRequired, dependentSchemas, min/maxProperties; items, prefixItems,
 * contains, min/maxContains, min/maxItems, uniqueItems; minimum, maximum,
 * exclusive*, multipleOf; minLength, maxLength, pattern; format (date-time,
 * date, time, email, uri, uuid; others pass); allOf, anyOf, oneOf, not,
 * if/then/else; $ref within the document ("#", "#/pointer", "#anchor").
 * Other keywords, unevaluated* among them, are annotations here: they pass.
 *
 * Nothing is fetched.  Depth and work are bounded, so that neither a schema
 * nor a value can hold a thread.
 */
#ifndef MCPBOX_JSONSCHEMA_H
#define MCPBOX_JSONSCHEMA_H

#include <jansson.h>

#include "fail.h"

#define JSONSCHEMA_DEPTH_MAX 128
#define JSONSCHEMA_WORK_MAX 2000000

/*
 * FAIL_NONE when it fits.  FAIL_INVALID with one entry a violation (RFC 6901
 * pointer into the value; at most FAIL_FIELDS_MAX).  FAIL_TOO_LARGE when the
 * bounds were reached before an answer was (so does a $ref in a circle).
 * FAIL_CONFLICT when the schema itself is at fault: a $ref that leads nowhere.
 */
enum fail_code jsonschema_validate(
    const json_t *schema, const json_t *value, struct fail *f) ATTR_NODISCARD;

/*
 * Is this a schema that validate can work with?  FAIL_INVALID with a pointer
 * into the schema, under `prefix` ("/output_schema"): a keyword with a value
 * of the wrong kind, another dialect than 2020-12, a $ref out of the document
 * or to nothing, nesting over the limit.
 */
enum fail_code jsonschema_check(
    const json_t *schema, const char *prefix, struct fail *f) ATTR_NODISCARD;

#endif
