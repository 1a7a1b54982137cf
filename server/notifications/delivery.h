#pragma once

#include "core/ambient.h"
#include "store/records/notification.h"

/* The two transactions of a delivery: notifications that are due are claimed for a while, and what became of one is settled. Between
 * them somebody delivers: threads of the courier (courier.h), or whoever simulates them. Where the second is never made, or not kept, the
 * notification is delivered again when its lease is over.
 *
 * Functions run inside a store work. */

/* At most limit, for lease_ms, in arena. *out_next_ms: when the first of the others is due; -1: there is none. */
gboolean delivery_claim (StoreTx *tx, gsize limit, gint64 now_ms, gint64 lease_ms, Arena *arena,
                         NotificationRecordList *out, gint64 *out_next_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  gint64 give_up_ms;    /* so long after it was written, or tried anew */
  gint64 give_up_tries; /* or after so many tries */
} DeliveryPatience;

typedef enum {
  DELIVERY_TAKEN,   /* it is gone */
  DELIVERY_PUT_OFF, /* it is tried again at again_ms */
  DELIVERY_GIVEN_UP /* it is a dead letter now */
} DeliveryEnd;

typedef struct {
  DeliveryEnd end;
  gint64 again_ms;
  NotificationRecord *next; /* claimed, in arena; NULL: none */
} DeliveryResult;

/* What a claimed one came to. failure: why it was not taken; NULL: it was. next_lease_ms: the next of its line is claimed with
 * the end of one that was taken, for so long; 0: it is not. A failure of one that another has claimed since changes
 * nothing. */
gboolean delivery_settle (StoreTx *tx, const DeliveryPatience *patience, const Ambient *ambient,
                          const NotificationRecord *record, const char *failure,
                          gint64 next_lease_ms, gint64 now_ms, Arena *arena, DeliveryResult *out,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* How long to wait after so many failures in a row: 1 s, 2 s, 4 s ... 5 minutes, each a quarter more or less. */
gint64 delivery_pause_ms (const Ambient *ambient, gint64 failures);
