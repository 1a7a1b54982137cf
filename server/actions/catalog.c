#include "server/actions/catalog.h"

#include "proto/api-error.h"
#include "store/records/deployment-config.h"

/* --- applications, groups, configurations --- */

ApplicationRecord *
catalog_find_application (ApiCall *call, StoreTx *tx, const char *name, GError **error)
{
  ApplicationRecord *record;
  if (!application_record_by_name (tx, name, call->arena, &record, error))
    return NULL;
  if (record == NULL)
    api_error_set (error, API_ERR_APPLICATION_DOES_NOT_EXIST, "No application found for name: %s",
                   name);
  return record;
}

DeploymentGroupRecord *
catalog_find_group (ApiCall *call, StoreTx *tx, const ApplicationRecord *application,
                    const char *name, GError **error)
{
  DeploymentGroupRecord *record;
  if (!deployment_group_record_by_name (tx, application->id, name, call->arena, &record, error))
    return NULL;
  if (record == NULL)
    api_error_set (error, API_ERR_DEPLOYMENT_GROUP_DOES_NOT_EXIST,
                   "No Deployment Group found for name: %s", name);
  return record;
}

static const ApiDeploymentConfigInfo *
config_settings (const DeploymentConfigRecord *record, Arena *arena, GError **error)
{
  gpointer decoded;
  if (shape_from_text (&api_shape_deployment_config_info, record->settings_json, arena, &decoded,
                       error))
    return decoded;
  g_prefix_error (
      error, "cannot read the stored settings of deployment configuration \"%s\": ", record->name);
  return NULL;
}

static gboolean
read_config (const DeploymentConfigRecord *record, Arena *arena, DeployConfig *out, GError **error)
{
  const ApiDeploymentConfigInfo *info = config_settings (record, arena, error);
  if (info == NULL)
    return FALSE;
  *out = (DeployConfig){ .name = record->name,
                         .id = record->id,
                         .platform = record->compute_platform };
  if (info->minimum_healthy_hosts != NULL &&
      minimum_healthy_type_from_name (info->minimum_healthy_hosts->type,
                                      &out->minimum_healthy.type))
    out->minimum_healthy.value = *info->minimum_healthy_hosts->value;
  const ApiTrafficRoutingConfig *routing = info->traffic_routing_config;
  if (routing != NULL &&
      traffic_routing_type_from_name (routing->type, &out->traffic_routing.type)) {
    if (routing->time_based_canary != NULL) {
      out->traffic_routing.percent = *routing->time_based_canary->canary_percentage;
      out->traffic_routing.minutes = *routing->time_based_canary->canary_interval;
    } else if (routing->time_based_linear != NULL) {
      out->traffic_routing.percent = *routing->time_based_linear->linear_percentage;
      out->traffic_routing.minutes = *routing->time_based_linear->linear_interval;
    }
  }
  if (info->deployment_timeout_in_minutes != NULL)
    out->options.timeout_minutes = *info->deployment_timeout_in_minutes;
  if (info->retries_per_target != NULL)
    out->options.retries = *info->retries_per_target;
  if (info->maximum_batch_size != NULL)
    out->options.maximum_batch = *info->maximum_batch_size;
  return TRUE;
}

gboolean
catalog_refuse_config (const char *name, GError **error)
{
  api_error_set (error, API_ERR_DEPLOYMENT_CONFIG_DOES_NOT_EXIST,
                 "No Deployment Configuration found for name: %s", name);
  return FALSE;
}

const DeployConfig *
catalog_find_config (ApiCall *call, StoreTx *tx, const char *name, GError **error)
{
  const DeployConfig *predefined = deploy_config_find_predefined (name);
  if (predefined != NULL)
    return predefined;
  DeploymentConfigRecord *record;
  if (!deployment_config_record_by_name (tx, name, call->arena, &record, error))
    return NULL;
  if (record == NULL) {
    catalog_refuse_config (name, error);
    return NULL;
  }
  DeployConfig *config = arena_new0 (call->arena, DeployConfig);
  return read_config (record, call->arena, config, error) ? config : NULL;
}

