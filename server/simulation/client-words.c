#include "server/simulation/client-words.h"

#include <string.h>

#define N_REVISIONS 9

gint64
words_group (Words *words)
{
  return chance_between (&words->chance, 1, (gint64)words->n_groups);
}

const char *
words_config (Words *words)
{
  static const char *const names[] = {
    "CodeDeployDefault.OneAtATime",
    "CodeDeployDefault.HalfAtATime",
    "CodeDeployDefault.AllAtOnce",
    "custom-1",
    "custom-2",
    "custom-3",
    "custom-4",
    "custom-5",
    "custom-6",
    "custom-7",
    "custom-8",
  };
  return names[chance_below (&words->chance, G_N_ELEMENTS (names))];
}

const char *
words_flag (Words *words, gint64 of_10000)
{
  return chance_hits (&words->chance, of_10000) ? "true" : "false";
}

char *
words_new_config (Words *words, gint64 number, Arena *arena)
{
  Chance *chance = &words->chance;
  gboolean percent = chance_below (chance, 2) == 0;
  gint64 most = chance_below (chance, 3) > 0 ? 50 : 99; /* of few hosts, most of them are all */
  gint64 value = percent ? chance_between (chance, 0, most)
                         : chance_between (chance, 0, (gint64)words->n_hosts / 2);
  g_autoptr (GString) more = g_string_new (NULL);
  if (chance_below (chance, 3) == 0)
    g_string_append_printf (more, ",\"retriesPerTarget\":%d", (int)chance_between (chance, 1, 3));
  if (chance_below (chance, 3) == 0)
    g_string_append_printf (more, ",\"maximumBatchSize\":%d", (int)chance_between (chance, 1, 5));
  if (chance_below (chance, 3) == 0)
    g_string_append_printf (more, ",\"deploymentTimeoutInMinutes\":%d",
                            (int)chance_between (chance, 5, 90));
  if (chance_below (chance, 4) == 0)
    g_string_append_printf (
        more,
        ",\"zonalConfig\":{\"monitorDurationInSeconds\":%d,\"minimumHealthyHostsPerZone\":"
        "{\"type\":\"FLEET_PERCENT\",\"value\":%d}}",
        (int)chance_between (chance, 0, 300), (int)chance_between (chance, 0, 60));
  return arena_printf (arena,
                       "{\"deploymentConfigName\":\"custom-%d\",\"minimumHealthyHosts\":"
                       "{\"type\":\"%s\",\"value\":%d}%s}",
                       (int)number, percent ? "FLEET_PERCENT" : "HOST_COUNT", (int)value,
                       more->str);
}

/* Hosts have the tags g1 .. g4 by chance; a group selects one of them, or one of two. */
static char *
filters (Words *words, gint64 group, Arena *arena)
{
  gint64 other = chance_below (&words->chance, 4) == 0 ? words_group (words) : group;
  return arena_printf (arena,
                       "\"onPremisesInstanceTagFilters\":[{\"Key\":\"g%d\",\"Type\":\"KEY_ONLY\"},"
                       "{\"Key\":\"g%d\",\"Type\":\"KEY_ONLY\"}]",
                       (int)group, (int)other);
}

char *
words_rollback (Words *words, Arena *arena)
{
  static const char *const events[] = {
    "\"DEPLOYMENT_FAILURE\"",
    "\"DEPLOYMENT_FAILURE\",\"DEPLOYMENT_STOP_ON_REQUEST\"",
    "\"DEPLOYMENT_FAILURE\",\"DEPLOYMENT_STOP_ON_ALARM\"",
    "\"DEPLOYMENT_STOP_ON_ALARM\"",
    "\"DEPLOYMENT_STOP_ON_REQUEST\"",
  };
  return arena_printf (arena, "\"autoRollbackConfiguration\":{\"enabled\":%s,\"events\":[%s]}",
                       words_flag (words, 8000),
                       events[chance_below (&words->chance, G_N_ELEMENTS (events))]);
}

/* Every host is of the fleet a or b. */
static const char *
fleet (Words *words)
{
  return chance_below (&words->chance, 2) == 0 ? "a" : "b";
}

