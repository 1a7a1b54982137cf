/* JSON -> values: types only, no rules (api.md 1.3). */
#include "proto/shape-table.h"

#include <math.h>
#include <string.h>

#include "proto/json-doc.h"

static gboolean decode_value (const Shape *shape, const json_t *json, Arena *arena,
                              gpointer *out_value, GError **error);

static gboolean
refuse (const json_t *json, const char *wanted, GError **error)
{
  static const char *const kinds[] = {
    [JSON_OBJECT] = "START_OBJECT",  [JSON_ARRAY] = "START_ARRAY",  [JSON_STRING] = "STRING_VALUE",
    [JSON_INTEGER] = "NUMBER_VALUE", [JSON_REAL] = "DECIMAL_VALUE", [JSON_TRUE] = "TRUE_VALUE",
    [JSON_FALSE] = "FALSE_VALUE",    [JSON_NULL] = "NULL_VALUE",
  };
  api_error_set (error, API_ERR_SERIALIZATION, "%s can not be converted to %s",
                 kinds[json_typeof (json)], wanted);
  return FALSE;
}

static const ShapeMember *
find_member (const Shape *shape, const char *name)
{
  gsize length = strlen (name);

  for (guint i = 0; i < shape->n_members; i++) {
    const ShapeText *text = &shape->members[i].name;
    if (text->length == length && memcmp (text->text, name, length) == 0)
      return &shape->members[i];
  }
  return NULL;
}

static gboolean
decode_structure (const Shape *shape, const json_t *json, Arena *arena, gpointer *out_value,
                  GError **error)
{
  guint8 *structure = arena_alloc (arena, shape->size);
  const char *name;
  json_t *inner;

  json_object_foreach ((json_t *)json, name, inner)
  {
    const ShapeMember *member = json_is_null (inner) ? NULL : find_member (shape, name);
    if (member == NULL)
      continue;
    if (!decode_value (member->shape, inner, arena, (gpointer *)(structure + member->offset),
                       error)) {
      g_prefix_error (error, "%s: ", name);
      return FALSE;
    }
  }
  *out_value = structure;
  return TRUE;
}

static gboolean
decode_list (const Shape *shape, const json_t *json, Arena *arena, gpointer *out_value,
             GError **error)
{
  ShapeList *list = arena_new0 (arena, ShapeList);

  list->n = json_array_size (json);
  list->items = arena_new0_n (arena, gpointer, list->n);
  for (gsize i = 0; i < list->n; i++) {
    const json_t *inner = json_array_get (json, i);
    if (!json_is_null (inner) &&
        !decode_value (shape->item, inner, arena, &list->items[i], error)) {
      g_prefix_error (error, "[%" G_GSIZE_FORMAT "]: ", i);
      return FALSE;
    }
  }
  *out_value = list;
  return TRUE;
}

static gboolean
decode_map (const Shape *shape, const json_t *json, Arena *arena, gpointer *out_value,
            GError **error)
{
  ShapeMap *map = arena_new0 (arena, ShapeMap);
  const char *name;
  json_t *inner;
  gsize i = 0;

  map->n = json_object_size (json);
  map->keys = arena_new0_n (arena, const char *, map->n);
  map->values = arena_new0_n (arena, gpointer, map->n);
  json_object_foreach ((json_t *)json, name, inner)
  {
    map->keys[i] = arena_strdup (arena, name);
    if (!json_is_null (inner) &&
        !decode_value (shape->item, inner, arena, &map->values[i], error)) {
      g_prefix_error (error, "%s: ", name);
      return FALSE;
    }
    i++;
  }
  *out_value = map;
  return TRUE;
}

static gboolean
decode_string (const Shape *shape, const json_t *json, Arena *arena, gpointer *out_value)
{
  const char *text = json_string_value (json);
  gsize length = json_string_length (json);

  for (guint i = 0; i < shape->n_values; i++) {
    const ShapeText *value = &shape->values[i];
    if (value->length == length &&
        (shape->ignore_case ? g_ascii_strncasecmp (value->text, text, length) == 0
                            : memcmp (value->text, text, length) == 0)) {
      *out_value = (gpointer)value->text;
      return TRUE;
    }
  }
  *out_value = arena_strndup (arena, text, length);
  return TRUE;
}

static gboolean
decode_integer (const Shape *shape, const json_t *json, Arena *arena, gpointer *out_value,
                GError **error)
{
  gint64 value = json_integer_value (json);

  if (shape->kind == SHAPE_INTEGER && (value < G_MININT32 || value > G_MAXINT32)) {
    api_error_set (error, API_ERR_SERIALIZATION, "%" G_GINT64_FORMAT " does not fit an Integer",
                   value);
    return FALSE;
  }
  *out_value = (gpointer)arena_int64 (arena, value);
  return TRUE;
}

static gboolean
decode_timestamp (const json_t *json, Arena *arena, gpointer *out_value, GError **error)
{
  double seconds = json_number_value (json);

  if (!(seconds >= SHAPE_TIMESTAMP_MIN_S && seconds <= SHAPE_TIMESTAMP_MAX_S)) {
    api_error_set (error, API_ERR_SERIALIZATION, "the number is not a time in seconds since 1970");
    return FALSE;
  }
  *out_value = (gpointer)arena_int64 (arena, llround (seconds * 1000.0));
  return TRUE;
}

static gboolean
decode_value (const Shape *shape, const json_t *json, Arena *arena, gpointer *out_value,
              GError **error)
{
  static const gboolean booleans[] = { FALSE, TRUE };

  switch (shape->kind) {
  case SHAPE_STRING:
    return json_is_string (json) ? decode_string (shape, json, arena, out_value)
                                 : refuse (json, "a String", error);
  case SHAPE_BOOLEAN:
    if (!json_is_boolean (json))
      return refuse (json, "a Boolean", error);
    *out_value = (gpointer)&booleans[json_is_true (json)];
    return TRUE;
  case SHAPE_INTEGER:
  case SHAPE_LONG:
    if (!json_is_integer (json))
      return refuse (json, shape->kind == SHAPE_INTEGER ? "an Integer" : "a Long", error);
    return decode_integer (shape, json, arena, out_value, error);
  case SHAPE_DOUBLE:
    if (!json_is_number (json))
      return refuse (json, "a Double", error);
    *out_value = (gpointer)arena_double (arena, json_number_value (json));
    return TRUE;
  case SHAPE_TIMESTAMP:
    return json_is_number (json) ? decode_timestamp (json, arena, out_value, error)
                                 : refuse (json, "a Timestamp", error);
  case SHAPE_LIST:
    return json_is_array (json) ? decode_list (shape, json, arena, out_value, error)
                                : refuse (json, "a List", error);
  case SHAPE_MAP:
    return json_is_object (json) ? decode_map (shape, json, arena, out_value, error)
                                 : refuse (json, "a Map", error);
  case SHAPE_STRUCTURE:
    return json_is_object (json) ? decode_structure (shape, json, arena, out_value, error)
                                 : refuse (json, "a Structure", error);
  }
  g_assert_not_reached ();
}

gboolean
shape_decode (const Shape *shape, const json_t *json, Arena *arena, gpointer *out_value,
              GError **error)
{
  gpointer value = NULL;

  if (!decode_value (shape, json, arena, &value, error))
    return FALSE;
  *out_value = value;
  return TRUE;
}
