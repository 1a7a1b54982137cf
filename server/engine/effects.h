#pragma once

#include "server/engine/engine.h"
#include "store/records/deployment.h"
#include "store/records/host-command.h"
#include "store/records/target.h"
#include "store/records/timer.h"

/* What leaves the engine: done once the transaction that decided it is durable, and never if it is not. Of the engine's own files; inside
 * a store work. */

void effect_offer (Engine *engine, StoreTx *tx, const HostCommandRecord *command);
void effect_withdraw (Engine *engine, StoreTx *tx, const HostCommandRecord *command);
/* The host has said something of the command, so it has it. */
void effect_withdraw_heard_of (Engine *engine, StoreTx *tx, const char *host_arn,
                               const char *command_id);
/* The host is gone: nobody waits for a command any more. */
void effect_dismiss (Engine *engine, StoreTx *tx, const char *host_arn);
void effect_count (Engine *engine, StoreTx *tx, Metric metric);
/* Something about Auto Scaling did not go as it should; what: a group's id, or a hook and instance. */
void effect_log_scaling (Engine *engine, StoreTx *tx, const char *event, const char *what,
                         const char *message);
void effect_log_end (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment);
/* The target begins record->attempt, since the one before ended with the failure. */
void effect_log_attempt (Engine *engine, StoreTx *tx, const TargetRecord *record,
                         const char *failure);
/* What people should know of the alarms of a deployment that goes on. */
void effect_log_alarm_warning (Engine *engine, StoreTx *tx, const char *deployment_id,
                               const char *warning);
HubCommand effect_hub_command (const HostCommandRecord *command, Arena *arena);
/* Who performs errands looks again no later than at due_ms. */
void effect_wake_errands (Engine *engine, StoreTx *tx, gint64 due_ms);
/* Writes a timer and, once committed, lets the engine's thread know of it. */
gboolean engine_set_timer (Engine *engine, StoreTx *tx, const char *deployment_id, gint64 ordinal,
                           TimerKind kind, gint64 due_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The thread looks at the timers again no later than at due_ms. */
void engine_wake_at (Engine *engine, gint64 due_ms);
