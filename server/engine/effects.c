#include "server/engine/effects.h"
#include "server/engine/private.h"
#include "server/host-commands/command-id.h"

/* What leaves the engine, once the transaction that decided it is durable. */

typedef struct {
  Engine *engine;
  Arena *arena;
  HubCommand command;
} HubEffect;

static void
hub_effect_free (gpointer data)
{
  HubEffect *effect = data;
  arena_free (effect->arena);
  g_free (effect);
}

HubCommand
effect_hub_command (const HostCommandRecord *command, Arena *arena)
{
  return (HubCommand){
    .host_arn = arena_strdup (arena, command->host_arn),
    .command_id = command_id_format (command->deployment_id, command->ordinal, command->step,
                                     command->attempt, arena),
    .deployment_id = arena_strdup (arena, command->deployment_id),
    .name = lifecycle_event_name (command->event),
  };
}

static HubEffect *
hub_effect_new (Engine *engine)
{
  HubEffect *effect = g_new0 (HubEffect, 1);
  effect->engine = engine;
  effect->arena = arena_new ();
  return effect;
}

static void
offer_now (gpointer data)
{
  HubEffect *effect = data;
  command_hub_offer (effect->engine->config.hub, &effect->command);
}

static void
withdraw_now (gpointer data)
{
  HubEffect *effect = data;
  command_hub_withdraw (effect->engine->config.hub, effect->command.host_arn,
                        effect->command.command_id);
}

static void
dismiss_now (gpointer data)
{
  HubEffect *effect = data;
  command_hub_dismiss (effect->engine->config.hub, effect->command.host_arn);
}

static void
on_commit_hub (Engine *engine, StoreTx *tx, const HostCommandRecord *command, void (*fn) (gpointer))
{
  HubEffect *effect = hub_effect_new (engine);
  effect->command = effect_hub_command (command, effect->arena);
  store_tx_on_commit (tx, fn, effect, hub_effect_free);
}

void
effect_offer (Engine *engine, StoreTx *tx, const HostCommandRecord *command)
{
  on_commit_hub (engine, tx, command, offer_now);
}

void
effect_withdraw (Engine *engine, StoreTx *tx, const HostCommandRecord *command)
{
  on_commit_hub (engine, tx, command, withdraw_now);
}

void
effect_withdraw_heard_of (Engine *engine, StoreTx *tx, const char *host_arn, const char *command_id)
{
  HubEffect *effect = hub_effect_new (engine);
  effect->command.host_arn = arena_strdup (effect->arena, host_arn);
  effect->command.command_id = arena_strdup (effect->arena, command_id);
  store_tx_on_commit (tx, withdraw_now, effect, hub_effect_free);
}

void
effect_dismiss (Engine *engine, StoreTx *tx, const char *host_arn)
{
  HubEffect *effect = hub_effect_new (engine);
  effect->command.host_arn = arena_strdup (effect->arena, host_arn);
  store_tx_on_commit (tx, dismiss_now, effect, hub_effect_free);
}

typedef struct {
  Engine *engine;
  Metric metric;
} CountEffect;

static void
count_now (gpointer data)
{
  const CountEffect *effect = data;
  metrics_add (effect->engine->config.metrics, effect->metric, 1);
}

void
effect_count (Engine *engine, StoreTx *tx, Metric metric)
{
  CountEffect *effect = g_new (CountEffect, 1);
  *effect = (CountEffect){ engine, metric };
  store_tx_on_commit (tx, count_now, effect, g_free);
}

/* ---- lines of the log ---- */

typedef struct {
  const Log *log;
  Arena *arena;
  LogLevel level;
  const char *event;
  gsize n;
  LogField *fields; /* with texts of their own */
} LineEffect;

static void
line_effect_free (gpointer data)
{
  LineEffect *effect = data;
  arena_free (effect->arena);
  g_free (effect);
}

static void
write_line_now (gpointer data)
{
  const LineEffect *effect = data;
  log_write (effect->log, effect->level, effect->event, effect->fields, effect->n);
}

