#include "server/host-commands/specification.h"

#include <string.h>

#include "core/ids.h"
#include "proto/json-doc.h"
#include "proto/shape.h"
#include "store/records/deployment-group.h"

/* ---- the document: agent.md 2.3, 2.4 ---- */

static void
set_text (json_t *object, const char *key, const char *text)
{
  json_object_set_new (object, key, text != NULL ? json_string (text) : json_null ());
}

static json_t *
s3_revision (const ApiS3Location *location)
{
  json_t *s3 = json_object ();
  set_text (s3, "Bucket", location->bucket);
  set_text (s3, "Key", location->key);
  set_text (s3, "BundleType", location->bundle_type);
  set_text (s3, "Version", location->version);
  set_text (s3, "ETag", location->e_tag);
  return s3;
}

/* repository is owner/name. */
static json_t *
github_revision (const ApiGitHubLocation *location)
{
  json_t *github = json_object ();
  const char *slash = strchr (location->repository, '/');
  g_autofree char *account =
      slash != NULL ? g_strndup (location->repository, (gsize)(slash - location->repository))
                    : NULL;
  set_text (github, "Account", account);
  set_text (github, "Repository", slash != NULL ? slash + 1 : location->repository);
  set_text (github, "CommitId", location->commit_id);
  return github;
}

static json_t *
revision (const ApiRevisionLocation *location)
{
  json_t *object = json_object ();
  if (location == NULL)
    return object;
  set_text (object, "RevisionType", location->revision_type);
  if (location->s3_location != NULL)
    json_object_set_new (object, "S3Revision", s3_revision (location->s3_location));
  if (location->git_hub_location != NULL && location->git_hub_location->repository != NULL)
    json_object_set_new (object, "GitHubRevision", github_revision (location->git_hub_location));
  return object;
}

char *
specification_document (const DeploymentRecord *deployment, const ApiDeploymentInfo *info,
                        const SpecificationExtras *extras)
{
  g_autoptr (json_t) document = json_object ();
  const ApiDeploymentStyle *style = info->deployment_style;
  const char *files = info->file_exists_behavior;
  set_text (document, "DeploymentId", deployment->id);
  set_text (document, "DeploymentGroupId", deployment->group_id);
  set_text (document, "DeploymentGroupName", deployment->group_name);
  set_text (document, "ApplicationName", deployment->application_name);
  set_text (document, "DeploymentCreator", deployment_creator_name (deployment->creator));
  set_text (document, "DeploymentType",
            style != NULL && style->deployment_type != NULL ? style->deployment_type : "IN_PLACE");
  json_object_set_new (document, "Revision", revision (info->revision));
  json_object_set_new (document, "AgentActionOverrides",
                       json_pack ("{s:{s:s}}", "AgentOverrides", "FileExistsBehavior",
                                  files != NULL ? files : "DISALLOW"));
  if (extras->github_token != NULL)
    set_text (document, "GitHubAccessToken", extras->github_token);
  if (extras->reuse_deployment_id != NULL)
    set_text (document, "ReuseArchiveFromDeploymentId", extras->reuse_deployment_id);
  char *dumped = json_dumps (document, JSON_COMPACT);
  char *text = g_strdup (dumped);
  free (dumped);
  return text;
}

/* ---- execution id ---- */

#define EXECUTION_ID_BEFORE "CodeDeploy/"
#define EXECUTION_ID_STAGE  "/Prod/"

char *
specification_execution_id (const ArnScope *scope, const char *deployment_id, Arena *arena)
{
  return arena_printf (arena, EXECUTION_ID_BEFORE "%s" EXECUTION_ID_STAGE "%s", scope->region,
                       deployment_id);
}

const char *
specification_deployment_id (const char *execution_id)
{
  const char *stage = g_str_has_prefix (execution_id, EXECUTION_ID_BEFORE)
                          ? strstr (execution_id, EXECUTION_ID_STAGE)
                          : NULL;
  if (stage == NULL)
    return NULL;
  const char *id = stage + strlen (EXECUTION_ID_STAGE);
  return ids_is_deployment (id) ? id : NULL;
}

