#pragma once

#include "server/integrations/aws-client.h"

/* Making an Auto Scaling group like another (deployments.md 6.6), call by call. All of it can be repeated. Groups are elements of
 * DescribeAutoScalingGroups' answer. Calls block; errors are the client's (AWS_ERROR).
 *
 * Thread rule: any thread. */

#define AUTOSCALING_PROVISIONING_TAG "CodeDeployProvisioningDeploymentId"

typedef struct {
  AwsCaller caller;
  Arena *arena;
  const char *code; /* what the service called the last refusal; NULL */
} AutoscalingCopy;

/* A group of the name, without instances; one that is there already is fine. */
gboolean autoscaling_copy_create (AutoscalingCopy *copy, const XmlNode *source, const char *name,
                                  const char *deployment_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* What belongs to a group besides: policies with their alarms, notifications, scheduled actions, metrics, warm pool. */
gboolean autoscaling_copy_settings (AutoscalingCopy *copy, const XmlNode *source, const char *name,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean autoscaling_copy_resize (AutoscalingCopy *copy, const char *name, const char *minimum,
                                  guint desired, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  AUTOSCALING_SUSPEND,
  AUTOSCALING_RESUME
} AutoscalingProcesses;
/* AddToLoadBalancer, AlarmNotification, ScheduledActions. */
gboolean autoscaling_copy_processes (AutoscalingCopy *copy, const char *name,
                                     AutoscalingProcesses what, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The balancers and target groups of source. */
gboolean autoscaling_copy_attach (AutoscalingCopy *copy, const XmlNode *source, const char *name,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Its hooks that are of a deployment group, by its id: others
 * may have such names as well. */
gboolean autoscaling_copy_drop_hooks (AutoscalingCopy *copy, const char *name, const char *group_id,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* With all its instances; one that is not there is fine. */
gboolean autoscaling_copy_delete (AutoscalingCopy *copy, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
