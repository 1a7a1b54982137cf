#include "server/integrations/cloudwatch.h"

#include <string.h>

/* As many as one call may name. */
#define NAMES_AT_ONCE 100

static AlarmState
state_of_failure (const GError *error)
{
  switch ((AwsError)error->code) {
  case AWS_ERROR_REFUSED:
  case AWS_ERROR_DENIED:
    return ALARM_UNKNOWN;
  case AWS_ERROR_THROTTLED:
  case AWS_ERROR_UNREACHABLE:
  case AWS_ERROR_SETTINGS: /* keys may be on their way to the file */
  case AWS_ERROR_LATE:
  case AWS_ERROR_ABORTED:
    break;
  }
  return ALARM_UNREADABLE;
}

static AlarmReading
judge (const char *state, const char *name, Arena *arena)
{
  if (g_strcmp0 (state, "ALARM") == 0)
    return (AlarmReading){ ALARM_ACTIVE, NULL };
  if (g_strcmp0 (state, "OK") == 0)
    return (AlarmReading){ ALARM_QUIET, NULL };
  if (g_strcmp0 (state, "INSUFFICIENT_DATA") == 0)
    return (AlarmReading){ ALARM_NO_DATA, NULL };
  return (AlarmReading){ ALARM_UNREADABLE,
                         arena_printf (arena, "CloudWatch tells no state of %s", name) };
}

/* Names are told apart by case there, too. */
static void
take_list (const XmlNode *root, const char *path, const AlarmSettings *const *alarms, gsize n,
           Arena *arena, AlarmReading *out)
{
  for (const XmlNode *member = xml_node_find (root, path); member != NULL;
       member = xml_node_next (member)) {
    const char *name = xml_node_text (member, "AlarmName");
    for (gsize i = 0; name != NULL && i < n; i++)
      if (strcmp (alarms[i]->aws_name, name) == 0)
        out[i] = judge (xml_node_text (member, "StateValue"), name, arena);
  }
}

static void
read_some (const AwsCaller *caller, const AlarmSettings *const *alarms, gsize n, Arena *arena,
           AlarmReading *out)
{
  g_autoptr (GError) error = NULL;
  g_auto (AwsQuery) query = aws_query ("monitoring", "2010-08-01", "DescribeAlarms");
  for (gsize i = 0; i < n; i++)
    aws_query_add (&query, alarms[i]->aws_name, "AlarmNames.member.%u", (guint)i + 1);
  aws_query_add (&query, "MetricAlarm", "AlarmTypes.member.%u", 1);
  aws_query_add (&query, "CompositeAlarm", "AlarmTypes.member.%u", 2);
  aws_query_add (&query, G_STRINGIFY (NAMES_AT_ONCE), "MaxRecords");
  const XmlNode *root = aws_client_query (caller, &query, arena, NULL, &error);
  for (gsize i = 0; i < n; i++)
    out[i] = root == NULL
                 ? (AlarmReading){ state_of_failure (error), arena_strdup (arena, error->message) }
                 : (AlarmReading){ ALARM_UNKNOWN,
                                   arena_printf (arena, "CloudWatch has no alarm %s in this region",
                                                 alarms[i]->aws_name) };
  take_list (root, "DescribeAlarmsResult/MetricAlarms/member", alarms, n, arena, out);
  take_list (root, "DescribeAlarmsResult/CompositeAlarms/member", alarms, n, arena, out);
}

static void
read_alarms (gpointer ctx, const AlarmSettings *const *alarms, gsize n, gint64 end_us, Arena *arena,
             AlarmReading *out)
{
  const AwsCaller caller = { ctx, end_us };
  for (gsize at = 0; at < n; at += NAMES_AT_ONCE)
    read_some (&caller, alarms + at, MIN (n - at, NAMES_AT_ONCE), arena, out + at);
}

const AlarmOps cloudwatch_alarms = { read_alarms };