gboolean
catalog_find_zones (ApiCall *call, StoreTx *tx, const char *config_name, const ApiZonalConfig **out,
                    GError **error)
{
  DeploymentConfigRecord *record = NULL;
  *out = NULL;
  if (deploy_config_find_predefined (config_name) != NULL)
    return TRUE;
  if (!deployment_config_record_by_name (tx, config_name, call->arena, &record, error))
    return FALSE;
  const ApiDeploymentConfigInfo *info =
      record != NULL ? config_settings (record, call->arena, error) : NULL;
  if (info != NULL)
    *out = info->zonal_config;
  return record == NULL || info != NULL;
}

/* --- settings of a group --- */

const ApiDeploymentGroupInfo *
catalog_group_settings (const DeploymentGroupRecord *group, Arena *arena, GError **error)
{
  gpointer decoded;
  if (!shape_from_text (&api_shape_deployment_group_info, group->settings_json, arena, &decoded,
                        error)) {
    g_prefix_error (error,
                    "cannot read the stored settings of deployment group \"%s\": ", group->name);
    return NULL;
  }
  return decoded != NULL ? decoded : arena_new0 (arena, ApiDeploymentGroupInfo);
}

static TagFilterList
read_filters (const ApiTagFilterList *list, Arena *arena)
{
  TagFilter *filters = arena_new0_n (arena, TagFilter, list->n);
  gsize n = 0;
  for (gsize i = 0; i < list->n; i++) {
    const ApiTagFilter *from = list->items[i];
    g_autoptr (GError) unusable = NULL;
    /* One that is unusable was refused when the group was written; should it be here, it selects nothing. */
    if (tag_filter_init (&filters[n], from->key, from->value, from->type, &unusable))
      n++;
  }
  return (TagFilterList){ .filters = filters, .n = n };
}

ApiTagList *
catalog_show_tags (const TagList *tags, Arena *arena)
{
  ApiTagList *list = arena_new0 (arena, ApiTagList);
  list->n = tags->n;
  list->items = arena_alloc_n (arena, tags->n, sizeof *list->items);
  for (gsize i = 0; i < tags->n; i++) {
    ApiTag *tag = arena_new0 (arena, ApiTag);
    tag->key = tags->items[i].key;
    tag->value = tags->items[i].value;
    list->items[i] = tag;
  }
  return list;
}

TagSelector
catalog_on_premises_selector (const ApiDeploymentGroupInfo *settings, Arena *arena)
{
  TagSelector selector = { .n_groups = 0 };
  if (settings->on_premises_instance_tag_filters != NULL)
    selector.flat = read_filters (settings->on_premises_instance_tag_filters, arena);
  const ApiOnPremisesTagSet *set = settings->on_premises_tag_set;
  if (set != NULL && set->on_premises_tag_set_list != NULL) {
    selector.n_groups = set->on_premises_tag_set_list->n;
    TagFilterList *groups = arena_new0_n (arena, TagFilterList, selector.n_groups);
    for (gsize i = 0; i < selector.n_groups; i++)
      groups[i] = read_filters (set->on_premises_tag_set_list->items[i], arena);
    selector.groups = groups;
  }
  return selector;
}

/* --- revisions --- */

