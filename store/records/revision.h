#pragma once

#include "core/arena.h"
#include "store/store.h"

/* Registered revisions of applications, as rows. Conventions as in application.h.
 *
 * A revision is named by its application's id and a number that counts up, from 1, in order of registration.
 * Its identity is text that is equal for two locations exactly when they are the same revision (core/revision.h
 * makes it); location_json is the API's RevisionLocation in full. */

typedef struct {
  const char *application_id;
  gint64 number;
  const char *identity;
  const char *s3_bucket; /* NULL unless the revision is an S3 one */
  const char *s3_key;
  const char *location_json;
  const char *description; /* NULL: none */
  gint64 register_ms;
  gint64 first_used_ms; /* 0: never used by a deployment */
  gint64 last_used_ms;
} RevisionRecord;

typedef struct {
  gsize n;
  RevisionRecord **items;
} RevisionRecordList;

/* Registers wanted (its number and used times are ignored), or finds the one with its identity: that one keeps
 * its registration time, and its description unless wanted has one and flags say so. *out is what the row says
 * now. */
typedef enum {
  REVISION_KEEP_DESCRIPTION,
  REVISION_REPLACE_DESCRIPTION
} RevisionPut;
gboolean revision_record_put (StoreTx *tx, const RevisionRecord *wanted, RevisionPut mode,
                              Arena *arena, RevisionRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

gboolean revision_record_by_identity (StoreTx *tx, const char *application_id, const char *identity,
                                      Arena *arena, RevisionRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean revision_record_by_number (StoreTx *tx, const char *application_id, gint64 number,
                                    Arena *arena, RevisionRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A deployment created at used_ms uses it: sets the last use, and the first if there was none. */
gboolean revision_record_mark_used (StoreTx *tx, const char *application_id, gint64 number,
                                    gint64 used_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What a page of the list holds and where it begins. */
typedef enum {
  REVISION_SORT_NUMBER, /* order of registration */
  REVISION_SORT_REGISTER_TIME,
  REVISION_SORT_FIRST_USED, /* never used sorts as the latest */
  REVISION_SORT_LAST_USED,
  REVISION_N_SORTS
} RevisionSort;
typedef enum {
  REVISION_ASCENDING,
  REVISION_DESCENDING,
  REVISION_N_ORDERS
} RevisionOrder;
typedef enum {
  REVISION_DEPLOYED_IGNORE,
  REVISION_DEPLOYED_INCLUDE, /* only target revisions of some living group */
  REVISION_DEPLOYED_EXCLUDE
} RevisionDeployed;
typedef struct {
  const char *application_id;
  RevisionSort sort;
  RevisionOrder order;
  const char *s3_bucket;     /* NULL: any */
  const char *s3_key_prefix; /* NULL: any */
  RevisionDeployed deployed;
  gint64 after_key;    /* revision_record_sort_key of the last one of the page before */
  gint64 after_number; /* and its number; 0: from the start */
  gsize limit;
} RevisionQuery;
gint64 revision_record_sort_key (const RevisionRecord *record, RevisionSort sort);
gboolean revision_record_list (StoreTx *tx, const RevisionQuery *query, Arena *arena,
                               RevisionRecordList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
