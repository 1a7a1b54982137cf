/*
 * Text of ours -> values, without a tree in between: what GetDeployment spends its time on is reading columns of the
 * store. The reader follows RFC 8259 and is as safe with foreign text as Jansson, but a member that stands twice is
 * not refused (the last one counts), so requests do not come this way.
 */
#include "proto/shape-table.h"

#include <math.h>
#include <string.h>

#define MAX_DEPTH 64

G_DEFINE_QUARK (shape - error - quark, shape_error)

typedef struct {
  const char *start;
  const char *p; /* the text ends with NUL, which no rule accepts: nothing reads past it */
  Arena *arena;
  GPtrArray *items; /* elements of the lists that are open, innermost last */
  guint depth;
} Reader;

/* A string of the text as it stands between its quotes. */
typedef struct {
  const char *start;
  gsize length;
  gboolean escaped; /* holds a backslash */
  gboolean ascii;
} RawString;

static gboolean read_value (Reader *r, const Shape *shape, gpointer *out_value, GError **error);

static gboolean
refuse (const Reader *r, const char *wanted, GError **error)
{
  g_set_error (error, SHAPE_ERROR, SHAPE_ERROR_TEXT, "at byte %" G_GSIZE_FORMAT ": %s was expected",
               (gsize)(r->p - r->start), wanted);
  return FALSE;
}

