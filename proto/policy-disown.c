#include "proto/policy-disown.h"

#include <stdlib.h>
#include <string.h>

#include "proto/json-doc.h"

/* A new text in the place of this one, or NULL. */
static json_t *
replacement (const json_t *principal, const PolicyDisowned *gone)
{
  const char *text = json_string_value (principal);
  if (g_strcmp0 (text, gone->arn) == 0)
    return json_string (gone->id);
  if (text == NULL || gone->sessions == NULL || !g_str_has_prefix (text, gone->sessions))
    return NULL;
  return json_sprintf ("%s:%s", gone->id, text + strlen (gone->sessions));
}

/* Of one text or a list of them: how many were replaced. */
static guint
disown_names (json_t *principal, const char *kind, const PolicyDisowned *gone)
{
  json_t *names = json_object_get (principal, kind);
  guint n = 0;
  if (!json_is_array (names)) {
    json_t *other = replacement (names, gone);
    return other != NULL && json_object_set_new (principal, kind, other) == 0 ? 1 : 0;
  }
  for (gsize i = 0; i < json_array_size (names); i++) {
    json_t *other = replacement (json_array_get (names, i), gone);
    n += other != NULL && json_array_set_new (names, i, other) == 0 ? 1 : 0;
  }
  return n;
}

static guint
disown_in_statement (json_t *statement, const PolicyDisowned *gone)
{
  return disown_names (json_object_get (statement, "Principal"), "AWS", gone) +
         disown_names (json_object_get (statement, "NotPrincipal"), "AWS", gone);
}

char *
policy_disown (const char *document, const PolicyDisowned *gone)
{
  g_autoptr (json_t) policy = json_doc_parse (document, strlen (document), NULL, NULL);
  json_t *statements = json_object_get (policy, "Statement");
  guint n = json_is_array (statements) ? 0 : disown_in_statement (statements, gone);
  for (gsize i = 0; i < json_array_size (statements); i++)
    n += disown_in_statement (json_array_get (statements, i), gone);
  if (n == 0)
    return NULL;
  char *dumped = json_dumps (policy, JSON_COMPACT);
  char *text = g_strdup (dumped);
  free (dumped);
  return text;
}