/* Replaces its hosts by others, which a deployment names. */
static char *
blue_green (Words *words, Arena *arena)
{
  Chance *chance = &words->chance;
  gboolean stops = chance_below (chance, 2) == 0;
  gboolean terminates = chance_below (chance, 2) == 0;
  g_autofree char *ready =
      stops ? g_strdup_printf (",\"waitTimeInMinutes\":%d", (int)chance_between (chance, 1, 30))
            : g_strdup ("");
  g_autofree char *wait = terminates ? g_strdup_printf (",\"terminationWaitTimeInMinutes\":%d",
                                                        (int)chance_between (chance, 0, 20))
                                     : g_strdup ("");
  return arena_printf (
      arena,
      "\"onPremisesInstanceTagFilters\":[{\"Key\":\"fleet\",\"Value\":\"%s\",\"Type\":"
      "\"KEY_AND_VALUE\"}],\"deploymentStyle\":{\"deploymentType\":\"BLUE_GREEN\","
      "\"deploymentOption\":"
      "\"WITH_TRAFFIC_CONTROL\"},\"loadBalancerInfo\":{\"targetGroupInfoList\":[{\"name\":\"web\"}]"
      "},"
      "\"blueGreenDeploymentConfiguration\":{\"greenFleetProvisioningOption\":{\"action\":"
      "\"DISCOVER_EXISTING\"},\"deploymentReadyOption\":{\"actionOnTimeout\":\"%s\"%s},"
      "\"terminateBlueInstancesOnDeploymentSuccess\":{\"action\":\"%s\"%s}}",
      fleet (words), stops ? "STOP_DEPLOYMENT" : "CONTINUE_DEPLOYMENT", ready,
      terminates ? "TERMINATE" : "KEEP_ALIVE", wait);
}

/* ---- groups of EC2 instances ---- */

static char *
fleet_name (Words *words, Arena *arena)
{
  return arena_printf (arena, "asg-%d",
                       (int)chance_between (&words->chance, 1, (gint64)words->n_fleets));
}

static char *
fleets (Words *words, Arena *arena)
{
  if (chance_below (&words->chance, 16) == 0)
    return arena_strdup (arena, "\"autoScalingGroups\":[]");
  return arena_printf (arena, "\"autoScalingGroups\":[\"%s\"],\"terminationHookEnabled\":%s",
                       fleet_name (words, arena), words_flag (words, 4000));
}

/* Copies its fleet, or is told which one takes its place. */
static char *
replaced_fleet (Words *words, Arena *arena)
{
  Chance *chance = &words->chance;
  gboolean copies = chance_below (chance, 4) > 0;
  gboolean terminates = chance_below (chance, 3) > 0;
  g_autofree char *wait = terminates ? g_strdup_printf (",\"terminationWaitTimeInMinutes\":%d",
                                                        (int)chance_between (chance, 0, 20))
                                     : g_strdup ("");
  return arena_printf (
      arena,
      "\"deploymentStyle\":{\"deploymentType\":\"BLUE_GREEN\",\"deploymentOption\":"
      "\"WITH_TRAFFIC_CONTROL\"},\"loadBalancerInfo\":{\"targetGroupInfoList\":[{\"name\":\"web\"}]"
      "},"
      "\"blueGreenDeploymentConfiguration\":{\"greenFleetProvisioningOption\":{\"action\":\"%s\"},"
      "\"deploymentReadyOption\":{\"actionOnTimeout\":\"%s\"},"
      "\"terminateBlueInstancesOnDeploymentSuccess\":{\"action\":\"%s\"%s}}",
      copies ? "COPY_AUTO_SCALING_GROUP" : "DISCOVER_EXISTING",
      chance_below (chance, 4) == 0 ? "STOP_DEPLOYMENT" : "CONTINUE_DEPLOYMENT",
      terminates ? "TERMINATE" : "KEEP_ALIVE", wait);
}

static char *
plain_style (Words *words, Arena *arena)
{
  return arena_printf (
      arena,
      "\"deploymentStyle\":{\"deploymentType\":\"IN_PLACE\",\"deploymentOption\":\"%s\"},"
      "\"loadBalancerInfo\":{\"targetGroupInfoList\":[{\"name\":\"web\"}]}",
      chance_below (&words->chance, 2) == 0 ? "WITH_TRAFFIC_CONTROL" : "WITHOUT_TRAFFIC_CONTROL");
}

