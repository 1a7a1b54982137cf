#include "proto/policy-document.h"

#include <string.h>

#include "core/failure.h"
#include "proto/json-doc.h"

G_DEFINE_QUARK (slipway_policy_document_error, policy_document_error)

#define NEWEST_VERSION "2012-10-17" /* the one with variables */
#define OLDEST_VERSION "2008-10-17"

/* IAM's largest parameter. Nothing valid nests deeper than policy, statements, statement, condition, operator, values. */
static const JsonDocLimits limits = { .max_bytes = 131072, .max_depth = 6, .max_values = 20000 };

typedef struct {
  PolicyDocumentKind kind;
  PolicyPatternFlags variables;
  Arena *arena;
  GHashTable *sids; /* a set */
} Parser;

#define malformed(error, ...)                                                                      \
  failure_set ((error), POLICY_DOCUMENT_ERROR, POLICY_DOCUMENT_ERROR_MALFORMED, __VA_ARGS__)

/* Passes an error of core on as one of ours. */
static gboolean
malformed_by (GError *cause, GError **error)
{
  (void)malformed (error, "%s", cause->message);
  g_error_free (cause);
  return FALSE;
}

/* ---- lists ---- */

/* A value that is one of its kind or a list of such: how many. */
static gsize
count_items (const json_t *value)
{
  return json_is_array (value) ? json_array_size (value) : 1;
}

static const json_t *
item_at (const json_t *value, gsize i)
{
  return json_is_array (value) ? json_array_get (value, i) : value;
}

/* A text, or a list of at least one. */
static gboolean
read_texts (const json_t *value, Arena *arena, const char ***out, gsize *out_n, GError **error)
{
  gsize n = count_items (value);
  const char **texts = arena_new0_n (arena, const char *, n);
  if (n == 0)
    return malformed (error, "the list is empty");
  for (gsize i = 0; i < n; i++) {
    texts[i] = json_string_value (item_at (value, i));
    if (texts[i] == NULL)
      return malformed (error, "a text or a list of texts is needed");
  }
  *out = texts;
  *out_n = n;
  return TRUE;
}

/* ---- elements of a statement ---- */

static gboolean
read_sid (Parser *parser, const json_t *value, PolicyStatement *out, GError **error)
{
  const char *sid = json_string_value (value);
  if (sid == NULL)
    return malformed (error, "a text is needed");
  gboolean any_text = parser->kind == POLICY_DOCUMENT_RESOURCE;
  for (const char *c = sid; *c != '\0'; c++)
    if (any_text ? (guchar)*c < ' ' : !g_ascii_isalnum (*c))
      return malformed (error, "\"%.60s\" may hold letters and digits only", sid);
  out->sid = arena_strdup (parser->arena, sid);
  if (*sid != '\0' && !g_hash_table_add (parser->sids, (gpointer)out->sid))
    return malformed (error, "\"%.60s\" is the name of another statement already", sid);
  return TRUE;
}

static gboolean
read_effect (Parser *parser, const json_t *value, PolicyStatement *out, GError **error)
{
  const char *text = json_string_value (value);
  gboolean allow = g_strcmp0 (text, "Allow") == 0;
  if (!allow && g_strcmp0 (text, "Deny") != 0)
    return malformed (error, "it is Allow or Deny");
  out->effect = allow ? POLICY_ALLOW : POLICY_DENY;
  return TRUE;
}

/* The principals of one kind: {"AWS": ...}. */
static gboolean
read_principals_of (Parser *parser, const char *kind, const json_t *value, GArray *into,
                    GError **error)
{
  const char **texts = NULL;
  gsize n = 0;
  if (!read_texts (value, parser->arena, &texts, &n, error))
    return FALSE;
  for (gsize i = 0; i < n; i++) {
    GError *cause = NULL;
    PolicyPrincipal principal;
    if (!policy_principal_init (&principal, kind, texts[i], parser->arena, &cause))
      return malformed_by (cause, error);
    g_array_append_val (into, principal);
  }
  return TRUE;
}

