#pragma once

#include "core/arena.h"
#include "core/enum-names.h"
#include "store/store.h"

/* Lists of hosts, as rows: what another service said of a deployment's instances, or which hosts a deployment is for.
 * Conventions as in application.h. */

/* Names are kept in the store. */
#define FLEET_SIDE_LIST(X)                                                                         \
  X (FLEET_ORIGINAL, "original") /* EC2 instances that the group selects */                        \
  X (FLEET_REPLACEMENT,                                                                            \
     "replacement")      /* those that the deployment brings in their place (deployments.md 5) */  \
  X (FLEET_ONLY, "only") /* of all that are selected, the deployment is for these */

ENUM_NAMES_TYPE (FleetSide, FLEET_SIDE_LIST);
ENUM_NAMES_DECLARE (FleetSide, fleet_side)

typedef struct {
  const char *name;      /* an EC2 instance's id; a registered instance's name */
  const char *arn;       /* what its agent calls itself */
  const char *zone;      /* Availability Zone; NULL: none */
  const char *tags_json; /* an object of texts; NULL: none */
} FleetInstance;

typedef struct {
  gsize n;
  FleetInstance **items; /* each name once */
} FleetInstanceList;

/* In place of an earlier list. Of two of the same name, the first counts. */
gboolean fleet_record_put (StoreTx *tx, const char *owner_id, FleetSide side,
                           const FleetInstanceList *list, gint64 now_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* In order of the names. *out_list_ms: when it was made; 0: there is none. */
gboolean fleet_record_get (StoreTx *tx, const char *owner_id, FleetSide side, Arena *arena,
                           FleetInstanceList *out, gint64 *out_list_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* All lists of the owner. */
gboolean fleet_record_delete (StoreTx *tx, const char *owner_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
