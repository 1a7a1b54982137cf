#include "server/integrations/fleet-copy.h"

#include <string.h>

#include "server/integrations/autoscaling-copy.h"
#include "server/integrations/autoscaling.h"
#include "server/integrations/ec2.h"

/* How often it is looked whether instances are in service, and whether a group that is busy is free. */
#define LOOK_AGAIN_MS 5000

/* One try at an errand. */
typedef struct {
  const FleetErrands *errands;
  const ErrandRecord *errand;
  Arena *arena;
  json_t *request; /* borrowed */
  AutoscalingCopy copy;
  ErrandResult *out;
} Try;

static const char *
text_of (const Try *try, const char *key)
{
  return arena_strdup (try->arena, json_doc_text (try->request, key));
}

static void
fail (Try *try, const char *service, const GError *problem)
{
  fleet_errand_fail (try->errands, service, try->errand, problem, try->copy.code,
                     DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION, try->arena, try->out);
  if (g_strcmp0 (try->copy.code, "LimitExceeded") == 0)
    try->out->code = DEPLOYMENT_ERROR_RESOURCE_LIMIT_EXCEEDED;
  /* It is at something else, which passes. */
  if (g_strcmp0 (try->copy.code, "ScalingActivityInProgress") == 0 ||
      g_strcmp0 (try->copy.code, "ResourceContention") == 0 ||
      g_strcmp0 (try->copy.code, "ResourceInUse") == 0) {
    try->out->outcome = ERRAND_NOT_YET;
    try->out->again_ms = LOOK_AGAIN_MS;
  }
}

static void
refuse (Try *try, DeploymentError code, const char *message)
{
  *try->out = (ErrandResult){ .outcome = ERRAND_REFUSED, .code = code, .message = message };
}

static void
run (gpointer ctx, const ErrandRecord *errand, gint64 end_us, Arena *arena, ErrandResult *out,
     void (*body) (Try *try))
{
  const FleetErrands mine = fleet_errands_until (ctx, end_us), *errands = &mine;
  g_autoptr (GError) problem = NULL;
  g_autoptr (json_t) request =
      json_doc_parse (errand->request_json, strlen (errand->request_json), NULL, &problem);
  Try try = { .errands = errands,
              .errand = errand,
              .arena = arena,
              .request = request,
              .copy = { .caller = errands->caller, .arena = arena },
              .out = out };
  if (request == NULL)
    refuse (&try, DEPLOYMENT_ERROR_INTERNAL_ERROR,
            arena_printf (arena, "malformed request: %s", problem->message));
  else
    body (&try);
}

/* The elements of two groups; NULL: it is not there. FALSE: the result is set. */
static gboolean
describe_two (Try *try, const char *one, const char *other, const XmlNode **out_one,
              const XmlNode **out_other)
{
  const char *const names[] = { one, other };
  g_autoptr (GPtrArray) groups = g_ptr_array_new ();
  g_autoptr (GError) problem = NULL;
  *out_one = *out_other = NULL;
  if (!autoscaling_describe (&try->errands->caller, names, G_N_ELEMENTS (names), try->arena, groups,
                             &try->copy.code, &problem)) {
    fail (try, "autoscaling", problem);
    return FALSE;
  }
  for (guint i = 0; i < groups->len; i++) {
    const XmlNode *group = g_ptr_array_index (groups, i);
    const char *name = xml_node_text (group, "AutoScalingGroupName");
    if (g_strcmp0 (name, one) == 0)
      *out_one = group;
    else if (g_strcmp0 (name, other) == 0)
      *out_other = group;
  }
  return TRUE;
}

static guint
count_in_service (const XmlNode *group)
{
  guint n = 0;
  const XmlNode *member = xml_node_find (group, "Instances/member");
  for (; member != NULL; member = xml_node_next (member))
    n += g_strcmp0 (xml_node_text (member, "LifecycleState"), "InService") == 0;
  return n;
}

/* ---- copy ---- */

/* How many the copy is to have: as many as were in service at the first try; kept, since the original may move. It may have more than its
 * maximum for a moment, while its zones are balanced; the copy may not. */
static guint
wanted_size (const Try *try, const XmlNode *source)
{
  const char *state = try->errand->state_json;
  g_autoptr (json_t) kept =
      state != NULL ? json_doc_parse (state, strlen (state), NULL, NULL) : NULL;
  const json_t *n = json_object_get (kept, "wanted");
  if (json_is_integer (n))
    return (guint)json_integer_value (n);
  const char *most = xml_node_text (source, "MaxSize");
  guint in_service = count_in_service (source);
  return most != NULL ? (guint)MIN (g_ascii_strtoull (most, NULL, 10), in_service) : in_service;
}

static gboolean
make_copy (Try *try, const XmlNode *source, const char *name, guint wanted, GError **error)
{
  const char *minimum = xml_node_text (source, "MinSize");
  guint least = minimum != NULL ? (guint)MIN (g_ascii_strtoull (minimum, NULL, 10), wanted) : 0;
  return autoscaling_copy_create (&try->copy, source, name, text_of (try, "deploymentId"), error) &&
         autoscaling_copy_settings (&try->copy, source, name, error) &&
         autoscaling_copy_resize (&try->copy, name, arena_printf (try->arena, "%u", least), wanted,
                                  error) &&
         autoscaling_copy_processes (&try->copy, name, AUTOSCALING_SUSPEND, error);
}

