#include "store/records/instance.h"

#include "core/ids.h"
#include "core/names.h"
#include "proto/api-enums.h"
#include "proto/api-error.h"
#include "server/actions/catalog-actions.h"
#include "server/actions/catalog.h"
#include "server/actions/count-limit.h"
#include "server/actions/instances.h"
#include "server/actions/page.h"
#include "server/actions/tag-rules.h"
#include "server/engine/engine.h"
#include "server/host-identity.h"

#include <string.h>

/* On-premises instances: api.md 3.7. */

/* --- registration --- */

gboolean
instances_register (ApiCall *call, StoreTx *tx, const char *name, const char *iam_user_arn,
                    const char *iam_session_arn, GError **error)
{
  char suffix[IDS_INSTANCE_SUFFIX_SIZE];
  ids_new_instance_suffix (call->env->ambient, suffix);
  InstanceRecord record = { .name = name,
                            .arn_suffix = suffix,
                            .iam_user_arn = iam_user_arn,
                            .iam_session_arn = iam_session_arn,
                            .register_ms = call->now_ms };
  InstanceRegister result;
  if (!instance_record_register (tx, &record, &result, error))
    return FALSE;
  switch (result) {
  case INSTANCE_NAME_TAKEN:
    api_error_set (error, API_ERR_INSTANCE_NAME_ALREADY_REGISTERED,
                   "An on-premises instance is already registered under the name %s", name);
    return FALSE;
  case INSTANCE_IAM_USER_TAKEN:
    api_error_set (error, API_ERR_IAM_USER_ARN_ALREADY_REGISTERED,
                   "The IAM user %s is already registered with an on-premises instance",
                   iam_user_arn);
    return FALSE;
  case INSTANCE_IAM_SESSION_TAKEN:
    api_error_set (error, API_ERR_IAM_SESSION_ARN_ALREADY_REGISTERED,
                   "The IAM session %s is already registered with an on-premises instance",
                   iam_session_arn);
    return FALSE;
  case INSTANCE_REGISTERED:
    break;
  }
  return engine_hosts_changed (call->env->engine, tx, call->now_ms, error);
}

gboolean
action_register_on_premises_instance (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiRegisterOnPremisesInstanceInput *input = call->input;
  if (input->iam_user_arn == NULL && input->iam_session_arn == NULL) {
    api_error_set (error, API_ERR_IAM_ARN_REQUIRED, "iamUserArn or iamSessionArn must be given");
    return FALSE;
  }
  if (input->iam_user_arn != NULL && input->iam_session_arn != NULL) {
    api_error_set (error, API_ERR_MULTIPLE_IAM_ARNS_PROVIDED,
                   "iamUserArn and iamSessionArn are both given; only one of them may be");
    return FALSE;
  }
  const char *session =
      input->iam_session_arn != NULL ? strrchr (input->iam_session_arn, '/') : NULL;
  if (session != NULL && host_identity_is_instance_id (session + 1)) {
    api_error_set (error, API_ERR_INVALID_IAM_SESSION_ARN,
                   "%s is the identity of an EC2 instance, which polls as its instance ARN and is "
                   "not registered; give the session another name",
                   input->iam_session_arn);
    return FALSE;
  }
  return instances_register (call, tx, input->instance_name, input->iam_user_arn,
                             input->iam_session_arn, error);
}

gboolean
instances_deregister (ApiCall *call, StoreTx *tx, const char *name, const InstanceRecord **out,
                      GError **error)
{
  InstanceRecord *record;
  gboolean changed;
  *out = NULL;
  if (!instance_record_by_name (tx, name, call->arena, &record, error) ||
      !instance_record_deregister (tx, name, call->now_ms, &changed, error))
    return FALSE;
  if (!changed)
    return TRUE;
  *out = record;
  return engine_host_gone (
      call->env->engine, tx,
      record->iam_user_arn != NULL ? record->iam_user_arn : record->iam_session_arn,
      arena_printf (call->arena, "The instance %s was deregistered during the deployment", name),
      call->now_ms, error);
}