gboolean
catalog_read_revision (const ApiRevisionLocation *location, const ComputePlatform *platform,
                       Arena *arena, Revision *out, GError **error)
{
  RevisionInput input = { 0 };
  if (location != NULL) {
    input.revision_type = location->revision_type;
    if (location->s3_location != NULL) {
      const ApiS3Location *s3 = location->s3_location;
      input.s3.given = TRUE;
      input.s3.bucket = s3->bucket;
      input.s3.key = s3->key;
      input.s3.bundle_type = s3->bundle_type;
      input.s3.version = s3->version;
      input.s3.etag = s3->e_tag;
    }
    if (location->git_hub_location != NULL) {
      input.github.given = TRUE;
      input.github.repository = location->git_hub_location->repository;
      input.github.commit_id = location->git_hub_location->commit_id;
    }
    if (location->string != NULL) {
      input.string.given = TRUE;
      input.string.content = location->string->content;
      input.string.sha256 = location->string->sha256;
    }
    if (location->app_spec_content != NULL) {
      input.app_spec_content.given = TRUE;
      input.app_spec_content.content = location->app_spec_content->content;
      input.app_spec_content.sha256 = location->app_spec_content->sha256;
    }
  }
  g_autoptr (GError) wrong = NULL;
  if (platform != NULL ? revision_from_input (&input, *platform, arena, out, &wrong)
                       : revision_from_input_any (&input, arena, out, &wrong))
    return TRUE;
  if (g_error_matches (wrong, REVISION_ERROR, REVISION_ERROR_REQUIRED))
    api_error_set (error, API_ERR_REVISION_REQUIRED, NULL);
  else
    api_error_set (error, API_ERR_INVALID_REVISION, "%s", wrong->message);
  return FALSE;
}

static const char *
content_to_show (const Revision *revision, RevisionContentShown content)
{
  return content == REVISION_WITH_CONTENT ? revision->content.content : NULL;
}

ApiRevisionLocation *
catalog_revision_location (const Revision *revision, RevisionContentShown content, Arena *arena)
{
  ApiRevisionLocation *location = arena_new0 (arena, ApiRevisionLocation);
  location->revision_type = revision_type_name (revision->type);
  switch (revision->type) {
  case REVISION_TYPE_S3: {
    ApiS3Location *s3 = arena_new0 (arena, ApiS3Location);
    s3->bucket = revision->s3.bucket;
    s3->key = revision->s3.key;
    s3->bundle_type = revision_bundle_name (revision->s3.bundle);
    s3->version = revision->s3.version;
    s3->e_tag = revision->s3.etag;
    location->s3_location = s3;
    break;
  }
  case REVISION_TYPE_GITHUB: {
    ApiGitHubLocation *github = arena_new0 (arena, ApiGitHubLocation);
    github->repository = revision->github.repository;
    github->commit_id = revision->github.commit_id;
    location->git_hub_location = github;
    break;
  }
  case REVISION_TYPE_STRING: {
    ApiRawString *raw = arena_new0 (arena, ApiRawString);
    raw->content = content_to_show (revision, content);
    raw->sha256 = revision->content.sha256;
    location->string = raw;
    break;
  }
  case REVISION_TYPE_APP_SPEC_CONTENT: {
    ApiAppSpecContent *app_spec = arena_new0 (arena, ApiAppSpecContent);
    app_spec->content = content_to_show (revision, content);
    app_spec->sha256 = revision->content.sha256;
    location->app_spec_content = app_spec;
    break;
  }
  }
  return location;
}

const ApiRevisionLocation *
catalog_stored_location (const RevisionRecord *record, RevisionContentShown content, Arena *arena,
                         GError **error)
{
  gpointer decoded;
  Revision revision;
  if (!shape_from_text (&api_shape_revision_location, record->location_json, arena, &decoded,
                        error) ||
      !catalog_read_revision (decoded, NULL, arena, &revision, error)) {
    g_prefix_error (error, "cannot read the stored location of revision %" G_GINT64_FORMAT ": ",
                    record->number);
    return NULL;
  }
  return catalog_revision_location (&revision, content, arena);
}

