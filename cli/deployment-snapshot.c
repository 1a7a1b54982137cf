#include "cli/deployment-snapshot.h"

#include "cli/terminal-text.h"
#include "proto/api-client.h"
#include "proto/api-error.h"

/* What BatchGetDeploymentTargets takes at once. */
#define BATCH_SIZE 25
/* A server that never ends its pages must not keep us for ever. */
#define MAX_PAGES 10000

/* A deployment whose targets are not chosen yet has none. */
static gboolean
not_started (const GError *error)
{
  return error->domain == API_CLIENT_ERROR && error->code == API_CLIENT_ERROR_SERVICE &&
         g_str_has_prefix (error->message, api_error_name (API_ERR_DEPLOYMENT_NOT_STARTED));
}

static GPtrArray *
list_target_ids (Session *session, const char *deployment_id, Arena *arena, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();
  ApiListDeploymentTargetsInput input = { .deployment_id = deployment_id };
  for (guint page = 0; page < MAX_PAGES; page++) {
    gpointer output = NULL;
    g_autoptr (GError) reason = NULL;
    if (!session_call (session, API_OP_LIST_DEPLOYMENT_TARGETS, &input, arena, &output, &reason)) {
      if (not_started (reason)) {
        break;
      }
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }
    const ApiListDeploymentTargetsOutput *list = output;
    for (gsize i = 0; list != NULL && list->target_ids != NULL && i < list->target_ids->n; i++) {
      g_ptr_array_add (ids, (gpointer)list->target_ids->items[i]);
    }
    input.next_token = list != NULL ? list->next_token : NULL;
    if (input.next_token == NULL) {
      break;
    }
  }
  return g_steal_pointer (&ids);
}

static gboolean
fetch_targets (Session *session, const char *deployment_id, const GPtrArray *ids, Arena *arena,
               DeploymentSnapshot *out, GError **error)
{
  out->targets = arena_new0_n (arena, const ApiInstanceTarget *, ids->len);
  for (guint first = 0; first < ids->len; first += BATCH_SIZE) {
    ApiTargetIdList batch = { .n = MIN (BATCH_SIZE, ids->len - first),
                              .items = (const char **)&ids->pdata[first] };
    const ApiBatchGetDeploymentTargetsInput input = { .deployment_id = deployment_id,
                                                      .target_ids = &batch };
    gpointer output = NULL;
    if (!session_call (session, API_OP_BATCH_GET_DEPLOYMENT_TARGETS, &input, arena, &output,
                       error)) {
      return FALSE;
    }
    const ApiBatchGetDeploymentTargetsOutput *got = output;
    gsize n = got != NULL && got->deployment_targets != NULL
                  ? MIN (got->deployment_targets->n, batch.n)
                  : 0;
    for (gsize i = 0; i < n; i++) {
      const ApiInstanceTarget *target = got->deployment_targets->items[i]->instance_target;
      if (target != NULL) {
        out->targets[out->n_targets++] = target;
      }
    }
  }
  return TRUE;
}

gboolean
deployment_snapshot_fetch (Session *session, const char *deployment_id, Arena *arena,
                           DeploymentSnapshot *out, GError **error)
{
  /* The targets come first: a deployment seen as over then has final targets. */
  g_autoptr (GPtrArray) ids = list_target_ids (session, deployment_id, arena, error);
  if (ids == NULL) {
    return FALSE;
  }
  const ApiGetDeploymentInput input = { .deployment_id = deployment_id };
  gpointer output = NULL;
  if (!session_call (session, API_OP_GET_DEPLOYMENT, &input, arena, &output, error)) {
    return FALSE;
  }
  const ApiGetDeploymentOutput *got = output;
  if (got == NULL || got->deployment_info == NULL || got->deployment_info->status == NULL) {
    g_set_error (error, API_CLIENT_ERROR, API_CLIENT_ERROR_ANSWER,
                 "the server's answer about deployment %s has no status", deployment_id);
    return FALSE;
  }
  DeploymentSnapshot snapshot = { .info = got->deployment_info };
  if (!fetch_targets (session, deployment_id, ids, arena, &snapshot, error)) {
    return FALSE;
  }
  *out = snapshot;
  return TRUE;
}

ApiDeploymentStatus
deployment_snapshot_status (const DeploymentSnapshot *snapshot)
{
  return api_deployment_status_from_name (snapshot->info->status);
}

gboolean
deployment_snapshot_is_over (const DeploymentSnapshot *snapshot)
{
  switch (deployment_snapshot_status (snapshot)) {
  case API_DEPLOYMENT_STATUS_SUCCEEDED:
  case API_DEPLOYMENT_STATUS_FAILED:
  case API_DEPLOYMENT_STATUS_STOPPED:
    return TRUE;
  default:
    return FALSE;
  }
}

json_t *
deployment_snapshot_to_json (const DeploymentSnapshot *snapshot)
{
  json_t *targets = json_array ();
  for (gsize i = 0; i < snapshot->n_targets; i++) {
    json_array_append_new (targets,
                           shape_encode (&api_shape_instance_target, snapshot->targets[i]));
  }
  return json_pack ("{s:o, s:o}", "deploymentInfo",
                    shape_encode (&api_shape_deployment_info, snapshot->info), "instanceTargets",
                    targets);
}

const ApiLifecycleEvent *
target_event_of_interest (const ApiInstanceTarget *target)
{
  const ApiLifecycleEvent *failed = NULL;
  for (gsize i = 0; target->lifecycle_events != NULL && i < target->lifecycle_events->n; i++) {
    const ApiLifecycleEvent *event = target->lifecycle_events->items[i];
    ApiLifecycleEventStatus status = api_lifecycle_event_status_from_name (event->status);
    if (status == API_LIFECYCLE_EVENT_STATUS_IN_PROGRESS) {
      return event;
    }
    if (status == API_LIFECYCLE_EVENT_STATUS_FAILED) {
      failed = event;
    }
  }
  return failed;
}

char *
target_describe_wait (const ApiInstanceTarget *target)
{
  const ApiLifecycleEvent *event = target_event_of_interest (target);
  if (target->waits_for != NULL) {
    g_autofree char *what = terminal_text_line (target->waits_for);
    return g_strconcat ("waits for ", what, NULL);
  }
  if (event == NULL || event->diagnostics == NULL || event->diagnostics->message == NULL ||
      *event->diagnostics->message == '\0' ||
      api_lifecycle_event_status_from_name (event->status) !=
          API_LIFECYCLE_EVENT_STATUS_IN_PROGRESS) {
    return NULL;
  }
  return terminal_text_line (event->diagnostics->message);
}

void
target_count_events (const ApiInstanceTarget *target, guint *out_done, guint *out_all)
{
  *out_done = *out_all = 0;
  for (gsize i = 0; target->lifecycle_events != NULL && i < target->lifecycle_events->n; i++) {
    ApiLifecycleEventStatus status =
        api_lifecycle_event_status_from_name (target->lifecycle_events->items[i]->status);
    *out_done += status != API_LIFECYCLE_EVENT_STATUS_PENDING &&
                 status != API_LIFECYCLE_EVENT_STATUS_IN_PROGRESS;
    *out_all += 1;
  }
}
