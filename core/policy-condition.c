#include "core/policy-condition.h"

#include <string.h>

#include "core/failure.h"
#include "core/time-iso8601.h"

/* ---- the operators ---- */

#define BOTH(positive, negative, family, relation)                                                 \
  { (positive), (family), (relation), FALSE },                                                     \
  {                                                                                                \
    (negative), (family), (relation), TRUE                                                         \
  }

static const PolicyOperator operators[] = {
  BOTH ("StringEquals", "StringNotEquals", POLICY_FAMILY_STRING, POLICY_RELATION_EQUALS),
  BOTH ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", POLICY_FAMILY_STRING,
        POLICY_RELATION_EQUALS_IGNORE_CASE),
  BOTH ("StringLike", "StringNotLike", POLICY_FAMILY_STRING, POLICY_RELATION_LIKE),
  BOTH ("NumericEquals", "NumericNotEquals", POLICY_FAMILY_NUMERIC, POLICY_RELATION_EQUALS),
  { "NumericLessThan", POLICY_FAMILY_NUMERIC, POLICY_RELATION_LESS, FALSE },
  { "NumericLessThanEquals", POLICY_FAMILY_NUMERIC, POLICY_RELATION_LESS_EQUALS, FALSE },
  { "NumericGreaterThan", POLICY_FAMILY_NUMERIC, POLICY_RELATION_GREATER, FALSE },
  { "NumericGreaterThanEquals", POLICY_FAMILY_NUMERIC, POLICY_RELATION_GREATER_EQUALS, FALSE },
  BOTH ("DateEquals", "DateNotEquals", POLICY_FAMILY_DATE, POLICY_RELATION_EQUALS),
  { "DateLessThan", POLICY_FAMILY_DATE, POLICY_RELATION_LESS, FALSE },
  { "DateLessThanEquals", POLICY_FAMILY_DATE, POLICY_RELATION_LESS_EQUALS, FALSE },
  { "DateGreaterThan", POLICY_FAMILY_DATE, POLICY_RELATION_GREATER, FALSE },
  { "DateGreaterThanEquals", POLICY_FAMILY_DATE, POLICY_RELATION_GREATER_EQUALS, FALSE },
  { "Bool", POLICY_FAMILY_BOOL, POLICY_RELATION_EQUALS_IGNORE_CASE, FALSE },
  { "BinaryEquals", POLICY_FAMILY_BINARY, POLICY_RELATION_EQUALS, FALSE },
  BOTH ("IpAddress", "NotIpAddress", POLICY_FAMILY_IP, POLICY_RELATION_EQUALS),
  /* The two of each pair behave the same. */
  BOTH ("ArnEquals", "ArnNotEquals", POLICY_FAMILY_ARN, POLICY_RELATION_LIKE),
  BOTH ("ArnLike", "ArnNotLike", POLICY_FAMILY_ARN, POLICY_RELATION_LIKE),
  { "Null", POLICY_FAMILY_NULL, POLICY_RELATION_EQUALS, FALSE },
};

#define IF_EXISTS "IfExists"

static const PolicyOperator *
find_operator (const char *name, gsize length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (operators); i++)
    if (strlen (operators[i].name) == length && strncmp (operators[i].name, name, length) == 0)
      return &operators[i];
  return NULL;
}

static gboolean
read_operator (PolicyCondition *out, const char *text, GError **error)
{
  static const char any[] = "ForAnyValue:";
  static const char all[] = "ForAllValues:";
  const char *name = text;
  if (g_str_has_prefix (text, any)) {
    out->set = POLICY_SET_ANY;
    name += strlen (any);
  } else if (g_str_has_prefix (text, all)) {
    out->set = POLICY_SET_ALL;
    name += strlen (all);
  }
  gsize length = strlen (name);
  out->if_exists = g_str_has_suffix (name, IF_EXISTS);
  if (out->if_exists)
    length -= strlen (IF_EXISTS);
  out->op = find_operator (name, length);
  if (out->op == NULL)
    return failure_set (error, POLICY_ERROR, POLICY_ERROR_OPERATOR,
                        "there is no condition operator \"%.60s\"", text);
  if (out->op->family == POLICY_FAMILY_NULL && (out->if_exists || out->set != POLICY_SET_NONE))
    return failure_set (
        error, POLICY_ERROR, POLICY_ERROR_OPERATOR,
        "the condition operator Null goes with neither IfExists nor a set operator");
  return TRUE;
}

/* ---- values ---- */

static gboolean
parse_number (const char *text, double *out)
{
  char *end = NULL;
  gsize length = strlen (text);
  if (length == 0 || length > 40 || strspn (text, "0123456789+-.eE") != length)
    return FALSE;
  *out = g_ascii_strtod (text, &end);
  return *end == '\0';
}