static const char *
copy_answer (Try *try, const XmlNode *group, const char *name)
{
  g_autoptr (GArray) members = g_array_new (FALSE, FALSE, sizeof (FleetMember));
  autoscaling_read_members (group, try->arena, members);
  const FleetMemberList list = { members->len, (const FleetMember *)(gpointer)members->data };
  const char *text = fleet_members_to_text (&list, try->arena);
  g_autoptr (json_t) answer = json_loads (text, 0, NULL);
  json_object_set_new (answer, "autoScalingGroup", json_string (name));
  g_autofree char *dumped = json_dumps (answer, JSON_COMPACT);
  return arena_strdup (try->arena, dumped);
}

static void
copy_body (Try *try)
{
  const char *from = text_of (try, "autoScalingGroup"), *name = text_of (try, "name");
  const XmlNode *source, *there;
  g_autoptr (GError) problem = NULL;
  if (!describe_two (try, from, name, &source, &there))
    return;
  if (source == NULL) {
    refuse (try, DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION,
            arena_printf (try->arena, "there is no Auto Scaling group %s to copy, in region %s",
                          from, try->errands->region));
    return;
  }
  guint wanted = wanted_size (try, source);
  if (wanted == 0) {
    refuse (try, DEPLOYMENT_ERROR_NO_INSTANCES,
            arena_printf (try->arena, "no instance of Auto Scaling group %s is in service", from));
    return;
  }
  /* A state is kept only once all was made. */
  if (try->errand->state_json == NULL || there == NULL) {
    if (!make_copy (try, source, name, wanted, &problem)) {
      fail (try, "autoscaling", problem);
      return;
    }
  }
  guint n = there != NULL ? count_in_service (there) : 0;
  if (n >= wanted) {
    *try->out =
        (ErrandResult){ .outcome = ERRAND_DONE, .answer_json = copy_answer (try, there, name) };
    return;
  }
  *try->out = (ErrandResult){
    .outcome = ERRAND_NOT_YET,
    .again_ms = LOOK_AGAIN_MS,
    .message = arena_printf (try->arena, "Auto Scaling group %s: %u of %u instances in service",
                             name, n, wanted),
    .state_json = arena_printf (try->arena, "{\"wanted\":%u}", wanted),
  };
}

void
fleet_copy_perform (gpointer ctx, const ErrandRecord *errand, gint64 end_us, Arena *arena,
                    ErrandResult *out)
{
  run (ctx, errand, end_us, arena, out, copy_body);
}

/* ---- swap ---- */

static void
swap_body (Try *try)
{
  const char *from = text_of (try, "from"), *to = text_of (try, "to");
  const XmlNode *source, *copy;
  g_autoptr (GError) problem = NULL;
  if (!describe_two (try, from, to, &source, &copy))
    return;
  if (copy == NULL) {
    refuse (try, DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION,
            arena_printf (try->arena, "Auto Scaling group %s was deleted", to));
    return;
  }
  gboolean done = (source == NULL || autoscaling_copy_attach (&try->copy, source, to, &problem)) &&
                  autoscaling_copy_processes (&try->copy, to, AUTOSCALING_RESUME, &problem) &&
                  (source == NULL || autoscaling_copy_drop_hooks (
                                         &try->copy, from, text_of (try, "groupId"), &problem));
  if (done)
    *try->out = (ErrandResult){ .outcome = ERRAND_DONE };
  else
    fail (try, "autoscaling", problem);
}

void
fleet_swap_perform (gpointer ctx, const ErrandRecord *errand, gint64 end_us, Arena *arena,
                    ErrandResult *out)
{
  run (ctx, errand, end_us, arena, out, swap_body);
}

/* ---- retire ---- */

static void
retire_body (Try *try)
{
  const char *group = text_of (try, "autoScalingGroup");
  const json_t *instances = json_object_get (try->request, "instances");
  gsize n = json_array_size (instances), n_ids = 0;
  const char **ids = arena_new0_n (try->arena, const char *, MAX (n, 1));
  g_autoptr (GError) problem = NULL;
  for (gsize i = 0; i < n; i++) {
    const char *id = json_string_value (json_array_get (instances, i));
    if (id != NULL)
      ids[n_ids++] = arena_strdup (try->arena, id);
  }
  if (group != NULL && !autoscaling_copy_delete (&try->copy, group, &problem)) {
    fail (try, "autoscaling", problem);
    return;
  }
  if (group == NULL && !ec2_terminate_instances (&try->errands->caller, ids, n_ids, try->arena,
                                                 &try->copy.code, &problem)) {
    fail (try, "ec2", problem);
    return;
  }
  *try->out = (ErrandResult){ .outcome = ERRAND_DONE };
}

void
fleet_retire_perform (gpointer ctx, const ErrandRecord *errand, gint64 end_us, Arena *arena,
                      ErrandResult *out)
{
  run (ctx, errand, end_us, arena, out, retire_body);
}
