#pragma once

#include "server/engine/fleet-text.h"
#include "server/integrations/aws-client.h"

/* Auto Scaling's groups: their members, lifecycle hooks, and the instances that wait for those (deployments.md 6.4, 6.5). All of it
 * can be repeated. Calls block; errors are the client's (AWS_ERROR).
 *
 * Thread rule: any thread. */

/* The elements AutoScalingGroups/member of the groups that are there, in an array (const XmlNode *). */
gboolean autoscaling_describe (const AwsCaller *caller, const char *const *names, gsize n,
                               Arena *arena, GPtrArray *out, const char **out_code, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Such a group's members, appended to out (FleetMember); their ARNs are of the group's account and region. */
void autoscaling_read_members (const XmlNode *group, Arena *arena, GArray *out);

/* What names of our hooks begin with (deployments.md 6.4). */
#define AUTOSCALING_HOOK_PREFIX "CodeDeploy-managed-automatic-"

#define AUTOSCALING_LAUNCHING   "autoscaling:EC2_INSTANCE_LAUNCHING"
#define AUTOSCALING_TERMINATING "autoscaling:EC2_INSTANCE_TERMINATING"

typedef struct {
  const char *group; /* of Auto Scaling */
  const char *name;
  const char *transition; /* one of the two */
  const char *metadata;   /* the deployment group's id */
} AutoscalingHook;

gboolean autoscaling_put_hook (const AwsCaller *caller, const AutoscalingHook *hook, Arena *arena,
                               const char **out_code, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A hook or group that is not there is fine. */
gboolean autoscaling_delete_hook (const AwsCaller *caller, const AutoscalingHook *hook,
                                  Arena *arena, const char **out_code, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The instance waits for another heartbeat timeout. */
gboolean autoscaling_heartbeat (const AwsCaller *caller, const AutoscalingHook *hook,
                                const char *instance_id, Arena *arena, const char **out_code,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* It waits no longer. result: "CONTINUE" or "ABANDON". */
gboolean autoscaling_complete (const AwsCaller *caller, const AutoscalingHook *hook,
                               const char *instance_id, const char *result, Arena *arena,
                               const char **out_code, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether a refusal says that what was named is not there (any more). */
gboolean autoscaling_is_gone (const GError *error, const char *code);