/* The forms of ISO 8601 that the W3C's note names: a year, a month, a day, or an instant with or without seconds. */
static gboolean
parse_iso_date (const char *text, gint64 *out_ms)
{
  static const char least[] = "0000-01-01T00:00:00Z";
  const gsize minutes = strlen ("0000-01-01T00:00");
  char full[48];
  gsize length = strlen (text);
  if (length >= sizeof full - sizeof ":00")
    return FALSE;
  if (length == 4 || length == 7 || length == 10)
    g_snprintf (full, sizeof full, "%s%s", text, least + length);
  else if (length > minutes && text[minutes] != ':')
    g_snprintf (full, sizeof full, "%.*s:00%s", (int)minutes, text, text + minutes);
  else
    memcpy (full, text, length + 1);
  return time_parse_iso8601 (full, out_ms);
}

/* Seconds since the epoch, or a date. */
static gboolean
parse_date (const char *text, double *out)
{
  gint64 ms;
  if (parse_iso_date (text, &ms)) {
    *out = (double)ms / 1000.0;
    return TRUE;
  }
  return parse_number (text, out);
}

static gboolean
parse_bool (const char *text, gboolean *out)
{
  *out = g_ascii_strcasecmp (text, "true") == 0;
  return *out || g_ascii_strcasecmp (text, "false") == 0;
}

static gboolean
parse_base64 (const char *text, Arena *arena, PolicyValue *out)
{
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  gsize length = strlen (text);
  gsize data = strspn (text, alphabet);
  gsize padding = strspn (text + data, "=");
  if (length % 4 != 0 || data + padding != length || padding > 2)
    return FALSE;
  g_autofree guchar *bytes = g_base64_decode (text, &out->n_bytes);
  out->bytes = arena_memdup (arena, bytes, out->n_bytes);
  return TRUE;
}

static gboolean
init_pattern (const PolicyOperator *op, PolicyValue *out, const char *text,
              PolicyPatternFlags variables, Arena *arena, GError **error)
{
  PolicyPatternFlags wild =
      op->relation == POLICY_RELATION_LIKE ? POLICY_PATTERN_WILDCARDS : POLICY_PATTERN_PLAIN;
  gboolean flag;
  if (!policy_pattern_init (&out->pattern, text, variables | wild, arena, error))
    return FALSE;
  return op->family != POLICY_FAMILY_BOOL || policy_pattern_is_variable (&out->pattern) ||
         parse_bool (text, &flag);
}

static gboolean
init_value (const PolicyOperator *op, PolicyValue *out, const char *text,
            PolicyPatternFlags variables, Arena *arena, GError **error)
{
  switch (op->family) {
  case POLICY_FAMILY_STRING:
  case POLICY_FAMILY_ARN:
  case POLICY_FAMILY_BOOL:
    return init_pattern (op, out, text, variables, arena, error);
  case POLICY_FAMILY_NUMERIC:
    return parse_number (text, &out->number);
  case POLICY_FAMILY_DATE:
    return parse_date (text, &out->number);
  case POLICY_FAMILY_BINARY:
    return parse_base64 (text, arena, out);
  case POLICY_FAMILY_IP:
    return ip_range_parse (text, &out->range);
  case POLICY_FAMILY_NULL:
    return parse_bool (text, &out->flag);
  }
  g_assert_not_reached ();
}

static const char *
wanted (PolicyFamily family)
{
  switch (family) {
  case POLICY_FAMILY_NUMERIC:
    return "a number";
  case POLICY_FAMILY_DATE:
    return "a date of ISO 8601 or seconds since 1970";
  case POLICY_FAMILY_BINARY:
    return "base64";
  case POLICY_FAMILY_IP:
    return "an IP address or range";
  case POLICY_FAMILY_BOOL:
  case POLICY_FAMILY_NULL:
    return "true or false";
  case POLICY_FAMILY_STRING:
  case POLICY_FAMILY_ARN:
    break;
  }
  return "text";
}

/* vendor:name, as aws:SourceIp and aws:RequestTag/team are. */
static gboolean
check_key (const char *key, GError **error)
{
  const char *colon = strchr (key, ':');
  gboolean ok = colon != NULL && colon != key && colon[1] != '\0' && strlen (key) <= 300;
  for (const char *c = key; ok && *c != '\0'; c++)
    ok = (guchar)*c > ' ' || (*c == ' ' && c > colon);
  if (ok)
    return TRUE;
  return failure_set (error, POLICY_ERROR, POLICY_ERROR_SYNTAX,
                      "\"%.60s\" is not a condition key: it needs a prefix, as in aws:SourceIp",
                      key);
}

