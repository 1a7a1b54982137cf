#include "core/policy-pattern.h"

#include <stdlib.h>
#include <string.h>

#include "core/failure.h"

G_DEFINE_QUARK (slipway_policy_error, policy_error)

/* How wildcards stand in a piece's text; no text from outside may hold these bytes. */
#define MARK_RUN '\001'
#define MARK_ONE '\002'

#define ARN_COLONS 5

/* ---- the context ---- */

typedef struct {
  const char *key;
  const char *value;
  gsize order; /* of being added */
} Fact;

/* A request may bring a key for each of its tags, as many as its body has room for, and is asked about before they are counted.
 * Sorting bears that whatever the keys are; a hash could be made to collide. */
typedef struct {
  gsize n, room;
  Fact *facts;         /* the first n_sorted in order of their keys, the others as they came */
  const char **values; /* theirs, in the same order */
  gsize n_sorted;
} Facts;

struct PolicyContext {
  Arena *arena;
  Facts *facts;
};

PolicyContext *
policy_context_new (Arena *arena)
{
  PolicyContext *context = arena_new0 (arena, PolicyContext);
  context->arena = arena;
  context->facts = arena_new0 (arena, Facts);
  return context;
}

void
policy_context_add (PolicyContext *context, const char *key, const char *value)
{
  Facts *facts = context->facts;
  if (value == NULL)
    return;
  if (facts->n == facts->room) {
    gsize room = MAX (32, facts->room * 2);
    Fact *grown = arena_new0_n (context->arena, Fact, room);
    if (facts->n > 0)
      memcpy (grown, facts->facts, facts->n * sizeof *grown);
    facts->facts = grown;
    facts->room = room;
  }
  facts->facts[facts->n] = (Fact){ key, value, facts->n };
  facts->n++;
}

static int
compare_facts (gconstpointer a, gconstpointer b)
{
  const Fact *left = a, *right = b;
  int by_key = g_ascii_strcasecmp (left->key, right->key);
  return by_key != 0 ? by_key : left->order < right->order ? -1 : left->order > right->order;
}

static void
sort (const PolicyContext *context)
{
  Facts *facts = context->facts;
  if (facts->n_sorted == facts->n)
    return;
  qsort (facts->facts, facts->n, sizeof *facts->facts, compare_facts);
  facts->values = arena_new0_n (context->arena, const char *, facts->n);
  for (gsize i = 0; i < facts->n; i++)
    facts->values[i] = facts->facts[i].value;
  facts->n_sorted = facts->n;
}

typedef enum {
  BOUND_FIRST, /* the key's first fact */
  BOUND_END,   /* the one behind its last */
} Bound;

