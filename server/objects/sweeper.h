#pragma once

#include "core/ambient.h"
#include "server/log.h"
#include "server/objects/content-store.h"

/* Clears up in the background: once after start, contents that a crash has left without rows; then again and again, multipart
 * uploads that nobody has completed for so long that nobody will.
 *
 * Threads: one of its own. Several servers on one store may do this at the same time. */
typedef struct Sweeper Sweeper;

typedef struct {
  Store *store;
  ContentStore *contents;
  const Ambient *ambient;
  const Log *log;
  gint64 abort_after_ms; /* of an upload, since it began; 0: never */
} SweeperConfig;

/* The configuration's pointers are borrowed until sweeper_stop. */
Sweeper *sweeper_start (const SweeperConfig *config) G_GNUC_WARN_UNUSED_RESULT;
/* Waits for what is under way. Before the content store is freed. NULL is fine. */
void sweeper_stop (Sweeper *sweeper);

/* One round: aborts the uploads that are too old now. Blocks, never on a store thread; ends early when *stop is set. */
gboolean sweeper_abort_uploads (const SweeperConfig *config, const gint *stop, guint *out_aborted,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