static char *
fleet_group (Words *words, Arena *arena)
{
  Chance *chance = &words->chance;
  if (chance_below (chance, 5) == 0)
    return arena_printf (arena,
                         "\"ec2TagFilters\":[{\"Key\":\"role\",\"Value\":\"web\",\"Type\":"
                         "\"KEY_AND_VALUE\"}],%s",
                         plain_style (words, arena));
  return arena_printf (arena,
                       "\"autoScalingGroups\":[\"%s\"],\"terminationHookEnabled\":%s,"
                       "\"outdatedInstancesStrategy\":\"%s\",%s",
                       fleet_name (words, arena), words_flag (words, 4000),
                       chance_below (chance, 4) > 0 ? "UPDATE" : "IGNORE",
                       chance_below (chance, 2) == 0 ? replaced_fleet (words, arena)
                                                     : plain_style (words, arena));
}

/* ---- */

/* Half of the groups have a balancer. */
static char *
style (Words *words, Arena *arena)
{
  if (chance_below (&words->chance, 4) == 0)
    return blue_green (words, arena);
  if (chance_below (&words->chance, 2) == 0)
    return arena_strdup (arena, "\"deploymentStyle\":{\"deploymentType\":\"IN_PLACE\","
                                "\"deploymentOption\":\"WITHOUT_TRAFFIC_CONTROL\"}");
  return arena_strdup (arena,
                       "\"deploymentStyle\":{\"deploymentType\":\"IN_PLACE\","
                       "\"deploymentOption\":\"WITH_TRAFFIC_CONTROL\"},"
                       "\"loadBalancerInfo\":{\"targetGroupInfoList\":[{\"name\":\"web\"}]}");
}

static char *
alarms (Words *words, Arena *arena)
{
  Chance *chance = &words->chance;
  gint64 bake = chance_below (chance, 3) == 0 ? chance_between (chance, 1, 10) : 0;
  return arena_printf (arena,
                       "\"alarmConfiguration\":{\"enabled\":%s,\"ignorePollAlarmFailure\":%s,"
                       "\"alarms\":[{\"name\":\"alarm-%d\"}],\"bakingTimeInMinutes\":%d}",
                       words_flag (words, 4000), words_flag (words, 5000),
                       (int)chance_between (chance, 1, 3), (int)bake);
}

static char *
waves (Words *words, Arena *arena)
{
  Chance *chance = &words->chance;
  g_autoptr (GString) text = g_string_new (NULL);
  gint64 n = chance_below (chance, 3) > 0 ? 0 : chance_between (chance, 1, 3);
  for (gint64 i = 1; i <= n; i++) {
    g_string_append_printf (text, "%s{\"name\":\"wave-%d\",\"successPercentage\":%d",
                            i > 1 ? "," : "", (int)i, (int)chance_between (chance, 0, 100));
    if (i < n) /* the last one has all that are left */
      g_string_append_printf (text, ",\"%s\":%d",
                              chance_below (chance, 2) == 0 ? "percentage" : "count",
                              (int)chance_between (chance, 1, 30));
    if (i < n && chance_below (chance, 2) == 0)
      g_string_append_printf (text, ",\"waitInSeconds\":%d", (int)chance_between (chance, 0, 300));
    g_string_append_printf (text, ",\"approval\":%s}", i < n ? words_flag (words, 3000) : "false");
  }
  return arena_printf (arena, "\"waves\":[%s]", text->str);
}

