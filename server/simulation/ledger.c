#include "server/simulation/ledger.h"

#include "server/simulation/ledger-private.h"

ENUM_NAMES_DEFINE (Rule, rule, RULE_LIST)

/* What the ledger knows, and what it is told beside commits. */

static void
deployment_free (gpointer data)
{
  LedgerDeployment *deployment = data;
  g_free (deployment->id);
  g_ptr_array_unref (deployment->targets[0]);
  g_ptr_array_unref (deployment->targets[1]);
  g_free (deployment);
}

static void
group_free (gpointer data)
{
  LedgerGroup *group = data;
  g_free (group->id);
  g_hash_table_unref (group->arrivals);
  g_free (group);
}

Ledger *
ledger_new (const EngineTimes *times)
{
  Ledger *ledger = g_new0 (Ledger, 1);
  ledger->times = *times;
  ledger->deployments = g_hash_table_new (g_str_hash, g_str_equal);
  ledger->all = g_ptr_array_new_with_free_func (deployment_free);
  ledger->groups = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, group_free);
  ledger->busy_hosts = g_hash_table_new (g_direct_hash, g_direct_equal);
  ledger->active = g_ptr_array_new ();
  ledger->blocked = g_hash_table_new (g_str_hash, g_str_equal);
  ledger->arena = arena_new ();
  ledger->waits = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  letters_init (ledger);
  return ledger;
}

void
ledger_free (Ledger *ledger)
{
  if (ledger == NULL)
    return;
  g_hash_table_unref (ledger->deployments);
  g_ptr_array_unref (ledger->all);
  g_hash_table_unref (ledger->groups);
  g_hash_table_unref (ledger->busy_hosts);
  g_ptr_array_unref (ledger->active);
  g_hash_table_unref (ledger->blocked);
  letters_clear (ledger);
  g_hash_table_unref (ledger->waits);
  arena_free (ledger->arena);
  g_free (ledger->how);
  g_free (ledger);
}

LedgerDeployment *
ledger_find (Ledger *ledger, const char *id)
{
  return g_hash_table_lookup (ledger->deployments, id);
}

LedgerDeployment *
ledger_add (Ledger *ledger, const char *id)
{
  LedgerDeployment *deployment = g_new0 (LedgerDeployment, 1);
  deployment->id = g_strdup (id);
  deployment->targets[0] = g_ptr_array_new_with_free_func (g_free);
  deployment->targets[1] = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_insert (ledger->deployments, deployment->id, deployment);
  g_ptr_array_add (ledger->all, deployment);
  g_ptr_array_add (ledger->active, deployment);
  ledger->counts.deployments++;
  return deployment;
}

LedgerGroup *
ledger_group (Ledger *ledger, const char *id)
{
  LedgerGroup *group = g_hash_table_lookup (ledger->groups, id);
  if (group == NULL) {
    group = g_new0 (LedgerGroup, 1);
    group->id = g_strdup (id);
    group->arrivals = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
    g_hash_table_insert (ledger->groups, group->id, group);
  }
  return group;
}

LedgerTarget *
ledger_target (LedgerDeployment *deployment, gint64 ordinal)
{
  GPtrArray *all = deployment->targets[ordinal >= LEDGER_FAR_ORDINAL];
  gint64 index = ordinal % LEDGER_FAR_ORDINAL;
  while (index >= (gint64)all->len)
    g_ptr_array_add (all, g_new0 (LedgerTarget, 1));
  return g_ptr_array_index (all, index);
}

LedgerTarget *
ledger_target_at (const LedgerDeployment *deployment, guint index)
{
  guint n = deployment->targets[0]->len;
  return index < n ? g_ptr_array_index (deployment->targets[0], index)
                   : g_ptr_array_index (deployment->targets[1], index - n);
}

gboolean
ledger_replaces (const LedgerDeployment *deployment)
{
  return deployment->course != COURSE_IN_PLACE;
}

gboolean
ledger_is_kept (const LedgerDeployment *deployment)
{
  return deployment->wait != DEPLOYMENT_WAIT_NONE || deployment->paused;
}

gint64
ledger_budget (const LedgerDeployment *deployment)
{
  return deployment->n_targets - deployment->minimum;
}

/* ---- what is broken ---- */

