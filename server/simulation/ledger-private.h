#pragma once

#include "core/announcement.h"
#include "server/host-commands/command-id.h"
#include "server/simulation/ledger.h"
#include "store/records/host-command.h"
#include "store/records/target.h"

/* What the ledger's own files share. */

/* The original hosts of a fleet that is replaced are counted from far behind the others. */
#define LEDGER_FAR_ORDINAL ((gint64)1 << 30)

#define LEDGER_N_TIMERS (TIMER_BAKE + 1)

/* What a deployment has had done with a host's traffic. */
typedef enum {
  HAND_NONE,
  HAND_IN, /* it was put into service */
  HAND_OUT
} LedgerHand;

typedef struct {
  gboolean known;
  const char *host_arn; /* interned */
  const char *name;     /* likewise */
  const LifecyclePlan *plan;
  gboolean just_started; /* by this commit */
  TargetStatus status;
  gint64 attempt;
  gsize n_ended; /* events that have ended, from the first one on */
  EventStatus events[LIFECYCLE_N_EVENTS];
  guint row_hash; /* of all that is in its row */
  gboolean has_command;
  CommandStatus command_status;
  gint64 command_attempt, command_step, since_ms, acknowledge_ms;
  gint64 timer_ms;        /* 0: none */
  gboolean effects_lost;  /* the hub may still hold what was withdrawn */
  gint64 started_attempt; /* the last that its host began; 0: none */
  guint started_steps;    /* of that attempt, a bit each */
  LedgerHand hand;
} LedgerTarget;

typedef struct LedgerDeployment LedgerDeployment;

/* An instance that came and got what was good then; nothing was deployed to it since. */
typedef struct {
  gint64 revision;
  const LedgerDeployment *deployment; /* that brought it */
} LedgerArrival;

typedef struct {
  char *id;
  LedgerDeployment *active; /* NULL: none */
  gint64 good_revision;     /* of the last that succeeded; 0: none */
  gint64 good_create_ms;    /* when it was created, or what it follows up */
  gint64 n_follow_ups;      /* of that */
  gboolean ended_well;      /* the last one did */
  GHashTable *arrivals;     /* host's name, interned -> LedgerArrival */
} LedgerGroup;

struct LedgerDeployment {
  char *id;
  LedgerGroup *group; /* NULL: its row was not seen yet */
  DeploymentStatus status;
  DeploymentError ending;
  DeploymentCreator creator;
  gint64 create_ms, start_ms, complete_ms, revision;
  gint64 n_targets, n_pending, n_running, n_succeeded, n_failed, n_skipped;
  gint64 minimum; /* as we compute it */
  gint64 batch, total_ms;
  DeploymentWait wait;
  gboolean paused;
  gboolean has_baked; /* its whole time was over with that */
  gboolean
      was_kept;     /* it once was paused or had to wait: how long it may take is not ours to say */
  gboolean alarmed; /* something was the matter with its alarms */
  gint64 silences;  /* how often who was to read them may have gone without a word */
  Course course;    /* of more than one phase: its counters are those of the present one */
  DeploymentPhase phase;
  gint64 entering_open;      /* of those that get traffic in place of others, who have not ended */
  gint64 must_serve;         /* hosts that have the traffic before the others lose it */
  gint64 failed_before;      /* of the hosts that walk, in an earlier phase */
  const char *source, *copy; /* Auto Scaling groups, interned; NULL: it has copied none */
  gboolean copies, terminates, skipped, retired;
  gint64 termination_ms, retire_ms; /* how long it waits, and since when; 0: it does not yet */
  const char *undoes;               /* the deployment that it rolls back, interned; NULL */
  gint64 n_stages, stage;
  gint64 stage_first, stage_n; /* targets of the present stage */
  guint row_hash;
  GPtrArray
      *targets[2]; /* LedgerTarget, by ordinal; the second has those from LEDGER_FAR_ORDINAL on */
  gint64 tally[2][TARGET_N_STATUSES]; /* likewise */
  gint64 timers[LEDGER_N_TIMERS];     /* of its own; 0: none */
  gint64 n_left;    /* timers, commands and errands that are there; read at its end and later */
  gint64 disturbed; /* hosts that began and have not ended with success */
};

/* Notifications of one deployment to one receiver, in the order in which they were written. */
typedef struct {
  char *deployment_id, *sink;
  GPtrArray *letters; /* LedgerLetter */
  gboolean ended;     /* the last one is the deployment's end */
  guint n_done;       /* of the first ones, which were heard of, given up or dropped */
} LedgerLine;

typedef enum {
  LETTER_WAITS,
  LETTER_HEARD, /* at least once */
  LETTER_DEAD
} LedgerLetterState;

typedef struct {
  char *id;
  LedgerLine *line;
  Announcement what;
  LedgerLetterState state;
  gboolean is_there; /* its row is */
  gboolean
      touched; /* by a person: its place in the line, and whether it is heard, are not ours to say */
  gint64 put_ms, n_failed;
} LedgerLetter;

/* A change that is to be announced. */
typedef struct {
  const LedgerDeployment *deployment;
  Announcement what;
  const char *target; /* interned; NULL: the deployment's own */
} LedgerChange;

