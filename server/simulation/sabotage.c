#include "server/simulation/sabotage.h"

typedef struct {
  Sabotage shown;
  const char *sql;     /* run beside the server now and then; NULL: nothing */
  gboolean while_down; /* the sql is run while the server is */
  HostsSabotage hosts;
  OutsideSabotage outside;
  CloudSabotage cloud;
  StoreFault fault;
} Row;

#define SQL(name_, about_, rule_, sql_)                                                            \
  {                                                                                                \
    .shown = { name_, about_, rule_ }, .sql = sql_                                                 \
  }

#define LAST_RUNNING                                                                               \
  "(SELECT id FROM deployment WHERE complete_ms IS NULL AND start_ms IS NOT NULL"                  \
  " ORDER BY create_ms LIMIT 1)"

static const Row rows[] = {
  SQL ("one-more", "one more target may run than the configuration says", RULE_BUDGET,
       "UPDATE deployment SET minimum_healthy = minimum_healthy - 1"
       " WHERE complete_ms IS NULL AND minimum_healthy > 0 AND n_running > 0"),
  SQL ("counter", "a counter is one less than the targets", RULE_COUNTERS,
       "UPDATE deployment SET n_succeeded = n_succeeded - 1, n_pending = n_pending + 1"
       " WHERE complete_ms IS NULL AND n_succeeded > 0"),
  SQL ("history", "an ended deployment gets another message", RULE_DEPLOYMENT_END,
       "UPDATE deployment SET error_message = 'never mind' WHERE complete_ms IS NOT NULL"),
  SQL ("target-history", "a target that failed has succeeded", RULE_TARGET_END,
       "UPDATE target SET status = 'Succeeded' WHERE status = 'Failed'"),
  SQL ("back-to-created", "a running deployment is Created", RULE_DEPLOYMENT_COURSE,
       "UPDATE deployment SET status = 'Created' WHERE status = 'InProgress'"),
  SQL ("back-to-pending", "a running target is Pending", RULE_TARGET_COURSE,
       "UPDATE target SET status = 'Pending' WHERE status = 'InProgress'"),
  SQL ("events", "a target's events are forgotten", RULE_EVENTS,
       "UPDATE target SET events_json = NULL"
       " WHERE status = 'InProgress' AND events_json IS NOT NULL"),
  SQL ("turns", "two deployments have one host", RULE_ONE_COMMAND,
       "UPDATE host_command SET status = 'Pending' WHERE status = 'Waiting'"),
  SQL ("target-timer", "nobody waits for a host any more", RULE_TIMERS,
       "DELETE FROM timer WHERE kind = 'target'"),
  SQL ("total-timer", "nobody counts a deployment's time", RULE_TIMERS,
       "DELETE FROM timer WHERE kind = 'total'"),
  SQL ("leftover", "a timer is left of an ended deployment", RULE_LEFTOVERS,
       "INSERT INTO timer (deployment_id, ordinal, kind, due_ms)"
       " SELECT id, -1, 'batch', 9000000000000 FROM deployment"
       " WHERE complete_ms IS NOT NULL ON CONFLICT DO NOTHING"),
  SQL ("verdict", "a deployment that failed has succeeded", RULE_VERDICT,
       "UPDATE deployment SET status = 'Succeeded', complete_ms = 1800000000001"
       " WHERE id = " LAST_RUNNING " AND n_succeeded = 0"),
  SQL ("rollback", "a group's last good deployment is its first one", RULE_ROLLBACK,
       "UPDATE deployment_group SET last_successful_deployment_id ="
       " (SELECT id FROM deployment d WHERE d.group_id = deployment_group.id"
       " ORDER BY create_ms LIMIT 1)"),
  SQL ("batch", "more run at a time than the configuration allows", RULE_BATCH,
       "UPDATE deployment SET maximum_batch = maximum_batch + 3"
       " WHERE complete_ms IS NULL AND maximum_batch BETWEEN 1 AND 5"),
  SQL ("two-active", "a running deployment does not keep others from the group", RULE_ONE_ACTIVE,
       "UPDATE deployment SET creator = 'autoscaling' WHERE complete_ms IS NULL"),
  SQL ("held", "a paused deployment's commands go to their hosts", RULE_PAUSE,
       "UPDATE host_command SET status = 'Pending' WHERE status = 'Held'"),
  SQL ("stage", "a deployment is at a stage too early", RULE_STAGES,
       "UPDATE deployment SET stage = stage + 1"
       " WHERE complete_ms IS NULL AND n_running > 0 AND stage + 1 < n_stages"),
  SQL ("alarm", "a deployment is stopped although its alarms are quiet", RULE_ALARMS,
       "UPDATE deployment SET status = 'Stopped', error_code = 'ALARM_ACTIVE',"
       " complete_ms = 1800000000001 WHERE id = " LAST_RUNNING),
  SQL ("originals-first", "original hosts let their traffic go too early", RULE_BLUE_GREEN,
       "UPDATE target SET status = 'InProgress'"
       " WHERE ordinal >= 1073741824 AND status = 'Pending'"),
  SQL ("unreadable", "what a deployment was told cannot be read", RULE_SERVER,
       "UPDATE deployment SET info_json = '{' WHERE complete_ms IS NULL"),
  SQL ("never-started", "a new deployment is never looked at", RULE_ENDS,
       "UPDATE timer SET due_ms = 9000000000000 WHERE kind = 'start'"),
  { .shown = { "down", "a target is another one after a kill", RULE_REOPENED, "kills" },
    .sql = "UPDATE target SET attempt = attempt + 1 WHERE status = 'InProgress'",
    .while_down = TRUE },
  { .shown = { "idle", "balancers say that it is done, and do nothing", RULE_TRAFFIC },
    .outside = OUTSIDE_IDLE },
  { .shown = { "greedy", "balancers drain all hosts with the first", RULE_SERVING },
    .outside = OUTSIDE_GREEDY },
  { .shown = { "hasty", "balancers drain the original hosts with the first new one", RULE_SERVING },
    .outside = OUTSIDE_HASTY },
  { .shown = { "eager", "all hosts begin with the first", RULE_HEALTHY }, .hosts = HOSTS_EAGER },
  { .shown = { "ahead", "a host begins what it was not given", RULE_STARTED_EARLY },
    .hosts = HOSTS_AHEAD },
  SQL ("lost-command", "a command is withdrawn behind the server's back", RULE_TIMERS,
       "DELETE FROM host_command"),
  SQL ("untold", "a notification is dropped by nobody", RULE_TOLD,
       "DELETE FROM notification WHERE due_ms IS NULL"),
  SQL ("out-of-order", "a notification does not wait for the one before it", RULE_TOLD_IN_ORDER,
       "UPDATE notification SET due_ms = 1 WHERE due_ms IS NULL AND dead_ms IS NULL"
       " AND event LIKE 'Instance%'"),
  SQL ("end-first", "a deployment's end is told as soon as it is there", RULE_TOLD_END_LAST,
       "UPDATE notification SET due_ms = 1 WHERE due_ms IS NULL AND dead_ms IS NULL"
       " AND event IN ('DeploymentSuccess', 'DeploymentFailure', 'DeploymentStop')"),
  SQL ("given-up", "notifications are given up at once", RULE_DEAD_LETTERS,
       "UPDATE notification SET due_ms = NULL, dead_ms = 1800000000001 WHERE dead_ms IS NULL"),
  { .shown = { "copies", "a fleet is copied at each try", RULE_COPIED, "copies" },
    .cloud = CLOUD_COPIES_AGAIN },
  { .shown = { "too-soon", "originals end while a copy takes their place", RULE_RETIRED, "copies" },
    .cloud = CLOUD_HASTY },
  { .shown = { "fickle", "balancers drop originals that had their traffic back", RULE_ORIGINALS,
               "copies" },
    .outside = OUTSIDE_FICKLE },
  { .shown = { "deaf", "nobody hears that an instance may go on", RULE_SCALED, "scaling" },
    .cloud = CLOUD_DEAF },
  { .shown = { "no-hooks", "hooks are not put or taken away", RULE_HOOKS, "scaling" },
    .sql = "DELETE FROM errand WHERE kind = 'keep-hook'" },
  { .shown = { "outdated", "nobody knows what instances have", RULE_UP_TO_DATE, "scaling" },
    .sql = "UPDATE target_health SET healthy = 0" },
  { .shown = { "again", "the hub hands out what has begun", RULE_HANDED_OUT },
    .hosts = HOSTS_GIVEN_TWICE },
  { .shown = { "forgetful", "agents keep no record of commands", RULE_STARTED_TWICE, "network" },
    .hosts = HOSTS_FORGETFUL },
  { .shown = { "forgotten", "commits that were answered are not kept", RULE_REPORT },
    .fault = STORE_FAULT_FORGOTTEN },
};

