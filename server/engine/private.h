#pragma once

#include "core/announcement.h"
#include "core/deployment-machine.h"
#include "core/scheduler.h"
#include "proto/api-types.h"
#include "server/engine/engine.h"
#include "server/engine/errands.h"
#include "server/engine/fleet-text.h"
#include "server/engine/plan.h"
#include "store/records/deployment-group.h"
#include "store/records/errand.h"
#include "store/records/fleet.h"
#include "store/records/host-command.h"
#include "store/records/tag-list.h"
#include "store/records/target.h"
#include "store/records/timer.h"

/* What the engine's own files share. Nobody else includes this.
 *
 * Functions with a tx run inside a store work. Records that they are given are updated along with their rows; texts
 * that they put into records live in arena. */

struct Engine {
  EngineConfig config;
  GThread *thread; /* NULL: driven by engine_run_due */
  GMutex lock;     /* of the three below */
  GCond wake;
  gint64 next_ms; /* the thread looks again at this time */
  gboolean stopping;
  guint64
      uncertain; /* StoreStats.uncertain when the commands were last read; of who fires timers */
};

/* How many targets one transaction starts. */
#define ENGINE_BATCH 200
/* How many it starts when it was another target's end that made room; more wait for a batch of their own. */
#define ENGINE_REFILL 8
/* A timer whose work failed is tried again after. */
#define ENGINE_RETRY_MS (60 * 1000)
/* The store is away, full or busy: it is asked again after. */
#define ENGINE_STORE_RETRY_MS (2 * 1000)

/* ---- events of a target as text (target-events.c) ---- */
char *target_events_to_text (const Target *target, Arena *arena);
/* The text with one more event, without reading the others again. events_json: of target_events_to_text; NULL: the first. */
char *target_events_append (const char *events_json, const TargetEvent *ended, Arena *arena);
/* The attempt before the present one, as it was when it had failed: in progress, its last event Failed.
 * record->attempt > 1. */
