/* The rules of a decoded value: what is needed, how long, which characters, which exception. */
#include "proto/shape-table.h"

#include <string.h>

/* Where we are, for messages ("alarmConfiguration.alarms[2].name"), and which errors hold here. */
typedef struct Place Place;
struct Place {
  const Place *around;
  const char *name; /* NULL for an element */
  gsize index;
};

typedef struct {
  ApiErrorCode invalid;
  gboolean sealed;
} Inherited;

static gboolean check_value (const Shape *shape, const ShapeRule *rule, gpointer *value,
                             const Place *place, Inherited inherited, GError **error);

static const ShapeRule no_rule;

static ApiErrorCode
error_for_invalid (const ShapeRule *rule, Inherited inherited)
{
  return inherited.sealed || rule->invalid == API_ERR_NONE ? inherited.invalid : rule->invalid;
}

static ApiErrorCode
error_for_missing (const ShapeRule *rule, Inherited inherited)
{
  return inherited.sealed || rule->missing == API_ERR_NONE ? error_for_invalid (rule, inherited)
                                                           : rule->missing;
}

static void
append_place (const Place *place, GString *out)
{
  if (place->around != NULL)
    append_place (place->around, out);
  if (place->name == NULL) {
    g_string_append_printf (out, "[%" G_GSIZE_FORMAT "]", place->index);
    return;
  }
  if (out->len > 0)
    g_string_append_c (out, '.');
  g_string_append (out, place->name);
}

/* At most 200 code points of the caller's own text go back to him. */
static char *
shorten (const char *text)
{
  if (g_utf8_strlen (text, -1) <= 200)
    return g_strdup (text);
  g_autofree char *start = g_utf8_substring (text, 0, 200);
  return g_strconcat (start, "...", NULL);
}

static gboolean G_GNUC_PRINTF (4, 5)
    refuse (GError **error, ApiErrorCode code, const Place *place, const char *format, ...)
{
  g_autoptr (GString) text = g_string_new (NULL);
  va_list arguments;

  append_place (place, text);
  g_string_append_c (text, ' ');
  va_start (arguments, format);
  g_string_append_vprintf (text, format, arguments);
  va_end (arguments);
  /* A check without an error would be a hole in the facts, which the generator refuses. */
  api_error_set (error, code != API_ERR_NONE ? code : API_ERR_SERIALIZATION, "%s", text->str);
  return FALSE;
}

static gboolean
refuse_missing (GError **error, const ShapeRule *rule, Inherited inherited, const Place *place)
{
  ApiErrorCode code = error_for_missing (rule, inherited);
  const char *standard = api_error_message (code);

  if (standard == NULL || strstr (standard, "{value}") != NULL)
    return refuse (error, code, place, "must be specified");
  api_error_set (error, code, NULL);
  return FALSE;
}

/* Text with a known wording repeats the value in it; otherwise the place and the reason are told. */
static gboolean
refuse_text (GError **error, ApiErrorCode code, const Place *place, const char *text,
             const char *reason)
{
  const char *standard = api_error_message (code);
  g_autofree char *shown = shorten (text);

  if (standard == NULL)
    return refuse (error, code, place, "\"%s\" %s", shown, reason);
  g_auto (GStrv) parts = g_strsplit (standard, "{value}", -1);
  g_autofree char *message = g_strjoinv (shown, parts);
  api_error_set (error, code, "%s", message);
  return FALSE;
}

static gboolean
matches (const ShapePattern *pattern, const char *text)
{
  const guchar *p = (const guchar *)text;

  for (guint i = 0; i < pattern->n_pieces; i++) {
    const ShapePatternPiece *piece = &pattern->pieces[i];
    guint taken = 0;
    while (taken < piece->max && *p != '\0' && (piece->set[*p / 32] >> (*p % 32) & 1) != 0) {
      taken++;
      p++;
    }
    if (taken < piece->min)
      return FALSE;
  }
  return *p == '\0';
}

static gboolean
check_enumeration (const Shape *shape, ApiErrorCode code, const char *text, const Place *place,
                   GError **error)
{
  g_autoptr (GString) reason = g_string_new ("is not one of ");

  /* Decoding has put our own constant in place of a known value. */
  for (guint i = 0; i < shape->n_values; i++)
    if (text == shape->values[i].text || strcmp (text, shape->values[i].text) == 0)
      return TRUE;
  for (guint i = 0; i < shape->n_values; i++)
    g_string_append_printf (reason, "%s%s", i > 0 ? ", " : "", shape->values[i].text);
  return refuse_text (error, code, place, text, reason->str);
}

