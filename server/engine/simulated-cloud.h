#pragma once

/* For the engine's tests only: EC2 and Auto Scaling as a simulated fleet's errands find them. Instances are hosts of the fleet by
 * their ARNs, when they run.
 *
 *   Cloud *cloud = cloud_new (fleet);                    lives as long as the fleet's arena
 *   cloud_add (cloud, "i-1", "running", "role=web", NULL, NULL);
 */

#include "server/engine/fleet-text.h"
#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

typedef struct {
  const char *id, *state, *tags; /* "role=web,tier=1" */
  const char *group, *lifecycle; /* Auto Scaling; NULL */
} CloudInstance;

#define CLOUD_MOST 64

typedef struct {
  Fleet *fleet;
  gsize n;
  CloudInstance instances[CLOUD_MOST];
  gboolean proceeds_slowly; /* what goes on is not in service until the test says so */
  GHashTable *hooks;        /* "group hook" of those that are there */
  GPtrArray *calls; /* "list-fleet REQUEST", "heartbeat i-1", "CONTINUE i-1", "ABANDON i-1" */
} Cloud;

static const char *
cloud_arn (Cloud *cloud, const char *id)
{
  return arn_for_ec2_instance (cloud->fleet->arena, &cloud->fleet->arn, id);
}

G_GNUC_UNUSED static CloudInstance *
cloud_instance (Cloud *cloud, const char *id)
{
  for (gsize i = 0; i < cloud->n; i++)
    if (strcmp (cloud->instances[i].id, id) == 0)
      return &cloud->instances[i];
  g_error ("no instance %s", id);
}

static void
cloud_add (Cloud *cloud, const char *id, const char *state, const char *tags, const char *group,
           const char *lifecycle)
{
  g_assert_cmpuint (cloud->n, <, CLOUD_MOST);
  cloud->instances[cloud->n++] = (CloudInstance){ id, state, tags, group, lifecycle };
  if (strcmp (state, "running") != 0)
    return;
  SimHost *host = g_new0 (SimHost, 1);
  host->name = g_strdup (id);
  host->arn = g_strdup (cloud_arn (cloud, id));
  g_ptr_array_add (cloud->fleet->hosts, host);
}

static FleetMember
cloud_member (Cloud *cloud, const CloudInstance *instance)
{
  Arena *arena = cloud->fleet->arena;
  g_auto (GStrv) pairs = g_strsplit (instance->tags != NULL ? instance->tags : "", ",", -1);
  gsize n = g_strv_length (pairs);
  Tag *tags = arena_new0_n (arena, Tag, MAX (n, 1));
  for (gsize i = 0; i < n; i++) {
    g_auto (GStrv) pair = g_strsplit (pairs[i], "=", 2);
    tags[i] = (Tag){ arena_strdup (arena, pair[0]), arena_strdup (arena, pair[1]) };
  }
  return (FleetMember){ .id = instance->id,
                        .arn = cloud_arn (cloud, instance->id),
                        .zone = "eu-west-3a",
                        .state = instance->state,
                        .n_tags = n,
                        .tags = tags,
                        .auto_scaling_group = instance->group,
                        .lifecycle_state = instance->lifecycle };
}

/* All there are: who asks picks those that he wants. */
static const char *
cloud_answer (Cloud *cloud)
{
  FleetMember members[CLOUD_MOST];
  FleetMemberList list = { 0, members };
  for (gsize i = 0; i < cloud->n; i++)
    if (g_strcmp0 (cloud->instances[i].lifecycle, "Terminated") != 0)
      members[list.n++] = cloud_member (cloud, &cloud->instances[i]);
  return fleet_members_to_text (&list, cloud->fleet->arena);
}

