#include "server/integrations/elbv2.h"

#include <string.h>

#include "server/integrations/aws-balancer.h"

#define VERSION "2015-12-01"
/* For so long a group's ARN and numbers are taken for the same. */
#define GROUP_KEPT_US (5 * 60 * G_GINT64_CONSTANT (1000000))

/* What is kept of a target group. */
typedef struct {
  char *arn, *region, *type, *port;
  char *threshold, *interval_s; /* of its health checks */
  char *delay_s;                /* of deregistration; NULL: not known */
  gint64 read_us;
} Group;

struct Elbv2 {
  AwsClient *client;
  const Ambient *ambient;
  GMutex lock;
  GHashTable *groups; /* name or ARN -> Group */
};

static void
group_clear (Group *group)
{
  g_free (group->arn);
  g_free (group->region);
  g_free (group->type);
  g_free (group->port);
  g_free (group->threshold);
  g_free (group->interval_s);
  g_free (group->delay_s);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Group, group_clear)

static void
group_free (gpointer data)
{
  group_clear (data);
  g_free (data);
}

static void
group_copy (const Group *from, Group *to)
{
  *to = (Group){ g_strdup (from->arn),       g_strdup (from->region),
                 g_strdup (from->type),      g_strdup (from->port),
                 g_strdup (from->threshold), g_strdup (from->interval_s),
                 g_strdup (from->delay_s),   from->read_us };
}

Elbv2 *
elbv2_new (AwsClient *client, const Ambient *ambient)
{
  Elbv2 *elbv2 = g_new0 (Elbv2, 1);
  elbv2->client = client;
  elbv2->ambient = ambient;
  g_mutex_init (&elbv2->lock);
  elbv2->groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, group_free);
  return elbv2;
}

void
elbv2_free (Elbv2 *elbv2)
{
  if (elbv2 == NULL)
    return;
  g_hash_table_unref (elbv2->groups);
  g_mutex_clear (&elbv2->lock);
  g_free (elbv2);
}

typedef struct {
  Elbv2 *elbv2;
  AwsCaller caller;
  const BalancerAsk *ask;
  const char *who; /* "target group api" */
  Group *group;
  Arena *arena;
  BalancerSaid *out;
} Job;

/* ---- calls ---- */

static void
fail (const Job *job, const GError *problem, const char *code)
{
  aws_balancer_fail (job->elbv2->client, job->ask, job->who, problem, code, job->arena, job->out);
}

/* The member of the answer that is named like its action; NULL: job->out says why. */
static const XmlNode *
call (const Job *job, AwsQuery *query, const char **out_code)
{
  g_autoptr (GError) problem = NULL;
  const char *code = NULL;
  query->region = job->group->region;
  const XmlNode *root = aws_client_query (&job->caller, query, job->arena, &code, &problem);
  if (out_code != NULL)
    *out_code = code;
  if (root == NULL) {
    fail (job, problem, code);
    return NULL;
  }
  const XmlNode *result =
      xml_node_find (root, arena_printf (job->arena, "%sResult", query->action));
  if (result == NULL)
    balancer_not_yet (job->out, balancer_again_ms (job->ask, AWS_BALANCER_LEAST_AGAIN_MS),
                      job->arena, "%s: the answer to %s makes no sense", job->who, query->action);
  return result;
}

static AwsQuery
start (const char *action)
{
  return aws_query (AWS_BALANCER_SERVICE, VERSION, action);
}

/* ---- the group ---- */

static gboolean
find_kept (const Job *job, const char *name)
{
  Elbv2 *elbv2 = job->elbv2;
  g_mutex_lock (&elbv2->lock);
  const Group *kept = g_hash_table_lookup (elbv2->groups, name);
  gboolean good =
      kept != NULL && ambient_monotonic_us (elbv2->ambient) - kept->read_us < GROUP_KEPT_US;
  if (good)
    group_copy (kept, job->group);
  g_mutex_unlock (&elbv2->lock);
  return good;
}

static void
keep (const Job *job, const char *name)
{
  Elbv2 *elbv2 = job->elbv2;
  Group *copy = g_new0 (Group, 1);
  group_copy (job->group, copy);
  g_mutex_lock (&elbv2->lock);
  g_hash_table_replace (elbv2->groups, g_strdup (name), copy);
  g_mutex_unlock (&elbv2->lock);
}

