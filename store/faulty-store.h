#pragma once

#include "core/enum-names.h"
#include "store/store.h"

/* For tests and simulators only: a store that fails when it is told to.
 *
 * It stands before another store. A work runs on it, to its end, on the thread that submits it, whatever its mode, and store_submit
 * returns when its done has: so what happens depends on the order of submission alone. Before each work the owner is
 * asked what is to become of it; and it may look at the database as it is right before a commit.
 *
 * Threads: one. Callbacks (done, on_commit) may submit, and may not wait. */

#define STORE_FAULT_LIST(X)                                                                        \
  X (STORE_FAULT_NONE, "none")                                                                     \
  X (STORE_FAULT_BUSY, "busy")         /* it is not run */                                         \
  X (STORE_FAULT_FULL, "full")         /* it is run and rolled back */                             \
  X (STORE_FAULT_AGAIN, "again")       /* it is run, rolled back, and run again */                 \
  X (STORE_FAULT_UNKNOWN_KEPT, "kept") /* it is committed, and the answer lost */                  \
  X (STORE_FAULT_UNKNOWN_LOST, "lost") /* it is rolled back, and the answer lost */                \
  X (STORE_FAULT_FORGOTTEN,                                                                        \
     "forgotten") /* it is rolled back, and said to be committed: no database \
                                            may do this, and who watches one must notice it */

ENUM_NAMES_TYPE (StoreFault, STORE_FAULT_LIST);
ENUM_NAMES_DECLARE (StoreFault, store_fault)

typedef struct {
  /* What becomes of the next work; of a read anything but NONE is BUSY. */
  StoreFault (*choose) (gpointer owner, StoreMode mode);
  /* A write has succeeded and is about to be committed; called inside its transaction. FALSE with *error: it is not. */
  gboolean (*before_commit) (gpointer owner, StoreTx *tx, StoreFault fault, GError **error);
  gpointer owner;
} StoreFaults;

/* faults is copied; inner is borrowed while the result lives. */
Store *faulty_store_new (Store *inner, const StoreFaults *faults) G_GNUC_WARN_UNUSED_RESULT;
