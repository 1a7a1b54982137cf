#include "cli/wave-text.h"

#include <string.h>

#include "cli/exit-status.h"

static gboolean
refuse (const char *text, GError **error)
{
  g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE,
               "--wave \"%s\": expected HOSTS or NAME:HOSTS, where HOSTS is a number, a percentage "
               "(25%%), KEY=VALUE of a tag or rest; then, after commas, success=PERCENT, "
               "error=PERCENT, wait=SECONDS or approval",
               text);
  return FALSE;
}

static gboolean
read_number (const char *text, Arena *arena, const gint64 **out)
{
  gint64 number;
  if (!g_ascii_string_to_signed (text, 10, 0, G_MAXINT32, &number, NULL)) {
    return FALSE;
  }
  *out = arena_int64 (arena, number);
  return TRUE;
}

static const ApiTagFilterList *
one_filter (const char *text, Arena *arena)
{
  const char *equals = strchr (text, '=');
  ApiTagFilter *filter = arena_new0 (arena, ApiTagFilter);
  filter->key = arena_strndup (arena, text, (gsize)(equals - text));
  filter->value = arena_strdup (arena, equals + 1);
  filter->type = "KEY_AND_VALUE";
  ApiTagFilterList *list = arena_new0 (arena, ApiTagFilterList);
  list->n = 1;
  list->items = arena_new0_n (arena, const ApiTagFilter *, 1);
  list->items[0] = filter;
  return list;
}

static gboolean
read_hosts (const char *text, Arena *arena, ApiWave *out)
{
  gsize length = strlen (text);
  if (g_str_equal (text, "rest")) {
    return TRUE;
  }
  if (strchr (text, '=') != NULL) {
    out->tag_filters = one_filter (text, arena);
    return text[0] != '=';
  }
  if (length > 1 && text[length - 1] == '%') {
    return read_number (arena_strndup (arena, text, length - 1), arena, &out->percentage);
  }
  return read_number (text, arena, &out->count);
}

static gboolean
read_more (const char *text, Arena *arena, ApiWave *out)
{
  if (g_str_equal (text, "approval")) {
    out->approval = arena_bool (arena, TRUE);
    return TRUE;
  }
  if (g_str_has_prefix (text, "success=")) {
    return read_number (text + strlen ("success="), arena, &out->success_percentage);
  }
  if (g_str_has_prefix (text, "error=")) {
    return read_number (text + strlen ("error="), arena, &out->error_percentage);
  }
  return g_str_has_prefix (text, "wait=") &&
         read_number (text + strlen ("wait="), arena, &out->wait_in_seconds);
}

static gboolean
read_wave (const char *text, Arena *arena, ApiWave *out, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  const char *hosts = parts[0];
  if (hosts == NULL) {
    return refuse (text, error);
  }
  const char *colon = strchr (hosts, ':');
  if (colon != NULL) {
    out->name = arena_strndup (arena, hosts, (gsize)(colon - hosts));
    hosts = colon + 1;
  } else if (g_str_equal (hosts, "rest")) {
    out->name = "rest";
  }
  if (!read_hosts (hosts, arena, out)) {
    return refuse (text, error);
  }
  for (gsize i = 1; parts[i] != NULL; i++) {
    if (!read_more (parts[i], arena, out)) {
      return refuse (text, error);
    }
  }
  return TRUE;
}

gboolean
wave_text_read (char **texts, Arena *arena, const ApiWaveList **out, GError **error)
{
  *out = NULL;
  if (texts == NULL) {
    return TRUE;
  }
  ApiWaveList *list = arena_new0 (arena, ApiWaveList);
  list->n = g_strv_length (texts);
  list->items = arena_new0_n (arena, const ApiWave *, list->n);
  for (gsize i = 0; i < list->n; i++) {
    ApiWave *wave = arena_new0 (arena, ApiWave);
    if (!read_wave (texts[i], arena, wave, error)) {
      return FALSE;
    }
    list->items[i] = wave;
  }
  *out = list;
  return TRUE;
}