static void
forget (const Job *job, const char *name)
{
  g_mutex_lock (&job->elbv2->lock);
  g_hash_table_remove (job->elbv2->groups, name);
  g_mutex_unlock (&job->elbv2->lock);
}

/* Only for telling how long draining may take: without permission for it, it is not told. */
static void
ask_delay (const Job *job)
{
  g_auto (AwsQuery) query = start ("DescribeTargetGroupAttributes");
  query.region = job->group->region;
  aws_query_add (&query, job->group->arn, "TargetGroupArn");
  g_autoptr (GError) ignored = NULL;
  const XmlNode *root = aws_client_query (&job->caller, &query, job->arena, NULL, &ignored);
  const XmlNode *member =
      xml_node_find (root, "DescribeTargetGroupAttributesResult/Attributes/member");
  for (; member != NULL; member = xml_node_next (member))
    if (g_strcmp0 (xml_node_text (member, "Key"), "deregistration_delay.timeout_seconds") == 0)
      job->group->delay_s = g_strdup (xml_node_text (member, "Value"));
}

/* "arn:aws:elasticloadbalancing:eu-west-1:..." : a group is where its ARN says. NULL: a name, or nothing of the kind. */
static char *
region_of (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, ":", 6);
  return g_str_has_prefix (name, "arn:") && g_strv_length (parts) == 6 && *parts[3] != '\0'
             ? g_strdup (parts[3])
             : NULL;
}

static gboolean
ask_group (const Job *job, const char *name)
{
  Group *group = job->group;
  g_auto (AwsQuery) query = start ("DescribeTargetGroups");
  group->region = region_of (name);
  aws_query_add (&query, name,
                 group->region != NULL ? "TargetGroupArns.member.1" : "Names.member.1");
  const XmlNode *result = call (job, &query, NULL);
  const XmlNode *member = xml_node_find (result, "TargetGroups/member");
  const char *arn = xml_node_text (member, "TargetGroupArn");
  if (result != NULL && arn == NULL)
    balancer_refuse (job->out, DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID, job->arena,
                     "%s is not there", job->who);
  if (arn == NULL)
    return FALSE;
  group->arn = g_strdup (arn);
  group->type = g_strdup (xml_node_text (member, "TargetType"));
  group->port = g_strdup (xml_node_text (member, "Port"));
  group->threshold = g_strdup (xml_node_text (member, "HealthyThresholdCount"));
  group->interval_s = g_strdup (xml_node_text (member, "HealthCheckIntervalSeconds"));
  group->read_us = ambient_monotonic_us (job->elbv2->ambient);
  ask_delay (job);
  keep (job, name);
  return TRUE;
}

static gboolean
find_group (const Job *job)
{
  const char *name = job->ask->balancer->aws_name;
  if (!find_kept (job, name) && !ask_group (job, name))
    return FALSE;
  if (g_strcmp0 (job->group->type, "instance") == 0)
    return TRUE;
  balancer_refuse (job->out, DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID, job->arena,
                   "%s has targets of type %s, and hosts need one of type instance", job->who,
                   job->group->type != NULL ? job->group->type : "(none)");
  return FALSE;
}

/* ---- targets ---- */

typedef enum {
  ALL_TARGETS,    /* of the group, with the ports that they are registered with */
  AT_DEFAULT_PORT /* the instance alone */
} Which;

/* The list's first member, NULL when it is empty; FALSE: job->out says why. */
static gboolean
ask_health (const Job *job, Which which, const XmlNode **out)
{
  g_auto (AwsQuery) query = start ("DescribeTargetHealth");
  const char *code = NULL;
  aws_query_add (&query, job->group->arn, "TargetGroupArn");
  if (which == AT_DEFAULT_PORT)
    aws_query_add (&query, job->ask->instance, "Targets.member.1.Id");
  const XmlNode *result = call (job, &query, &code);
  if (g_strcmp0 (code, "TargetGroupNotFound") == 0)
    forget (job, job->ask->balancer->aws_name);
  *out = xml_node_find (result, "TargetHealthDescriptions/member");
  return result != NULL;
}

/* port NULL: the group's. */
static gboolean
change (const Job *job, const char *action, const char *port)
{
  g_auto (AwsQuery) query = start (action);
  aws_query_add (&query, job->group->arn, "TargetGroupArn");
  aws_query_add (&query, job->ask->instance, "Targets.member.1.Id");
  if (port != NULL)
    aws_query_add (&query, port, "Targets.member.1.Port");
  return call (job, &query, NULL) != NULL;
}

