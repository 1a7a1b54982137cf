#include "server/integrations/fleet-errands.h"

#include <string.h>

#include "server/integrations/autoscaling.h"
#include "server/integrations/ec2.h"
#include "server/integrations/fleet-copy.h"

/* A service that does not answer is asked again after. */
#define UNREACHABLE_MS 5000
/* A service that throttles a list so often is given up. What else is tried often waits for something in between, and has a clock of the
 * engine's or of Auto Scaling's. */
#define MOST_THROTTLED 30
/* deployments.md 6.5: at least every five minutes. */
#define HEARTBEAT_MS (4 * 60 * 1000)

FleetErrands
fleet_errands_until (const FleetErrands *errands, gint64 end_us)
{
  FleetErrands mine = *errands;
  mine.caller.end_us = end_us;
  return mine;
}

/* ---- failures ---- */

static DeploymentError
denied_code (const char *service, const char *code)
{
  static const char *const bad_keys[] = { "InvalidClientTokenId",  "AuthFailure",
                                          "SignatureDoesNotMatch", "ExpiredToken",
                                          "RequestExpired",        "IncompleteSignature" };
  if (g_strcmp0 (code, "OptInRequired") == 0)
    return DEPLOYMENT_ERROR_NO_EC2_SUBSCRIPTION;
  for (gsize i = 0; i < G_N_ELEMENTS (bad_keys); i++)
    if (g_strcmp0 (code, bad_keys[i]) == 0)
      return DEPLOYMENT_ERROR_IAM_ROLE_MISSING;
  return strcmp (service, "autoscaling") == 0 ? DEPLOYMENT_ERROR_AUTO_SCALING_IAM_ROLE_PERMISSIONS
                                              : DEPLOYMENT_ERROR_IAM_ROLE_PERMISSIONS;
}

void
fleet_errand_fail (const FleetErrands *errands, const char *service, const ErrandRecord *errand,
                   const GError *problem, const char *code, DeploymentError refused, Arena *arena,
                   ErrandResult *out)
{
  *out = (ErrandResult){ .outcome = ERRAND_REFUSED,
                         .code = refused,
                         .message = arena_strdup (arena, problem->message) };
  switch ((AwsError)problem->code) {
  case AWS_ERROR_REFUSED:
    return;
  case AWS_ERROR_DENIED:
    out->code = denied_code (service, code);
    return;
  case AWS_ERROR_SETTINGS:
    out->code = DEPLOYMENT_ERROR_IAM_ROLE_MISSING;
    return;
  case AWS_ERROR_THROTTLED:
    out->code = DEPLOYMENT_ERROR_THROTTLED;
    if (errand->kind == ERRAND_LIST_FLEET && errand->tries > MOST_THROTTLED)
      return;
    out->outcome = ERRAND_NOT_YET;
    out->again_ms = MAX (aws_client_pause_ms (errands->caller.client, service), 1000);
    return;
  case AWS_ERROR_UNREACHABLE:
  case AWS_ERROR_LATE:
  case AWS_ERROR_ABORTED:
    out->outcome = ERRAND_NOT_YET;
    out->again_ms = UNREACHABLE_MS;
    return;
  }
  g_assert_not_reached ();
}

static void
refuse_request (const GError *problem, Arena *arena, ErrandResult *out)
{
  *out =
      (ErrandResult){ .outcome = ERRAND_REFUSED,
                      .code = DEPLOYMENT_ERROR_INTERNAL_ERROR,
                      .message = arena_printf (arena, "malformed request: %s", problem->message) };
}

/* ---- lists ---- */

static gboolean
has_group (const GPtrArray *groups, const char *name)
{
  for (guint i = 0; i < groups->len; i++)
    if (g_strcmp0 (xml_node_text (g_ptr_array_index (groups, i), "AutoScalingGroupName"), name) ==
        0)
      return TRUE;
  return FALSE;
}

/* One that is not there is no empty one. */
static gboolean
check_all_there (const GPtrArray *groups, const FleetSelector *selector, const char *region,
                 Arena *arena, ErrandResult *out)
{
  for (gsize i = 0; i < selector->n_names; i++)
    if (!has_group (groups, selector->names[i])) {
      *out = (ErrandResult){
        .outcome = ERRAND_REFUSED,
        .code = DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION,
        .message = arena_printf (arena, "there is no Auto Scaling group %s in region %s",
                                 selector->names[i], region),
      };
      return FALSE;
    }
  return TRUE;
}

