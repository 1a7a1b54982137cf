#include "server/integrations/elb.h"

#include <string.h>

#include "server/integrations/aws-balancer.h"

#define VERSION "2012-06-01"

typedef struct {
  AwsClient *client;
  const BalancerAsk *ask;
  const char *who; /* "classic load balancer old" */
  Arena *arena;
  BalancerSaid *out;
} Job;

/* NULL: job->out says why. */
static const XmlNode *
call (const Job *job, const char *action, const char **out_code)
{
  g_auto (AwsQuery) query = aws_query (AWS_BALANCER_SERVICE, VERSION, action);
  g_autoptr (GError) problem = NULL;
  const char *code = NULL;
  aws_query_add (&query, job->ask->balancer->aws_name, "LoadBalancerName");
  aws_query_add (&query, job->ask->instance, "Instances.member.1.InstanceId");
  const AwsCaller caller = { job->client, job->ask->end_us };
  const XmlNode *root = aws_client_query (&caller, &query, job->arena, &code, &problem);
  if (root == NULL)
    aws_balancer_fail (job->client, job->ask, job->who, problem, code, job->arena, job->out);
  if (out_code != NULL)
    *out_code = code;
  return root;
}

/* How the instance is at the balancer. The API has two states for it and says the rest in words, which it lists as
 * all that there are (InstanceState, Description). */
typedef enum {
  NOT_KNOWN, /* job->out says why */
  NOT_REGISTERED,
  DRAINING,
  IN_SERVICE,
  OUT_OF_SERVICE
} Standing;

static Standing
find_standing (const Job *job, const char **out_description)
{
  const char *code = NULL;
  const XmlNode *root = call (job, "DescribeInstanceHealth", &code);
  *out_description = "";
  if (root == NULL) /* the way in which some say that it is not registered */
    return g_strcmp0 (code, "InvalidInstance") == 0 ? NOT_REGISTERED : NOT_KNOWN;
  const XmlNode *state = xml_node_find (root, "DescribeInstanceHealthResult/InstanceStates/member");
  const char *description = xml_node_text (state, "Description");
  if (state == NULL)
    return NOT_REGISTERED;
  if (description != NULL)
    *out_description = description;
  if (strstr (*out_description, "not currently registered") != NULL)
    return NOT_REGISTERED;
  if (strstr (*out_description, "deregistration currently in progress") != NULL)
    return DRAINING;
  return g_strcmp0 (xml_node_text (state, "State"), "InService") == 0 ? IN_SERVICE : OUT_OF_SERVICE;
}

static void
say (const Job *job, const char *is, const char *why)
{
  balancer_not_yet (job->out, balancer_again_ms (job->ask, AWS_BALANCER_LEAST_AGAIN_MS), job->arena,
                    "%s: %s is %s%s%s", job->who, job->ask->instance, is, *why != '\0' ? ": " : "",
                    why);
}

static void
block_instance (const Job *job)
{
  const char *description;
  switch (find_standing (job, &description)) {
  case NOT_KNOWN:
    return;
  case NOT_REGISTERED:
    *job->out = (BalancerSaid){ .outcome = ERRAND_DONE };
    return;
  case DRAINING:
    say (job, "draining", description);
    return;
  case IN_SERVICE:
  case OUT_OF_SERVICE:
    if (call (job, "DeregisterInstancesFromLoadBalancer", NULL) != NULL)
      say (job, "draining", "");
    return;
  }
}

static void
allow_instance (const Job *job)
{
  const char *description;
  switch (find_standing (job, &description)) {
  case NOT_KNOWN:
  case IN_SERVICE:
    return;
  case NOT_REGISTERED:
  case DRAINING:
    if (call (job, "RegisterInstancesWithLoadBalancer", NULL) != NULL)
      say (job, "registered", "its health checks have to pass");
    return;
  case OUT_OF_SERVICE:
    say (job, "OutOfService", description);
    return;
  }
}

static void
perform (gpointer ctx, const BalancerAsk *ask, void (*what) (const Job *job), Arena *arena,
         BalancerSaid *out)
{
  const char *who = arena_printf (arena, "classic load balancer %s", ask->balancer->aws_name);
  const Job job = { ctx, ask, who, arena, out };
  *out = (BalancerSaid){ .outcome = ERRAND_DONE };
  if (aws_balancer_takes (ask, who, arena, out))
    what (&job);
}

static void
block (gpointer ctx, const BalancerAsk *ask, Arena *arena, BalancerSaid *out)
{
  perform (ctx, ask, block_instance, arena, out);
}

static void
allow (gpointer ctx, const BalancerAsk *ask, Arena *arena, BalancerSaid *out)
{
  perform (ctx, ask, allow_instance, arena, out);
}

const BalancerOps elb_balancer = { block, allow };
