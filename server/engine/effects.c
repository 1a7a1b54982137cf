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

static void
on_commit_hub (Engine *engine, StoreTx *tx, const HostCommandRecord *command, void (*fn) (gpointer))
{
  HubEffect *effect = g_new0 (HubEffect, 1);
  effect->engine = engine;
  effect->arena = arena_new ();
  effect->command = effect_hub_command (command, effect->arena);
  store_tx_on_commit (tx, fn, effect, hub_effect_free);
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
  HubEffect *effect = g_new0 (HubEffect, 1);
  effect->engine = engine;
  effect->arena = arena_new ();
  effect->command.host_arn = arena_strdup (effect->arena, host_arn);
  effect->command.command_id = arena_strdup (effect->arena, command_id);
  store_tx_on_commit (tx, withdraw_now, effect, hub_effect_free);
}

static void
dismiss_now (gpointer data)
{
  HubEffect *effect = data;
  command_hub_dismiss (effect->engine->config.hub, effect->command.host_arn);
}

void
effect_dismiss (Engine *engine, StoreTx *tx, const char *host_arn)
{
  HubEffect *effect = g_new0 (HubEffect, 1);
  effect->engine = engine;
  effect->arena = arena_new ();
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

typedef struct {
  Engine *engine;
  char *id, *status, *error, *message;
  gint64 succeeded, failed, skipped, took_ms;
} EndEffect;

static void
end_effect_free (gpointer data)
{
  EndEffect *effect = data;
  g_free (effect->id);
  g_free (effect->status);
  g_free (effect->error);
  g_free (effect->message);
  g_free (effect);
}

static void
log_end_now (gpointer data)
{
  const EndEffect *effect = data;
  log_info (effect->engine->config.log, "deployment-ended", log_text ("deployment", effect->id),
            log_text ("status", effect->status), log_text ("code", effect->error),
            log_text ("message", effect->message), log_number ("succeeded", effect->succeeded),
            log_number ("failed", effect->failed), log_number ("skipped", effect->skipped),
            log_number ("took_ms", effect->took_ms));
}

void
effect_log_end (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment)
{
  if (engine->config.log == NULL)
    return;
  EndEffect *effect = g_new (EndEffect, 1);
  *effect = (EndEffect){
    .engine = engine,
    .id = g_strdup (deployment->id),
    .status = g_strdup (deployment_status_name (deployment->status)),
    .error = g_strdup (deployment_error_name (deployment->error_code)),
    .message = g_strdup (deployment->error_message),
    .succeeded = deployment->n_succeeded,
    .failed = deployment->n_failed,
    .skipped = deployment->n_skipped,
    .took_ms = deployment->complete_ms - deployment->create_ms,
  };
  store_tx_on_commit (tx, log_end_now, effect, end_effect_free);
}

typedef struct {
  Engine *engine;
  char *event, *id, *by, *request_id;
} DeedEffect;

static void
deed_effect_free (gpointer data)
{
  DeedEffect *effect = data;
  g_free (effect->event);
  g_free (effect->id);
  g_free (effect->by);
  g_free (effect->request_id);
  g_free (effect);
}

static void
log_deed_now (gpointer data)
{
  const DeedEffect *effect = data;
  log_info (effect->engine->config.log, effect->event, log_text ("deployment", effect->id),
            log_text ("by", effect->by), log_text ("request", effect->request_id));
}

void
engine_log_deed (Engine *engine, StoreTx *tx, const char *event, const char *deployment_id,
                 const char *by, const char *request_id)
{
  if (engine->config.log == NULL)
    return;
  DeedEffect *effect = g_new (DeedEffect, 1);
  *effect = (DeedEffect){
    .engine = engine,
    .event = g_strdup (event),
    .id = g_strdup (deployment_id),
    .by = g_strdup (by),
    .request_id = g_strdup (request_id),
  };
  store_tx_on_commit (tx, log_deed_now, effect, deed_effect_free);
}

typedef struct {
  Engine *engine;
  char *id, *target, *failure;
  gint64 attempt;
} AttemptEffect;

static void
attempt_effect_free (gpointer data)
{
  AttemptEffect *effect = data;
  g_free (effect->id);
  g_free (effect->target);
  g_free (effect->failure);
  g_free (effect);
}

static void
log_attempt_now (gpointer data)
{
  const AttemptEffect *effect = data;
  log_info (effect->engine->config.log, "target-started-over", log_text ("deployment", effect->id),
            log_text ("target", effect->target), log_number ("attempt", effect->attempt),
            log_text ("failure", effect->failure));
}

void
effect_log_attempt (Engine *engine, StoreTx *tx, const TargetRecord *record, const char *failure)
{
  if (engine->config.log == NULL)
    return;
  AttemptEffect *effect = g_new (AttemptEffect, 1);
  *effect = (AttemptEffect){
    .engine = engine,
    .id = g_strdup (record->deployment_id),
    .target = g_strdup (record->target_id),
    .failure = g_strdup (failure),
    .attempt = record->attempt,
  };
  store_tx_on_commit (tx, log_attempt_now, effect, attempt_effect_free);
}

typedef struct {
  Engine *engine;
  char *id, *warning;
} AlarmEffect;

static void
alarm_effect_free (gpointer data)
{
  AlarmEffect *effect = data;
  g_free (effect->id);
  g_free (effect->warning);
  g_free (effect);
}

static void
log_alarm_warning_now (gpointer data)
{
  const AlarmEffect *effect = data;
  log_warning (effect->engine->config.log, "alarms-doubtful", log_text ("deployment", effect->id),
               log_text ("message", effect->warning));
}

void
effect_log_alarm_warning (Engine *engine, StoreTx *tx, const char *deployment_id,
                          const char *warning)
{
  if (engine->config.log == NULL)
    return;
  AlarmEffect *effect = g_new (AlarmEffect, 1);
  *effect = (AlarmEffect){ engine, g_strdup (deployment_id), g_strdup (warning) };
  store_tx_on_commit (tx, log_alarm_warning_now, effect, alarm_effect_free);
}

typedef struct {
  Engine *engine;
  char *event, *what, *message;
} ScalingEffect;

static void
scaling_effect_free (gpointer data)
{
  ScalingEffect *effect = data;
  g_free (effect->event);
  g_free (effect->what);
  g_free (effect->message);
  g_free (effect);
}

static void
log_scaling_now (gpointer data)
{
  const ScalingEffect *effect = data;
  log_warning (effect->engine->config.log, effect->event, log_text ("of", effect->what),
               log_text ("message", effect->message));
}

void
effect_log_scaling (Engine *engine, StoreTx *tx, const char *event, const char *what,
                    const char *message)
{
  if (engine->config.log == NULL)
    return;
  ScalingEffect *effect = g_new (ScalingEffect, 1);
  *effect = (ScalingEffect){ engine, g_strdup (event), g_strdup (what), g_strdup (message) };
  store_tx_on_commit (tx, log_scaling_now, effect, scaling_effect_free);
}

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