gboolean
action_deregister_on_premises_instance (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiDeregisterOnPremisesInstanceInput *input = call->input;
  const InstanceRecord *record; /* an unknown name is not an error here */
  return instances_deregister (call, tx, input->instance_name, &record, error);
}

/* --- reading --- */

static const ApiInstanceInfo *
describe (ApiCall *call, StoreTx *tx, const InstanceRecord *record, GError **error)
{
  TagList tags;
  if (!instance_record_tags (tx, record->name, call->arena, &tags, error))
    return NULL;
  ApiInstanceInfo *info = arena_new0 (call->arena, ApiInstanceInfo);
  info->instance_name = record->name;
  info->iam_user_arn = record->iam_user_arn;
  info->iam_session_arn = record->iam_session_arn;
  info->instance_arn =
      arn_for_instance (call->arena, &call->env->arn, record->name, record->arn_suffix);
  info->register_time = arena_int64 (call->arena, record->register_ms);
  if (record->deregister_ms != 0)
    info->deregister_time = arena_int64 (call->arena, record->deregister_ms);
  info->tags = catalog_show_tags (&tags, call->arena);
  return info;
}

gboolean
action_get_on_premises_instance (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiGetOnPremisesInstanceInput *input = call->input;
  ApiGetOnPremisesInstanceOutput *out = output;
  InstanceRecord *record;
  if (!instance_record_by_name (tx, input->instance_name, call->arena, &record, error))
    return FALSE;
  if (record == NULL) {
    api_error_set (error, API_ERR_INSTANCE_NOT_REGISTERED,
                   "No on-premises instance was ever registered under the name %s",
                   input->instance_name);
    return FALSE;
  }
  out->instance_info = describe (call, tx, record, error);
  return out->instance_info != NULL;
}

gboolean
action_batch_get_on_premises_instances (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiBatchGetOnPremisesInstancesInput *input = call->input;
  ApiBatchGetOnPremisesInstancesOutput *out = output;
  const ApiInstanceNameList *names = input->instance_names;
  if (!count_limit_check (names->n, call->env->quotas->batch_instances,
                          API_ERR_BATCH_LIMIT_EXCEEDED, "names in instanceNames", error))
    return FALSE;
  ApiInstanceInfoList *list = arena_new0 (call->arena, ApiInstanceInfoList);
  list->items = arena_alloc_n (call->arena, names->n, sizeof *list->items);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (gsize i = 0; i < names->n; i++) {
    InstanceRecord *record;
    if (!g_hash_table_add (seen, (gpointer)names->items[i]))
      continue;
    if (!instance_record_by_name (tx, names->items[i], call->arena, &record, error))
      return FALSE;
    if (record == NULL)
      continue;
    const ApiInstanceInfo *info = describe (call, tx, record, error);
    if (info == NULL)
      return FALSE;
    list->items[list->n++] = info;
  }
  out->instance_infos = list;
  return TRUE;
}

static InstanceFilter
filter_of (const char *registration_status)
{
  switch (api_registration_status_from_name (registration_status)) {
  case API_REGISTRATION_STATUS_REGISTERED:
    return INSTANCE_FILTER_REGISTERED;
  case API_REGISTRATION_STATUS_DEREGISTERED:
    return INSTANCE_FILTER_DEREGISTERED;
  case API_REGISTRATION_STATUS_NONE:
    break;
  }
  return INSTANCE_FILTER_ANY;
}