static gboolean
list_groups (const FleetErrands *errands, const ErrandRecord *errand, const FleetSelector *selector,
             Arena *arena, GArray *members, ErrandResult *out)
{
  g_autoptr (GPtrArray) groups = g_ptr_array_new ();
  g_autoptr (GError) problem = NULL;
  const char *code = NULL;
  if (!autoscaling_describe (&errands->caller, selector->names, selector->n_names, arena, groups,
                             &code, &problem)) {
    fleet_errand_fail (errands, "autoscaling", errand, problem, code,
                       DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION, arena, out);
    return FALSE;
  }
  if (!check_all_there (groups, selector, errands->region, arena, out))
    return FALSE;
  for (guint i = 0; i < groups->len; i++)
    autoscaling_read_members (g_ptr_array_index (groups, i), arena, members);
  return TRUE;
}

/* Whoever has a tag of each group has one of the first. */
static gboolean
list_tagged (const FleetErrands *errands, const ErrandRecord *errand, const FleetSelector *selector,
             Arena *arena, GArray *members, ErrandResult *out)
{
  g_autoptr (GError) problem = NULL;
  const char *code = NULL;
  if (selector->n_tag_groups == 0 ||
      ec2_find_instances (&errands->caller, &selector->tag_groups[0], errands->partition,
                          errands->region, arena, members, &code, &problem))
    return TRUE;
  fleet_errand_fail (errands, "ec2", errand, problem, code, DEPLOYMENT_ERROR_INTERNAL_ERROR, arena,
                     out);
  return FALSE;
}

/* The answer is kept short: who would not be taken is not told. */
static const char *
answer_of (const GArray *members, const FleetSelector *selector, Arena *arena)
{
  FleetMember *taken = arena_new0_n (arena, FleetMember, MAX (members->len, 1));
  FleetMemberList list = { 0, taken };
  for (guint i = 0; i < members->len; i++) {
    const FleetMember *member = &g_array_index (members, FleetMember, i);
    if (selector == NULL || fleet_selector_takes (selector, member))
      taken[list.n++] = *member;
  }
  return fleet_members_to_text (&list, arena);
}

static void
perform_list (gpointer ctx, const ErrandRecord *errand, gint64 end_us, Arena *arena,
              ErrandResult *out)
{
  const FleetErrands mine = fleet_errands_until (ctx, end_us), *errands = &mine;
  g_autoptr (GArray) members = g_array_new (FALSE, FALSE, sizeof (FleetMember));
  g_autoptr (GError) problem = NULL;
  FleetSelector selector;
  if (!fleet_selector_parse (errand->request_json, arena, &selector, &problem)) {
    refuse_request (problem, arena, out);
    return;
  }
  if (!list_tagged (errands, errand, &selector, arena, members, out) ||
      !list_groups (errands, errand, &selector, arena, members, out))
    return;
  *out = (ErrandResult){ .outcome = ERRAND_DONE,
                         .answer_json = answer_of (members, &selector, arena) };
}

static void
perform_watch (gpointer ctx, const ErrandRecord *errand, gint64 end_us, Arena *arena,
               ErrandResult *out)
{
  const FleetErrands mine = fleet_errands_until (ctx, end_us), *errands = &mine;
  g_autoptr (GArray) members = g_array_new (FALSE, FALSE, sizeof (FleetMember));
  g_autoptr (GError) problem = NULL;
  FleetSelector selector;
  if (!fleet_selector_parse (errand->request_json, arena, &selector, &problem)) {
    refuse_request (problem, arena, out);
    return;
  }
  if (list_groups (errands, errand, &selector, arena, members, out))
    *out =
        (ErrandResult){ .outcome = ERRAND_DONE, .answer_json = answer_of (members, NULL, arena) };
}

/* ---- hooks ---- */

typedef struct {
  AutoscalingHook hook;
  const char *instance, *result; /* of a lifecycle action */
  gboolean present;              /* of keep-hook */
} HookRequest;

