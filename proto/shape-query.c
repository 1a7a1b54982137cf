/*
 * Forms -> values. Parameters are sorted by name, so all that belongs to one member is a run of them: the walk narrows runs
 * with binary searches and allocates for what was sent only, never for what an index claims.
 */
#include "proto/shape-query.h"

#include <stdlib.h>
#include <string.h>

#include "proto/shape-table.h"

/* What stands between a list's name and an element's number. */
#define LIST_MEMBER "member"

/* Parameters that share the first `skip` bytes of their names, the dot at the end of those included. */
typedef struct {
  const QueryParam *params;
  gsize n;
  gsize skip;
} Run;

static gboolean decode_value (const Shape *shape, const char *text, const Run *inside, Arena *arena,
                              gpointer *out_value, GError **error);

/* ---- the form ---- */

/* NULL: not percent-encoded UTF-8 without NUL. */
static char *
decode_text (const char *from, gsize length, Arena *arena)
{
  char *text = arena_alloc (arena, length + 1);
  char *out = text;
  for (gsize i = 0; i < length; i++) {
    char c = from[i];
    if (c == '+') {
      c = ' ';
    } else if (c == '%') {
      int high = i + 2 < length ? g_ascii_xdigit_value (from[i + 1]) : -1;
      int low = i + 2 < length ? g_ascii_xdigit_value (from[i + 2]) : -1;
      if (high < 0 || low < 0)
        return NULL;
      c = (char)(high * 16 + low);
      i += 2;
    }
    if (c == '\0')
      return NULL;
    *out++ = c;
  }
  return g_utf8_validate (text, out - text, NULL) ? text : NULL;
}

static int
compare_params (gconstpointer a, gconstpointer b)
{
  return strcmp (((const QueryParam *)a)->name, ((const QueryParam *)b)->name);
}

static gboolean
parse_param (const char *from, gsize length, Arena *arena, QueryParam *out, GError **error)
{
  const char *equals = memchr (from, '=', length);
  gsize name_length = equals != NULL ? (gsize)(equals - from) : length;
  const char *value = equals != NULL ? equals + 1 : from + length;
  out->name = decode_text (from, name_length, arena);
  out->value = decode_text (value, (gsize)(from + length - value), arena);
  if (out->name == NULL || strlen (out->name) > QUERY_FORM_MAX_NAME) {
    api_error_set (error, API_ERR_SERIALIZATION,
                   "a parameter's name is longer than %d bytes or not percent-encoded UTF-8",
                   QUERY_FORM_MAX_NAME);
    return FALSE;
  }
  if (out->value == NULL)
    api_error_set (error, API_ERR_SERIALIZATION, "%s is not percent-encoded UTF-8", out->name);
  return out->value != NULL;
}

static gsize
count_params (const char *bytes, gsize length)
{
  gsize n = 1;
  for (gsize i = 0; i < length; i++)
    n += bytes[i] == '&';
  return n;
}

gboolean
query_form_parse (const char *bytes, gsize length, Arena *arena, QueryForm *out, GError **error)
{
  gsize most = count_params (bytes, length);
  gsize n = 0;
  if (most > QUERY_FORM_MAX_PARAMS) {
    api_error_set (error, API_ERR_SERIALIZATION, "the form has more than %d parameters",
                   QUERY_FORM_MAX_PARAMS);
    return FALSE;
  }
  QueryParam *params = arena_new0_n (arena, QueryParam, most);
  for (gsize at = 0; at < length;) {
    const char *end = memchr (bytes + at, '&', length - at);
    gsize size = end != NULL ? (gsize)(end - bytes) - at : length - at;
    if (size > 0 && !parse_param (bytes + at, size, arena, &params[n++], error))
      return FALSE;
    at += size + 1;
  }
  qsort (params, n, sizeof *params, compare_params);
  for (gsize i = 1; i < n; i++)
    if (strcmp (params[i - 1].name, params[i].name) == 0) {
      api_error_set (error, API_ERR_SERIALIZATION, "%s stands twice", params[i].name);
      return FALSE;
    }
  *out = (QueryForm){ n, params };
  return TRUE;
}