struct Ledger {
  const char *everything; /* the sink that hears of all; NULL: nobody */
  GHashTable *waits;      /* "hook:instance" -> id of its deployment, or "" */
  GHashTable *letters;    /* id -> LedgerLetter */
  GHashTable *lines;      /* "deployment sink" -> LedgerLine */
  GArray *changes;        /* LedgerChange, of one commit */
  GPtrArray *graveyard;   /* LedgerLetter: those that were given up and are there */
  gint64 n_waiting;       /* letters that are there and were neither heard of nor given up */
  EngineTimes times;
  GHashTable *deployments; /* id -> LedgerDeployment */
  GPtrArray *all;          /* the same, in order */
  GHashTable *groups;      /* id -> LedgerGroup */
  GHashTable *busy_hosts;  /* host_arn, interned -> LedgerTarget, the one that has the host */
  GPtrArray *active;
  GHashTable *blocked; /* names of hosts that have no traffic */
  Arena *arena;        /* of one look */
  gint64 now_ms;       /* of the server, at its last commit */
  gint64 calm_ms;      /* 0: not yet */
  LedgerCounts counts;
  Rule broken;
  char *how;
};

gboolean ledger_replaces (const LedgerDeployment *deployment);
/* NULL: it is not known. */
LedgerDeployment *ledger_find (Ledger *ledger, const char *id);
LedgerDeployment *ledger_add (Ledger *ledger, const char *id);
LedgerGroup *ledger_group (Ledger *ledger, const char *id);
LedgerTarget *ledger_target (LedgerDeployment *deployment, gint64 ordinal);
/* The first ones, then those far behind. */
LedgerTarget *ledger_target_at (const LedgerDeployment *deployment, guint index);
/* b */
gint64 ledger_budget (const LedgerDeployment *deployment);

/* A target that is not there yet has ended, too: new says so. */
gboolean ledger_has_ended (TargetStatus status, gboolean is_new);
/* Nothing of it is started. */
gboolean ledger_is_kept (const LedgerDeployment *deployment);

/* ---- rules of traffic (ledger-traffic.c) ---- */
/* The target's host begins an event. */
void rules_traffic_of_event (Ledger *ledger, const LedgerTarget *target, const char *command_id,
                             gsize step);
/* It has ended. */
void rules_traffic_of_end (Ledger *ledger, const LedgerDeployment *deployment,
                           const LedgerTarget *target);

/* ---- rules of fleets (ledger-fleets.c) ---- */
gboolean fleets_prepare (StoreTx *tx, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What this commit does to instances that wait. */
gboolean fleets_look (Ledger *ledger, StoreTx *tx, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The deployment has come to another phase, or was seen to replace a fleet. */
void rules_fleet_phase (Ledger *ledger, LedgerDeployment *deployment, const DeploymentRecord *row,
                        gint64 now_ms);
/* A target of the deployment has come to an end. */
void rules_fleet_target (LedgerDeployment *deployment, const LedgerTarget *target);
/* The deployment has, with the target's row as it is now. */
void rules_fleet_end (Ledger *ledger, LedgerDeployment *deployment, const DeploymentRecord *row);

/* ---- rules of notifications (ledger-letters.c) ---- */
gboolean letters_prepare (StoreTx *tx, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void letters_init (Ledger *ledger);
void letters_clear (Ledger *ledger);
/* A change of this commit that has to be announced. target: NULL, or its interned name. */
void letters_expect (Ledger *ledger, const LedgerDeployment *deployment, Announcement what,
                     const char *target);
/* What this commit does to notifications. */
gboolean letters_look (Ledger *ledger, StoreTx *tx, gint64 now_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* ---- rules of counters, and of what they say (ledger-counters.c) ---- */
/* The deployment's row has come to another phase; its targets are as this commit leaves them. */
void rules_enter_phase (LedgerDeployment *deployment);
void rules_counters (Ledger *ledger, const LedgerDeployment *deployment);
void rules_budget (Ledger *ledger, const LedgerDeployment *deployment);
/* It has ended. */
void rules_verdict (Ledger *ledger, const LedgerDeployment *deployment,
                    const DeploymentRecord *row);

/* ---- rules of one commit (ledger-rules.c) ---- */
/* A row was read; deployment and target are as they were before. */
void rules_deployment_row (Ledger *ledger, LedgerDeployment *deployment,
                           const DeploymentRecord *row);
void rules_target_row (Ledger *ledger, LedgerDeployment *deployment, const LedgerTarget *before,
                       const LedgerTarget *now, gint64 ordinal);
/* All rows were read. */
void rules_target (Ledger *ledger, const LedgerDeployment *deployment, LedgerTarget *target,
                   gint64 ordinal);
void rules_deployment (Ledger *ledger, const LedgerDeployment *deployment);
/* It has come to another stage. */
gboolean rules_stage (Ledger *ledger, StoreTx *tx, LedgerDeployment *deployment, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* It ends with this commit. */
gboolean rules_deployment_end (Ledger *ledger, StoreTx *tx, LedgerDeployment *deployment,
                               const DeploymentRecord *row, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
