#include "core/names.h"
#include "proto/api-enums.h"
#include "proto/api-error.h"
#include "server/actions/catalog-actions.h"
#include "server/actions/catalog.h"
#include "server/actions/count-limit.h"
#include "server/actions/page.h"

#include <stdlib.h>

/* Revisions: api.md 3.4 and 4. */

gboolean
action_register_application_revision (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiRegisterApplicationRevisionInput *input = call->input;
  Revision revision;
  /* First what holds for every platform: a bad location is told before an unknown application. */
  if (!catalog_read_revision (input->revision, NULL, call->arena, &revision, error))
    return FALSE;
  const ApplicationRecord *application =
      catalog_find_application (call, tx, input->application_name, error);
  return application != NULL &&
         catalog_read_revision (input->revision, &application->compute_platform, call->arena,
                                &revision, error) &&
         catalog_register_revision (call, tx, application, &revision, input->description,
                                    REVISION_REPLACE_DESCRIPTION, error) != NULL;
}

static const ApiGenericRevisionInfo *
describe_usage (ApiCall *call, StoreTx *tx, const RevisionRecord *record, GError **error)
{
  NameList groups;
  if (!deployment_group_record_names_by_target (tx, record->application_id, record->number,
                                                call->arena, &groups, error))
    return NULL;
  ApiDeploymentGroupsList *list = arena_new0 (call->arena, ApiDeploymentGroupsList);
  list->n = groups.n;
  list->items = groups.items;
  ApiGenericRevisionInfo *info = arena_new0 (call->arena, ApiGenericRevisionInfo);
  info->description = record->description;
  info->deployment_groups = list;
  info->register_time = arena_int64 (call->arena, record->register_ms);
  if (record->first_used_ms != 0) {
    info->first_used_time = arena_int64 (call->arena, record->first_used_ms);
    info->last_used_time = arena_int64 (call->arena, record->last_used_ms);
  }
  return info;
}

/* *out NULL: not registered. */
static gboolean
find (ApiCall *call, StoreTx *tx, const ApplicationRecord *application, const Revision *revision,
      RevisionRecord **out, GError **error)
{
  char identity[REVISION_IDENTITY_SIZE];
  revision_identity (revision, identity);
  return revision_record_by_identity (tx, application->id, identity, call->arena, out, error);
}

gboolean
action_get_application_revision (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiGetApplicationRevisionInput *input = call->input;
  ApiGetApplicationRevisionOutput *out = output;
  Revision revision;
  if (!catalog_read_revision (input->revision, NULL, call->arena, &revision, error))
    return FALSE;
  const ApplicationRecord *application =
      catalog_find_application (call, tx, input->application_name, error);
  RevisionRecord *record;
  if (application == NULL || !find (call, tx, application, &revision, &record, error))
    return FALSE;
  if (record == NULL) {
    api_error_set (error, API_ERR_REVISION_DOES_NOT_EXIST,
                   "The application %s has no registered revision %s", application->name,
                   revision_describe (&revision, call->arena));
    return FALSE;
  }
  out->application_name = application->name;
  out->revision = catalog_stored_location (record, REVISION_WITH_CONTENT, call->arena, error);
  if (out->revision == NULL)
    return FALSE;
  out->revision_info = describe_usage (call, tx, record, error);
  return out->revision_info != NULL;
}

gboolean
action_batch_get_application_revisions (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiBatchGetApplicationRevisionsInput *input = call->input;
  ApiBatchGetApplicationRevisionsOutput *out = output;
  const ApiRevisionLocationList *locations = input->revisions;
  if (!count_limit_check (locations->n, call->env->quotas->batch_revisions,
                          API_ERR_BATCH_LIMIT_EXCEEDED, "revisions", error))
    return FALSE;
  Revision *revisions = arena_new0_n (call->arena, Revision, locations->n);
  for (gsize i = 0; i < locations->n; i++)
    if (!catalog_read_revision (locations->items[i], NULL, call->arena, &revisions[i], error))
      return FALSE;
  const ApplicationRecord *application =
      catalog_find_application (call, tx, input->application_name, error);
  if (application == NULL)
    return FALSE;

  ApiRevisionInfoList *list = arena_new0 (call->arena, ApiRevisionInfoList);
  list->items = arena_alloc_n (call->arena, locations->n, sizeof *list->items);
  g_autoptr (GString) missing = g_string_new (NULL);
  for (gsize i = 0; i < locations->n; i++) {
    RevisionRecord *record;
    if (!find (call, tx, application, &revisions[i], &record, error))
      return FALSE;
    if (record == NULL) {
      g_string_append_printf (missing, "%s%s", missing->len > 0 ? ", " : "",
                              revision_describe (&revisions[i], call->arena));
      continue;
    }
    ApiRevisionInfo *info = arena_new0 (call->arena, ApiRevisionInfo);
    info->revision_location =
        catalog_stored_location (record, REVISION_WITHOUT_CONTENT, call->arena, error);
    if (info->revision_location == NULL)
      return FALSE;
    info->generic_revision_info = describe_usage (call, tx, record, error);
    if (info->generic_revision_info == NULL)
      return FALSE;
    list->items[list->n++] = info;
  }
  out->application_name = application->name;
  out->revisions = list;
  out->error_message =
      missing->len > 0 ? arena_printf (call->arena, "Revisions not found: %s", missing->str) : "";
  return TRUE;
}

