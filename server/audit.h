#pragma once

#include "server/api-call.h"
#include "store/records/audit-event.h"

/* The audit: every call that changes something, or was refused when it tried, leaves one event in CloudTrail's shape (who,
 * from where, what, and the answer), in the store. The event of a change is written in the change's own transaction, so
 * there is neither a change without its event nor an event without its change.
 *
 * Recorded is every authenticated call of a writing operation of the services for people and tools. What hosts report is
 * not: it is the deployment's own history. Requests whose signature does not hold are in the log only: anybody could
 * fill the store with them.
 *
 * Secrets are hidden (shapes that the API's facts call sensitive).
 *
 * Threads: functions with a tx run inside a store work. */

typedef enum {
  AUDIT_MANAGEMENT, /* of things that are configured */
  AUDIT_DATA        /* of the objects in a bucket */
} AuditCategory;

/* What an event tells, whatever the protocol was. Everything is borrowed; NULL where there is nothing to tell. */
typedef struct {
  const Caller *caller;
  const ArnScope *scope;
  const char *event_source; /* "codedeploy.amazonaws.com" */
  const char *event_name;   /* of the operation */
  AuditCategory category;
  gboolean read_only;
  const char *request_json; /* without secrets */
  const char *response_json;
  const char *error_code;
  const char *error_message;
  const char *request_id;
  gint64 now_ms;
  gsize n_resources;
  const AuditResource *resources;
} AuditDeed;

/* What deeds have in common; constant after start. */
typedef struct {
  const Ambient *ambient;
  gint64 keep_days; /* 0: for ever */
} AuditRules;

/* The event as JSON text, in arena. id: the event's. */
const char *audit_event_json (const AuditDeed *deed, const char *id, Arena *arena);

gboolean audit_write (StoreTx *tx, const AuditRules *rules, const AuditDeed *deed, Arena *arena,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What somebody does beside the server, who has the data folder and needs no key: the account's root, from "local". */
typedef struct {
  const ArnScope *scope;
  const char *event_name;
  const char *request_json; /* without secrets */
  gint64 now_ms;
  gsize n_resources;
  const AuditResource *resources;
} AuditLocalDeed;
gboolean audit_write_local (StoreTx *tx, const AuditRules *rules, const AuditLocalDeed *deed,
                            Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Is the operation of a reading kind, going by its name? */
gboolean audit_is_read_only (const ApiOperation *op);
/* Does a call of this operation leave an event? mode: of its action. */
gboolean audit_is_recorded (const ApiOperation *op, StoreMode mode);

/* The event of a call: failure NULL when it succeeded with this output. A call that was refused before its input was
 * understood has none. */
gboolean audit_write_call (const ApiCall *call, gconstpointer output, const GError *failure,
                           StoreTx *tx, GError **error) G_GNUC_WARN_UNUSED_RESULT;