static void
skip_space (Reader *r)
{
  while (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t')
    r->p++;
}

static gboolean
accept (Reader *r, char c)
{
  skip_space (r);
  if (*r->p != c)
    return FALSE;
  r->p++;
  return TRUE;
}

static gboolean
accept_word (Reader *r, const char *word, gsize length)
{
  if (strncmp (r->p, word, length) != 0)
    return FALSE;
  r->p += length;
  return TRUE;
}

/* --- strings -------------------------------------------------------------------------------- */

static gboolean
read_raw (Reader *r, RawString *out, GError **error)
{
  if (!accept (r, '"'))
    return refuse (r, "a String", error);
  *out = (RawString){ .start = r->p, .ascii = TRUE };
  for (; *r->p != '"'; r->p++) {
    guchar c = (guchar)*r->p;
    if (c < 0x20)
      return refuse (r, "the end of a String", error);
    if (c >= 0x80)
      out->ascii = FALSE;
    if (c == '\\') {
      out->escaped = TRUE;
      if (*++r->p == '\0')
        return refuse (r, "the end of a String", error);
    }
  }
  out->length = (gsize)(r->p - out->start);
  r->p++;
  if (!out->ascii && !g_utf8_validate (out->start, (gssize)out->length, NULL))
    return refuse (r, "UTF-8", error);
  return TRUE;
}

/* Four hexadecimal digits, or -1. */
static gint32
read_hex (const char *p)
{
  gint32 value = 0;

  for (int i = 0; i < 4; i++) {
    int digit = g_ascii_xdigit_value (p[i]);
    if (digit < 0)
      return -1;
    value = value * 16 + digit;
  }
  return value;
}

/* The character behind "\u", surrogate pairs joined; `*p` stands on the first digit and moves past the last. */
static gboolean
read_code_point (const char **p, gunichar *out)
{
  gint32 first = read_hex (*p);

  if (first <= 0 || (first >= 0xdc00 && first < 0xe000))
    return FALSE;
  *p += 4;
  *out = (gunichar)first;
  if (first < 0xd800 || first >= 0xe000)
    return TRUE;
  gint32 second = (*p)[0] == '\\' && (*p)[1] == 'u' ? read_hex (*p + 2) : -1;
  if (second < 0xdc00 || second >= 0xe000)
    return FALSE;
  *p += 6;
  *out = 0x10000 + (((gunichar)first & 0x3ff) << 10) + ((gunichar)second & 0x3ff);
  return TRUE;
}

/* NULL for a bad escape. An escape is never shorter than what it stands for. */
static char *
unescape (const Reader *r, const RawString *raw)
{
  static const char names[] = "\"\\/bfnrt";
  static const char characters[] = "\"\\/\b\f\n\r\t";
  char *text = arena_alloc (r->arena, raw->length + 1);
  char *out = text;
  const char *end = raw->start + raw->length;

  for (const char *p = raw->start; p < end;) {
    if (*p != '\\') {
      *out++ = *p++;
      continue;
    }
    p++;
    const char *found = memchr (names, *p, sizeof names - 1);
    if (found != NULL) {
      *out++ = characters[found - names];
      p++;
      continue;
    }
    gunichar c = 0;
    if (*p++ != 'u' || !read_code_point (&p, &c))
      return NULL;
    out += g_unichar_to_utf8 (c, out);
  }
  return text;
}

/* A string with its escapes resolved: within the text where there are none, else in the arena. */
static gboolean
read_plain (Reader *r, RawString *out, GError **error)
{
  if (!read_raw (r, out, error))
    return FALSE;
  if (!out->escaped)
    return TRUE;
  const char *text = unescape (r, out);
  if (text == NULL)
    return refuse (r, "a known escape", error);
  *out = (RawString){ .start = text, .length = strlen (text) };
  return TRUE;
}

static gboolean
read_string (Reader *r, const Shape *shape, gpointer *out_value, GError **error)
{
  RawString plain;

  if (!read_plain (r, &plain, error))
    return FALSE;
  for (guint i = 0; i < shape->n_values; i++) {
    const ShapeText *value = &shape->values[i];
    if (value->length == plain.length && memcmp (value->text, plain.start, plain.length) == 0) {
      *out_value = (gpointer)value->text;
      return TRUE;
    }
  }
  *out_value = arena_strndup (r->arena, plain.start, plain.length);
  return TRUE;
}

/* --- numbers -------------------------------------------------------------------------------- */

static const char *
skip_digits (const char *p)
{
  while (g_ascii_isdigit (*p))
    p++;
  return p;
}

/* The end of the number at `p` (RFC 8259 section 6), or NULL; says whether it has a fraction or an exponent. */
static const char *
end_of_number (const char *p, gboolean *out_real)
{
  const char *digits = *p == '-' ? p + 1 : p;

  *out_real = FALSE;
  if (!g_ascii_isdigit (*digits) || (*digits == '0' && g_ascii_isdigit (digits[1])))
    return NULL;
  p = skip_digits (digits);
  if (*p == '.') {
    if (!g_ascii_isdigit (p[1]))
      return NULL;
    p = skip_digits (p + 1);
    *out_real = TRUE;
  }
  if (*p == 'e' || *p == 'E') {
    p += p[1] == '+' || p[1] == '-' ? 2 : 1;
    if (!g_ascii_isdigit (*p))
      return NULL;
    p = skip_digits (p);
    *out_real = TRUE;
  }
  return p;
}

static gboolean
parse_integer (const char *p, const char *end, gint64 *out)
{
  gboolean negative = *p == '-';
  gint64 value = 0;

  for (p += negative; p < end; p++) {
    int digit = *p - '0';
    if (__builtin_mul_overflow (value, 10, &value) ||
        __builtin_add_overflow (value, negative ? -digit : digit, &value))
      return FALSE;
  }
  *out = value;
  return TRUE;
}

static gboolean
read_integer (Reader *r, const Shape *shape, gpointer *out_value, GError **error)
{
  gboolean real = FALSE;
  gint64 value = 0;
  const char *end = end_of_number (r->p, &real);

  if (end == NULL || real || !parse_integer (r->p, end, &value) ||
      (shape->kind == SHAPE_INTEGER && (value < G_MININT32 || value > G_MAXINT32)))
    return refuse (r, shape->kind == SHAPE_INTEGER ? "an Integer" : "a Long", error);
  r->p = end;
  *out_value = (gpointer)arena_int64 (r->arena, value);
  return TRUE;
}

static gboolean
read_real (Reader *r, double *out, GError **error)
{
  gboolean real = FALSE;
  const char *end = end_of_number (r->p, &real);

  if (end == NULL)
    return refuse (r, "a number", error);
  *out = g_ascii_strtod (r->p, NULL);
  if (!isfinite (*out))
    return refuse (r, "a smaller number", error);
  r->p = end;
  return TRUE;
}

/* What we write: digits, and at most three decimals. Anything else goes the long way. */
static gboolean
read_timestamp (Reader *r, gpointer *out_value, GError **error)
{
  const char *end = skip_digits (r->p);
  gint64 ms = 0;
  double seconds = 0;

  if (end > r->p && end - r->p <= 11 && *r->p != '0' && parse_integer (r->p, end, &ms)) {
    ms *= 1000;
    int unit = 100;
    if (*end == '.')
      for (end++; unit > 0 && g_ascii_isdigit (*end); end++, unit /= 10)
        ms += (*end - '0') * unit;
    if (end[-1] != '.' && !g_ascii_isdigit (*end) && *end != 'e' && *end != 'E') {
      r->p = end;
      *out_value = (gpointer)arena_int64 (r->arena, ms);
      return TRUE;
    }
  }
  if (!read_real (r, &seconds, error))
    return FALSE;
  if (seconds < SHAPE_TIMESTAMP_MIN_S || seconds > SHAPE_TIMESTAMP_MAX_S)
    return refuse (r, "a time", error);
  *out_value = (gpointer)arena_int64 (r->arena, llround (seconds * 1000.0));
  return TRUE;
}

/* --- lists, maps, structures ---------------------------------------------------------------- */

static gboolean
enter (Reader *r, char bracket, const char *wanted, GError **error)
{
  if (!accept (r, bracket))
    return refuse (r, wanted, error);
  return ++r->depth <= MAX_DEPTH || refuse (r, "less nesting", error);
}

static gboolean
read_null_or_value (Reader *r, const Shape *shape, gpointer *out_value, GError **error)
{
  skip_space (r);
  if (accept_word (r, "null", 4)) {
    *out_value = NULL;
    return TRUE;
  }
  return read_value (r, shape, out_value, error);
}

static gpointer *
take_items (Reader *r, guint base, gsize n)
{
  if (n == 0)
    return arena_new0_n (r->arena, gpointer, 0);
  gpointer *items = arena_memdup (r->arena, r->items->pdata + base, n * sizeof (gpointer));
  g_ptr_array_set_size (r->items, (int)base);
  return items;
}

static gboolean
read_list (Reader *r, const Shape *shape, gpointer *out_value, GError **error)
{
  guint base = r->items->len;

  if (!enter (r, '[', "a List", error))
    return FALSE;
  if (!accept (r, ']')) {
    do {
      gpointer item = NULL;
      if (!read_null_or_value (r, shape->item, &item, error))
        return FALSE;
      g_ptr_array_add (r->items, item);
    } while (accept (r, ','));
    if (!accept (r, ']'))
      return refuse (r, "the end of a List", error);
  }
  r->depth--;
  ShapeList *list = arena_new0 (r->arena, ShapeList);
  list->n = r->items->len - base;
  list->items = take_items (r, base, list->n);
  *out_value = list;
  return TRUE;
}

/* Keys and values go onto the same stack, in turns. */
static gboolean
read_map (Reader *r, const Shape *shape, gpointer *out_value, GError **error)
{
  guint base = r->items->len;

  if (!enter (r, '{', "a Map", error))
    return FALSE;
  if (!accept (r, '}')) {
    do {
      RawString key;
      gpointer value = NULL;
      if (!read_plain (r, &key, error))
        return FALSE;
      if (!accept (r, ':'))
        return refuse (r, "a colon", error);
      if (!read_null_or_value (r, shape->item, &value, error))
        return FALSE;
      g_ptr_array_add (r->items, arena_strndup (r->arena, key.start, key.length));
      g_ptr_array_add (r->items, value);
    } while (accept (r, ','));
    if (!accept (r, '}'))
      return refuse (r, "the end of a Map", error);
  }
  r->depth--;
  ShapeMap *map = arena_new0 (r->arena, ShapeMap);
  map->n = (r->items->len - base) / 2;
  map->keys = arena_new0_n (r->arena, const char *, map->n);
  map->values = arena_new0_n (r->arena, gpointer, map->n);
  for (gsize i = 0; i < map->n; i++) {
    map->keys[i] = r->items->pdata[base + 2 * i];
    map->values[i] = r->items->pdata[base + 2 * i + 1];
  }
  g_ptr_array_set_size (r->items, (int)base);
  *out_value = map;
  return TRUE;
}

/* Over a value that nobody wants, whatever it is. */
static gboolean
skip_value (Reader *r, GError **error)
{
  RawString unwanted;
  gboolean real;
  gint64 integer;

  skip_space (r);
  if (*r->p == '"')
    return read_plain (r, &unwanted, error);
  if (*r->p == '{' || *r->p == '[') {
    char end = *r->p == '{' ? '}' : ']';
    gboolean map = *r->p == '{';
    if (!enter (r, *r->p, "a value", error))
      return FALSE;
    if (!accept (r, end)) {
      do {
        if (map && !read_plain (r, &unwanted, error))
          return FALSE;
        if (map && !accept (r, ':'))
          return refuse (r, "a colon", error);
        if (!skip_value (r, error))
          return FALSE;
      } while (accept (r, ','));
      if (!accept (r, end))
        return refuse (r, "the end of a value", error);
    }
    r->depth--;
    return TRUE;
  }
  if (accept_word (r, "true", 4) || accept_word (r, "false", 5) || accept_word (r, "null", 4))
    return TRUE;
  const char *number = end_of_number (r->p, &real);
  if (number == NULL || (!real && !parse_integer (r->p, number, &integer)) ||
      (real && !isfinite (g_ascii_strtod (r->p, NULL))))
    return refuse (r, "a value", error);
  r->p = number;
  return TRUE;
}

/* Our own text has the members in table order, so the search begins behind the last one found. */
static const ShapeMember *
find_member (const Shape *shape, const RawString *name, guint *hint)
{
  for (guint tried = 0; tried < shape->n_members; tried++) {
    guint i = (*hint + tried) % shape->n_members;
    const ShapeText *text = &shape->members[i].name;
    if (text->length == name->length && memcmp (text->text, name->start, name->length) == 0) {
      *hint = i + 1;
      return &shape->members[i];
    }
  }
  return NULL;
}

static gboolean
read_structure (Reader *r, const Shape *shape, gpointer *out_value, GError **error)
{
  guint hint = 0;

  if (!enter (r, '{', "a Structure", error))
    return FALSE;
  guint8 *structure = arena_alloc (r->arena, shape->size);
  *out_value = structure;
  if (!accept (r, '}')) {
    do {
      RawString name;
      if (!read_plain (r, &name, error))
        return FALSE;
      if (!accept (r, ':'))
        return refuse (r, "a colon", error);
      const ShapeMember *member = find_member (shape, &name, &hint);
      gpointer *place = member != NULL ? (gpointer *)(structure + member->offset) : NULL;
      if (member != NULL ? !read_null_or_value (r, member->shape, place, error)
                         : !skip_value (r, error))
        return FALSE;
    } while (accept (r, ','));
    if (!accept (r, '}'))
      return refuse (r, "the end of a Structure", error);
  }
  r->depth--;
  return TRUE;
}

static gboolean
read_boolean (Reader *r, gpointer *out_value, GError **error)
{
  static const gboolean booleans[] = { FALSE, TRUE };
  gboolean value = accept_word (r, "true", 4);

  if (!value && !accept_word (r, "false", 5))
    return refuse (r, "a Boolean", error);
  *out_value = (gpointer)&booleans[value];
  return TRUE;
}

static gboolean
read_double (Reader *r, gpointer *out_value, GError **error)
{
  double value = 0;

  if (!read_real (r, &value, error))
    return FALSE;
  *out_value = (gpointer)arena_double (r->arena, value);
  return TRUE;
}

static gboolean
read_value (Reader *r, const Shape *shape, gpointer *out_value, GError **error)
{
  skip_space (r);
  switch (shape->kind) {
  case SHAPE_STRING:
    return read_string (r, shape, out_value, error);
  case SHAPE_BOOLEAN:
    return read_boolean (r, out_value, error);
  case SHAPE_INTEGER:
  case SHAPE_LONG:
    return read_integer (r, shape, out_value, error);
  case SHAPE_DOUBLE:
    return read_double (r, out_value, error);
  case SHAPE_TIMESTAMP:
    return read_timestamp (r, out_value, error);
  case SHAPE_LIST:
    return read_list (r, shape, out_value, error);
  case SHAPE_MAP:
    return read_map (r, shape, out_value, error);
  case SHAPE_STRUCTURE:
    return read_structure (r, shape, out_value, error);
  }
  g_assert_not_reached ();
}

gboolean
shape_from_text (const Shape *shape, const char *text, Arena *arena, gpointer *out_value,
                 GError **error)
{
  gpointer value = NULL;

  if (text == NULL || *text == '\0') {
    *out_value = NULL;
    return TRUE;
  }
  g_autoptr (GPtrArray) items = g_ptr_array_new ();
  Reader reader = { .start = text, .p = text, .arena = arena, .items = items };
  gboolean good = read_value (&reader, shape, &value, error);
  if (good) {
    skip_space (&reader);
    good = *reader.p == '\0' || refuse (&reader, "the end", error);
  }
  if (!good) {
    g_prefix_error (error, "cannot read %s: ", shape->name);
    return FALSE;
  }
  *out_value = value;
  return TRUE;
}
