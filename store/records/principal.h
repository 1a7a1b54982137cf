#pragma once

#include "core/arena.h"
#include "core/enum-names.h"
#include "store/store.h"

/* Principals, as rows: who may sign requests.
 *
 * Every function runs inside a work (see store.h), on its thread. Lookups return TRUE with *out NULL when there is
 * no such row; strings of a record live in the caller's arena. */

#define PRINCIPAL_KIND_LIST(X)                                                                     \
  X (PRINCIPAL_ADMINISTRATOR, "administrator") /* everything */                                    \
  X (PRINCIPAL_HOST, "host")                   /* host commands as itself, and reading objects */

ENUM_NAMES_TYPE (PrincipalKind, PRINCIPAL_KIND_LIST);
ENUM_NAMES_DECLARE (PrincipalKind, principal_kind)

typedef struct {
  const char *arn; /* arn:aws:iam::<account>:user<path><name>; of a host: also its HostIdentifier */
  PrincipalKind kind;
  const char *path; /* begins and ends with '/' */
  const char *name;
  gint64 create_ms;
} Principal;

/* Adds the principal if there is none with its ARN; an existing one keeps what it is. */
gboolean principal_record_ensure (StoreTx *tx, const Principal *principal, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean principal_record_by_arn (StoreTx *tx, const char *arn, Arena *arena, Principal **out,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* With all its access keys. *out_deleted FALSE: there was none. */
gboolean principal_record_delete (StoreTx *tx, const char *arn, gboolean *out_deleted,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