gboolean
policy_condition_init (PolicyCondition *out, const char *op, const char *key,
                       const char *const *values, gsize n, PolicyPatternFlags variables,
                       Arena *arena, GError **error)
{
  PolicyCondition condition = { .key = arena_strdup (arena, key), .n = n };
  if (!read_operator (&condition, op, error) || !check_key (key, error))
    return FALSE;
  if (n == 0)
    return failure_set (error, POLICY_ERROR, POLICY_ERROR_SYNTAX,
                        "%.60s of %.60s has no value to compare with", op, key);
  PolicyValue *read = arena_new0_n (arena, PolicyValue, n);
  for (gsize i = 0; i < n; i++) {
    g_autoptr (GError) cause = NULL;
    if (init_value (condition.op, &read[i], values[i], variables, arena, &cause))
      continue;
    if (cause != NULL) {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
    return failure_set (error, POLICY_ERROR, POLICY_ERROR_SYNTAX,
                        "%.60s of %.60s wants %s, not \"%.60s\"", op, key,
                        wanted (condition.op->family), values[i]);
  }
  condition.values = read;
  *out = condition;
  return TRUE;
}

/* ---- comparing ---- */

static gboolean
compare_numbers (PolicyRelation relation, double request, double policy)
{
  switch (relation) {
  case POLICY_RELATION_EQUALS:
    return request == policy;
  case POLICY_RELATION_LESS:
    return request < policy;
  case POLICY_RELATION_LESS_EQUALS:
    return request <= policy;
  case POLICY_RELATION_GREATER:
    return request > policy;
  case POLICY_RELATION_GREATER_EQUALS:
    return request >= policy;
  case POLICY_RELATION_EQUALS_IGNORE_CASE:
  case POLICY_RELATION_LIKE:
    break;
  }
  g_assert_not_reached ();
}

/* Does the request's value fit the policy's, the operator taken as not negated? */
static PolicyMatch
value_fits (const PolicyOperator *op, const PolicyValue *value, const PolicyContext *context,
            const char *text)
{
  double number;
  switch (op->family) {
  case POLICY_FAMILY_STRING:
  case POLICY_FAMILY_BOOL:
    return policy_pattern_match (&value->pattern, context, text,
                                 op->relation == POLICY_RELATION_EQUALS_IGNORE_CASE
                                     ? POLICY_COMPARE_IGNORE_CASE
                                     : POLICY_COMPARE_TEXT);
  case POLICY_FAMILY_ARN:
    return policy_pattern_match (&value->pattern, context, text, POLICY_COMPARE_ARN);
  case POLICY_FAMILY_NUMERIC:
    return parse_number (text, &number) && compare_numbers (op->relation, number, value->number)
               ? POLICY_MATCH_YES
               : POLICY_MATCH_NO;
  case POLICY_FAMILY_DATE:
    return parse_date (text, &number) && compare_numbers (op->relation, number, value->number)
               ? POLICY_MATCH_YES
               : POLICY_MATCH_NO;
  case POLICY_FAMILY_BINARY:
    return strlen (text) == value->n_bytes && memcmp (text, value->bytes, value->n_bytes) == 0
               ? POLICY_MATCH_YES
               : POLICY_MATCH_NO;
  case POLICY_FAMILY_IP:
    return ip_range_contains (&value->range, text) ? POLICY_MATCH_YES : POLICY_MATCH_NO;
  case POLICY_FAMILY_NULL:
    break;
  }
  g_assert_not_reached ();
}

/* Does one value of the request meet the operator? */
static gboolean
text_meets (const PolicyCondition *condition, const PolicyContext *context, const char *text,
            PolicyUnresolved unresolved)
{
  gboolean negated = condition->op->negated;
  for (gsize i = 0; i < condition->n; i++) {
    PolicyMatch match = value_fits (condition->op, &condition->values[i], context, text);
    if (match == POLICY_MATCH_UNRESOLVED)
      match =
          negated && unresolved == POLICY_UNRESOLVED_EQUALS ? POLICY_MATCH_YES : POLICY_MATCH_NO;
    if (match == POLICY_MATCH_YES)
      return !negated;
  }
  return negated;
}

static gboolean
null_holds (const PolicyCondition *condition, gboolean is_missing)
{
  for (gsize i = 0; i < condition->n; i++)
    if (condition->values[i].flag == is_missing)
      return TRUE;
  return FALSE;
}

static gboolean
missing_holds (const PolicyCondition *condition)
{
  if (condition->if_exists || condition->set == POLICY_SET_ALL)
    return TRUE;
  return condition->set == POLICY_SET_NONE && condition->op->negated;
}

gboolean
policy_condition_holds (const PolicyCondition *condition, const PolicyContext *context,
                        PolicyUnresolved unresolved)
{
  gsize n = 0;
  const char *const *texts = policy_context_values (context, condition->key, &n);
  if (condition->op->family == POLICY_FAMILY_NULL)
    return null_holds (condition, n == 0);
  if (n == 1 && condition->set != POLICY_SET_NONE && *texts[0] == '\0')
    n = 0;
  if (n == 0)
    return missing_holds (condition);
  /* An operator without a set's word is for keys with one value. Of several (tags whose keys differ in case only, say) it is not
   * known which one counts: an Allow needs them all, to a Deny one is enough. */
  gboolean all = condition->set == POLICY_SET_ALL ||
                 (condition->set == POLICY_SET_NONE && unresolved == POLICY_UNRESOLVED_EQUALS);
  for (gsize i = 0; i < n; i++)
    if (text_meets (condition, context, texts[i], unresolved) != all)
      return !all;
  return all;
}
