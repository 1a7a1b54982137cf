#pragma once

#include "core/lifecycle.h"
#include "core/state-machine.h"
#include "core/states.h"

/* A target (one host in one deployment) and its lifecycle events, as a value. Three small machines: the target's
 * status, the status of each of its events, and the host command that carries the present event to the host
 * (deployments.md 0.3, 10.3-10.5).
 *
 * Pure: texts are borrowed, times come in, nothing is allocated. Any thread. */

/* ---- the target's status ---- */
#define TARGET_EVENT_LIST(X)                                                                       \
  X (TARGET_EV_START, "its turn has come")                                                         \
  X (TARGET_EV_PASS, "event passed, more follow")                                                  \
  X (TARGET_EV_PASS_GATE, "event passed, traffic comes next")                                      \
  X (TARGET_EV_PASS_LAST, "last event passed")                                                     \
  X (TARGET_EV_FAIL, "event failed")                                                               \
  X (TARGET_EV_RETRY, "event failed, retries are left")                                            \
  X (TARGET_EV_CUT_SHORT, "deployment ends, half-way")                                             \
  X (TARGET_EV_LEAVE_OUT, "deployment ends, nothing of the phase ran")

ENUM_NAMES_TYPE (TargetChange, TARGET_EVENT_LIST);
ENUM_NAMES_DECLARE (TargetChange, target_change)
#define TARGET_N_CHANGES (TARGET_EV_LEAVE_OUT + 1)

#define TARGET_ACTION_LIST(X)                                                                      \
  X (TARGET_ACT_SEND, "send next command")                                                         \
  X (TARGET_ACT_START_OVER, "start over")                                                          \
  X (TARGET_ACT_FINISH, "count it")

ENUM_NAMES_TYPE (TargetAction, TARGET_ACTION_LIST);
ENUM_NAMES_DECLARE (TargetAction, target_action)

extern const StateMachine target_machine;

/* ---- the status of one event ---- */
#define EVENT_CHANGE_LIST(X)                                                                       \
  X (EVENT_EV_BEGIN, "acknowledged")                                                               \
  X (EVENT_EV_SUCCEED, "host reports success")                                                     \
  X (EVENT_EV_FAIL, "host reports failure, or a clock ran out")                                    \
  X (EVENT_EV_SKIP, "target ended before")                                                         \
  X (EVENT_EV_HEAL, "late report of a no-op")

ENUM_NAMES_TYPE (EventChange, EVENT_CHANGE_LIST);
ENUM_NAMES_DECLARE (EventChange, event_change)
#define EVENT_N_CHANGES (EVENT_EV_HEAL + 1)

extern const StateMachine event_machine; /* its only action is "record" */

/* ---- the host command ---- */
#define COMMAND_EVENT_LIST(X)                                                                      \
  X (COMMAND_EV_TURN, "host is free")                                                              \
  X (COMMAND_EV_PERFORM, "the service performs it")                                                \
  X (COMMAND_EV_HOLD, "deployment is paused")                                                      \
  X (COMMAND_EV_RELEASE, "deployment is resumed")                                                  \
  X (COMMAND_EV_ACK, "acknowledged")                                                               \
  X (COMMAND_EV_ACK_NOOP, "acknowledged, nothing to do")                                           \
  X (COMMAND_EV_SUCCEED, "completed Succeeded")                                                    \
  X (COMMAND_EV_FAIL, "completed Failed")                                                          \
  X (COMMAND_EV_EXPIRE, "clock ran out")                                                           \
  X (COMMAND_EV_WITHDRAW, "deployment ends")

ENUM_NAMES_TYPE (CommandEvent, COMMAND_EVENT_LIST);
ENUM_NAMES_DECLARE (CommandEvent, command_event)
#define COMMAND_N_EVENTS (COMMAND_EV_WITHDRAW + 1)

