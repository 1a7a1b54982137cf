#pragma once

#include "core/states.h"
#include "server/engine/engine.h"
#include "store/records/deployment.h"
#include "store/records/timer.h"

/* The ledger: what an onlooker knows of a server from its commits and its words alone, and the rules that both must keep.
 *
 * It is told of each commit right before it is made, reads the rows that it changes (triggers of its own, in the temporary
 * schema, write their keys down), and holds them against what it knew: so a look costs what has changed, not what there is.
 * How much may run and how a deployment must end it computes by itself.
 *
 * Threads: one at a time. */

/* Names of rules are what a failing simulation prints. */
#define RULE_LIST(X)                                                                               \
  X (RULE_NONE, "none")                                                                            \
  X (RULE_BUDGET, "running and failed targets are within the budget")                              \
  X (RULE_BATCH, "no more run at a time than the configuration's batch")                           \
  X (RULE_COUNTERS, "the counters are those of the targets")                                       \
  X (RULE_DEPLOYMENT_COURSE, "a deployment's status takes no step that there is not")              \
  X (RULE_DEPLOYMENT_END, "an ended deployment never changes")                                     \
  X (RULE_TARGET_COURSE, "a target's status takes no step that there is not")                      \
  X (RULE_TARGET_END, "an ended target never changes")                                             \
  X (RULE_EVENTS, "an event that has ended stays as it was")                                       \
  X (RULE_ONE_ACTIVE, "a group has one active deployment")                                         \
  X (RULE_ONE_COMMAND, "a host has one command at a time")                                         \
  X (RULE_TIMERS, "whatever waits has its timer")                                                  \
  X (RULE_LEFTOVERS, "nothing is left of an ended deployment")                                     \
  X (RULE_VERDICT, "a deployment ends as its targets did")                                         \
  X (RULE_ROLLBACK,                                                                                \
     "a rollback redeploys the last good revision, and is made when it is asked for")              \
  X (RULE_HANDED_OUT, "no command is handed out that has begun, has ended or was withdrawn")       \
  X (RULE_STARTED_TWICE, "no event starts twice in an attempt")                                    \
  X (RULE_STARTED_EARLY, "no event starts before the one before it has ended")                     \
  X (RULE_HEALTHY, "healthy hosts are never fewer than the minimum by our own hand")               \
  X (RULE_TRAFFIC, "a host is deployed to while it has no traffic, and has it again afterwards")   \
  X (RULE_SERVING, "balancers never have fewer hosts in service than the minimum by our own hand") \
  X (RULE_BLUE_GREEN, "original hosts lose their traffic after the new ones have theirs")          \
  X (RULE_PAUSE, "nothing starts in a deployment that waits or is paused")                         \
  X (RULE_STAGES, "one stage runs at a time, and begins when it may")                              \
  X (RULE_ALARMS, "only alarms that are active, or cannot be read, stop a deployment")             \
  X (RULE_TOLD, "every change is announced with it, and every announcement delivered")             \
  X (RULE_TOLD_IN_ORDER, "a receiver first hears of a deployment's changes in their order")        \
  X (RULE_TOLD_END_LAST, "no end is heard of before its targets' ends")                            \
  X (RULE_DEAD_LETTERS, "nothing is given up before its time, or lost when it is")                 \
  X (RULE_COPIED, "a fleet is copied once, for a deployment that copies")                          \
  X (RULE_RETIRED, "a fleet ends after the traffic moved and the wait, or with a rollback")        \
  X (RULE_ORIGINALS, "what was to be replaced serves as before when that is taken back")           \
  X (RULE_SCALED, "an instance gets the last good revision, and goes on as its deployment ended")  \
  X (RULE_UP_TO_DATE, "instances that came during a deployment are brought up to date")            \
  X (RULE_HOOKS, "lifecycle hooks are on the groups that are selected, and on no others")          \
  X (RULE_REPORT, "every acknowledged report survives")                                            \
  X (RULE_ENDS, "every deployment ends")                                                           \
  X (RULE_REOPENED, "what is there after a kill is what was committed")                            \
  X (RULE_SERVER, "the server never fails by itself")

ENUM_NAMES_TYPE (Rule, RULE_LIST);
ENUM_NAMES_DECLARE (Rule, rule)

typedef struct Ledger Ledger;

Ledger *ledger_new (const EngineTimes *times) G_GNUC_WARN_UNUSED_RESULT;
void ledger_free (Ledger *ledger); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ledger, ledger_free)