const Sabotage *
sabotage_row (gsize index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index].shown : NULL;
}

const Sabotage *
sabotage_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_strcmp0 (rows[i].shown.name, name) == 0)
      return &rows[i].shown;
  return NULL;
}

static const Row *
row_of (const Sabotage *sabotage)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (&rows[i].shown == sabotage)
      return &rows[i];
  return NULL;
}

static gboolean
run_sql (StoreTx *tx, gpointer data, GError **error)
{
  const Row *row = data;
  return store_exec (tx, row->sql, STORE_NO_ARGS, NULL, error);
}

/* Not at each step: what runs is to get somewhere between. */
#define ONE_STEP_IN 40

void
sabotage_step (const Sabotage *sabotage, World *world)
{
  const Row *row = row_of (sabotage);
  g_autoptr (GError) error = NULL;
  if (row == NULL || row->sql == NULL || site_is_down (world->site) != row->while_down ||
      (!row->while_down && chance_below (&world->chance, ONE_STEP_IN) > 0))
    return;
  if (!site_beside (world->site, STORE_WRITE, run_sql, (gpointer)row, &error))
    WORLD_TRACE (world, "sabotage: %s", error->message); /* refused by a constraint */
}

void
sabotage_outside (const Sabotage *sabotage, Outside *outside)
{
  const Row *row = row_of (sabotage);
  if (row != NULL)
    outside_sabotage (outside, row->outside);
}

void
sabotage_cloud (const Sabotage *sabotage, Cloud *cloud)
{
  const Row *row = row_of (sabotage);
  if (row != NULL)
    cloud_sabotage (cloud, row->cloud);
}

void
sabotage_hosts (const Sabotage *sabotage, Hosts *hosts)
{
  const Row *row = row_of (sabotage);
  if (row != NULL)
    hosts_sabotage (hosts, row->hosts);
}

StoreFault
sabotage_fault (const Sabotage *sabotage)
{
  const Row *row = row_of (sabotage);
  return row != NULL ? row->fault : STORE_FAULT_NONE;
}