#define COMMAND_ACTION_LIST(X)                                                                     \
  X (COMMAND_ACT_NOTHING, "nothing")                                                               \
  X (COMMAND_ACT_OFFER, "offer to host")                                                           \
  X (COMMAND_ACT_HOLD, "take back from the hub")                                                   \
  X (COMMAND_ACT_BEGIN, "begin event")                                                             \
  X (COMMAND_ACT_PASS, "end event Succeeded")                                                      \
  X (COMMAND_ACT_FAIL, "end event Failed")                                                         \
  X (COMMAND_ACT_GIVE_UP, "end event Failed, never retried")                                       \
  X (COMMAND_ACT_DROP, "end target")

ENUM_NAMES_TYPE (CommandAction, COMMAND_ACTION_LIST);
ENUM_NAMES_DECLARE (CommandAction, command_action)

extern const StateMachine command_machine;

/* FALSE, and nothing changed, when the event is refused. */
gboolean command_machine_step (CommandStatus *status, CommandEvent event, CommandAction *out_action)
    G_GNUC_WARN_UNUSED_RESULT;

/* ---- the value ---- */
typedef struct {
  DiagnosticsCode code;
  const char *script_name; /* "" when no script is to blame */
  const char *message;
  const char *log_tail;
} EventDiagnostics;

typedef struct {
  LifecycleEvent event;
  EventStatus status;
  gint64 start_ms; /* 0: never started */
  gint64 end_ms;   /* 0: not ended */
  gboolean has_diagnostics;
  EventDiagnostics diagnostics;
} TargetEvent;

typedef struct {
  TargetStatus status;
  gsize gate; /* of its plan; see lifecycle.h */
  gsize n_events;
  TargetEvent events[LIFECYCLE_N_EVENTS];
} Target;

/* Pending, all its events Pending. */
void target_init (Target *target, const LifecyclePlan *plan);

/* The event that is next or in progress; n_events when all have ended. */
gsize target_step (const Target *target);

/* Each returns FALSE, and changes nothing, when the machines refuse it. */
gboolean target_start (Target *target, TargetAction *out_action) G_GNUC_WARN_UNUSED_RESULT;
gboolean target_begin_event (Target *target, gsize step, gint64 now_ms) G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  TARGET_EVENT_PASSED,
  TARGET_EVENT_FAILED,
  TARGET_EVENT_FAILED_IGNORED, /* stays Failed in the list, the target goes on */
  TARGET_EVENT_FAILED_RETRIED  /* the last event of this attempt; see target_start_over */
} TargetOutcome;
/* Ends the present event. After a failure the later events are Skipped, with an end and no start; of an attempt that is
 * followed by another they stay as they are. */
gboolean target_end_event (Target *target, gsize step, TargetOutcome outcome,
                           const EventDiagnostics *diagnostics, gint64 now_ms,
                           TargetAction *out_action) G_GNUC_WARN_UNUSED_RESULT;
/* After TARGET_ACT_START_OVER, once what this attempt came to has been kept: the next attempt has events of its own, all
 * Pending. */
void target_start_over (Target *target);
/* A no-op's late success for an event that had failed without having begun, while the target goes on. One that the host
 * had begun keeps what was said of it first. */
gboolean target_heal_event (Target *target, gsize step, const EventDiagnostics *diagnostics,
                            gint64 now_ms) G_GNUC_WARN_UNUSED_RESULT;

/* The deployment ends while no event of this target runs: Skipped if none ever ran, else Failed, since the host is left
 * half-way; the events that are left are Skipped. */
gboolean target_end_early (Target *target, gint64 now_ms, TargetAction *out_action)
    G_GNUC_WARN_UNUSED_RESULT;

/* ---- hosts whose traffic was taken ---- */

/* Once n_ended of its events have ended: traffic was taken from the host, which will get it again, and its application was not
 * touched yet. */
gboolean target_is_only_blocked (const Target *target, gsize n_ended);
/* It is, its deployment ends, and the host gets its traffic back: what lies between is Skipped, and AllowTraffic is next. No event
 * runs. */
void target_turn_back (Target *target, gint64 now_ms);
/* That was done. */
gboolean target_has_turned_back (const Target *target);
/* Traffic was taken from the host, and AllowTraffic was not come to. */
gboolean target_is_left_blocked (const Target *target);
