#include "server/actions/iam.h"

#include <string.h>

#include "core/ids.h"
#include "core/names.h"
#include "proto/api-error.h"
#include "server/actions/page.h"
#include "store/records/resource-tag.h"

#define DEFAULT_PAGE 100

/* ---- finding ---- */

gboolean
iam_find_user (ApiCall *call, StoreTx *tx, const char *name, Principal **out, GError **error)
{
  if (name == NULL && call->principal->kind == PRINCIPAL_SESSION) {
    api_error_set (error, API_ERR_VALIDATION_ERROR,
                   "Must specify userName when calling with non-User credentials");
    return FALSE;
  }
  gboolean read = name == NULL
                      ? principal_record_by_arn (tx, call->principal->arn, call->arena, out, error)
                      : principal_record_by_name (tx, name, call->arena, out, error);
  if (!read)
    return FALSE;
  if (*out == NULL)
    api_error_set (error, API_ERR_NO_SUCH_ENTITY, "The user with name %s cannot be found.",
                   name != NULL ? name : call->principal->name);
  return *out != NULL;
}

gboolean
iam_find_role (ApiCall *call, StoreTx *tx, const char *name, IamRole **out, GError **error)
{
  if (!iam_role_record_by_name (tx, name, call->arena, out, error))
    return FALSE;
  if (*out == NULL)
    api_error_set (error, API_ERR_NO_SUCH_ENTITY, "The role with name %s cannot be found.", name);
  return *out != NULL;
}

/* ---- checks ---- */

gboolean
iam_check_path (const char *path, const char **out_path, GError **error)
{
  *out_path = path == NULL ? "/" : path;
  if (g_str_has_suffix (*out_path, "/")) /* that it begins with one is the shape's rule */
    return TRUE;
  api_error_set (error, API_ERR_VALIDATION_ERROR, "Path \"%s\" does not end with a slash", path);
  return FALSE;
}

gboolean
iam_refuse (gconstpointer value, const char *member, const char *what, GError **error)
{
  if (value == NULL)
    return TRUE;
  api_error_set (error, API_ERR_VALIDATION_ERROR,
                 "%s cannot be given: this server does not have %s", member, what);
  return FALSE;
}

gboolean
iam_check_document (const char *text, PolicyDocumentKind kind, gsize max_size, Arena *arena,
                    const Policy **out_policy, GError **error)
{
  g_autoptr (GError) problem = NULL;
  const Policy *policy =
      policy_document_parse (text, strlen (text), kind, max_size, arena, &problem);
  if (policy == NULL) {
    gboolean large =
        g_error_matches (problem, POLICY_DOCUMENT_ERROR, POLICY_DOCUMENT_ERROR_TOO_LARGE);
    api_error_set (error, large ? API_ERR_LIMIT_EXCEEDED : API_ERR_MALFORMED_POLICY_DOCUMENT, "%s",
                   problem->message);
    return FALSE;
  }
  if (out_policy != NULL)
    *out_policy = policy;
  return TRUE;
}

/* ---- tags ---- */

gboolean
iam_check_tags (const ApiIamTagList *tags, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (gsize i = 0; tags != NULL && i < tags->n; i++) {
    const char *key = tags->items[i]->key;
    if (!names_resource_tag_key_is_valid (key)) {
      api_error_set (error, API_ERR_VALIDATION_ERROR,
                     "Tag key %s is not allowed: keys that start with aws: are reserved", key);
      return FALSE;
    }
    if (!g_hash_table_add (seen, g_ascii_strdown (key, -1))) {
      api_error_set (error, API_ERR_VALIDATION_ERROR,
                     "Duplicate tag keys found: %s. Tag keys are case insensitive.", key);
      return FALSE;
    }
  }
  return TRUE;
}

/* Keys of one name are one tag whatever their case, as conditions look at them (IAM User Guide, "Rules for tagging"). */
static gboolean
remove_tag_of_other_case (StoreTx *tx, const char *arn, const TagList *before, const char *key,
                          GError **error)
{
  for (gsize i = 0; i < before->n; i++) /* the quota is a few dozen */
    if (g_ascii_strcasecmp (before->items[i].key, key) == 0 &&
        strcmp (before->items[i].key, key) != 0 &&
        !resource_tag_record_remove (tx, arn, before->items[i].key, error))
      return FALSE;
  return TRUE;
}