void
ledger_break (Ledger *ledger, Rule rule, const char *format, ...)
{
  if (ledger->broken != RULE_NONE)
    return;
  va_list args;
  va_start (args, format);
  ledger->how = g_strdup_vprintf (format, args);
  va_end (args);
  ledger->broken = rule;
}

Rule
ledger_broken (const Ledger *ledger, const char **out_how)
{
  if (out_how != NULL)
    *out_how = ledger->how;
  return ledger->broken;
}

/* ---- words of the server, and what hosts do upon them ---- */

typedef struct {
  CommandId id;
  LedgerDeployment *deployment; /* NULL: no such */
  LedgerTarget *target;         /* NULL: no such */
} Named;

static Named
find_command (Ledger *ledger, const char *command_id)
{
  Named named = { .deployment = NULL };
  if (!command_id_parse (command_id, &named.id))
    return named;
  named.deployment = ledger_find (ledger, named.id.deployment_id);
  if (named.deployment == NULL)
    return named;
  gint64 ordinal = named.id.ordinal;
  const GPtrArray *all = named.deployment->targets[ordinal >= LEDGER_FAR_ORDINAL];
  if (ordinal % LEDGER_FAR_ORDINAL < (gint64)all->len)
    named.target = ledger_target (named.deployment, ordinal);
  return named;
}

static gboolean
is_present_command (const Named *named)
{
  const LedgerTarget *target = named->target;
  return target->has_command && target->command_attempt == named->id.attempt &&
         target->command_step == named->id.step;
}

void
ledger_silenced (Ledger *ledger)
{
  for (guint i = 0; i < ledger->active->len; i++)
    ((LedgerDeployment *)g_ptr_array_index (ledger->active, i))->silences++;
}

void
ledger_restarted (Ledger *ledger)
{
  ledger_silenced (ledger);
  for (guint i = 0; i < ledger->active->len; i++) {
    LedgerDeployment *deployment = g_ptr_array_index (ledger->active, i);
    for (guint j = 0; j < deployment->targets[0]->len + deployment->targets[1]->len; j++)
      ledger_target_at (deployment, j)->effects_lost = FALSE;
  }
}

void
ledger_handed_out (Ledger *ledger, const char *command_id, const char *host_arn)
{
  Named named = find_command (ledger, command_id);
  if (named.target == NULL || g_strcmp0 (named.target->host_arn, host_arn) != 0) {
    ledger_break (ledger, RULE_HANDED_OUT, "%s was given %s, which is not its command", host_arn,
                  command_id);
    return;
  }
  if (named.target->effects_lost)
    return;
  if (!is_present_command (&named) || named.target->command_status != COMMAND_PENDING)
    ledger_break (
        ledger, RULE_HANDED_OUT, "%s was handed out while the target is %s, its command %s",
        command_id, target_status_name (named.target->status),
        named.target->has_command ? command_status_name (named.target->command_status) : "gone");
  else if (named.deployment->ending != DEPLOYMENT_ERROR_NONE)
    ledger_break (ledger, RULE_HANDED_OUT, "%s was handed out although its deployment ends with %s",
                  command_id, deployment_error_name (named.deployment->ending));
}

void
ledger_alarmed (Ledger *ledger, const char *deployment_id)
{
  LedgerDeployment *deployment = ledger_find (ledger, deployment_id);
  if (deployment != NULL)
    deployment->alarmed = TRUE;
}

static void
check_disturbed (Ledger *ledger, LedgerDeployment *deployment)
{
  if (++deployment->disturbed > ledger_budget (deployment))
    ledger_break (ledger, RULE_HEALTHY,
                  "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                  " hosts of %s are being deployed to or have failed, where %" G_GINT64_FORMAT
                  " must stay healthy",
                  deployment->disturbed, deployment->n_targets, deployment->id,
                  deployment->minimum);
}