static gsize
find_bound (const Facts *facts, const char *key, Bound bound)
{
  gsize low = 0, high = facts->n;
  while (low < high) {
    gsize middle = low + (high - low) / 2;
    int order = g_ascii_strcasecmp (facts->facts[middle].key, key);
    if (order < 0 || (order == 0 && bound == BOUND_END))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

const char *const *
policy_context_values (const PolicyContext *context, const char *key, gsize *out_n)
{
  *out_n = 0;
  if (context == NULL)
    return NULL;
  sort (context);
  const Facts *facts = context->facts;
  gsize first = find_bound (facts, key, BOUND_FIRST);
  gsize end = find_bound (facts, key, BOUND_END);
  *out_n = end - first;
  return end > first ? facts->values + first : NULL;
}

/* ---- taking a text apart ---- */

typedef struct {
  const char *at;
  PolicyPatternFlags flags;
  GString *run;   /* the text since the last variable */
  GArray *pieces; /* of PolicyPiece */
  Arena *arena;
} Reader;

static void
end_run (Reader *reader)
{
  PolicyPiece piece = { .text = arena_strndup (reader->arena, reader->run->str, reader->run->len) };
  if (reader->run->len == 0)
    return;
  g_array_append_val (reader->pieces, piece);
  g_string_truncate (reader->run, 0);
}

static gboolean
is_key_character (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr (":/.+=@_-", c) != NULL) || (c & 0x80) != 0;
}

/* `, 'text'` before the closing brace; *out NULL when there is none. */
static gboolean
read_fallback (Reader *reader, const char *end, const char **out, GError **error)
{
  const char *at = reader->at;
  *out = NULL;
  if (at == end)
    return TRUE;
  if (!g_str_has_prefix (at, ", '") || end - at < 4 || end[-1] != '\'')
    return failure_set (error, POLICY_ERROR, POLICY_ERROR_SYNTAX,
                        "after the name of a variable follows } or , 'default text'}");
  *out = arena_strndup (reader->arena, at + 3, (gsize)(end - 1 - (at + 3)));
  return TRUE;
}

/* What stands after "${". */
static gboolean
read_variable (Reader *reader, GError **error)
{
  const char *end = strchr (reader->at, '}');
  const char *begin = reader->at;
  PolicyPiece piece = { 0 };
  if (end == NULL)
    return failure_set (error, POLICY_ERROR, POLICY_ERROR_SYNTAX,
                        "the variable that begins with \"${%.40s\" has no closing brace", begin);
  if (end == begin + 1 && strchr ("*?$", *begin) != NULL) {
    g_string_append_c (reader->run, *begin);
    reader->at = end + 1;
    return TRUE;
  }
  while (is_key_character (*reader->at))
    reader->at++;
  if (reader->at == begin)
    return failure_set (error, POLICY_ERROR, POLICY_ERROR_SYNTAX,
                        "a variable needs a name: ${aws:username}");
  piece.key = arena_strndup (reader->arena, begin, (gsize)(reader->at - begin));
  if (!read_fallback (reader, end, &piece.fallback, error))
    return FALSE;
  end_run (reader);
  g_array_append_val (reader->pieces, piece);
  reader->at = end + 1;
  return TRUE;
}

static gboolean
read_character (Reader *reader, GError **error)
{
  char c = *reader->at++;
  gboolean wild = (reader->flags & POLICY_PATTERN_WILDCARDS) != 0;
  if ((guchar)c < ' ' && strchr ("\t\n\r", c) == NULL)
    return failure_set (error, POLICY_ERROR, POLICY_ERROR_SYNTAX,
                        "control characters are not allowed in a policy");
  if (c == '$' && *reader->at == '{' && (reader->flags & POLICY_PATTERN_VARIABLES) != 0) {
    reader->at++;
    return read_variable (reader, error);
  }
  if (wild && (c == '*' || c == '?'))
    c = c == '*' ? MARK_RUN : MARK_ONE;
  /* Two stars in a row say no more than one. */
  if (c == MARK_RUN && reader->run->len > 0 && reader->run->str[reader->run->len - 1] == MARK_RUN)
    return TRUE;
  g_string_append_c (reader->run, c);
  return TRUE;
}

gboolean
policy_pattern_init (PolicyPattern *out, const char *text, PolicyPatternFlags flags, Arena *arena,
                     GError **error)
{
  g_autoptr (GString) run = g_string_new (NULL);
  g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (PolicyPiece));
  Reader reader = { .at = text, .flags = flags, .run = run, .pieces = pieces, .arena = arena };
  while (*reader.at != '\0')
    if (!read_character (&reader, error))
      return FALSE;
  end_run (&reader);
  out->n = pieces->len;
  out->pieces = arena_memdup (arena, pieces->data, pieces->len * sizeof (PolicyPiece));
  return TRUE;
}

gboolean
policy_pattern_is_variable (const PolicyPattern *pattern)
{
  for (gsize i = 0; i < pattern->n; i++)
    if (pattern->pieces[i].key != NULL)
      return TRUE;
  return FALSE;
}

/* ---- matching ---- */

/* A stretch of text that need not end with NUL. */
typedef struct {
  const char *at;
  const char *end;
} Span;

/* One character of UTF-8; of other bytes one. */
static const char *
next_character (const char *at, const char *end)
{
  at++;
  while (at < end && ((guchar)*at & 0xc0) == 0x80)
    at++;
  return at;
}