gboolean
iam_put_tags (ApiCall *call, StoreTx *tx, const char *arn, const ApiIamTagList *tags,
              GError **error)
{
  gint64 limit = call->env->quotas->resource_tags;
  TagList before, now;
  if (tags == NULL)
    return TRUE;
  if (!iam_check_tags (tags, error) ||
      !resource_tag_record_list (tx, arn, call->arena, &before, error))
    return FALSE;
  for (gsize i = 0; i < tags->n; i++)
    if (!remove_tag_of_other_case (tx, arn, &before, tags->items[i]->key, error) ||
        !resource_tag_record_put (tx, arn, tags->items[i]->key, tags->items[i]->value, error))
      return FALSE;
  if (!resource_tag_record_list (tx, arn, call->arena, &now, error))
    return FALSE;
  if ((gint64)now.n > limit)
    api_error_set (error, API_ERR_LIMIT_EXCEEDED,
                   "%s would have %" G_GSIZE_FORMAT " tags; %" G_GINT64_FORMAT " are allowed", arn,
                   now.n, limit);
  return (gint64)now.n <= limit;
}

gboolean
iam_remove_tags (StoreTx *tx, const char *arn, const ApiIamTagKeyList *keys, GError **error)
{
  for (gsize i = 0; i < keys->n; i++)
    if (!resource_tag_record_remove (tx, arn, keys->items[i], error))
      return FALSE;
  return TRUE;
}

const ApiIamTagList *
iam_show_tags (const TagList *tags, Arena *arena)
{
  if (tags == NULL || tags->n == 0)
    return NULL;
  ApiIamTagList *list = arena_new0 (arena, ApiIamTagList);
  list->n = tags->n;
  list->items = arena_new0_n (arena, const ApiIamTag *, tags->n);
  for (gsize i = 0; i < tags->n; i++) {
    ApiIamTag *tag = arena_new0 (arena, ApiIamTag);
    tag->key = tags->items[i].key;
    tag->value = tags->items[i].value;
    list->items[i] = tag;
  }
  return list;
}

gboolean
iam_list_tags (ApiCall *call, StoreTx *tx, const char *arn, const ApiIamTagList **out,
               const gboolean **out_truncated, GError **error)
{
  static const ApiIamTagList none = { 0, NULL };
  TagList tags;
  if (!resource_tag_record_list (tx, arn, call->arena, &tags, error))
    return FALSE;
  *out = iam_show_tags (&tags, call->arena);
  if (*out == NULL)
    *out = &none;
  *out_truncated = arena_bool (call->arena, FALSE);
  return TRUE;
}

/* ---- pages ---- */

gsize
iam_page_size (const gint64 *max_items)
{
  return max_items == NULL ? DEFAULT_PAGE : (gsize)*max_items;
}

IamPage
iam_page_end (ApiCall *call, gsize n, gsize size,
              const char *(*position) (gconstpointer items, gsize i, Arena *arena),
              gconstpointer items)
{
  gboolean truncated = n > size;
  return (IamPage){
    .n = MIN (n, size),
    .truncated = arena_bool (call->arena, truncated),
    .marker = truncated ? page_end (call, position (items, size - 1, call->arena)) : NULL,
  };
}

/* ---- views ---- */

static const char *
show_id (const char *prefix, const char *arn, gint64 create_ms, Arena *arena)
{
  char id[IDS_PRINCIPAL_SIZE];
  ids_for_principal (prefix, arn, create_ms, id);
  return arena_strdup (arena, id);
}

const ApiUser *
iam_show_user (const Principal *user, const TagList *tags, Arena *arena)
{
  ApiUser *shown = arena_new0 (arena, ApiUser);
  shown->path = user->path;
  shown->user_name = user->name;
  shown->user_id = show_id ("AIDA", user->arn, user->create_ms, arena);
  shown->arn = user->arn;
  shown->create_date = arena_int64 (arena, user->create_ms);
  shown->tags = iam_show_tags (tags, arena);
  return shown;
}

const ApiIamRole *
iam_show_role (const IamRole *role, const TagList *tags, Arena *arena)
{
  ApiIamRole *shown = arena_new0 (arena, ApiIamRole);
  shown->path = role->path;
  shown->role_name = role->name;
  shown->role_id = show_id ("AROA", role->arn, role->create_ms, arena);
  shown->arn = role->arn;
  shown->create_date = arena_int64 (arena, role->create_ms);
  shown->assume_role_policy_document = role->trust_policy;
  shown->description = *role->description == '\0' ? NULL : role->description;
  shown->max_session_duration = arena_int64 (arena, role->max_session_s);
  shown->tags = iam_show_tags (tags, arena);
  return shown;
}
