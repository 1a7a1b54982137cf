#include "server/actions/tags.h"

#include "core/arn.h"
#include "core/names.h"
#include "proto/api-error.h"
#include "server/actions/catalog-actions.h"
#include "server/actions/catalog.h"
#include "server/actions/page.h"
#include "store/records/instance.h"
#include "store/records/resource-tag.h"

#include <string.h>

/* Resource tags: api.md 3.8. */

gboolean
tags_check (const ApiTagList *tags, gint64 limit, GError **error)
{
  if (tags == NULL)
    return TRUE;
  for (gsize i = 0; i < tags->n; i++)
    if (!names_resource_tag_key_is_valid (tags->items[i]->key)) {
      api_error_set (error, API_ERR_INVALID_TAGS_TO_ADD,
                     "Tag key %s is not allowed: keys that start with aws: are reserved",
                     tags->items[i]->key);
      return FALSE;
    }
  if ((gint64)tags->n > limit) {
    api_error_set (error, API_ERR_INVALID_TAGS_TO_ADD,
                   "%" G_GSIZE_FORMAT " tags are more than the %" G_GINT64_FORMAT
                   " that one resource may have",
                   tags->n, limit);
    return FALSE;
  }
  return TRUE;
}

gboolean
tags_put (StoreTx *tx, const char *resource_id, const ApiTagList *tags, GError **error)
{
  for (gsize i = 0; tags != NULL && i < tags->n; i++) {
    const ApiTag *tag = tags->items[i];
    if (!resource_tag_record_put (tx, resource_id, tag->key, tag->value ? tag->value : "", error))
      return FALSE;
  }
  return TRUE;
}

/* The id of the application or group that an ARN names. Account and region are not compared: clients build ARNs
 * from what they believe both to be. */
static gboolean
resolve (ApiCall *call, StoreTx *tx, const char *text, const char **out_id, GError **error)
{
  Arn arn;
  if (!arn_parse (text, call->arena, &arn)) {
    api_error_set (error, API_ERR_INVALID_ARN, "%s is not an ARN", text);
    return FALSE;
  }
  ArnResource resource = arn_resource (&arn, call->arena);
  if (resource.kind != ARN_APPLICATION && resource.kind != ARN_DEPLOYMENT_GROUP) {
    api_error_set (error, API_ERR_ARN_NOT_SUPPORTED,
                   "%s is not the ARN of an application or a deployment group", text);
    return FALSE;
  }
  const ApplicationRecord *application = catalog_find_application (call, tx, resource.name, error);
  if (application == NULL)
    return FALSE;
  *out_id = application->id;
  if (resource.kind == ARN_DEPLOYMENT_GROUP) {
    const DeploymentGroupRecord *group =
        catalog_find_group (call, tx, application, resource.group, error);
    if (group == NULL)
      return FALSE;
    *out_id = group->id;
  }
  return TRUE;
}

gboolean
action_tag_resource (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiTagResourceInput *input = call->input;
  gint64 limit = call->env->quotas->resource_tags;
  const char *id;
  TagList now;
  if (!tags_check (input->tags, limit, error) ||
      !resolve (call, tx, input->resource_arn, &id, error) ||
      !tags_put (tx, id, input->tags, error) ||
      !resource_tag_record_list (tx, id, call->arena, &now, error))
    return FALSE;
  if ((gint64)now.n > limit) {
    api_error_set (error, API_ERR_INVALID_TAGS_TO_ADD,
                   "%s would have %" G_GSIZE_FORMAT " tags; %" G_GINT64_FORMAT " are allowed",
                   input->resource_arn, now.n, limit);
    return FALSE;
  }
  return TRUE;
}

gboolean
action_untag_resource (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiUntagResourceInput *input = call->input;
  const char *id;
  if (!resolve (call, tx, input->resource_arn, &id, error))
    return FALSE;
  for (gsize i = 0; i < input->tag_keys->n; i++)
    if (!resource_tag_record_remove (tx, id, input->tag_keys->items[i], error))
      return FALSE;
  return TRUE;
}

/* Of an on-premises instance, whose tags are changed by other operations: reading them this way does no harm. Its name may stand
 * with or without the suffix that its ARN has. */
static gboolean
list_instance_tags (ApiCall *call, StoreTx *tx, const char *arn, const char *resource, TagList *out,
                    GError **error)
{
  const char *suffix = strrchr (resource, '_');
  const char *name =
      suffix != NULL ? arena_strndup (call->arena, resource, (gsize)(suffix - resource)) : resource;
  InstanceRecord *record;
  if (!instance_record_by_name (tx, resource, call->arena, &record, error))
    return FALSE;
  if (record == NULL) {
    if (!instance_record_by_name (tx, name, call->arena, &record, error))
      return FALSE;
    if (record != NULL && (suffix == NULL || strcmp (suffix + 1, record->arn_suffix) != 0))
      record = NULL;
  }
  if (record != NULL)
    return instance_record_tags (tx, record->name, call->arena, out, error);
  api_error_set (error, API_ERR_INVALID_ARN, "%s is not the ARN of a registered instance", arn);
  return FALSE;
}

/* One page: a resource has few tags. A token can only be one of another list. */
gboolean
action_list_tags_for_resource (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListTagsForResourceInput *input = call->input;
  ApiListTagsForResourceOutput *out = output;
  const char *text = input->resource_arn, *id;
  TagList tags;
  Arn arn;
  ArnResource resource = { .kind = ARN_OTHER };
  if (arn_parse (text, call->arena, &arn))
    resource = arn_resource (&arn, call->arena);
  if (resource.kind == ARN_INSTANCE
          ? !list_instance_tags (call, tx, text, resource.name, &tags, error)
          : !resolve (call, tx, text, &id, error) ||
                !resource_tag_record_list (tx, id, call->arena, &tags, error))
    return FALSE;
  out->tags = catalog_show_tags (&tags, call->arena);
  return TRUE;
}