/* CONTINUE lets the instance go its way, ABANDON ends it. */
static ErrandResult
cloud_lifecycle_action (Cloud *cloud, const json_t *request)
{
  CloudInstance *instance = cloud_instance (cloud, json_doc_text (request, "instance"));
  const char *result = json_doc_text (request, "result");
  gboolean comes = g_str_has_suffix (instance->lifecycle, "Pending:Wait");
  gboolean goes = g_str_has_suffix (instance->lifecycle, "Terminating:Wait");
  g_ptr_array_add (cloud->calls,
                   g_strdup_printf ("%s %s", result != NULL ? result : "heartbeat", instance->id));
  if (result == NULL)
    return (ErrandResult){ .outcome = ERRAND_NOT_YET, .again_ms = 240 * 1000, .message = "waits" };
  if (comes && strcmp (result, "CONTINUE") == 0)
    instance->lifecycle = cloud->proceeds_slowly ? "Pending:Proceed" : "InService";
  else if (comes || goes)
    instance->lifecycle = "Terminated";
  return (ErrandResult){ .outcome = ERRAND_DONE };
}

static ErrandResult
cloud_keep_hook (Cloud *cloud, const json_t *request)
{
  char *hook = g_strdup_printf ("%s %s", json_doc_text (request, "autoScalingGroup"),
                                json_doc_text (request, "hook"));
  if (json_is_true (json_object_get (request, "present"))) {
    g_hash_table_add (cloud->hooks, hook);
  } else {
    g_hash_table_remove (cloud->hooks, hook);
    g_free (hook);
  }
  return (ErrandResult){ .outcome = ERRAND_DONE };
}

static ErrandResult
cloud_perform (gpointer ctx, const ErrandRecord *errand)
{
  Cloud *cloud = ctx;
  const char *kind = errand_kind_name (errand->kind);
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) request =
      json_doc_parse (errand->request_json, strlen (errand->request_json), NULL, &error);
  g_assert_no_error (error);
  switch (errand->kind) {
  case ERRAND_LIST_FLEET:
    g_ptr_array_add (cloud->calls, g_strdup_printf ("%s %s", kind, errand->request_json));
    return (ErrandResult){ .outcome = ERRAND_DONE, .answer_json = cloud_answer (cloud) };
  case ERRAND_WATCH_SCALING:
    return (ErrandResult){ .outcome = ERRAND_DONE, .answer_json = cloud_answer (cloud) };
  case ERRAND_KEEP_HOOK:
    return cloud_keep_hook (cloud, request);
  case ERRAND_LIFECYCLE_ACTION:
    return cloud_lifecycle_action (cloud, request);
  default:
    return (ErrandResult){ .outcome = ERRAND_DONE, .answer_json = "{}" };
  }
}

static void
cloud_free (gpointer data)
{
  Cloud *cloud = data;
  g_ptr_array_unref (cloud->calls);
  g_hash_table_unref (cloud->hooks);
  g_free (cloud);
}

static Cloud *
cloud_new (Fleet *fleet)
{
  Cloud *cloud = g_new0 (Cloud, 1);
  cloud->fleet = fleet;
  cloud->hooks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  cloud->calls = g_ptr_array_new_with_free_func (g_free);
  fleet->perform = cloud_perform;
  fleet->perform_ctx = cloud;
  return cloud;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Cloud, cloud_free)

typedef struct {
  Fleet *fleet;
  const char *name, *settings;
} CloudGroup;

static void
cloud_insert_group (StoreTx *tx, gpointer data)
{
  const CloudGroup *wanted = data;
  g_autoptr (GError) error = NULL;
  DeploymentGroupWrite written;
  const DeploymentGroupRecord group = {
    .id = fleet_group_id (wanted->fleet, wanted->name),
    .application_id = FLEET_APPLICATION,
    .name = wanted->name,
    .deployment_config_name = "CodeDeployDefault.OneAtATime",
    .service_role_arn = "arn:aws:iam::123456789012:role/deploy",
    .settings_json = wanted->settings,
    .create_ms = 1,
  };
  FLEET_CHECK (deployment_group_record_insert (tx, &group, &written, &error), error);
}

/* settings: a DeploymentGroupInfo, with ' for ". */
static void
cloud_add_group (Fleet *fleet, const char *name, const char *settings)
{
  char *text = arena_strdup (fleet->arena, settings);
  CloudGroup wanted = { fleet, name, g_strdelimit (text, "'", '"') };
  fleet_in_tx (fleet, STORE_WRITE, cloud_insert_group, &wanted);
}