/* --- the list --- */

static RevisionSort
sort_of (const char *sort_by)
{
  switch (api_application_revision_sort_by_from_name (sort_by)) {
  case API_APPLICATION_REVISION_SORT_BY_REGISTER_TIME:
    return REVISION_SORT_REGISTER_TIME;
  case API_APPLICATION_REVISION_SORT_BY_FIRST_USED_TIME:
    return REVISION_SORT_FIRST_USED;
  case API_APPLICATION_REVISION_SORT_BY_LAST_USED_TIME:
    return REVISION_SORT_LAST_USED;
  case API_APPLICATION_REVISION_SORT_BY_NONE:
    break;
  }
  return REVISION_SORT_NUMBER;
}

static RevisionDeployed
deployed_of (const char *deployed)
{
  switch (api_list_state_filter_action_from_name (deployed)) {
  case API_LIST_STATE_FILTER_ACTION_INCLUDE:
    return REVISION_DEPLOYED_INCLUDE;
  case API_LIST_STATE_FILTER_ACTION_EXCLUDE:
    return REVISION_DEPLOYED_EXCLUDE;
  case API_LIST_STATE_FILTER_ACTION_IGNORE:
  case API_LIST_STATE_FILTER_ACTION_NONE:
    break;
  }
  return REVISION_DEPLOYED_IGNORE;
}

/* The position of a page is "<sort key> <number>"; only our own come out of a token. */
static void
read_position (const char *position, RevisionQuery *query)
{
  char *rest;
  if (position == NULL)
    return;
  query->after_key = g_ascii_strtoll (position, &rest, 10);
  query->after_number = g_ascii_strtoll (rest, NULL, 10);
}

gboolean
action_list_application_revisions (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListApplicationRevisionsInput *input = call->input;
  ApiListApplicationRevisionsOutput *out = output;
  gsize limit = (gsize)call->env->quotas->items_per_page;
  gboolean descending = api_sort_order_from_name (input->sort_order) == API_SORT_ORDER_DESCENDING;
  if (input->s3_key_prefix != NULL && input->s3_bucket == NULL) {
    api_error_set (error, API_ERR_BUCKET_NAME_FILTER_REQUIRED, "s3KeyPrefix needs s3Bucket");
    return FALSE;
  }
  const char *position;
  if (!page_begin (call, input->next_token, &position, error))
    return FALSE;
  const ApplicationRecord *application =
      catalog_find_application (call, tx, input->application_name, error);
  if (application == NULL)
    return FALSE;

  RevisionQuery query = { .application_id = application->id,
                          .sort = sort_of (input->sort_by),
                          .order = descending ? REVISION_DESCENDING : REVISION_ASCENDING,
                          .s3_bucket = input->s3_bucket,
                          .s3_key_prefix = input->s3_key_prefix,
                          .deployed = deployed_of (input->deployed),
                          .limit = limit + 1 };
  read_position (position, &query);
  RevisionRecordList found;
  if (!revision_record_list (tx, &query, call->arena, &found, error))
    return FALSE;
  ApiRevisionLocationList *list = arena_new0 (call->arena, ApiRevisionLocationList);
  list->n = MIN (found.n, limit);
  list->items = arena_alloc_n (call->arena, list->n, sizeof *list->items);
  for (gsize i = 0; i < list->n; i++) {
    list->items[i] =
        catalog_stored_location (found.items[i], REVISION_WITHOUT_CONTENT, call->arena, error);
    if (list->items[i] == NULL)
      return FALSE;
  }
  out->revisions = list;
  if (found.n > limit) {
    const RevisionRecord *last = found.items[limit - 1];
    out->next_token =
        page_end (call, arena_printf (call->arena, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                                      revision_record_sort_key (last, query.sort), last->number));
  }
  return TRUE;
}