static gboolean
check_string (const Shape *shape, const ShapeRule *rule, const char *text, const Place *place,
              Inherited inherited, GError **error)
{
  ApiErrorCode code = error_for_invalid (rule, inherited);
  g_autofree char *reason = NULL;

  if (shape->n_values > 0)
    return check_enumeration (shape, code, text, place, error);
  if (rule->flags & (SHAPE_RULE_MIN | SHAPE_RULE_MAX)) {
    glong length = g_utf8_strlen (text, -1);
    if ((rule->flags & SHAPE_RULE_MAX) && length > rule->max)
      reason = g_strdup_printf ("has %ld characters, at most %" G_GINT64_FORMAT " are allowed",
                                length, rule->max);
    else if ((rule->flags & SHAPE_RULE_MIN) && length < rule->min)
      reason = g_strdup_printf ("has %ld characters, at least %" G_GINT64_FORMAT " are needed",
                                length, rule->min);
  }
  if (reason == NULL && rule->max_bytes > 0 && strlen (text) > rule->max_bytes)
    reason = g_strdup_printf ("has more than %u bytes", rule->max_bytes);
  if (reason == NULL && rule->pattern != NULL && !matches (rule->pattern, text))
    reason = g_strdup (rule->pattern->says);
  if (reason == NULL && rule->refuse_prefix != NULL && g_str_has_prefix (text, rule->refuse_prefix))
    reason = g_strdup_printf ("must not start with \"%s\"", rule->refuse_prefix);
  return reason == NULL || refuse_text (error, code, place, text, reason);
}

static gboolean
check_number (const ShapeRule *rule, gint64 value, const Place *place, Inherited inherited,
              GError **error)
{
  ApiErrorCode code = error_for_invalid (rule, inherited);

  if ((rule->flags & SHAPE_RULE_MIN) && value < rule->min)
    return refuse (error, code, place,
                   "is %" G_GINT64_FORMAT ", at least %" G_GINT64_FORMAT " is needed", value,
                   rule->min);
  if ((rule->flags & SHAPE_RULE_MAX) && value > rule->max)
    return refuse (error, code, place,
                   "is %" G_GINT64_FORMAT ", at most %" G_GINT64_FORMAT " is allowed", value,
                   rule->max);
  return TRUE;
}

static const char *
text_of_member (const Shape *shape, const char *name, gconstpointer structure)
{
  for (guint i = 0; i < shape->n_members; i++)
    if (strcmp (shape->members[i].name.text, name) == 0)
      return *(const char *const *)((const guint8 *)structure + shape->members[i].offset);
  return NULL;
}

/* Called after the elements are known to be good, so none is NULL. */
static gboolean
check_unique (const Shape *shape, const ShapeRule *rule, const ShapeList *list, const Place *place,
              Inherited inherited, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (gsize i = 0; i < list->n; i++) {
    const char *text = *rule->unique == '\0'
                           ? list->items[i]
                           : text_of_member (shape->item, rule->unique, list->items[i]);
    if (text != NULL && !g_hash_table_add (seen, (gpointer)text)) {
      g_autofree char *shown = shorten (text);
      return refuse (error, error_for_invalid (rule, inherited), place, "has \"%s\" twice", shown);
    }
  }
  return TRUE;
}

static gboolean
check_list_length (const ShapeRule *rule, gsize n, const Place *place, Inherited inherited,
                   GError **error)
{
  ApiErrorCode invalid = error_for_invalid (rule, inherited);
  ApiErrorCode too_many =
      inherited.sealed || rule->too_many == API_ERR_NONE ? invalid : rule->too_many;

  if ((rule->flags & SHAPE_RULE_MAX) && (gint64)n > rule->max)
    return refuse (error, too_many, place,
                   "has %" G_GSIZE_FORMAT " elements, at most %" G_GINT64_FORMAT " are allowed", n,
                   rule->max);
  if ((rule->flags & SHAPE_RULE_MIN) && (gint64)n < rule->min)
    return refuse (error, invalid, place,
                   "has %" G_GSIZE_FORMAT " elements, at least %" G_GINT64_FORMAT " are needed", n,
                   rule->min);
  return TRUE;
}