static gboolean
is_state (const XmlNode *target, const char *state)
{
  return g_strcmp0 (xml_node_text (target, "TargetHealth/State"), state) == 0;
}

static gboolean
is_reason (const XmlNode *target, const char *reason)
{
  return g_strcmp0 (xml_node_text (target, "TargetHealth/Reason"), reason) == 0;
}

/* " (Target deregistration is in progress)" */
static const char *
reason_text (const XmlNode *target, Arena *arena)
{
  const char *text = xml_node_text (target, "TargetHealth/Description");
  if (text == NULL)
    text = xml_node_text (target, "TargetHealth/Reason");
  return text == NULL ? "" : arena_printf (arena, " (%s)", text);
}

static void
say_draining (const Job *job, const char *reason)
{
  const char *delay_s = job->group->delay_s;
  balancer_not_yet (job->out, balancer_again_ms (job->ask, AWS_BALANCER_LEAST_AGAIN_MS), job->arena,
                    "%s: %s is draining%s%s", job->who, job->ask->instance, reason,
                    delay_s != NULL ? arena_printf (job->arena, ", up to %s s", delay_s) : "");
}

static void
block_target (const Job *job)
{
  const XmlNode *target;
  if (!find_group (job) || !ask_health (job, ALL_TARGETS, &target))
    return;
  for (; target != NULL; target = xml_node_next (target)) {
    const char *id = xml_node_text (target, "Target/Id");
    const char *port = xml_node_text (target, "Target/Port");
    if (g_strcmp0 (id, job->ask->instance) != 0 || is_reason (target, "Target.NotRegistered"))
      continue;
    if (is_state (target, "draining")) {
      say_draining (job, reason_text (target, job->arena));
      continue;
    }
    /* AWS wants the port of a registration that has one of its own. */
    gboolean own_port = port != NULL && g_strcmp0 (port, job->group->port) != 0;
    if (!change (job, "DeregisterTargets", own_port ? port : NULL))
      return;
    say_draining (job, "");
  }
}

static void
say_health (const Job *job, const XmlNode *target)
{
  const Group *group = job->group;
  const char *state = xml_node_text (target, "TargetHealth/State");
  gboolean numbers = group->threshold != NULL && group->interval_s != NULL;
  balancer_not_yet (
      job->out, balancer_again_ms (job->ask, AWS_BALANCER_LEAST_AGAIN_MS), job->arena,
      "%s: %s is %s%s%s", job->who, job->ask->instance, state != NULL ? state : "registered",
      target != NULL ? reason_text (target, job->arena) : "",
      numbers
          ? arena_printf (job->arena, "; it has to pass %s health checks in a row, one every %s s",
                          group->threshold, group->interval_s)
          : "");
}

static void
allow_target (const Job *job)
{
  const XmlNode *target;
  if (!find_group (job) || !ask_health (job, AT_DEFAULT_PORT, &target) ||
      is_state (target, "healthy") || is_reason (target, "Target.HealthCheckDisabled"))
    return;
  gboolean gone =
      target == NULL || is_reason (target, "Target.NotRegistered") || is_state (target, "draining");
  if (!gone)
    say_health (job, target);
  else if (change (job, "RegisterTargets", NULL))
    say_health (job, NULL);
}

/* ---- the driver ---- */

static void
perform (gpointer ctx, const BalancerAsk *ask, void (*what) (const Job *job), Arena *arena,
         BalancerSaid *out)
{
  g_auto (Group) group = { 0 };
  const char *who = arena_printf (arena, "target group %s", ask->balancer->aws_name);
  Elbv2 *elbv2 = ctx;
  const Job job = { elbv2, { elbv2->client, ask->end_us }, ask, who, &group, arena, out };
  *out = (BalancerSaid){ .outcome = ERRAND_DONE };
  if (aws_balancer_takes (ask, who, arena, out))
    what (&job);
}

static void
block (gpointer ctx, const BalancerAsk *ask, Arena *arena, BalancerSaid *out)
{
  perform (ctx, ask, block_target, arena, out);
}

static void
allow (gpointer ctx, const BalancerAsk *ask, Arena *arena, BalancerSaid *out)
{
  perform (ctx, ask, allow_target, arena, out);
}

const BalancerOps elbv2_balancer = { block, allow };
