#pragma once

#include "server/engine/engine.h"
#include "store/records/errand.h"

/* The engine's errands: what it wants asked of, or told to, services outside (balancers, alarms, fleets), and what becomes of
 * the answers. The engine writes an errand in the transaction that wants it; who performs it is none of its business: in
 * the server a runner with threads (server/errand-runner.h), in tests and simulations anyone with this interface.
 *
 *   claim  ->  perform, outside of any transaction, at least once  ->  settle
 *
 * An errand is level-triggered: it says how things shall be, not what to do, so that doing it again does no harm. One
 * that has to wait for something (connections to drain, a host to become healthy) is not held open: it says what it waits
 * for, and is performed again a little later.
 *
 * Functions with a tx run inside a store work. */

typedef enum {
  ERRAND_DONE,    /* it is as it shall be; answer_json may tell more */
  ERRAND_NOT_YET, /* looked at again after again_ms: it waits for message, or a failure may pass */
  ERRAND_REFUSED /* it cannot be done, and trying again does not help: why is in code and message */
} ErrandOutcome;

typedef struct {
  ErrandOutcome outcome;
  gint64 again_ms;
  const char *message;     /* for people; no secrets */
  DeploymentError code;    /* of REFUSED: what a deployment that this ends, ends with */
  const char *answer_json; /* of DONE; kind by kind */
  const char *state_json;  /* of NOT_YET: given again at the next try; NULL keeps what there is */
} ErrandResult;

/* An errand that asks only, performed once for somebody who waits for what it comes to, without a row (server/errand-reader.h). */
typedef struct {
  ErrandKind kind;
  const char *request_json;
  ErrandResult result;
} ErrandReading;

typedef struct ErrandReadingList {
  gsize n;
  ErrandReading *items;
} ErrandReadingList;

#define ERRAND_KIND_BIT(kind) (1u << (kind))
#define ERRAND_ALL_KINDS      (ERRAND_KIND_BIT (ERRAND_N_KINDS) - 1)

typedef struct {
  guint kinds; /* bits */
  gsize limit;
  gint64 now_ms;
  gint64 lease_ms;
} ErrandClaim;

/* Takes errands of these kinds that are due at now_ms, the earliest ones, at most limit; each is the caller's for lease_ms.
 * *out_next_ms: when the first of the others of these kinds is due; -1: there is none. */
gboolean engine_errands_claim (Engine *engine, StoreTx *tx, const ErrandClaim *claim, Arena *arena,
                               ErrandRecordList *out, gint64 *out_next_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* What a claimed errand came to. A result of an errand that is gone, or that another has claimed since, is dropped. */
gboolean engine_errand_settle (Engine *engine, StoreTx *tx, const ErrandRecord *errand,
                               const ErrandResult *result, gint64 now_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