static void
write_line (Engine *engine, StoreTx *tx, LogLevel level, const char *event, const LogField *fields,
            gsize n)
{
  if (engine->config.log == NULL)
    return;
  LineEffect *effect = g_new (LineEffect, 1);
  Arena *arena = arena_new ();
  *effect = (LineEffect){ .log = engine->config.log,
                          .arena = arena,
                          .level = level,
                          .event = arena_strdup (arena, event),
                          .n = n,
                          .fields = arena_memdup (arena, fields, n * sizeof *fields) };
  for (gsize i = 0; i < n; i++)
    effect->fields[i].text = arena_strdup (arena, fields[i].text);
  store_tx_on_commit (tx, write_line_now, effect, line_effect_free);
}

void
effect_log_end (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment)
{
  write_line (engine, tx, LOG_LEVEL_INFO, "deployment-ended",
              LOG_FIELDS (log_text ("deployment", deployment->id),
                          log_text ("status", deployment_status_name (deployment->status)),
                          log_text ("code", deployment_error_name (deployment->error_code)),
                          log_text ("message", deployment->error_message),
                          log_number ("succeeded", deployment->n_succeeded),
                          log_number ("failed", deployment->n_failed),
                          log_number ("skipped", deployment->n_skipped),
                          log_number ("took_ms", deployment->complete_ms - deployment->create_ms)));
}

void
engine_log_deed (Engine *engine, StoreTx *tx, const char *event, const char *deployment_id,
                 const char *by, const char *request_id)
{
  write_line (engine, tx, LOG_LEVEL_INFO, event,
              LOG_FIELDS (log_text ("deployment", deployment_id), log_text ("by", by),
                          log_text ("request", request_id)));
}

void
effect_log_attempt (Engine *engine, StoreTx *tx, const TargetRecord *record, const char *failure)
{
  write_line (engine, tx, LOG_LEVEL_INFO, "target-started-over",
              LOG_FIELDS (log_text ("deployment", record->deployment_id),
                          log_text ("target", record->target_id),
                          log_number ("attempt", record->attempt), log_text ("failure", failure)));
}

void
effect_log_alarm_warning (Engine *engine, StoreTx *tx, const char *deployment_id,
                          const char *warning)
{
  write_line (engine, tx, LOG_LEVEL_WARNING, "alarms-doubtful",
              LOG_FIELDS (log_text ("deployment", deployment_id), log_text ("message", warning)));
}

void
effect_log_scaling (Engine *engine, StoreTx *tx, const char *event, const char *what,
                    const char *message)
{
  write_line (engine, tx, LOG_LEVEL_WARNING, event,
              LOG_FIELDS (log_text ("of", what), log_text ("message", message)));
}

/* ---- who is woken ---- */

typedef struct {
  Engine *engine;
  gint64 due_ms;
} WakeEffect;

static void
wake_now (gpointer data)
{
  const WakeEffect *effect = data;
  engine_wake_at (effect->engine, effect->due_ms);
}

gboolean
engine_set_timer (Engine *engine, StoreTx *tx, const char *deployment_id, gint64 ordinal,
                  TimerKind kind, gint64 due_ms, GError **error)
{
  const TimerRecord timer = { deployment_id, ordinal, kind, due_ms };
  if (!timer_record_put (tx, &timer, error))
    return FALSE;
  WakeEffect *effect = g_new (WakeEffect, 1);
  *effect = (WakeEffect){ engine, due_ms };
  store_tx_on_commit (tx, wake_now, effect, g_free);
  return TRUE;
}

typedef struct {
  Engine *engine;
  gint64 due_ms;
} ErrandWake;

static void
wake_errands_now (gpointer data)
{
  const ErrandWake *wake = data;
  wake->engine->config.errand_wake (wake->engine->config.errand_ctx, wake->due_ms);
}

void
effect_wake_errands (Engine *engine, StoreTx *tx, gint64 due_ms)
{
  if (engine->config.errand_wake == NULL)
    return;
  ErrandWake *wake = g_new (ErrandWake, 1);
  *wake = (ErrandWake){ engine, due_ms };
  store_tx_on_commit (tx, wake_errands_now, wake, g_free);
}