static gboolean
parse_hook (const ErrandRecord *errand, Arena *arena, HookRequest *out, ErrandResult *result)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (json_t) request =
      json_doc_parse (errand->request_json, strlen (errand->request_json), NULL, &problem);
  if (request == NULL) {
    refuse_request (problem, arena, result);
    return FALSE;
  }
  gboolean ends = g_strcmp0 (json_doc_text (request, "transition"), "termination") == 0;
  *out = (HookRequest){
    .hook = { .group = arena_strdup (arena, json_doc_text (request, "autoScalingGroup")),
              .name = arena_strdup (arena, json_doc_text (request, "hook")),
              .transition = ends ? AUTOSCALING_TERMINATING : AUTOSCALING_LAUNCHING,
              .metadata = arena_strdup (arena, json_doc_text (request, "metadata")) },
    .instance = arena_strdup (arena, json_doc_text (request, "instance")),
    .result = arena_strdup (arena, json_doc_text (request, "result")),
    .present = json_is_true (json_object_get (request, "present")),
  };
  if (out->hook.group != NULL && out->hook.name != NULL)
    return TRUE;
  *result = (ErrandResult){ .outcome = ERRAND_REFUSED,
                            .code = DEPLOYMENT_ERROR_INTERNAL_ERROR,
                            .message = "malformed request: no hook is named" };
  return FALSE;
}

static void
perform_keep_hook (gpointer ctx, const ErrandRecord *errand, gint64 end_us, Arena *arena,
                   ErrandResult *out)
{
  const FleetErrands mine = fleet_errands_until (ctx, end_us), *errands = &mine;
  HookRequest request;
  g_autoptr (GError) problem = NULL;
  const char *code = NULL;
  if (!parse_hook (errand, arena, &request, out))
    return;
  gboolean done =
      request.present
          ? autoscaling_put_hook (&errands->caller, &request.hook, arena, &code, &problem)
          : autoscaling_delete_hook (&errands->caller, &request.hook, arena, &code, &problem);
  if (done)
    *out = (ErrandResult){ .outcome = ERRAND_DONE };
  else
    fleet_errand_fail (errands, "autoscaling", errand, problem, code,
                       DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION, arena, out);
}

static void
perform_action (gpointer ctx, const ErrandRecord *errand, gint64 end_us, Arena *arena,
                ErrandResult *out)
{
  const FleetErrands mine = fleet_errands_until (ctx, end_us), *errands = &mine;
  HookRequest request;
  g_autoptr (GError) problem = NULL;
  const char *code = NULL;
  if (!parse_hook (errand, arena, &request, out))
    return;
  gboolean done = request.result == NULL
                      ? autoscaling_heartbeat (&errands->caller, &request.hook, request.instance,
                                               arena, &code, &problem)
                      : autoscaling_complete (&errands->caller, &request.hook, request.instance,
                                              request.result, arena, &code, &problem);
  if (!done && !autoscaling_is_gone (problem, code))
    fleet_errand_fail (errands, "autoscaling", errand, problem, code,
                       DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION, arena, out);
  else if (done && request.result == NULL)
    *out = (ErrandResult){ .outcome = ERRAND_NOT_YET,
                           .again_ms = HEARTBEAT_MS,
                           .message = "the instance waits for its deployment" };
  else /* also of one that waits no longer, whoever ended it */
    *out = (ErrandResult){ .outcome = ERRAND_DONE };
}

void
fleet_errands_install (const FleetErrands *errands, ErrandPerformer performers[ERRAND_N_KINDS])
{
  static const struct {
    ErrandKind kind;
    ErrandPerform perform;
  } rows[] = {
    { ERRAND_LIST_FLEET, perform_list },           { ERRAND_WATCH_SCALING, perform_watch },
    { ERRAND_KEEP_HOOK, perform_keep_hook },       { ERRAND_LIFECYCLE_ACTION, perform_action },
    { ERRAND_COPY_FLEET, fleet_copy_perform },     { ERRAND_SWAP_FLEET, fleet_swap_perform },
    { ERRAND_RETIRE_FLEET, fleet_retire_perform },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    performers[rows[i].kind] = (ErrandPerformer){ rows[i].perform, (gpointer)errands };
}
