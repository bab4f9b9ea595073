/* The part of JSON Schema 2020-12 that docs/protocol/signalling.schema.json uses, so that the
 * schema itself is held against the vectors and against what the server writes. */
#ifndef IC_TEST_SIGNAL_SCHEMA_H
#define IC_TEST_SIGNAL_SCHEMA_H

#include <jansson.h>
#include <regex.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "signal/message.h"

static bool schema_fits(const json_t *root, const json_t *schema, json_t *value);

static inline bool schema_type_fits(const char *type, const json_t *value)
{
    return (strcmp(type, "object") == 0 && json_is_object(value)) ||
           (strcmp(type, "array") == 0 && json_is_array(value)) ||
           (strcmp(type, "string") == 0 && json_is_string(value)) ||
           (strcmp(type, "integer") == 0 && json_is_integer(value)) ||
           (strcmp(type, "boolean") == 0 && json_is_boolean(value)) ||
           (strcmp(type, "null") == 0 && json_is_null(value));
}

static inline json_int_t schema_points(const char *text)
{
    json_int_t points = 0;
    for (size_t at = 0; ic_utf8_next(text, strlen(text), &at) >= 0;)
        points++;
    return points;
}

static inline bool schema_pattern_fits(const char *pattern, const char *text)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool fits = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return fits;
}

static inline bool schema_in_range(const json_t *schema, const char *min, const char *max,
                                   json_int_t value)
{
    const json_t *low = json_object_get(schema, min), *high = json_object_get(schema, max);
    return (low == NULL || value >= json_integer_value(low)) &&
           (high == NULL || value <= json_integer_value(high));
}

static inline bool schema_object_fits(const json_t *root, const json_t *schema, json_t *value)
{
    const json_t *required = json_object_get(schema, "required");
    const json_t *properties = json_object_get(schema, "properties");
    bool is_closed = json_is_false(json_object_get(schema, "additionalProperties"));
    for (size_t i = 0; i < json_array_size(required); i++) {
        if (json_object_get(value, json_string_value(json_array_get(required, i))) == NULL)
            return false;
    }
    const char *key = NULL;
    json_t *each = NULL;
    json_object_foreach(value, key, each)
    {
        const json_t *property = json_object_get(properties, key);
        if (property == NULL ? is_closed : !schema_fits(root, property, each))
            return false;
    }
    return true;
}

static inline bool schema_array_fits(const json_t *root, const json_t *schema, json_t *value)
{
    const json_t *items = json_object_get(schema, "items");
    if (!schema_in_range(schema, "minItems", "maxItems", (json_int_t)json_array_size(value)))
        return false;
    for (size_t i = 0; items != NULL && i < json_array_size(value); i++) {
        if (!schema_fits(root, items, json_array_get(value, i)))
            return false;
    }
    return true;
}

static inline bool schema_any_fits(const json_t *root, const json_t *list, json_t *value)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (schema_fits(root, json_array_get(list, i), value))
            return true;
    }
    return list == NULL;
}

static inline bool schema_one_of(const json_t *list, json_t *value)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (json_equal(json_array_get(list, i), value))
            return true;
    }
    return list == NULL;
}

/* value: an object, an array or a scalar; schema: a (sub)schema of root. */
static bool schema_fits(const json_t *root, const json_t *schema, json_t *value)
{
    const char *ref = json_string_value(json_object_get(schema, "$ref"));
    const char *type = json_string_value(json_object_get(schema, "type"));
    const json_t *constant = json_object_get(schema, "const");
    const char *pattern = json_string_value(json_object_get(schema, "pattern"));
    if (ref != NULL) {
        const json_t *target = json_object_get(json_object_get(root, "$defs"), ref + 8);
        return target != NULL && schema_fits(root, target, value);
    }
    if ((type != NULL && !schema_type_fits(type, value)) ||
        (constant != NULL && !json_equal(constant, value)) ||
        !schema_one_of(json_object_get(schema, "enum"), value) ||
        !schema_any_fits(root, json_object_get(schema, "anyOf"), value))
        return false;
    if (json_is_integer(value))
        return schema_in_range(schema, "minimum", "maximum", json_integer_value(value));
    if (json_is_string(value))
        return schema_in_range(schema, "minLength", "maxLength",
                               schema_points(json_string_value(value))) &&
               (pattern == NULL || schema_pattern_fits(pattern, json_string_value(value)));
    if (json_is_array(value))
        return schema_array_fits(root, schema, value);
    return !json_is_object(value) || schema_object_fits(root, schema, value);
}

static inline json_t *schema_load(void)
{
    return json_load_file(IC_VECTORS "/../../docs/protocol/signalling.schema.json", 0, NULL);
}

/* A whole message of "client" or "server". */
static inline bool schema_message_fits(const json_t *root, const char *direction, json_t *value)
{
    const json_t *schema = json_object_get(json_object_get(root, "$defs"), direction);
    return schema != NULL && schema_fits(root, schema, value);
}

#endif
