#pragma once

#include "core/ambient.h"
#include "core/arn.h"
#include "core/target-machine.h"
#include "proto/api-types.h"
#include "server/host-commands/command-hub.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/quotas.h"
#include "store/records/deployment-stage.h"
#include "store/records/deployment.h"
#include "store/records/target.h"
#include "store/store.h"

/* The engine: takes a deployment from Created to its end.
 *
 * core/ decides (scheduler, machines); here the decisions are carried out on rows, inside store transactions. Nothing
 * is kept in memory but what can be read back: every wait is a timer row, every command on its way to a host is a
 * host_command row. What leaves a transaction (a command for the hub, a wake-up) leaves after its commit is
 * durable. So the process may be killed at any instant; engine_load takes up where it was.
 *
 * It knows no HTTP and no clock of its own: it is driven by reports of hosts (the functions below that take a tx), by
 * its timers, and by the clock in its configuration. With engine_start it has a thread that fires timers; tests and
 * simulators use engine_load and engine_run_due instead, and move the clock themselves.
 *
 * Threads: functions with a tx run inside a store work, on its thread. engine_run_due and engine_start's thread
 * must not be used together. The others: any thread. */

typedef struct Engine Engine;

/* The clocks of deployments.md 3.5. */
#define ENGINE_TIME_LIST(X)                                                                        \
  X (first_pickup_ms, 3600 * 1000, "until a host must have acknowledged a target's first event")   \
  X (pickup_ms, 300 * 1000, "until a host must have acknowledged each later event")                \
  X (event_ms, 4200 * 1000, "from its acknowledgement until an event must have been completed")    \
  X (block_traffic_ms, 3600 * 1000, "until load balancers must have let go of a host")             \
  X (allow_traffic_ms, 3600 * 1000, "until load balancers must have found a host healthy")         \
  X (fleet_ms, 900 * 1000, "until the EC2 instances that a deployment selects must be listed")     \
  X (scaling_ms, 20 * 1000, "between two looks at a group's Auto Scaling groups")                  \
  X (new_hosts_ms, 15 * 1000,                                                                      \
     "how long new hosts wait for others that come at about the same time")                        \
  X (alarm_poll_ms, 5 * 1000, "between two readings of a deployment's alarms; 10 s at most")       \
  X (alarm_unreadable_ms, 30 * 1000, "until alarms must have been read")                           \
  X (replace_ms, 3600 * 1000,                                                                      \
     "until a fleet must have been copied, have taken the other's place, or be gone")              \
  X (total_ms, 12 * 3600 * 1000,                                                                   \
     "how long a deployment may take whose configuration does not say")                            \
  X (blue_green_total_ms, 109 * 3600 * G_GINT64_CONSTANT (1000),                                   \
     "the same, of one that replaces a fleet")

#define ENGINE_TIME_MEMBER(name, fallback, what) gint64 name;
typedef struct {
  ENGINE_TIME_LIST (ENGINE_TIME_MEMBER)
} EngineTimes;

void engine_times_init (EngineTimes *times);

/* What deployments.md leaves open. All zero: its defaults. */
typedef struct {
  gboolean half_of_one_refused; /* HalfAtATime of one host is HEALTH_CONSTRAINTS_INVALID (2.6) */
  gboolean health_aware;        /* the variant of 2.5, where there are no stages */
  gboolean skip_vanished; /* a registered host that was deregistered before its turn is Skipped and
                                   * counts no more, where there are no stages (8.3) */
  gboolean zonal_rollbacks;     /* a rollback goes zone by zone, too (2.8) */
  gboolean check_service_roles; /* they are this server's, so one may be gone (3.3) */
  const char *
      zone_tag; /* the tag whose value is a registered host's zone; NULL: ENGINE_ZONE_TAG, "": none is */
} EnginePolicy;

#define ENGINE_ZONE_TAG "AvailabilityZone"
/* Who hears of what happens in deployments. */
typedef struct {
  const char *const *sinks; /* names of receivers of everything; NULL-terminated; NULL: none */
  /* Whether a trigger's target is somebody that can be told; NULL: none is. */
  gboolean (*reaches) (gpointer ctx, const char *target_arn);
  gpointer reaches_ctx;
  /* Called after a commit that wrote notifications (store/records/notification.h); any thread, quick. NULL: nobody is. */
  void (*wake) (gpointer ctx, gint64 due_ms);
  gpointer wake_ctx;
} EngineAudience;

typedef struct {
  Store *store;
  CommandHub *hub;
  const Ambient *ambient;
  const ArnScope *arn;
  const Quotas *quotas;
  EngineTimes times;
  EnginePolicy policy;
  /* Whether a load balancer of that kind ("elb", "targetGroup") and name takes hosts that are registered here, and not only EC2
   * instances; any thread, quick. NULL: none does. */
  gboolean (*carries_registered_hosts) (gpointer ctx, const char *kind, const char *name);
  gpointer balancers_ctx;
  /* Called after a commit that set an errand (errands.h), with the time when it is due; any thread, quick. NULL: whoever performs
   * errands looks by itself. */
  void (*errand_wake) (gpointer ctx, gint64 due_ms);
  gpointer errand_ctx;
  /* Whether errands about EC2 instances and Auto Scaling groups can be performed. If not, groups that name some select registered
   * instances only. */
  gboolean lists_instances;
  const EngineAudience *audience; /* NULL: nobody */
  const Log *log;                 /* NULL: silent */
  Metrics *metrics;               /* NULL: counts nothing */
} EngineConfig;