/* Once for each connection that writes. */
gboolean ledger_prepare (StoreTx *tx, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  LEDGER_EFFECTS_HAPPEN, /* what the commit leads to in memory is done after it */
  LEDGER_EFFECTS_LOST    /* its answer is lost, and that with it */
} LedgerEffects;
/* Inside the transaction that is about to be committed, at the server's time. */
gboolean ledger_look (Ledger *ledger, StoreTx *tx, LedgerEffects effects, gint64 now_ms,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* An Auto Scaling group was made for a deployment, or was ended at its word; fleet NULL: instances, which end with NULL, alone. */
void ledger_fleet_copied (Ledger *ledger, const char *deployment_id, const char *source,
                          const char *fleet);
void ledger_fleet_retired (Ledger *ledger, const char *deployment_id, const char *fleet,
                           const char *const *instances, gint64 now_ms);
/* An active deployment has to do with it. */
gboolean ledger_needs_fleet (Ledger *ledger, const char *fleet);
/* It gives the traffic of a replaced fleet back. */
gboolean ledger_is_way_back (Ledger *ledger, const char *deployment_id);
/* A deployment that has moved traffic of a fleet that it replaces, by a number of the caller's; NULL: there is none. */
const char *ledger_pick_moving (const Ledger *ledger, guint64 number);
/* A person may have ended a termination wait. */
void ledger_wait_skipped (Ledger *ledger, const char *deployment_id);
/* Auto Scaling is told of an instance that waits; result NULL: that it goes on waiting. */
void ledger_action (Ledger *ledger, const char *hook, const char *instance_id, const char *result);
/* Of an instance in service, which this group selects and keeps up to date: whether it is. */
gboolean ledger_is_up_to_date (Ledger *ledger, const char *group_id, const char *instance_id);
/* Whoever sink is hears of every change; what else is told, others have asked for. */
void ledger_expect_letters (Ledger *ledger, const char *sink);
/* A receiver has a notification. */
void ledger_heard (Ledger *ledger, const char *notification_id);
/* A receiver could not be told; the first try that failed, and so on. */
void ledger_not_told (Ledger *ledger, const char *notification_id);
/* One that was given up, which a person now drops, or has tried anew; by a number of the caller's; NULL: there is none. */
const char *ledger_touch_dead (Ledger *ledger, guint64 number);
/* Notifications that wait to be delivered. */
gboolean ledger_has_letters (const Ledger *ledger);
/* All are delivered, given up or dropped by now. */
void ledger_expect_no_letters (Ledger *ledger);
/* The server was started again: it has read what it must know. */
void ledger_restarted (Ledger *ledger);
/* Errands were claimed, and he who did it does not know. */
void ledger_silenced (Ledger *ledger);
/* A host was given a command. */
void ledger_handed_out (Ledger *ledger, const char *command_id, const char *host_arn);
/* A host that keeps its own record of commands began one. */
void ledger_started (Ledger *ledger, const char *command_id);
/* What a balancer does with a host at the word of a deployment; of others, and at first, it has traffic. */
typedef enum {
  LEDGER_TRAFFIC_ALLOWED,
  LEDGER_TRAFFIC_DRAINED, /* nothing new is sent to it */
  LEDGER_TRAFFIC_BLOCKED  /* and nothing is open any more */
} LedgerTraffic;
gboolean ledger_has_target (Ledger *ledger, const char *deployment_id, gint64 ordinal);
void ledger_traffic (Ledger *ledger, const char *deployment_id, gint64 ordinal,
                     LedgerTraffic traffic);
/* Who read a deployment's alarms heard of an active one, could not read them, or has not told what he heard. */
void ledger_alarmed (Ledger *ledger, const char *deployment_id);
/* A host's report was answered. */
void ledger_answered (Ledger *ledger, const char *command_id, EngineReport report,
                      EngineAnswer answer);
/* From now on nothing fails any more; deployments end within their clocks. */
void ledger_calm (Ledger *ledger, gint64 now_ms);
/* All must have ended by now. */
void ledger_expect_end (Ledger *ledger);
/* Reads all active deployments again: they are as they were last committed. */
gboolean ledger_compare (Ledger *ledger, StoreTx *tx, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The first rule that was broken, and how; RULE_NONE. */
Rule ledger_broken (const Ledger *ledger, const char **out_how);
/* For what others notice. The first one counts. */
void ledger_break (Ledger *ledger, Rule rule, const char *format, ...) G_GNUC_PRINTF (3, 4);

typedef struct {
  gint64 deployments, ended, succeeded, failed, stopped, rollbacks;
  gint64 replaced, moved_back; /* fleets: by a deployment, and by its rollback */
  gint64 targets, events;      /* events that hosts began */
  gint64 follow_ups;           /* deployments to instances that came meanwhile */
  gint64 copies, retired;      /* fleets that were made, and whose originals or copies ended */
  gint64 letters, heard, dead; /* notifications: written, heard of (once each), given up */
  gint64 commits, active;
} LedgerCounts;
LedgerCounts ledger_counts (const Ledger *ledger);
/* An active deployment, or one that has ended lately, by a number of the caller's; NULL: there is none. */
const char *ledger_pick_active (const Ledger *ledger, guint64 number);
const char *ledger_pick (const Ledger *ledger, guint64 number);