/* ---- the cache ---- */

typedef struct {
  char *deployment_id;
  char *envelope;
  char *document; /* what was signed, where it may change; NULL: it is the same for ever */
  GList link;     /* in the order of use */
} Entry;

struct SpecificationCache {
  gsize capacity;
  const GithubVault *vault;
  /* Held while reading and signing, so that a thousand hosts that ask at once cost one signature; taken before the other. */
  GMutex renewing;
  GMutex lock; /* of all below; held for moments, event loops take it */
  GHashTable *entries;
  GQueue by_use; /* the latest at the tail */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;
  g_free (entry->deployment_id);
  g_free (entry->envelope);
  g_free (entry->document);
  g_free (entry);
}

SpecificationCache *
specification_cache_new (gsize capacity, const GithubVault *vault)
{
  SpecificationCache *cache = g_new0 (SpecificationCache, 1);
  cache->capacity = MAX (capacity, 1);
  cache->vault = vault;
  g_mutex_init (&cache->renewing);
  g_mutex_init (&cache->lock);
  cache->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
  g_queue_init (&cache->by_use);
  return cache;
}

void
specification_cache_free (SpecificationCache *cache)
{
  if (cache == NULL)
    return;
  g_hash_table_unref (cache->entries);
  g_mutex_clear (&cache->renewing);
  g_mutex_clear (&cache->lock);
  g_free (cache);
}

static void
forget_oldest (SpecificationCache *cache)
{
  Entry *oldest = cache->by_use.head->data;
  g_queue_unlink (&cache->by_use, &oldest->link);
  g_hash_table_remove (cache->entries, oldest->deployment_id);
}

static Entry *
add (SpecificationCache *cache, const char *deployment_id)
{
  if (cache->by_use.length >= cache->capacity)
    forget_oldest (cache);
  Entry *entry = g_new0 (Entry, 1);
  entry->deployment_id = g_strdup (deployment_id);
  entry->link.data = entry;
  g_queue_push_tail_link (&cache->by_use, &entry->link);
  g_hash_table_insert (cache->entries, entry->deployment_id, entry);
  return entry;
}

/* The token that the deployment's revision is fetched from GitHub with. */
static gboolean
find_github_token (const GithubVault *vault, StoreTx *tx, const DeploymentRecord *deployment,
                   const ApiDeploymentInfo *info, Arena *arena, const char **out, GError **error)
{
  ApplicationRecord *application;
  GithubLink link;
  if (info->revision == NULL || info->revision->git_hub_location == NULL)
    return TRUE;
  return application_record_by_id (tx, deployment->application_id, arena, &application, error) &&
         (application == NULL ||
          github_vault_of_application (vault, tx, application, arena, &link, out, error));
}

/* A restart deploys what the group's last successful deployment left on the host (agent.md 3.11). */
static gboolean
find_archive (StoreTx *tx, const DeploymentRecord *deployment, const ApiDeploymentInfo *info,
              Arena *arena, const char **out, GError **error)
{
  DeploymentGroupRecord *group;
  if (g_strcmp0 (info->deployment_mode, "RESTART") != 0)
    return TRUE;
  if (!deployment_group_record_by_id (tx, deployment->group_id, arena, &group, error))
    return FALSE;
  if (group != NULL && g_strcmp0 (group->last_successful_deployment_id, deployment->id) != 0)
    *out = group->last_successful_deployment_id;
  return TRUE;
}

gboolean
specification_extras (const GithubVault *vault, StoreTx *tx, const DeploymentRecord *deployment,
                      const ApiDeploymentInfo *info, Arena *arena, SpecificationExtras *out,
                      GError **error)
{
  *out = (SpecificationExtras){ NULL, NULL };
  return find_github_token (vault, tx, deployment, info, arena, &out->github_token, error) &&
         find_archive (tx, deployment, info, arena, &out->reuse_deployment_id, error);
}