static gboolean
check_list (const Shape *shape, const ShapeRule *rule, const ShapeList *list, const Place *place,
            Inherited inherited, GError **error)
{
  Inherited inside = { error_for_invalid (rule, inherited),
                       inherited.sealed || (rule->flags & SHAPE_RULE_SEALED) != 0 };

  if (!check_list_length (rule, list->n, place, inherited, error))
    return FALSE;
  for (gsize i = 0; i < list->n; i++) {
    Place element = { place, NULL, i };
    if (list->items[i] == NULL)
      return refuse (error, inside.invalid, &element, "is null");
    if (rule->items_min > 0 && ((const ShapeList *)list->items[i])->n < rule->items_min)
      return refuse (error, inside.invalid, &element, "is empty");
    if (!check_value (shape->item, shape->item->rule, &list->items[i], &element, inside, error))
      return FALSE;
  }
  return rule->unique == NULL || check_unique (shape, rule, list, place, inherited, error);
}

static gboolean
check_map (const Shape *shape, const ShapeRule *rule, const ShapeMap *map, const Place *place,
           Inherited inherited, GError **error)
{
  Inherited inside = { error_for_invalid (rule, inherited),
                       inherited.sealed || (rule->flags & SHAPE_RULE_SEALED) != 0 };

  if (!check_list_length (rule, map->n, place, inherited, error))
    return FALSE;
  for (gsize i = 0; i < map->n; i++) {
    gpointer key = (gpointer)map->keys[i];
    Place element = { place, map->keys[i], 0 };
    if (!check_value (shape->key, shape->key->rule, &key, place, inside, error))
      return FALSE;
    if (map->values[i] == NULL)
      return refuse (error, inside.invalid, &element, "is null");
    if (!check_value (shape->item, shape->item->rule, &map->values[i], &element, inside, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_structure (const Shape *shape, const ShapeRule *rule, guint8 *structure, const Place *place,
                 Inherited inherited, GError **error)
{
  Inherited inside = { error_for_invalid (rule, inherited),
                       inherited.sealed || (rule->flags & SHAPE_RULE_SEALED) != 0 };

  for (guint i = 0; i < shape->n_members; i++) {
    const ShapeMember *member = &shape->members[i];
    Place where = { place, member->name.text, 0 };
    if (!check_value (member->shape, member->rule, (gpointer *)(structure + member->offset), &where,
                      inside, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_empty (const Shape *shape, gconstpointer value)
{
  switch (shape->kind) {
  case SHAPE_STRING:
    return *(const char *)value == '\0';
  case SHAPE_LIST:
  case SHAPE_MAP:
    return ((const ShapeList *)value)->n == 0;
  case SHAPE_STRUCTURE:
    for (guint i = 0; i < shape->n_members; i++)
      if (*(gconstpointer const *)((const guint8 *)value + shape->members[i].offset) != NULL)
        return FALSE;
    return TRUE;
  default:
    return FALSE;
  }
}

static gboolean
check_value (const Shape *shape, const ShapeRule *rule, gpointer *value, const Place *place,
             Inherited inherited, GError **error)
{
  if (rule == NULL)
    rule = &no_rule;
  if (*value == NULL)
    return (rule->flags & SHAPE_RULE_NEED) == 0 || refuse_missing (error, rule, inherited, place);
  if ((rule->flags & (SHAPE_RULE_EMPTY_IS_MISSING | SHAPE_RULE_EMPTY_IS_ABSENT)) &&
      is_empty (shape, *value)) {
    if (rule->flags & SHAPE_RULE_EMPTY_IS_MISSING)
      return refuse_missing (error, rule, inherited, place);
    *value = NULL;
    return TRUE;
  }
  switch (shape->kind) {
  case SHAPE_STRING:
    return check_string (shape, rule, *value, place, inherited, error);
  case SHAPE_INTEGER:
  case SHAPE_LONG:
    return check_number (rule, *(const gint64 *)*value, place, inherited, error);
  case SHAPE_LIST:
    return check_list (shape, rule, *value, place, inherited, error);
  case SHAPE_MAP:
    return check_map (shape, rule, *value, place, inherited, error);
  case SHAPE_STRUCTURE:
    return check_structure (shape, rule, *value, place, inherited, error);
  case SHAPE_BOOLEAN:
  case SHAPE_DOUBLE:
  case SHAPE_TIMESTAMP:
    return TRUE;
  }
  g_assert_not_reached ();
}

gboolean
shape_check (const Shape *shape, gpointer value, GError **error)
{
  Inherited nothing = { API_ERR_NONE, FALSE };
  const ShapeRule *rule = shape->rule != NULL ? shape->rule : &no_rule;

  g_assert (shape->kind == SHAPE_STRUCTURE);
  return check_structure (shape, rule, value, NULL, nothing, error);
}
