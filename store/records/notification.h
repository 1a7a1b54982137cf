#pragma once

#include "core/arena.h"
#include "store/store.h"

/* Notifications, as rows: what is to be told to somebody outside, until it was (at least once), and who listens to a deployment.
 * Conventions as in application.h.
 *
 * The notifications of one deployment for one sink are a line: only its first one that is not dead is due, and the next one comes
 * to be due when it was delivered, given up or dropped. So order is kept, and looking for work costs the same
 * however long a line is. */

typedef struct {
  const char *id; /* an UUID; receivers know by it what they have had */
  const char *deployment_id;
  const char *sink;         /* a trigger's target, or the name of a receiver of all events */
  const char *trigger_name; /* NULL: no trigger's */
  const char *event;        /* a name of core/announcement.h */
  const char *fact_json;    /* what happened: see server/engine/announce.c */
  gint64 seq;               /* place in its line; set by put */
  gint64 create_ms;
  gint64 since_ms;     /* since when it is tried: create_ms, or that of the latest retry */
  gint64 due_ms;       /* 0: not the first of its line, or dead */
  gint64 tries;        /* claims; names the latest one */
  gint64 failures;     /* since since_ms */
  const char *failure; /* why the last try failed; NULL */
  gint64 dead_ms;      /* given up since; 0: not */
} NotificationRecord;

typedef struct {
  gsize n;
  NotificationRecord **items;
} NotificationRecordList;

/* Appends it to its line. Read are id, deployment_id, sink, trigger_name, event, fact_json, create_ms. */
gboolean notification_record_put (StoreTx *tx, const NotificationRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean notification_record_get (StoreTx *tx, const char *id, Arena *arena,
                                  NotificationRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The first ones to be due, due or not, by time. */
gboolean notification_record_earliest (StoreTx *tx, gsize limit, Arena *arena,
                                       NotificationRecordList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The first of record's line that is not dead; NULL: none. */
gboolean notification_record_first_of_line (StoreTx *tx, const NotificationRecord *record,
                                            Arena *arena, NotificationRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
NotificationRecord *notification_record_copy (const NotificationRecord *record, Arena *arena);
/* Takes it if it is due and as it was read: then it is due again at lease_until_ms. *out_claimed FALSE: another has it. */
gboolean notification_record_claim (StoreTx *tx, NotificationRecord *record, gint64 now_ms,
                                    gint64 lease_until_ms, gboolean *out_claimed, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Makes a claim last longer; then record is as the row. *out_renewed FALSE: it is settled, or another's, or somebody wants it
 * sooner. */
gboolean notification_record_renew (StoreTx *tx, NotificationRecord *record, gint64 lease_until_ms,
                                    gboolean *out_renewed, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* What is due by before_ms, as claimed ones are, is due at now_ms. */
gboolean notification_record_hasten (StoreTx *tx, gint64 now_ms, gint64 before_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* It was delivered, or is not wanted any more: it goes, and the next of its line is due now. One that is gone is ignored. */
gboolean notification_record_delete (StoreTx *tx, const NotificationRecord *record, gint64 now_ms,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A claimed one is tried again at due_ms; failures and failure are written. Nothing happens if another has claimed it since. */
gboolean notification_record_put_off (StoreTx *tx, const NotificationRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* A claimed one is given up: failures and failure are written, and the next of its line is due now. Likewise. */
gboolean notification_record_bury (StoreTx *tx, const NotificationRecord *record, gint64 now_ms,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Tries anew: one that is dead goes to the end of its line, one that is being tried is due now. *out_due: whether it is. */
gboolean notification_record_retry (StoreTx *tx, const NotificationRecord *record, gint64 now_ms,
                                    gboolean *out_due, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Those that have been dead since before a time go. */
gboolean notification_record_forget_dead (StoreTx *tx, gint64 before_ms, gint64 *out_n,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A page, oldest first. */
typedef struct {
  const char *deployment_id; /* NULL: of all */
  gboolean only_dead;
  gint64 after_ms; /* the last of the page before: its time and id; NULL id: first page */
  const char *after_id;
  gsize limit;
} NotificationQuery;
gboolean notification_record_list (StoreTx *tx, const NotificationQuery *query, Arena *arena,
                                   NotificationRecordList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* ---- who listens ---- */
typedef struct {
  const char *deployment_id;
  gint64 ordinal;
  const char *sink;
  const char *trigger_name; /* NULL: no trigger */
  gint64 events;            /* bits of core/announcement.h */
} ListenerRecord;

typedef struct {
  gsize n;
  ListenerRecord **items;
} ListenerRecordList;

gboolean listener_record_insert (StoreTx *tx, const ListenerRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean listener_record_list (StoreTx *tx, const char *deployment_id, Arena *arena,
                               ListenerRecordList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean listener_record_delete_all (StoreTx *tx, const char *deployment_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
