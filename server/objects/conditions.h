#pragma once

#include <glib.h>

/* What a conditional request says about an object: RFC 9110, 13, and S3's order of precedence (an entity tag decides, a
 * time only without one). Pure; any thread. */
typedef struct {
  const char *if_match; /* the headers' values; NULL: not there */
  const char *if_none_match;
  const char *if_modified_since; /* times that cannot be read count as not there, as HTTP asks */
  const char *if_unmodified_since;
} Conditions;

typedef enum {
  CONDITIONS_HOLD,
  CONDITIONS_FAILED,      /* 412 */
  CONDITIONS_NOT_MODIFIED /* 304 for a read; 412 for the source of a copy */
} ConditionsVerdict;

/* etag without quotes. *out_failed (on anything but HOLD): the HTTP name of the condition that did not hold. */
ConditionsVerdict conditions_judge (const Conditions *conditions, const char *etag,
                                    gint64 modified_ms, const char **out_failed);

/* Does a list of entity tags ("a", W/"b", c, or *) hold ours? */
gboolean conditions_list_has_etag (const char *list, const char *etag);
