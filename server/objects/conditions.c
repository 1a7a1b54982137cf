#include "server/objects/conditions.h"

#include <string.h>

#include "core/time-iso8601.h"

gboolean
conditions_list_has_etag (const char *list, const char *etag)
{
  gsize wanted = strlen (etag);
  for (const char *at = list; *at != '\0';) {
    at += strspn (at, ", \t");
    gsize length = strcspn (at, ",");
    const char *tag = at;
    gsize n = length;
    while (n > 0 && g_ascii_isspace (tag[n - 1]))
      n--;
    if (n >= 2 && tag[0] == 'W' && tag[1] == '/') {
      tag += 2;
      n -= 2;
    }
    if (n >= 2 && tag[0] == '"' && tag[n - 1] == '"') {
      tag++;
      n -= 2;
    }
    if ((n == 1 && *tag == '*') || (n == wanted && memcmp (tag, etag, n) == 0))
      return TRUE;
    at += length;
  }
  return FALSE;
}

static gboolean
read_time (const char *value, gint64 *out_ms)
{
  return value != NULL && time_parse_http (value, out_ms);
}

ConditionsVerdict
conditions_judge (const Conditions *conditions, const char *etag, gint64 modified_ms,
                  const char **out_failed)
{
  gint64 modified = modified_ms / 1000 * 1000; /* HTTP's times are whole seconds */
  gint64 time_ms;
  if (conditions->if_match != NULL) {
    *out_failed = "If-Match";
    if (!conditions_list_has_etag (conditions->if_match, etag))
      return CONDITIONS_FAILED;
  } else if (read_time (conditions->if_unmodified_since, &time_ms) && modified > time_ms) {
    *out_failed = "If-Unmodified-Since";
    return CONDITIONS_FAILED;
  }
  if (conditions->if_none_match != NULL) {
    *out_failed = "If-None-Match";
    if (conditions_list_has_etag (conditions->if_none_match, etag))
      return CONDITIONS_NOT_MODIFIED;
  } else if (read_time (conditions->if_modified_since, &time_ms) && modified <= time_ms) {
    *out_failed = "If-Modified-Since";
    return CONDITIONS_NOT_MODIFIED;
  }
  return CONDITIONS_HOLD;
}