static gboolean
read_principals (Parser *parser, const json_t *value, PolicyStatement *out, GError **error)
{
  static const PolicyPrincipal anyone = { POLICY_PRINCIPAL_ANYONE, NULL };
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (PolicyPrincipal));
  PolicyPrincipals *principals = &out->principals;
  if (g_strcmp0 (json_string_value (value), "*") == 0) {
    principals->n = 1;
    principals->items = &anyone;
    return TRUE;
  }
  if (!json_is_object (value) || json_object_size (value) == 0)
    return malformed (error,
                      "it is \"*\", or an object such as {\"AWS\": \"<account id or ARN>\"}");
  const char *kind;
  json_t *names;
  json_object_foreach ((json_t *)value, kind, names)
  {
    if (!read_principals_of (parser, kind, names, items, error))
      return FALSE;
  }
  principals->n = items->len;
  principals->items =
      arena_memdup (parser->arena, items->data, items->len * sizeof (PolicyPrincipal));
  return TRUE;
}

static gboolean
read_principal (Parser *parser, const json_t *value, PolicyStatement *out, GError **error)
{
  out->principals.given = TRUE;
  return read_principals (parser, value, out, error);
}

static gboolean
read_not_principal (Parser *parser, const json_t *value, PolicyStatement *out, GError **error)
{
  out->principals.given = out->principals.negated = TRUE;
  return read_principals (parser, value, out, error);
}

static gboolean
read_actions (Parser *parser, const json_t *value, PolicyPatterns *out, GError **error)
{
  const char **texts = NULL;
  if (!read_texts (value, parser->arena, &texts, &out->n, error))
    return FALSE;
  PolicyPattern *items = arena_new0_n (parser->arena, PolicyPattern, out->n);
  for (gsize i = 0; i < out->n; i++) {
    GError *cause = NULL;
    if (!policy_action_init (&items[i], texts[i], parser->arena, &cause))
      return malformed_by (cause, error);
    if (parser->kind == POLICY_DOCUMENT_TRUST && g_ascii_strncasecmp (texts[i], "sts:", 4) != 0)
      return malformed (error, "a role's trust policy may name actions of sts only, not \"%.60s\"",
                        texts[i]);
  }
  out->items = items;
  return TRUE;
}

static gboolean
read_action (Parser *parser, const json_t *value, PolicyStatement *out, GError **error)
{
  out->actions.given = TRUE;
  return read_actions (parser, value, &out->actions, error);
}

static gboolean
read_not_action (Parser *parser, const json_t *value, PolicyStatement *out, GError **error)
{
  out->actions.given = out->actions.negated = TRUE;
  return read_actions (parser, value, &out->actions, error);
}

static gboolean
read_resources (Parser *parser, const json_t *value, PolicyPatterns *out, GError **error)
{
  const char **texts = NULL;
  if (!read_texts (value, parser->arena, &texts, &out->n, error))
    return FALSE;
  PolicyPattern *items = arena_new0_n (parser->arena, PolicyPattern, out->n);
  for (gsize i = 0; i < out->n; i++) {
    GError *cause = NULL;
    if (!policy_resource_init (&items[i], texts[i], parser->variables, parser->arena, &cause))
      return malformed_by (cause, error);
  }
  out->items = items;
  return TRUE;
}

static gboolean
read_resource (Parser *parser, const json_t *value, PolicyStatement *out, GError **error)
{
  out->resources.given = TRUE;
  return read_resources (parser, value, &out->resources, error);
}

static gboolean
read_not_resource (Parser *parser, const json_t *value, PolicyStatement *out, GError **error)
{
  out->resources.given = out->resources.negated = TRUE;
  return read_resources (parser, value, &out->resources, error);
}

/* ---- conditions ---- */

/* Numbers and booleans may stand without quotes. */
static const char *
scalar_text (const json_t *value, Arena *arena)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  switch (json_typeof (value)) {
  case JSON_STRING:
    return json_string_value (value);
  case JSON_TRUE:
    return "true";
  case JSON_FALSE:
    return "false";
  case JSON_INTEGER:
    return arena_printf (arena, "%" JSON_INTEGER_FORMAT, json_integer_value (value));
  case JSON_REAL:
    return arena_strdup (arena, g_ascii_dtostr (buffer, sizeof buffer, json_real_value (value)));
  default:
    return NULL;
  }
}

static gboolean
read_condition (Parser *parser, const char *op, const char *key, const json_t *value, GArray *into,
                GError **error)
{
  gsize n = count_items (value);
  const char **texts = arena_new0_n (parser->arena, const char *, n);
  PolicyCondition condition;
  GError *cause = NULL;
  for (gsize i = 0; i < n; i++) {
    texts[i] = scalar_text (item_at (value, i), parser->arena);
    if (texts[i] == NULL)
      return malformed (error, "%.60s of %.60s: a value is a text, a number or a boolean", op, key);
  }
  if (!policy_condition_init (&condition, op, key, texts, n, parser->variables, parser->arena,
                              &cause))
    return malformed_by (cause, error);
  g_array_append_val (into, condition);
  return TRUE;
}