/* The document as it is now. *out_may_change: it holds what is not fixed when the deployment is created. */
static char *
make_document (const GithubVault *vault, StoreTx *tx, const char *deployment_id, Arena *arena,
               gboolean *out_may_change, GError **error)
{
  DeploymentRecord *deployment;
  gpointer decoded;
  SpecificationExtras extras;
  if (!deployment_record_by_id (tx, deployment_id, arena, &deployment, error))
    return NULL;
  if (deployment == NULL) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_SCHEMA, "deployment %s is not there",
                 deployment_id);
    return NULL;
  }
  if (!shape_from_text (&api_shape_deployment_info, deployment->info_json, arena, &decoded,
                        error)) {
    g_prefix_error (error, "cannot read the stored part of deployment %s: ", deployment_id);
    return NULL;
  }
  const ApiDeploymentInfo *info = decoded != NULL ? decoded : arena_new0 (arena, ApiDeploymentInfo);
  if (!specification_extras (vault, tx, deployment, info, arena, &extras, error))
    return NULL;
  *out_may_change = info->revision != NULL && info->revision->git_hub_location != NULL;
  return specification_document (deployment, info, &extras);
}

static Entry *
find (SpecificationCache *cache, const char *deployment_id)
{
  Entry *entry = g_hash_table_lookup (cache->entries, deployment_id);
  if (entry != NULL) {
    g_queue_unlink (&cache->by_use, &entry->link);
    g_queue_push_tail_link (&cache->by_use, &entry->link);
  }
  return entry;
}

const char *
specification_peek (SpecificationCache *cache, const char *deployment_id, Arena *arena)
{
  g_mutex_lock (&cache->lock);
  const Entry *entry = find (cache, deployment_id);
  const char *copy =
      entry != NULL && entry->document == NULL ? arena_strdup (arena, entry->envelope) : NULL;
  g_mutex_unlock (&cache->lock);
  return copy;
}

/* What is there, if it is what was signed of this document. */
static const char *
find_signed (SpecificationCache *cache, const char *deployment_id, const char *document,
             Arena *arena)
{
  g_mutex_lock (&cache->lock);
  const Entry *entry = find (cache, deployment_id);
  const char *copy = entry != NULL && g_strcmp0 (entry->document, document) == 0
                         ? arena_strdup (arena, entry->envelope)
                         : NULL;
  g_mutex_unlock (&cache->lock);
  return copy;
}

/* document: NULL when it is the same for ever. */
static void
keep (SpecificationCache *cache, const char *deployment_id, const char *envelope,
      const char *document)
{
  g_mutex_lock (&cache->lock);
  Entry *entry = find (cache, deployment_id);
  if (entry == NULL)
    entry = add (cache, deployment_id);
  g_free (entry->envelope);
  g_free (entry->document);
  entry->envelope = g_strdup (envelope);
  entry->document = g_strdup (document);
  g_mutex_unlock (&cache->lock);
}

/* With the lock of renewing. */
static const char *
renew (SpecificationCache *cache, SpecSigner *signer, StoreTx *tx, const char *deployment_id,
       Arena *arena, GError **error)
{
  gboolean may_change;
  g_autofree char *document =
      make_document (cache->vault, tx, deployment_id, arena, &may_change, error);
  if (document == NULL)
    return NULL;
  const char *kept = may_change ? find_signed (cache, deployment_id, document, arena) : NULL;
  if (kept != NULL)
    return kept;
  g_autofree char *envelope = spec_signer_sign (signer, document, strlen (document), error);
  if (envelope == NULL)
    return NULL;
  keep (cache, deployment_id, envelope, may_change ? document : NULL);
  return arena_strdup (arena, envelope);
}

const char *
specification_get (SpecificationCache *cache, SpecSigner *signer, StoreTx *tx,
                   const char *deployment_id, Arena *arena, GError **error)
{
  const char *envelope = specification_peek (cache, deployment_id, arena);
  if (envelope != NULL)
    return envelope;
  g_mutex_lock (&cache->renewing);
  envelope = specification_peek (cache, deployment_id, arena);
  if (envelope == NULL)
    envelope = renew (cache, signer, tx, deployment_id, arena, error);
  g_mutex_unlock (&cache->renewing);
  return envelope;
}