gboolean
action_list_on_premises_instances (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListOnPremisesInstancesInput *input = call->input;
  ApiListOnPremisesInstancesOutput *out = output;
  gsize limit = (gsize)call->env->quotas->names_per_page;
  TagFilterList filters;
  g_autoptr (GError) wrong = NULL;
  if (!tag_rules_read_filters (input->tag_filters, call->arena, &filters, &wrong)) {
    api_error_set (error, API_ERR_INVALID_TAG_FILTER, "%s", wrong->message);
    return FALSE;
  }
  const char *after;
  NameList names;
  if (!count_limit_check (filters.n, call->env->quotas->tag_filters, API_ERR_INVALID_TAG_FILTER,
                          "filters in tagFilters", error) ||
      !page_begin (call, input->next_token, &after, error) ||
      !instance_record_names (tx, filter_of (input->registration_status), &filters, after,
                              limit + 1, call->arena, &names, error))
    return FALSE;
  ApiInstanceNameList *list = arena_new0 (call->arena, ApiInstanceNameList);
  list->n = MIN (names.n, limit);
  list->items = names.items;
  out->instance_names = list;
  out->next_token = names.n > limit ? page_end (call, names.items[limit - 1]) : NULL;
  return TRUE;
}

/* --- tags --- */

gboolean
instances_check_tags (const ApiTagList *tags, GError **error)
{
  for (gsize i = 0; tags != NULL && i < tags->n; i++)
    if (tags->items[i]->key == NULL || tags->items[i]->value == NULL) {
      api_error_set (error, API_ERR_INVALID_TAG, "A tag of an instance needs a Key and a Value");
      return FALSE;
    }
  return TRUE;
}

gboolean
instances_add_tags (ApiCall *call, StoreTx *tx, const char *name, const ApiTagList *tags,
                    GError **error)
{
  gint64 limit = call->env->quotas->instance_tags;
  TagList now;
  for (gsize i = 0; tags != NULL && i < tags->n; i++)
    if (!instance_record_tag_put (tx, name, tags->items[i]->key, tags->items[i]->value, error))
      return FALSE;
  if (!instance_record_tags (tx, name, call->arena, &now, error))
    return FALSE;
  if ((gint64)now.n <= limit)
    return TRUE;
  api_error_set (error, API_ERR_TAG_LIMIT_EXCEEDED,
                 "%s would have %" G_GSIZE_FORMAT " tags; %" G_GINT64_FORMAT " are allowed", name,
                 now.n, limit);
  return FALSE;
}

/* All of them registered, or InstanceNotRegistered. */
static gboolean
check_instances (ApiCall *call, StoreTx *tx, const ApiInstanceNameList *names, GError **error)
{
  if (!count_limit_check (names->n, call->env->quotas->instances_per_tag_call,
                          API_ERR_INSTANCE_LIMIT_EXCEEDED, "names in instanceNames", error))
    return FALSE;
  for (gsize i = 0; i < names->n; i++) {
    InstanceRecord *record;
    if (!instance_record_by_name (tx, names->items[i], call->arena, &record, error))
      return FALSE;
    if (record == NULL || record->deregister_ms != 0) {
      api_error_set (error, API_ERR_INSTANCE_NOT_REGISTERED,
                     "No on-premises instance is registered under the name %s", names->items[i]);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
action_add_tags_to_on_premises_instances (ApiCall *call, StoreTx *tx, gpointer output,
                                          GError **error)
{
  const ApiAddTagsToOnPremisesInstancesInput *input = call->input;
  if (!instances_check_tags (input->tags, error) ||
      !check_instances (call, tx, input->instance_names, error))
    return FALSE;
  for (gsize i = 0; i < input->instance_names->n; i++)
    if (!instances_add_tags (call, tx, input->instance_names->items[i], input->tags, error))
      return FALSE;
  return engine_hosts_changed (call->env->engine, tx, call->now_ms, error);
}

gboolean
action_remove_tags_from_on_premises_instances (ApiCall *call, StoreTx *tx, gpointer output,
                                               GError **error)
{
  const ApiRemoveTagsFromOnPremisesInstancesInput *input = call->input;
  if (!instances_check_tags (input->tags, error) ||
      !check_instances (call, tx, input->instance_names, error))
    return FALSE;
  for (gsize i = 0; i < input->instance_names->n; i++)
    for (gsize t = 0; t < input->tags->n; t++)
      if (!instance_record_tag_remove (tx, input->instance_names->items[i],
                                       input->tags->items[t]->key, input->tags->items[t]->value,
                                       error))
        return FALSE;
  return TRUE;
}
