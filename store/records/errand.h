#pragma once

#include "core/arena.h"
#include "core/enum-names.h"
#include "store/store.h"

/* Errands, as rows: what another service must be asked or told, until that is done (at least once). There is at most one of
 * each kind for an owner and ordinal. Conventions as in application.h.
 *
 * A row is claimed by one who then does the work outside of any transaction; meanwhile it is due again only after the
 * lease, so a worker that dies is replaced. What the work came to is taken only from the latest claim. */

/* Names are kept in the store. */
#define ERRAND_KIND_LIST(X)                                                                        \
  X (ERRAND_BLOCK_TRAFFIC, "block-traffic") /* balancers send a target no more traffic */          \
  X (ERRAND_ALLOW_TRAFFIC, "allow-traffic") /* they send it traffic, and find it healthy */        \
  X (ERRAND_READ_ALARMS, "read-alarms")     /* which of a deployment's alarms are active */        \
  X (ERRAND_LIST_FLEET, "list-fleet")       /* which EC2 instances a deployment has */             \
  X (ERRAND_COPY_FLEET, "copy-fleet")       /* an Auto Scaling group is copied */                  \
  X (ERRAND_SWAP_FLEET, "swap-fleet")       /* the copy takes the original's place in its group */ \
  X (ERRAND_KEEP_HOOK, "keep-hook") /* a lifecycle hook is on an Auto Scaling group, or is not */  \
  X (ERRAND_WATCH_SCALING, "watch-scaling")       /* which instances come and go */                \
  X (ERRAND_LIFECYCLE_ACTION, "lifecycle-action") /* one that waits for a hook waits on, or not */ \
  X (ERRAND_RETIRE_FLEET, "retire-fleet")         /* instances, or their Auto Scaling group, end */

ENUM_NAMES_TYPE (ErrandKind, ERRAND_KIND_LIST);
ENUM_NAMES_DECLARE (ErrandKind, errand_kind)
#define ERRAND_N_KINDS (ERRAND_RETIRE_FLEET + 1)

#define ERRAND_NO_TARGET (-1)

typedef struct {
  const char *owner_id; /* a deployment's id, or of what else it is done for */
  gint64 ordinal;       /* of the deployment's target; ERRAND_NO_TARGET */
  ErrandKind kind;
  const char *request_json; /* never changes; kind by kind */
  const char *state_json;   /* kept from one try to the next; NULL: none */
  gint64 create_ms;
  gint64 due_ms;
  gint64 tries;          /* claims so far; names the latest one */
  const char *waits_for; /* why it is not done yet, for people; NULL: not known */
} ErrandRecord;

typedef struct {
  gsize n;
  ErrandRecord **items;
} ErrandRecordList;

/* Sets owner, ordinal, kind, request, create_ms, due_ms. One that is there is replaced, and its claims are void. */
gboolean errand_record_put (StoreTx *tx, const ErrandRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean errand_record_get (StoreTx *tx, const char *owner_id, gint64 ordinal, ErrandKind kind,
                            Arena *arena, ErrandRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Those that an owner has beside those for its targets. */
gboolean errand_record_of_owner (StoreTx *tx, const char *owner_id, Arena *arena,
                                 ErrandRecordList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The earliest ones of a kind, due or not, by time. */
gboolean errand_record_earliest (StoreTx *tx, ErrandKind kind, gsize limit, Arena *arena,
                                 ErrandRecordList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes it if it is due and as it was read: then it is due again at lease_until_ms, and record is as the row. *out_claimed
 * FALSE: another has it. */
gboolean errand_record_claim (StoreTx *tx, ErrandRecord *record, gint64 now_ms,
                              gint64 lease_until_ms, gboolean *out_claimed, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Makes a claim last longer; then record is as the row. *out_renewed FALSE: it is settled, or another's, or somebody wants it
 * sooner. */
gboolean errand_record_renew (StoreTx *tx, ErrandRecord *record, gint64 lease_until_ms,
                              gboolean *out_renewed, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes due_ms, state_json and waits_for; only if the row is still of record's claim. */
gboolean errand_record_put_off (StoreTx *tx, const ErrandRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* All are due by due_ms, those that somebody has claimed too. */
gboolean errand_record_hasten_all (StoreTx *tx, gint64 due_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* One that is not there is ignored. */
gboolean errand_record_delete (StoreTx *tx, const char *owner_id, gint64 ordinal, ErrandKind kind,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean errand_record_delete_all (StoreTx *tx, const char *owner_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