RevisionRecord *
catalog_register_revision (ApiCall *call, StoreTx *tx, const ApplicationRecord *application,
                           const Revision *revision, const char *description, RevisionPut mode,
                           GError **error)
{
  char identity[REVISION_IDENTITY_SIZE];
  revision_identity (revision, identity);
  g_autofree char *location =
      shape_to_text (&api_shape_revision_location,
                     catalog_revision_location (revision, REVISION_WITH_CONTENT, call->arena));
  RevisionRecord wanted = { .application_id = application->id,
                            .identity = identity,
                            .location_json = location,
                            .description = description,
                            .register_ms = call->now_ms };
  if (revision->type == REVISION_TYPE_S3) {
    wanted.s3_bucket = revision->s3.bucket;
    wanted.s3_key = revision->s3.key;
  }
  RevisionRecord *record;
  return revision_record_put (tx, &wanted, mode, call->arena, &record, error) ? record : NULL;
}

/* A String or AppSpecContent location that gives the hash only can be known, but cannot be registered. One of a type that
 * the platform has not is left to the platform's rules. */
static gboolean
is_hash_only (const Revision *revision, ComputePlatform platform)
{
  switch (revision->type) {
  case REVISION_TYPE_STRING:
    return platform == COMPUTE_PLATFORM_LAMBDA && revision->content.content == NULL;
  case REVISION_TYPE_APP_SPEC_CONTENT:
    return platform != COMPUTE_PLATFORM_SERVER && revision->content.content == NULL;
  case REVISION_TYPE_S3:
  case REVISION_TYPE_GITHUB:
    break;
  }
  return FALSE;
}

RevisionRecord *
catalog_use_revision (ApiCall *call, StoreTx *tx, const ApplicationRecord *application,
                      const ApiRevisionLocation *location, const char *deployment_id,
                      GError **error)
{
  Revision revision;
  RevisionRecord *record;
  if (!catalog_read_revision (location, NULL, call->arena, &revision, error))
    return NULL;
  if (is_hash_only (&revision, application->compute_platform)) {
    char identity[REVISION_IDENTITY_SIZE];
    revision_identity (&revision, identity);
    if (!revision_record_by_identity (tx, application->id, identity, call->arena, &record, error))
      return NULL;
    if (record == NULL) {
      api_error_set (error, API_ERR_REVISION_DOES_NOT_EXIST,
                     "No revision is registered for sha256: %s", revision.content.sha256);
      return NULL;
    }
  } else {
    char *description = arena_printf (
        call->arena, "Application revision registered by Deployment ID: %s", deployment_id);
    if (!catalog_read_revision (location, &application->compute_platform, call->arena, &revision,
                                error))
      return NULL;
    record = catalog_register_revision (call, tx, application, &revision, description,
                                        REVISION_KEEP_DESCRIPTION, error);
    if (record == NULL)
      return NULL;
  }
  return revision_record_mark_used (tx, application->id, record->number, call->now_ms, error)
             ? record
             : NULL;
}

RevisionRecord *
catalog_look_up_revision (ApiCall *call, StoreTx *tx, const ApplicationRecord *application,
                          const ApiRevisionLocation *location, GError **error)
{
  Revision revision;
  RevisionRecord *record;
  char identity[REVISION_IDENTITY_SIZE];
  if (!catalog_read_revision (location, NULL, call->arena, &revision, error))
    return NULL;
  gboolean hash_only = is_hash_only (&revision, application->compute_platform);
  if (!hash_only && !catalog_read_revision (location, &application->compute_platform, call->arena,
                                            &revision, error))
    return NULL;
  revision_identity (&revision, identity);
  if (!revision_record_by_identity (tx, application->id, identity, call->arena, &record, error))
    return NULL;
  if (record == NULL && hash_only) {
    api_error_set (error, API_ERR_REVISION_DOES_NOT_EXIST,
                   "No revision is registered for sha256: %s", revision.content.sha256);
    return NULL;
  }
  if (record != NULL)
    return record;
  g_autofree char *text =
      shape_to_text (&api_shape_revision_location,
                     catalog_revision_location (&revision, REVISION_WITH_CONTENT, call->arena));
  record = arena_new0 (call->arena, RevisionRecord);
  record->location_json = arena_strdup (call->arena, text);
  record->number = -1;
  return record;
}
