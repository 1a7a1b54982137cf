#pragma once

#include "core/arena.h"
#include "store/records/name-list.h"
#include "store/records/tag-list.h"
#include "store/store.h"

/* On-premises instances and their tags, as rows. Conventions as in application.h.
 *
 * One row a name: a name that was deregistered and registered again is one instance with a new ARN suffix. Tags
 * exist on registered instances only. */

typedef struct {
  const char *name;
  const char *arn_suffix;   /* ten letters and digits; the ARN ends in instance/<name>_<suffix> */
  const char *iam_user_arn; /* one of the two is set, the other NULL */
  const char *iam_session_arn;
  gint64 register_ms;
  gint64 deregister_ms; /* 0: registered */
} InstanceRecord;

typedef struct {
  gsize n;
  InstanceRecord **items;
} InstanceRecordList;

typedef enum {
  INSTANCE_REGISTERED,
  INSTANCE_NAME_TAKEN, /* these three: by a registered instance; nothing was written */
  INSTANCE_IAM_USER_TAKEN,
  INSTANCE_IAM_SESSION_TAKEN
} InstanceRegister;

gboolean instance_record_register (StoreTx *tx, const InstanceRecord *record,
                                   InstanceRegister *out_result, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Also drops the tags. *out_changed FALSE: no such registered instance. */
gboolean instance_record_deregister (StoreTx *tx, const char *name, gint64 now_ms,
                                     gboolean *out_changed, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Registered or not: see deregister_ms. */
gboolean instance_record_by_name (StoreTx *tx, const char *name, Arena *arena, InstanceRecord **out,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Registered ones only; arn is an IAM user's or a session's. */
gboolean instance_record_by_iam_arn (StoreTx *tx, const char *arn, Arena *arena,
                                     InstanceRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  INSTANCE_FILTER_ANY,
  INSTANCE_FILTER_REGISTERED,
  INSTANCE_FILTER_DEREGISTERED
} InstanceFilter;
/* Names in code point order, after the given one (NULL: from the start), at most limit. With tags (not NULL
 * and not empty) only registered instances that have a tag which any of the filters matches. */
gboolean instance_record_names (StoreTx *tx, InstanceFilter filter, const TagFilterList *tags,
                                const char *after, gsize limit, Arena *arena, NameList *out,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The registered instances that the selector selects, ordered by name. Cost: the rows that match each filter. */
gboolean instance_record_select (StoreTx *tx, const TagSelector *selector, Arena *arena,
                                 InstanceRecordList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Tags in order of key. */
gboolean instance_record_tags (StoreTx *tx, const char *name, Arena *arena, TagList *out,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* An existing key gets the new value. The caller has checked that the instance is registered. */
gboolean instance_record_tag_put (StoreTx *tx, const char *name, const char *key, const char *value,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A pair that is not there is ignored. */
gboolean instance_record_tag_remove (StoreTx *tx, const char *name, const char *key,
                                     const char *value, GError **error) G_GNUC_WARN_UNUSED_RESULT;