static gboolean
read_operator (Parser *parser, const char *op, const json_t *value, GArray *into, GError **error)
{
  if (!json_is_object (value) || json_object_size (value) == 0)
    return malformed (error, "%.60s: an object with condition keys is needed", op);
  const char *key;
  json_t *values;
  json_object_foreach ((json_t *)value, key, values)
  {
    if (!read_condition (parser, op, key, values, into, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_conditions (Parser *parser, const json_t *value, PolicyStatement *out, GError **error)
{
  g_autoptr (GArray) conditions = g_array_new (FALSE, FALSE, sizeof (PolicyCondition));
  if (!json_is_object (value))
    return malformed (error, "an object with condition operators is needed");
  const char *op;
  json_t *keys;
  json_object_foreach ((json_t *)value, op, keys)
  {
    if (!read_operator (parser, op, keys, conditions, error))
      return FALSE;
  }
  out->n_conditions = conditions->len;
  out->conditions =
      arena_memdup (parser->arena, conditions->data, conditions->len * sizeof (PolicyCondition));
  return TRUE;
}

/* ---- a statement ---- */

#define IN(kind)    (1u << (kind))
#define IN_IDENTITY IN (POLICY_DOCUMENT_IDENTITY)
#define IN_TRUST    IN (POLICY_DOCUMENT_TRUST)
#define IN_RESOURCE IN (POLICY_DOCUMENT_RESOURCE)
#define IN_ALL      (IN_IDENTITY | IN_TRUST | IN_RESOURCE)

typedef struct {
  const char *name;
  gboolean (*read) (Parser *parser, const json_t *value, PolicyStatement *out, GError **error);
  guint may;         /* kinds of documents that may have it */
  guint must;        /* and those that need it, */
  const char *other; /* or this instead; never both */
} Element;

static const Element elements[] = {
  { "Sid", read_sid, IN_ALL, 0, NULL },
  { "Effect", read_effect, IN_ALL, IN_ALL, NULL },
  { "Principal", read_principal, IN_TRUST | IN_RESOURCE, IN_TRUST | IN_RESOURCE, "NotPrincipal" },
  { "NotPrincipal", read_not_principal, IN_RESOURCE, 0, "Principal" },
  { "Action", read_action, IN_ALL, IN_ALL, "NotAction" },
  { "NotAction", read_not_action, IN_IDENTITY | IN_RESOURCE, 0, "Action" },
  { "Resource", read_resource, IN_IDENTITY | IN_RESOURCE, IN_IDENTITY | IN_RESOURCE,
    "NotResource" },
  { "NotResource", read_not_resource, IN_IDENTITY | IN_RESOURCE, 0, "Resource" },
  { "Condition", read_conditions, IN_ALL, 0, NULL },
};

static const char *
kind_text (PolicyDocumentKind kind)
{
  switch (kind) {
  case POLICY_DOCUMENT_IDENTITY:
    return "a policy of a user, role or session";
  case POLICY_DOCUMENT_TRUST:
    return "a role's trust policy";
  case POLICY_DOCUMENT_RESOURCE:
    return "a bucket's policy";
  }
  g_assert_not_reached ();
}

static const Element *
find_element (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (elements); i++)
    if (strcmp (elements[i].name, name) == 0)
      return &elements[i];
  return NULL;
}

static gboolean
check_elements (const Parser *parser, const json_t *statement, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (elements); i++) {
    const Element *element = &elements[i];
    gboolean has = json_object_get (statement, element->name) != NULL;
    gboolean has_other =
        element->other != NULL && json_object_get (statement, element->other) != NULL;
    if (has && has_other)
      return malformed (error, "%s and %s exclude each other", element->name, element->other);
    if (has && (element->may & IN (parser->kind)) == 0)
      return malformed (error, "%s must not have the element %s", kind_text (parser->kind),
                        element->name);
    if (!has && !has_other && (element->must & IN (parser->kind)) != 0)
      return malformed (error, "the element %s is missing", element->name);
  }
  return TRUE;
}

static gboolean
read_statement (Parser *parser, const json_t *value, PolicyStatement *out, GError **error)
{
  out->sid = "";
  if (!json_is_object (value))
    return malformed (error, "a statement is an object");
  const char *name;
  json_t *member;
  json_object_foreach ((json_t *)value, name, member)
  {
    const Element *element = find_element (name);
    if (element == NULL)
      return malformed (error, "there is no element \"%.40s\"", name);
  }
  if (!check_elements (parser, value, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (elements); i++) {
    const json_t *given = json_object_get (value, elements[i].name);
    if (given != NULL && !elements[i].read (parser, given, out, error)) {
      g_prefix_error (error, "%s: ", elements[i].name);
      return FALSE;
    }
  }
  /* It would allow whoever nobody thought of. */
  if (out->principals.negated && out->effect == POLICY_ALLOW)
    return malformed (error, "NotPrincipal goes with the effect Deny only");
  return TRUE;
}

/* ---- the document ---- */

static gboolean
read_version (Parser *parser, const json_t *document, GError **error)
{
  const json_t *version = json_object_get (document, "Version");
  const char *text = version == NULL ? OLDEST_VERSION : json_string_value (version);
  if (g_strcmp0 (text, NEWEST_VERSION) == 0) {
    parser->variables = POLICY_PATTERN_VARIABLES;
    return TRUE;
  }
  return g_strcmp0 (text, OLDEST_VERSION) == 0 ||
         malformed (error, "Version is " NEWEST_VERSION " or " OLDEST_VERSION);
}

static gboolean
check_members (const Parser *parser, const json_t *document, GError **error)
{
  const char *name;
  json_t *member;
  if (!json_is_object (document))
    return malformed (error, "a policy is an object with Version and Statement");
  json_object_foreach ((json_t *)document, name, member)
  {
    if (strcmp (name, "Version") == 0 || strcmp (name, "Statement") == 0)
      continue;
    if (strcmp (name, "Id") != 0)
      return malformed (error, "there is no element \"%.40s\" in a policy", name);
    if (parser->kind == POLICY_DOCUMENT_IDENTITY)
      return malformed (error, "%s must not have the element Id", kind_text (parser->kind));
    if (!json_is_string (member))
      return malformed (error, "Id: a text is needed");
  }
  return TRUE;
}

static const Policy *
read_document (Parser *parser, const json_t *document, GError **error)
{
  const json_t *list = json_object_get (document, "Statement");
  if (!check_members (parser, document, error) || !read_version (parser, document, error))
    return NULL;
  if (list == NULL || count_items (list) == 0) {
    (void)malformed (error, "a policy needs at least one Statement");
    return NULL;
  }
  Policy *policy = arena_new0 (parser->arena, Policy);
  policy->n = count_items (list);
  PolicyStatement *statements = arena_new0_n (parser->arena, PolicyStatement, policy->n);
  for (gsize i = 0; i < policy->n; i++)
    if (!read_statement (parser, item_at (list, i), &statements[i], error)) {
      g_prefix_error (error, "statement %" G_GSIZE_FORMAT ": ", i + 1);
      return NULL;
    }
  policy->statements = statements;
  return policy;
}

gsize
policy_document_size (const char *bytes, gsize length)
{
  gsize n = 0;
  /* Continuation bytes of UTF-8 belong to a character that is counted. */
  for (gsize i = 0; i < length; i++)
    n += !g_ascii_isspace (bytes[i]) && ((guchar)bytes[i] & 0xc0) != 0x80;
  return n;
}

const Policy *
policy_document_parse (const char *bytes, gsize length, PolicyDocumentKind kind, gsize max_size,
                       Arena *arena, GError **error)
{
  g_autoptr (GError) cause = NULL;
  gsize size = policy_document_size (bytes, length);
  if (size > max_size) {
    (void)failure_set (error, POLICY_DOCUMENT_ERROR, POLICY_DOCUMENT_ERROR_TOO_LARGE,
                       "the policy has %" G_GSIZE_FORMAT " characters; at most %" G_GSIZE_FORMAT
                       " are allowed",
                       size, max_size);
    return NULL;
  }
  g_autoptr (json_t) document = json_doc_parse (bytes, length, &limits, &cause);
  if (document == NULL) {
    (void)malformed (error, "the policy is not valid JSON: %s", cause->message);
    return NULL;
  }
  g_autoptr (GHashTable) sids = g_hash_table_new (g_str_hash, g_str_equal);
  Parser parser = { .kind = kind, .arena = arena, .sids = sids };
  return read_document (&parser, document, error);
}
