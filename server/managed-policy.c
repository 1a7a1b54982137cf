#include "server/managed-policy.h"

#include <string.h>

#include "core/ids.h"

/* A document that allows actions on everything. */
#define ALLOW(actions)                                                                             \
  "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": [" actions    \
  "], \"Resource\": \"*\"}]}"
#define READS "\"codedeploy:BatchGet*\", \"codedeploy:Get*\", \"codedeploy:List*\""

static const ManagedPolicy table[] = {
  { "AWSCodeDeployDeployerAccess", "/",
    "May register revisions and deploy them, and read everything of the deployment service.",
    ALLOW (READS ", \"codedeploy:CreateDeployment\", \"codedeploy:StopDeployment\", "
                 "\"codedeploy:ContinueDeployment\", "
                 "\"codedeploy:RegisterApplicationRevision\"") },
  { "AWSCodeDeployFullAccess", "/", "May do everything with the deployment service.",
    ALLOW ("\"codedeploy:*\"") },
  { "AWSCodeDeployReadOnlyAccess", "/", "May read everything of the deployment service.",
    ALLOW (READS) },
  { "AWSCodeDeployRole", "/service-role/",
    "For the service role of deployment groups: what deployments do elsewhere on its behalf.",
    ALLOW ("\"autoscaling:*\", \"cloudwatch:DescribeAlarms\", "
           "\"cloudwatch:PutMetricAlarm\", \"ec2:DescribeInstances\", "
           "\"ec2:DescribeInstanceStatus\", \"ec2:TerminateInstances\", "
           "\"elasticloadbalancing:*\", \"sns:*\", \"tag:GetResources\"") },
  { "AdministratorAccess", "/", "May do everything.", ALLOW ("\"*\"") },
  { "AmazonS3FullAccess", "/", "May do everything with buckets and objects.", ALLOW ("\"s3:*\"") },
  { "AmazonS3ReadOnlyAccess", "/", "May list and read buckets and objects.",
    ALLOW ("\"s3:Get*\", \"s3:List*\", \"s3:Describe*\"") },
  { "IAMFullAccess", "/", "May do everything with users, roles, keys and policies.",
    ALLOW ("\"iam:*\"") },
  { "IAMReadOnlyAccess", "/", "May read everything of users, roles, keys and policies.",
    ALLOW ("\"iam:Get*\", \"iam:List*\"") },
};

const ManagedPolicy *
managed_policy_row (gsize index)
{
  return index < G_N_ELEMENTS (table) ? &table[index] : NULL;
}

char *
managed_policy_arn (const ManagedPolicy *policy, const ArnScope *scope, Arena *arena)
{
  return arn_for_managed_policy (arena, scope, policy->path, policy->name);
}

const ManagedPolicy *
managed_policy_by_arn (const char *arn)
{
  g_autoptr (Arena) arena = arena_new ();
  Arn parts;
  if (!arn_parse (arn, arena, &parts) || strcmp (parts.service, "iam") != 0 ||
      *parts.region != '\0' || strcmp (parts.account_id, "aws") != 0)
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *resource = g_strconcat ("policy", table[i].path, table[i].name, NULL);
    if (strcmp (resource, parts.resource) == 0)
      return &table[i];
  }
  return NULL;
}

char *
managed_policy_id (const ManagedPolicy *policy, Arena *arena)
{
  char id[IDS_PRINCIPAL_SIZE];
  ids_for_principal ("ANPA", policy->name, MANAGED_POLICY_CREATE_MS, id);
  return arena_strdup (arena, id);
}