gboolean target_read_failed_attempt (const TargetRecord *record, Arena *arena, Target *out,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The event that a target, or an attempt of one, failed with; NULL: none. In target. */
TargetEvent *target_failed_event (Target *target);
/* What was said of an event, and something more. */
char *event_add_remark (const char *message, const char *remark, Arena *arena);
/* event, script, message and code of a failure, for people. */
char *target_describe_event (const TargetEvent *failed, Arena *arena);
char *target_describe_failure (const TargetRecord *record, Target *target, Arena *arena);

/* ---- attempts: retries of the configuration (attempt.c) ---- */
/* What a failure of the present event comes to. ended: COMMAND_ACT_FAIL or COMMAND_ACT_GIVE_UP. */
gboolean attempt_judge_failure (const DeploymentRecord *deployment,
                                const HostCommandRecord *command, CommandAction ended, Arena *arena,
                                TargetOutcome *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What is kept of the present event: what was said of it; in later attempts of the first event and of the one that fails
 * for good also why there was another attempt. */
gboolean attempt_diagnostics (const TargetRecord *record, const HostCommandRecord *command,
                              TargetOutcome outcome, const EventDiagnostics *said, Arena *arena,
                              EventDiagnostics *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Until something of a later attempt has ended, its first event tells why there is one. */
gboolean attempt_show_reason (const TargetRecord *record, Target *target, Arena *arena,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Keeps the attempt that has failed, and makes target and record those of the next; the caller sends its first event. */
void attempt_start_next (Engine *engine, StoreTx *tx, TargetRecord *record, Target *target,
                         Arena *arena);
/* The deployment ends before a host began anything of this attempt: target and record are those of the attempt before
 * again. */
gboolean attempt_take_back (TargetRecord *record, Target *target, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* ---- the deployment as a whole (deployment.c) ---- */
/* How many of its targets may run, and fail. */
SchedulerPlan deployment_scheduler_plan (const DeploymentRecord *deployment);
/* How long it may take: as its configuration said when it was created, or else as the settings do. */
gint64 deployment_total_ms (const Engine *engine, const DeploymentRecord *deployment);
/* NULL with *error when there is no such row. */
DeploymentRecord *deployment_load (StoreTx *tx, const char *id, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* After counters have changed: starts more, goes on to the next phase, or ends it, and writes the row. limit: how many may be started now. */
gboolean deployment_advance (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gsize limit,
                             gint64 now_ms, Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* No further command is sent; ends with code at once if no target is at an event, else when the last one is done. message: why;
 * NULL: what the code says. The deployment is not ending yet. One that is past its point of no return goes on. */
gboolean deployment_begin_ending (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                                  DeploymentError code, const char *message, gint64 now_ms,
                                  Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The end: status, completeTime, what is pending is Skipped, timers go, the group's target revision moves or the rollback
 * is created; writes the row. code NONE: it succeeded. */
gboolean deployment_close (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                           DeploymentError code, const char *message, gint64 now_ms, Arena *arena,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What a code makes of a deployment that ends with it. */
DeploymentEvent deployment_closing_event (DeploymentError code);
/* The same, of an end that its code does not tell. */
gboolean deployment_close_as (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                              DeploymentEvent how, DeploymentError code, const char *message,
                              gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* What people should know of it, and does not fail it. In its note, as one more line. */
void deployment_add_note (DeploymentRecord *deployment, const char *text, Arena *arena);
/* That too many targets failed, and which was the first. */
char *deployment_health_message (const DeploymentRecord *deployment, Arena *arena);

/* ---- its phases (phases.c) ---- */
/* Goes to a phase, with counters of its own, or past it when nothing is to be done in it; NULL: the deployment has
 * succeeded. Writes the row. */
gboolean phase_enter (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                      const CoursePhase *phase, gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* All of its targets have ended, and enough succeeded as far as the configuration goes. Likewise. */
gboolean phase_end (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                    Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Goes to the next one. */
gboolean phase_leave (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                      Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* It was watched for long enough, after all of its targets had ended. Likewise. */
gboolean phase_baked (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                      Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The phase's targets whose turn is next. */
gboolean phase_next_targets (StoreTx *tx, const DeploymentRecord *deployment, gsize limit,
                             Arena *arena, TargetRecordList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* ---- what it waits for as a whole (waits.c) ---- */
/* Begins to wait: nothing more is started. until_ms: then the wait is over by itself; 0: it is not. The caller writes the
 * row. */
gboolean deployment_begin_wait (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                                DeploymentWait wait, gint64 until_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* It waits no more, however that came; the caller goes on and writes the row. */
gboolean deployment_end_wait (StoreTx *tx, DeploymentRecord *deployment, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Its time is over. */
gboolean deployment_wait_expired (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                                  gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The deployment is paused no more: a wait whose time was over meanwhile is over now. */
gboolean deployment_resume_wait (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                                 gint64 now_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Why a deployment cannot be carried out; code NONE: it can. */
typedef struct {
  DeploymentError code;
  const char *message;
} Refusal;

/* ---- which hosts a deployment has (candidates.c) ---- */
/* deployments.md 3.2, in order. */
typedef enum {
  CANDIDATE_UNHEALTHY, /* nothing was ever deployed to it, or the last attempt failed */
  CANDIDATE_REVISION_UNKNOWN,
  CANDIDATE_REVISION_OLD,
  CANDIDATE_REVISION_CURRENT
} CandidateHealth;

typedef struct {
  const char *name; /* the target's id: an instance name, or an EC2 instance id */
  const char *target_arn;
  const char *host_arn; /* what its agent calls itself */
  const char *zone;     /* Availability Zone; NULL: it has none, or nobody asks */
  TagList tags;         /* of a deployment in waves */
  CandidateHealth health;
} Candidate;

typedef struct {
  gsize n; /* in the order in which they are tried (deployments.md 3.2); each host once */
  Candidate *items;
  gsize n_selected; /* before those were left out that are not outdated */
} CandidateList;

/* The instances that another service has told of, of a deployment that is planned only: it has no rows. */
typedef struct {
  FleetInstanceList sides[FLEET_REPLACEMENT + 1]; /* by FleetSide */
  gsize n_in_service; /* in the Auto Scaling group that would be copied */
} FleetTold;

/* The hosts that a group selects now, as far as the deployment wants them (deployments.md 8.1, 8.2). told: in place of the
 * deployment's rows; NULL: those. In arena. */
gboolean candidates_resolve (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                             const ApiDeploymentInfo *info, const DeploymentGroupRecord *group,
                             const FleetTold *told, Arena *arena, CandidateList *out,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same of the instances that a blue/green deployment brings in place of those: they have been listed, or kept by fleet_keep, as
 * FLEET_REPLACEMENT, or are registered and have the tags. */
gboolean candidates_resolve_replacement (Engine *engine, StoreTx *tx,
                                         const DeploymentRecord *deployment,
                                         const ApiDeploymentInfo *info,
                                         const DeploymentGroupRecord *group, const FleetTold *told,
                                         Arena *arena, CandidateList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Why a group selects nobody: what was looked at, and what to do. In arena. */
gboolean candidates_describe (Engine *engine, const DeploymentGroupRecord *group, Arena *arena,
                              const char **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* targetInstances, which may be NULL, as if they were a group's settings; its tags count for registered hosts, too. In arena. */
const ApiDeploymentGroupInfo *candidates_replacement_settings (const ApiTargetInstances *targets,
                                                               Arena *arena);
/* By the ARN that its agent has: an EC2 instance, and not a host that is registered here. */
gboolean candidate_is_ec2 (const char *host_arn);
/* Whether there are any, and not too many. nothing: what to say when there are none. code NONE: all is well. */
gboolean candidates_judge (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                           const CandidateList *candidates, const char *nothing, Arena *arena,
                           Refusal *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes them down as targets, from an ordinal on. */
gboolean candidates_insert (StoreTx *tx, const DeploymentRecord *deployment,
                            const CandidateList *candidates, LifecyclePlanKind plan, gint64 now_ms,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- the EC2 instances of a deployment (fleet.c) ---- */
/* Whether it is for the instances alone that were written down as FLEET_ORIGINAL when it was created: one that came or leaves. */
gboolean fleet_is_given (const DeploymentRecord *deployment);
/* Whether all that other services have to list for candidates_resolve, and for the replacement, is there. If not they have been
 * asked: the deployment stays Created and waits, and deployment_start is called again. Writes deployment's row. */
gboolean fleet_ensure_listed (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                              const ApiDeploymentInfo *info, DeploymentGroupRecord *group,
                              gint64 now_ms, Arena *arena, gboolean *out_listed, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Why instances cannot be listed; of a REFUSED result. */
Refusal fleet_refusal (const ErrandResult *result, const FleetSelector *selector, Arena *arena);
/* Reads those of {"instances":[...]} that selector takes; NULL: all. What is told of an instance twice is there twice. In arena.
 * *out_refusal: why they cannot be used. */
void fleet_read (const char *members_json, const FleetSelector *selector, Arena *arena,
                 FleetInstanceList *out, Refusal *out_refusal);
/* Keeps those of {"instances":[...]} that selector takes; NULL: all. *out_refusal: why they cannot be kept. */
gboolean fleet_keep (StoreTx *tx, const char *owner_id, FleetSide side, const char *members_json,
                     const FleetSelector *selector, gint64 now_ms, Arena *arena,
                     Refusal *out_refusal, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean fleet_settle_list (Engine *engine, StoreTx *tx, const ErrandRecord *errand,
                            const ErrandResult *result, gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* They have not been told for too long. */
gboolean fleet_expire (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                       Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What a deployment asks for that this server has not (feasibility.c). */
Refusal feasibility_judge (const DeploymentRecord *deployment, const ApiDeploymentInfo *info,
                           Arena *arena);

/* ---- its beginning (start.c) ---- */
/* Who installs is known: they are divided and written down, counters and what must stay healthy are set, and it runs, unless the
 * configuration allows nothing. */
gboolean deployment_begin (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                           const ApiDeploymentInfo *info, CandidateList *candidates,
                           LifecyclePlanKind walk, gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* deployments.md 2.6 */
SchedulerRule deployment_scheduler_rule (const Engine *engine, const DeploymentRecord *deployment);
gboolean deployment_start (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                           Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What a deployment's start would come to now; nothing is written. */
#define PREVIEW_REFUSALS 8
typedef struct {
  CandidateList candidates; /* who gets the revision, in the order of their stages */
  CandidateList originals;  /* of a deployment that replaces a fleet: that */
  const char *copied; /* the Auto Scaling group of which a copy gets the revision; NULL: none */
  gsize n_copied;     /* how many instances the copy would have, as far as it was told */
  StageList stages;
  SchedulerPlan plan;
  gsize n_refusals; /* each would end it before a host is touched */
  Refusal refusals[PREVIEW_REFUSALS];
} StartPreview;
/* Which EC2 instances there are is in told, or else in the deployment's rows. */
gboolean deployment_preview (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                             const ApiDeploymentInfo *info, const DeploymentGroupRecord *group,
                             const FleetTold *told, Arena *arena, StartPreview *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* code NONE: it is none. */
void preview_refuse (StartPreview *preview, Refusal refusal);
/* The hosts of a deployment that replaces a fleet (blue-green.c). */
gboolean blue_green_preview (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                             const ApiDeploymentInfo *info, const DeploymentGroupRecord *group,
                             const FleetTold *told, Arena *arena, StartPreview *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* ---- plans (plan-outside.c, plan-token.c) ---- */
/* What the readings say of the instances; what could not be listed is a finding, and a gap of the plan. */
gboolean plan_take_fleets (Engine *engine, const ApiDeploymentInfo *info,
                           const DeploymentGroupRecord *group, const ErrandReadingList *readings,
                           Arena *arena, DeploymentPlan *plan, FleetTold *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void plan_find_alarms (const ApiDeploymentInfo *info, const ApiDeploymentGroupInfo *settings,
                       const ErrandReadingList *readings, Arena *arena, DeploymentPlan *plan);
char *plan_token (const DeploymentRecord *as_if, const ApiDeploymentInfo *info,
                  const DeploymentGroupRecord *group, const StartPreview *preview, Arena *arena);
/* Whether a deployment that carries out a plan, and whose hosts are known, is still what was planned. code NONE: it is, or
 * nothing was planned. */
gboolean plan_judge_start (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                           const ApiDeploymentInfo *info, const DeploymentGroupRecord *group,
                           Arena *arena, Refusal *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- stages: zones and waves (stages.c) ---- */
typedef enum {
  STAGES_NONE,
  STAGES_BY_ZONE,
  STAGES_BY_WAVE
} StageNeeds;
StageNeeds stages_need (const Engine *engine, const DeploymentRecord *deployment,
                        const ApiDeploymentInfo *info);
/* Divides the candidates, and puts them in the order of their stages. No stages: they stay as they are. */
gboolean stages_plan (const Engine *engine, const DeploymentRecord *deployment,
                      const ApiDeploymentInfo *info, CandidateList *candidates, Arena *arena,
                      StageList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
Refusal stages_judge_plan (const DeploymentRecord *deployment, const StageList *stages,
                           Arena *arena);
/* Writes them and begins the first; the caller writes the deployment's row. */
gboolean stages_insert (StoreTx *tx, DeploymentRecord *deployment, const StageList *stages,
                        gint64 now_ms, Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The stage that a deployment is at. */
typedef struct {
  DeploymentStageRecord *record; /* NULL: it has none */
  gint64 may_start;              /* G_MAXINT64 then */
  gboolean done;
  const char *failure; /* why the deployment fails with it; NULL: it does not */
} StageView;
gboolean stages_look (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena, StageView *out,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* When it is done: ends it, and waits as it says or begins the next, which view is of then. The caller writes the deployment's
 * row. */
gboolean stages_go_on (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, StageView *view,
                       gint64 now_ms, Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The one behind it begins, and view is of that. The caller writes the deployment's row. */
gboolean stages_begin_next (StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms, Arena *arena,
                            StageView *view, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Its targets walk no more, in this phase or at all: what the present stage came to is kept. passed_ms: when it was passed; 0: it
 * was not. */
gboolean stages_end (StoreTx *tx, const DeploymentRecord *deployment, gint64 passed_ms,
                     Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* It was watched for long enough. */
gboolean stages_watched (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                         Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- rollback (rollback.c) ---- */
/* Creates the rollback of a deployment that has just ended, if one is wanted and possible; sets the rollback members
 * of deployment, whose row is written by the caller afterwards. */
gboolean deployment_roll_back (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                               gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Whether that will be so of one that is ending. */
gboolean deployment_will_roll_back (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena,
                                    gboolean *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- one target (target.c) ---- */
/* Its turn in the deployment has come: puts its first command into its host's queue. */
gboolean target_run (Engine *engine, StoreTx *tx, TargetRecord *record, gint64 now_ms, Arena *arena,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends the present event; then sends the next, starts the target over, or ends it and advances the deployment. ended: how,
 * COMMAND_ACT_PASS, _FAIL or _GIVE_UP. */
gboolean target_report_end (Engine *engine, StoreTx *tx, HostCommandRecord *command,
                            CommandAction ended, const EventDiagnostics *diagnostics, gint64 now_ms,
                            Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Its deployment is paused no more: a command that was held goes to its host, and so does one that has let others by if its host is
 * free now. */
gboolean target_release (Engine *engine, StoreTx *tx, HostCommandRecord *command, gint64 now_ms,
                         Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends a target of an ending deployment whose command no host has begun, and counts it in deployment, whose row the caller writes;
 * or begins to give its host the traffic back, and the target ends later. */
gboolean target_leave (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                       HostCommandRecord *command, gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Sees to it that the target's timer is due no later than its command's deadline; the caller writes the row. */
gboolean command_arm (Engine *engine, StoreTx *tx, HostCommandRecord *command, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* How long its host may take to acknowledge it. */
gint64 command_pickup_ms (const Engine *engine, const HostCommandRecord *command);
/* When it will have waited for too long; -1 while another deployment has the host, or its own is paused. */
gint64 command_deadline (const Engine *engine, const HostCommandRecord *command);

/* ---- events that the service performs (traffic.c) ---- */
/* Whether the deployment names a load balancer. */
gboolean traffic_has_balancer (const ApiDeploymentInfo *info);
/* Whether its targets have traffic events: one is named, and the style asks for it (deployments.md 1.2). */
gboolean traffic_is_controlled (const ApiDeploymentInfo *info);
/* The command, which is Pending at such an event, is in progress from now on; the caller writes its row. */
gboolean traffic_begin (Engine *engine, StoreTx *tx, HostCommandRecord *command,
                        const TargetRecord *target, gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Its event has ended, in whatever way: nobody goes on with it. */
gboolean traffic_forget (StoreTx *tx, const HostCommandRecord *command, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* How long such an event may take. */
gint64 traffic_limit_ms (const Engine *engine, LifecycleEvent event);
/* That it took longer, and what it waited for. */
gboolean traffic_expiry_message (Engine *engine, StoreTx *tx, const HostCommandRecord *command,
                                 Arena *arena, const char **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean traffic_settle (Engine *engine, StoreTx *tx, const ErrandRecord *errand,
                         const ErrandResult *result, gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* ---- hosts that get their traffic back (turn-back.c) ---- */
/* Whether the target of an ending deployment does, once n_ended of its events have ended. */
gboolean turn_back_judge (StoreTx *tx, const DeploymentRecord *deployment,
                          const TargetRecord *record, const Target *target, gsize n_ended,
                          Arena *arena, gboolean *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* It has ended. In the diagnostics of its last event: that its host has no traffic now, or that it has it again; else nothing. */
void turn_back_tell (Target *target, Arena *arena);
/* For people: what became of a host that has no traffic now. */
#define TARGET_LEFT_BLOCKED                                                                        \
  "its load balancers send it no traffic until a deployment to it succeeds, or they are told to"

/* ---- alarms (alarms.c) ---- */
/* Whether a deployment that is Created may start: once its alarms were read and none is active. What is missing for that is
 * begun, and then the deployment is started again. */
gboolean alarms_permit_start (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                              gint64 now_ms, Arena *arena, gboolean *out_permitted, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* All that a deployment does is done, with success: *out_baking TRUE when it is watched for a while yet, and ends with
 * alarms_fire_bake. The caller writes the row. */
gboolean alarms_bake (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                      Arena *arena, gboolean *out_baking, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean alarms_fire (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                      Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean alarms_fire_bake (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                           Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean alarms_settle (Engine *engine, StoreTx *tx, const ErrandRecord *errand,
                        const ErrandResult *result, gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* ---- telling others (announce.c) ---- */
/* Settles who listens to a deployment that is being created, and sets its member announces. Before its row is written. */
gboolean announce_to_whom (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* After its row was written. */
gboolean announce_created (Engine *engine, StoreTx *tx, const DeploymentRecord *created,
                           gint64 now_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The deployment is Ready (ANNOUNCEMENT_DEPLOYMENT_READY), or began (_ROLLBACK; told of rollbacks only). */
gboolean announce_deployment (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                              Announcement what, gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* It has ended, and its rollback, if there is one, was created. Nobody listens to it from then on. */
gboolean announce_end (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                       gint64 now_ms, Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The target has come to the status that it has. */
gboolean announce_target (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                          const TargetRecord *record, gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* ---- errands (errands.c) ---- */
/* Writes an errand, in place of one of its kind that is there, and wakes who performs it once that is committed. */
gboolean engine_put_errand (Engine *engine, StoreTx *tx, const ErrandRecord *errand, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* ---- timers (timers.c) ---- */
gboolean timer_fire (Engine *engine, StoreTx *tx, const TimerRecord *timer, gint64 now_ms,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