static gboolean
same_byte (char a, char b, PolicyCompare compare)
{
  return a == b ||
         (compare == POLICY_COMPARE_IGNORE_CASE && g_ascii_tolower (a) == g_ascii_tolower (b));
}

/* When a byte does not fit, only the last star has to take one character more: what an earlier one would take, the last
 * can take as well. */
static gboolean
span_matches (Span pattern, Span text, PolicyCompare compare)
{
  const char *after_star = NULL; /* in the pattern */
  const char *star_took = NULL;  /* in the text: up to here */
  while (text.at < text.end || pattern.at < pattern.end) {
    if (pattern.at < pattern.end && *pattern.at == MARK_RUN) {
      after_star = ++pattern.at;
      star_took = text.at;
      if (after_star == pattern.end)
        return TRUE;
    } else if (pattern.at < pattern.end && text.at < text.end && *pattern.at == MARK_ONE) {
      pattern.at++;
      text.at = next_character (text.at, text.end);
    } else if (pattern.at < pattern.end && text.at < text.end &&
               same_byte (*pattern.at, *text.at, compare)) {
      pattern.at++;
      text.at++;
    } else if (after_star != NULL && star_took < text.end) {
      star_took = next_character (star_took, text.end);
      text.at = star_took;
      pattern.at = after_star;
    } else {
      return FALSE;
    }
  }
  return TRUE;
}

/* Cuts off what stands before the next colon; FALSE when there is none. */
static gboolean
take_part (Span *rest, Span *out)
{
  const char *colon = memchr (rest->at, ':', (gsize)(rest->end - rest->at));
  if (colon == NULL)
    return FALSE;
  *out = (Span){ rest->at, colon };
  rest->at = colon + 1;
  return TRUE;
}

static gboolean
arn_matches (Span pattern, Span text)
{
  if (pattern.end - pattern.at == 1 && *pattern.at == MARK_RUN)
    return TRUE;
  for (int i = 0; i < ARN_COLONS; i++) {
    Span pattern_part, text_part;
    if (!take_part (&pattern, &pattern_part) || !take_part (&text, &text_part) ||
        !span_matches (pattern_part, text_part, POLICY_COMPARE_TEXT))
      return FALSE;
  }
  return span_matches (pattern, text, POLICY_COMPARE_TEXT);
}

/* The pattern with its variables' values; NULL when one has none. */
static GString *
expand (const PolicyPattern *pattern, const PolicyContext *context)
{
  g_autoptr (GString) out = g_string_new (NULL);
  for (gsize i = 0; i < pattern->n; i++) {
    const PolicyPiece *piece = &pattern->pieces[i];
    const char *value = piece->text;
    if (piece->key != NULL) {
      gsize n = 0;
      const char *const *values = policy_context_values (context, piece->key, &n);
      value = n == 1 ? values[0] : n == 0 ? piece->fallback : NULL;
      /* A value that looks like our marks would act as a wildcard. */
      if (value == NULL || strchr (value, MARK_RUN) != NULL || strchr (value, MARK_ONE) != NULL)
        return NULL;
    }
    g_string_append (out, value);
  }
  return g_steal_pointer (&out);
}

PolicyMatch
policy_pattern_match (const PolicyPattern *pattern, const PolicyContext *context, const char *text,
                      PolicyCompare compare)
{
  g_autoptr (GString) expanded = NULL;
  Span from = { "", NULL };
  if (pattern->n == 1 && pattern->pieces[0].key == NULL) {
    from.at = pattern->pieces[0].text;
    from.end = from.at + strlen (from.at);
  } else {
    expanded = expand (pattern, context);
    if (expanded == NULL)
      return POLICY_MATCH_UNRESOLVED;
    from = (Span){ expanded->str, expanded->str + expanded->len };
  }
  Span to = { text, text + strlen (text) };
  gboolean matches =
      compare == POLICY_COMPARE_ARN ? arn_matches (from, to) : span_matches (from, to, compare);
  return matches ? POLICY_MATCH_YES : POLICY_MATCH_NO;
}
