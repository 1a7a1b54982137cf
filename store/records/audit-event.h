#pragma once

#include "core/arena.h"
#include "store/store.h"

/* The audit: events in CloudTrail's shape, as rows that are written once.
 *
 * Every function runs inside a work (see store.h), on its thread; strings of a record live in the caller's arena. */

typedef struct {
  const char *type; /* "AWS::CodeDeploy::Application" */
  const char *name;
} AuditResource;

typedef struct {
  const char *id; /* a UUID */
  gint64 time_ms;
  const char *source; /* "codedeploy.amazonaws.com" */
  const char *name;   /* of the operation */
  gboolean read_only;
  const char *user_name;
  const char *access_key_id;
  const char *error_code;  /* NULL: the call succeeded */
  const char *record_json; /* the whole event */
  gsize n_resources;
  const AuditResource *resources; /* a type and a name stand in it once */
} AuditEvent;

gboolean audit_event_record_insert (StoreTx *tx, const AuditEvent *event, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Removes at most limit of the oldest events that are older than before_ms. */
gboolean audit_event_record_purge (StoreTx *tx, gint64 before_ms, gint64 limit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Which events, newest first. What is NULL does not matter; all of the rest must hold. */
typedef struct {
  gint64 from_ms; /* inclusive */
  gint64 to_ms;   /* inclusive */
  const char *id, *source, *name, *user_name, *access_key_id, *resource_type, *resource_name;
  const gboolean *read_only;
  gint64 after_ms;      /* where the page before ended */
  const char *after_id; /* NULL: the first page */
  gsize limit;
} AuditQuery;

typedef struct {
  gsize n;
  AuditEvent **items;
} AuditEventList;

gboolean audit_event_record_list (StoreTx *tx, const AuditQuery *query, Arena *arena,
                                  AuditEventList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