void
ledger_started (Ledger *ledger, const char *command_id)
{
  Named named = find_command (ledger, command_id);
  LedgerTarget *target = named.target;
  ledger->counts.events++;
  if (target == NULL) {
    ledger_break (ledger, RULE_STARTED_TWICE, "%s was begun, and there is no such target",
                  command_id);
    return;
  }
  if (named.id.attempt < target->started_attempt)
    return; /* an answer that was long on its way */
  if (named.id.attempt > target->started_attempt)
    target->started_steps = 0;
  if ((target->started_steps & (1u << named.id.step)) != 0) {
    ledger_break (ledger, RULE_STARTED_TWICE, "%s was begun twice", command_id);
    return;
  }
  if (target->attempt == named.id.attempt && target->status == TARGET_IN_PROGRESS)
    rules_traffic_of_event (ledger, target, command_id, (gsize)named.id.step);
  if (target->attempt == named.id.attempt && target->n_ended < (gsize)named.id.step)
    ledger_break (ledger, RULE_STARTED_EARLY, "%s was begun after %" G_GSIZE_FORMAT " events",
                  command_id, target->n_ended);
  if (target->started_attempt == 0 && named.deployment->phase == DEPLOYMENT_PHASE_INSTALL &&
      (target->status == TARGET_PENDING || target->status == TARGET_IN_PROGRESS))
    check_disturbed (ledger, named.deployment);
  target->started_attempt = named.id.attempt;
  target->started_steps |= 1u << named.id.step;
}

/* What the server has said of a command's end is what its rows say. */
void
ledger_answered (Ledger *ledger, const char *command_id, EngineReport report, EngineAnswer answer)
{
  Named named = find_command (ledger, command_id);
  const LedgerTarget *target = named.target;
  if (target == NULL || answer == ENGINE_ANSWER_UNKNOWN || answer == ENGINE_ANSWER_FOREIGN)
    return;
  gsize step = (gsize)named.id.step;
  gboolean ended = target->attempt == named.id.attempt && step < target->n_ended;
  if (answer == ENGINE_ANSWER_SUCCEEDED && !(ended && target->events[step] == EVENT_SUCCEEDED))
    ledger_break (ledger, RULE_REPORT,
                  "%s was answered to have succeeded, and its row does not say so", command_id);
  if (answer == ENGINE_ANSWER_IN_PROGRESS &&
      !(is_present_command (&named) && target->command_status == COMMAND_IN_PROGRESS))
    ledger_break (ledger, RULE_REPORT,
                  "%s was answered to be in progress, and its row does not say so", command_id);
  if (answer == ENGINE_ANSWER_FAILED && target->attempt == named.id.attempt &&
      (is_present_command (&named) || (ended && target->events[step] == EVENT_SUCCEEDED)))
    ledger_break (ledger, RULE_REPORT,
                  "%s was answered to have failed, and its row does not say so", command_id);
  if (answer == ENGINE_ANSWER_IN_PROGRESS &&
      (report == ENGINE_REPORT_SUCCEEDED || report == ENGINE_REPORT_FAILED))
    ledger_break (ledger, RULE_REPORT, "%s was completed and is still in progress", command_id);
}

/* ---- ends ---- */

void
ledger_calm (Ledger *ledger, gint64 now_ms)
{
  ledger->calm_ms = now_ms;
}

void
ledger_expect_end (Ledger *ledger)
{
  if (ledger->active->len == 0)
    return;
  const LedgerDeployment *deployment = g_ptr_array_index (ledger->active, 0);
  ledger_break (ledger, RULE_ENDS,
                "%s is still %s: %" G_GINT64_FORMAT " pending, %" G_GINT64_FORMAT
                " running, ending \"%s\"",
                deployment->id, deployment_status_name (deployment->status), deployment->n_pending,
                deployment->n_running, deployment_error_name (deployment->ending));
}

LedgerCounts
ledger_counts (const Ledger *ledger)
{
  LedgerCounts counts = ledger->counts;
  counts.active = ledger->active->len;
  return counts;
}

const char *
ledger_pick_active (const Ledger *ledger, guint64 number)
{
  if (ledger->active->len == 0)
    return NULL;
  const LedgerDeployment *picked = g_ptr_array_index (ledger->active, number % ledger->active->len);
  return picked->id;
}

/* One of the last few. */
const char *
ledger_pick (const Ledger *ledger, guint64 number)
{
  guint n = ledger->all->len;
  if (n == 0)
    return NULL;
  const LedgerDeployment *picked =
      g_ptr_array_index (ledger->all, n - 1 - (guint)(number % MIN (n, 8)));
  return picked->id;
}