/* config is copied, what it points to is borrowed while the engine lives. */
Engine *engine_new (const EngineConfig *config) G_GNUC_WARN_UNUSED_RESULT;
void engine_free (Engine *engine); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Engine, engine_free)

/* Puts all commands that hosts have not acknowledged into the hub; the timers are looked at next. Blocks. */
gboolean engine_load (Engine *engine, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* engine_load, then a thread that fires timers as they come due and lets the hub's polls expire. */
gboolean engine_start (Engine *engine, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends the thread. What is in the store's queue still ends. */
void engine_stop (Engine *engine);

/* Without a thread: fires all that is due at the clock's present time, and what becomes due by that, until nothing is or
 * the store takes no more of it. When commits of the store have become uncertain it does first what engine_load does.
 * Blocks. *out_next_ms (may be NULL): when the next timer is due; -1: there is none. */
gboolean engine_run_due (Engine *engine, gint64 *out_next_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Without a thread, for who moves the clock in its stead: when the thread would look again (0: at once; G_MAXINT64: not before it
 * is woken), and what it does then. */
gint64 engine_next_ms (Engine *engine);
void engine_look_again (Engine *engine);

/* ---- inside a transaction ---- */

/* An id that no deployment has. Lives in arena; NULL with *error. */
const char *engine_new_deployment_id (Engine *engine, StoreTx *tx, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Writes a deployment (Created at now_ms) and the timer that starts it, and makes it the group's last attempt. The
 * caller has checked everything, also that the group has no active deployment. Read are the members that are fixed at
 * creation, the rollback ones and the note. */
gboolean engine_create_deployment (Engine *engine, StoreTx *tx, const DeploymentRecord *record,
                                   gint64 now_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  ENGINE_STOP_PENDING,   /* some hosts are still at an event */
  ENGINE_STOP_SUCCEEDED, /* nothing runs any more */
  ENGINE_STOP_TOO_LATE,  /* its original hosts are being terminated */
  ENGINE_STOP_COMPLETED  /* it had ended before, other than by a stop */
} EngineStop;
/* Of several stops while hosts are still at an event, the last that says something of a rollback counts. */
gboolean engine_stop_deployment (Engine *engine, StoreTx *tx, const char *deployment_id,
                                 StopRollback rollback, gint64 now_ms, EngineStop *out_result,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  ENGINE_WAIT_ENDED, /* it goes on */
  ENGINE_WAIT_NONE   /* it does not wait for that */
} EngineWait;
/* Ends a wait that a person may end: DEPLOYMENT_WAIT_READY or _TERMINATION. */
gboolean engine_end_wait (Engine *engine, StoreTx *tx, const char *deployment_id,
                          DeploymentWait wait, gint64 now_ms, EngineWait *out_result,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- pause, resume, approval (ours) ---- */

typedef enum {
  ENGINE_PAUSE_CHANGED,
  ENGINE_PAUSE_AS_BEFORE, /* it was paused already, or was not */
  ENGINE_PAUSE_ENDING,    /* it is being stopped, or its time is over */
  ENGINE_PAUSE_COMPLETED
} EnginePause;
/* No target is started and no event is sent until it is resumed; what hosts have begun runs to its end. The clock of the whole
 * deployment stands still. by: a principal's ARN. */
gboolean engine_pause_deployment (Engine *engine, StoreTx *tx, const char *deployment_id,
                                  const char *by, gint64 now_ms, EnginePause *out_result,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean engine_resume_deployment (Engine *engine, StoreTx *tx, const char *deployment_id,
                                   gint64 now_ms, EnginePause *out_result, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  ENGINE_APPROVAL_TAKEN,
  ENGINE_APPROVAL_NOT_AWAITED,
  ENGINE_APPROVAL_OF_ANOTHER /* another wave than the one that it waits with */
} EngineApproval;
/* Lets the wave begin that the deployment waits with, which is *out_wave (in arena; NULL: none). wave_name: NULL, or the one that
 * is meant. */
gboolean engine_approve_deployment (Engine *engine, StoreTx *tx, const char *deployment_id,
                                    const char *wave_name, const char *by, gint64 now_ms,
                                    Arena *arena, EngineApproval *out_result, const char **out_wave,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The stage that is waiting for an approval; NULL: none is. */
gboolean engine_awaited_stage (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena,
                               DeploymentStageRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  const DeploymentStageRecord *record;
  SchedulerCounts counts;
  gint64 skipped;
} EngineStage;

typedef struct {
  gsize n;
  EngineStage *items;
} EngineStageList;
/* All stages of a deployment, and where their targets are now. */
gboolean engine_list_stages (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena,
                             EngineStageList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Logs, once the transaction is durable, who did what to a deployment. event: "deployment-created" and the like; by: a
 * principal's ARN, or what else caused it; request_id: NULL when it was no request. */
void engine_log_deed (Engine *engine, StoreTx *tx, const char *event, const char *deployment_id,
                      const char *by, const char *request_id);

/* Whoever delivers notifications looks at them again no later than at due_ms, once the transaction is durable. */
void engine_wake_audience (Engine *engine, StoreTx *tx, gint64 due_ms);

/* What a host says about a command. */
typedef enum {
  ENGINE_REPORT_ACKNOWLEDGED,
  ENGINE_REPORT_NOOP, /* acknowledged, and there is nothing to do for it */
  ENGINE_REPORT_SUCCEEDED,
  ENGINE_REPORT_FAILED
} EngineReport;

typedef enum {
  ENGINE_ANSWER_IN_PROGRESS, /* go on */
  ENGINE_ANSWER_SUCCEEDED,   /* it has ended, with success */
  ENGINE_ANSWER_FAILED,      /* it has ended without, or was withdrawn */
  ENGINE_ANSWER_UNKNOWN,     /* there is no such command */
  ENGINE_ANSWER_FOREIGN      /* it is another host's */
} EngineAnswer;

/* Takes a host's report; the first one that ends a command counts, later ones are answered by what it is now.
 * diagnostics: of a completion; NULL with an acknowledgement. */
gboolean engine_report (Engine *engine, StoreTx *tx, const char *host_arn, const char *command_id,
                        EngineReport report, const EventDiagnostics *diagnostics, gint64 now_ms,
                        EngineAnswer *out_answer, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The host will not be heard of again: what runs on it fails at once, and is not tried again. why: for people. A target whose
 * turn comes later fails when nobody has picked it up. */
gboolean engine_host_gone (Engine *engine, StoreTx *tx, const char *host_arn, const char *why,
                           gint64 now_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- groups and hosts that change ---- */

/* The Auto Scaling groups of a deployment group's settings, with the names of the lifecycle hooks that they have for it (deployments.md
 * 6.4): those that they had in before (NULL: a new group), else new ones. In arena; the list itself where there are none. */
const ApiAutoScalingGroupList *engine_name_hooks (Engine *engine,
                                                  const ApiDeploymentGroupInfo *before,
                                                  const ApiDeploymentGroupInfo *whole,
                                                  const char *group_name, Arena *arena);
/* The settings of a group were changed, after NULL: it was deleted. Hooks are put and taken away, and its Auto Scaling groups
 * are looked at from now on, or not any more. *out_left: those with hooks that nobody can take away. In arena. */
gboolean engine_hooks_changed (Engine *engine, StoreTx *tx, const char *group_id,
                               const ApiDeploymentGroupInfo *before,
                               const ApiDeploymentGroupInfo *after, gint64 now_ms, Arena *arena,
                               const ApiAutoScalingGroupList **out_left, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Instances were registered, or tagged: groups that want so are brought to them (newHostsStrategy). */
gboolean engine_hosts_changed (Engine *engine, StoreTx *tx, gint64 now_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The same for one group, whose settings say so now. */
gboolean engine_group_takes_new_hosts (Engine *engine, StoreTx *tx, const char *group_id,
                                       gint64 now_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- validation hooks of Lambda and ECS deployments (deployments.md 6.9) ---- */

/* The id that a hook is called with for an event of a target, in the arena: opaque, not to be guessed, and the same one when it
 * is asked for again. NULL with *error. */
const char *engine_hook_begin (Engine *engine, StoreTx *tx, const char *deployment_id,
                               const char *target_id, LifecycleEvent event, gint64 now_ms,
                               Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  ENGINE_HOOK_TAKEN,
  ENGINE_HOOK_ENDED,  /* it has reported before, or its deployment is over */
  ENGINE_HOOK_UNKNOWN /* no hook of this deployment has the id */
} EngineHook;
/* What a hook came to: ENGINE_REPORT_SUCCEEDED or ENGINE_REPORT_FAILED. The first report counts. */
gboolean engine_hook_report (Engine *engine, StoreTx *tx, const char *deployment_id, const char *id,
                             EngineReport report, gint64 now_ms, EngineHook *out_result,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- reading ---- */

/* A target's row as a value: the events that ended, the one in progress, the others Pending or Skipped. */
gboolean engine_read_target (const TargetRecord *record, Arena *arena, Target *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The same; of an event that the service performs also what it waits for at present, as its message. */
gboolean engine_observe_target (StoreTx *tx, const TargetRecord *record, Arena *arena, Target *out,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* One of its events, as the API shows it; in the arena, with texts of the event's. */
const ApiLifecycleEvent *engine_show_event (const TargetEvent *event, Arena *arena);
/* What is the same all a deployment's life, as it was stored; in the arena. */
const ApiDeploymentInfo *engine_deployment_info (const DeploymentRecord *deployment, Arena *arena,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