const char *
query_form_get (const QueryForm *form, const char *name)
{
  const QueryParam key = { name, NULL };
  const QueryParam *found =
      form->n == 0 ? NULL
                   : bsearch (&key, form->params, form->n, sizeof *form->params, compare_params);
  return found == NULL ? NULL : found->value;
}

/* ---- runs ---- */

/* How the name of a parameter, behind the run's common part, compares with name and then `last`. */
static int
compare_name (const Run *run, gsize i, const char *name, gsize length, char last)
{
  const char *rest = run->params[i].name + run->skip;
  int order = strncmp (rest, name, length);
  return order != 0 ? order : (guchar)rest[length] - (guchar)last;
}

/* The first parameter that is not less than name and then last. */
static gsize
lower_bound (const Run *run, const char *name, gsize length, char last)
{
  gsize low = 0, high = run->n;
  while (low < high) {
    gsize middle = low + (high - low) / 2;
    if (compare_name (run, middle, name, length, last) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static const char *
text_of (const Run *run, const char *name, gsize length)
{
  gsize i = lower_bound (run, name, length, '\0');
  return i < run->n && compare_name (run, i, name, length, '\0') == 0 ? run->params[i].value : NULL;
}

/* What stands under "name." */
static Run
run_under (const Run *run, const char *name, gsize length)
{
  gsize first = lower_bound (run, name, length, '.');
  gsize end = lower_bound (run, name, length, '.' + 1);
  return (Run){ run->params + first, end - first, run->skip + length + 1 };
}

/* ---- values ---- */

static gboolean
refuse (const char *wanted, GError **error)
{
  api_error_set (error, API_ERR_SERIALIZATION, "is not %s", wanted);
  return FALSE;
}

static gboolean
decode_number (const Shape *shape, const char *text, Arena *arena, gpointer *out_value,
               GError **error)
{
  gboolean small = shape->kind == SHAPE_INTEGER;
  gint64 number = 0;
  if (!g_ascii_string_to_signed (text, 10, small ? G_MININT32 : G_MININT64,
                                 small ? G_MAXINT32 : G_MAXINT64, &number, NULL))
    return refuse (small ? "an Integer" : "a Long", error);
  *out_value = (gpointer)arena_int64 (arena, number);
  return TRUE;
}

static gboolean
decode_boolean (const char *text, Arena *arena, gpointer *out_value, GError **error)
{
  gboolean yes = g_ascii_strcasecmp (text, "true") == 0;
  if (!yes && g_ascii_strcasecmp (text, "false") != 0)
    return refuse ("a Boolean", error);
  *out_value = (gpointer)arena_bool (arena, yes);
  return TRUE;
}

/* An element of a list and the parameters that speak of it. */
typedef struct {
  guint64 number;
  const char *text;
  Run inside;
} Element;

static int
compare_elements (gconstpointer a, gconstpointer b)
{
  guint64 left = ((const Element *)a)->number, right = ((const Element *)b)->number;
  return left < right ? -1 : left > right;
}

/* 1, 2, ... without signs, blanks or leading zeros. */
static gboolean
parse_index (const char *text, gsize length, guint64 *out)
{
  g_autofree char *digits = g_strndup (text, length);
  return g_ascii_isdigit (*digits) && *digits != '0' &&
         g_ascii_string_to_unsigned (digits, 10, 1, QUERY_FORM_MAX_INDEX, out, NULL);
}

/* The elements, in order of their numbers. NULL: a number that is none. */
static Element *
collect_elements (const Run *run, Arena *arena, gsize *out_n, GError **error)
{
  Element *elements = arena_new0_n (arena, Element, MAX (run->n, 1));
  gsize n = 0;
  for (gsize i = 0; i < run->n;) {
    const char *rest = run->params[i].name + run->skip;
    gsize length = strcspn (rest, ".");
    Element *element = &elements[n++];
    if (!parse_index (rest, length, &element->number)) {
      api_error_set (error, API_ERR_SERIALIZATION,
                     "an element's number is not one of 1 to %d: %.64s", QUERY_FORM_MAX_INDEX,
                     run->params[i].name);
      return NULL;
    }
    if (rest[length] == '\0')
      element->text = run->params[i++].value;
    Run left = { run->params + i, run->n - i, run->skip };
    element->inside = run_under (&left, rest, length);
    i += element->inside.n;
  }
  qsort (elements, n, sizeof *elements, compare_elements);
  *out_n = n;
  return elements;
}

static gboolean
decode_list (const Shape *shape, const char *text, const Run *inside, Arena *arena,
             gpointer *out_value, GError **error)
{
  Run members = run_under (inside, LIST_MEMBER, strlen (LIST_MEMBER));
  if (text != NULL && *text != '\0')
    return refuse ("a list: its elements are NAME." LIST_MEMBER ".1 and so on", error);
  if (text == NULL && members.n == 0)
    return TRUE;
  ShapeList *list = arena_new0 (arena, ShapeList);
  Element *elements = collect_elements (&members, arena, &list->n, error);
  if (elements == NULL)
    return FALSE;
  list->items = arena_new0_n (arena, gpointer, MAX (list->n, 1));
  for (gsize i = 0; i < list->n; i++)
    if (!decode_value (shape->item, elements[i].text, &elements[i].inside, arena, &list->items[i],
                       error)) {
      g_prefix_error (error, "[%" G_GSIZE_FORMAT "]: ", i);
      return FALSE;
    }
  *out_value = list;
  return TRUE;
}

static gboolean
decode_structure (const Shape *shape, const Run *inside, Arena *arena, gpointer *out_value,
                  GError **error)
{
  guint8 *structure = arena_alloc (arena, shape->size);
  for (guint i = 0; i < shape->n_members; i++) {
    const ShapeMember *member = &shape->members[i];
    const char *text = text_of (inside, member->name.text, member->name.length);
    Run under = run_under (inside, member->name.text, member->name.length);
    if (!decode_value (member->shape, text, &under, arena, (gpointer *)(structure + member->offset),
                       error)) {
      g_prefix_error (error, "%s: ", member->name.text);
      return FALSE;
    }
  }
  *out_value = structure;
  return TRUE;
}

/* text: the value of the parameter that is named so far, or NULL; inside: those whose names go on. Leaves *out_value alone
 * when there is nothing. */
static gboolean
decode_value (const Shape *shape, const char *text, const Run *inside, Arena *arena,
              gpointer *out_value, GError **error)
{
  switch (shape->kind) {
  case SHAPE_LIST:
    return decode_list (shape, text, inside, arena, out_value, error);
  case SHAPE_STRUCTURE:
    return inside->n == 0 || decode_structure (shape, inside, arena, out_value, error);
  case SHAPE_STRING:
    if (text != NULL)
      *out_value = (gpointer)text;
    return TRUE;
  case SHAPE_BOOLEAN:
    return text == NULL || decode_boolean (text, arena, out_value, error);
  case SHAPE_INTEGER:
  case SHAPE_LONG:
    return text == NULL || decode_number (shape, text, arena, out_value, error);
  case SHAPE_DOUBLE:
  case SHAPE_TIMESTAMP:
  case SHAPE_MAP:
    break; /* tools/gen-api.py lets no input of a Query service have one */
  }
  g_assert_not_reached ();
}

gboolean
shape_query_decode (const Shape *shape, const QueryForm *form, Arena *arena, gpointer *out_value,
                    GError **error)
{
  const Run all = { form->params, form->n, 0 };
  return decode_structure (shape, &all, arena, out_value, error);
}