/* One topic was deleted. */
static char *
triggers (Words *words, Arena *arena)
{
  static const char *const events[] = {
    "\"DeploymentStart\",\"DeploymentSuccess\",\"DeploymentFailure\",\"DeploymentStop\"",
    "\"InstanceSuccess\",\"InstanceFailure\",\"DeploymentRollback\"",
    "\"DeploymentReady\",\"InstanceReady\",\"InstanceStart\",\"DeploymentSuccess\"",
  };
  static const char *const topics[] = { "ops", "team", "gone" };
  gint64 n = chance_below (&words->chance, 3);
  g_autoptr (GString) text = g_string_new (NULL);
  for (gint64 i = 0; i < n; i++)
    g_string_append_printf (
        text,
        "%s{\"triggerName\":\"t%d\",\"triggerTargetArn\":\"arn:aws:sns:eu-west-3:123456789012:%s\","
        "\"triggerEvents\":[%s]}",
        i > 0 ? "," : "", (int)i, topics[chance_below (&words->chance, G_N_ELEMENTS (topics))],
        events[chance_below (&words->chance, G_N_ELEMENTS (events))]);
  return arena_printf (arena, "\"triggerConfigurations\":[%s]", text->str);
}

static char *(*const parts[]) (Words *words, Arena *arena) = { words_rollback, style, alarms, waves,
                                                               triggers };

char *
words_of_group (Words *words, gint64 group, Arena *arena)
{
  if (words->n_fleets > 0 && chance_below (&words->chance, 2) == 0)
    return fleets (words, arena);
  gint64 part = chance_below (&words->chance, G_N_ELEMENTS (parts) + 1);
  return part < (gint64)G_N_ELEMENTS (parts) ? parts[part](words, arena)
                                             : filters (words, group, arena);
}

char *
words_new_group (Words *words, gint64 group, Arena *arena)
{
  g_autoptr (GString) more = g_string_new (words_rollback (words, arena));
  gboolean of_fleet = words->n_fleets > 0 && chance_below (&words->chance, 4) > 0;
  const char *kind = of_fleet ? fleet_group (words, arena) : style (words, arena);
  if (!of_fleet && strstr (kind, "TagFilters") == NULL) /* it says itself which hosts it has */
    g_string_append_printf (more, ",%s", filters (words, group, arena));
  g_string_append_printf (more, ",%s,%s,%s", kind, alarms (words, arena), triggers (words, arena));
  if (strstr (kind, "BLUE_GREEN") == NULL) /* a fleet that is replaced goes in no waves */
    g_string_append_printf (more, ",%s", waves (words, arena));
  return arena_printf (arena,
                       "{\"applicationName\":\"shop\",\"deploymentGroupName\":\"group-%d\","
                       "\"serviceRoleArn\":\"arn:aws:iam::123456789012:role/deploy\","
                       "\"deploymentConfigName\":\"%s\",%s}",
                       (int)group, words_config (words), more->str);
}

char *
words_deployment (Words *words, Arena *arena)
{
  Chance *chance = &words->chance;
  g_autoptr (GString) more = g_string_new (NULL);
  if (chance_below (chance, 2) == 0)
    g_string_append_printf (more, ",\"deploymentConfigName\":\"%s\"", words_config (words));
  if (chance_below (chance, 5) == 0)
    g_string_append_printf (more, ",%s", words_rollback (words, arena));
  if (chance_below (chance, 10) == 0)
    g_string_append_printf (more, ",%s", waves (words, arena));
  if (words->n_fleets > 0 && chance_below (chance, 6) == 0)
    g_string_append_printf (more, ",\"targetInstances\":{\"autoScalingGroups\":[\"%s\"]}",
                            fleet_name (words, arena));
  else if (chance_below (chance, words->n_fleets > 0 ? 5 : 2) == 0) /* refused in most groups */
    g_string_append_printf (
        more,
        ",\"targetInstances\":{\"tagFilters\":[{\"Key\":\"fleet\",\"Value\":\"%s\","
        "\"Type\":\"KEY_AND_VALUE\"}]}",
        fleet (words));
  if (chance_below (chance, 20) == 0) /* which takes no revision */
    return arena_printf (arena, "\"deploymentMode\":\"RESTART\"%s", more->str);
  return arena_printf (arena,
                       "\"revision\":{\"revisionType\":\"S3\",\"s3Location\":{\"bucket\":"
                       "\"bundles\",\"key\":\"r%d\","
                       "\"bundleType\":\"zip\"}},\"ignoreApplicationStopFailures\":%s,"
                       "\"updateOutdatedInstancesOnly\":%s%s",
                       (int)chance_between (chance, 1, N_REVISIONS), words_flag (words, 3000),
                       words_flag (words, 1500), more->str);
}
