#include "server/actions/wave-rules.h"

#include "proto/api-error.h"
#include "server/actions/tag-rules.h"

#include <string.h>

typedef enum {
  WAVE_OTHERS_FOLLOW,
  WAVE_LAST
} WavePlace;

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (GError **error, const Wave *wave, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  api_error_set (error, API_ERR_INVALID_INPUT, "Wave %s %s", wave->name, text);
  return FALSE;
}

static gboolean
read_last (const ApiWave *given, Wave *out, GError **error)
{
  out->hosts = WAVE_REST;
  if (given->tag_filters != NULL || given->percentage != NULL || given->count != NULL)
    return refuse (error, out,
                   "is the last one, which takes all hosts that are left: leave out tagFilters, "
                   "percentage and count, or add a wave behind it");
  if (out->wait_s > 0 || out->approval)
    return refuse (error, out,
                   "is the last one: nothing comes after it that could wait or be approved; leave "
                   "out waitInSeconds and approval, or add a wave behind it");
  return TRUE;
}

static gboolean
read_hosts (const ApiWave *given, Arena *arena, Wave *out, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  int n = (given->tag_filters != NULL) + (given->percentage != NULL) + (given->count != NULL);
  if (n != 1)
    return refuse (error, out, "needs one of tagFilters, percentage and count");
  if (given->percentage != NULL) {
    out->hosts = WAVE_PERCENT;
    out->amount = *given->percentage;
  } else if (given->count != NULL) {
    out->hosts = WAVE_COUNT;
    out->amount = *given->count;
  } else {
    out->hosts = WAVE_TAGS;
    if (given->tag_filters->n == 0)
      return refuse (error, out, "has tagFilters without a filter");
    if (given->tag_filters->n > WAVE_MAX_FILTERS)
      return refuse (error, out, "has %" G_GSIZE_FORMAT " tagFilters, at most %d are allowed",
                     given->tag_filters->n, WAVE_MAX_FILTERS);
    if (!tag_rules_read_filters (given->tag_filters, arena, &out->tags, &wrong))
      return refuse (error, out, "has a filter that cannot be used: %s", wrong->message);
  }
  return TRUE;
}

static gint64
number_or (const gint64 *given, gint64 fallback)
{
  return given != NULL ? *given : fallback;
}

static gboolean
read_wave (const ApiWave *given, gsize index, WavePlace place, Arena *arena, Wave *out,
           GError **error)
{
  *out = (Wave){
    .name = given->name != NULL ? given->name
                                : arena_printf (arena, "wave-%" G_GSIZE_FORMAT, index + 1),
    .success_percent = number_or (given->success_percentage, place == WAVE_LAST ? 0 : 100),
    .error_percent = number_or (given->error_percentage, 100),
    .wait_s = number_or (given->wait_in_seconds, 0),
    .approval = given->approval != NULL && *given->approval,
  };
  return place == WAVE_LAST ? read_last (given, out, error) : read_hosts (given, arena, out, error);
}

gboolean
wave_rules_read (const ApiWaveList *given, Arena *arena, Waves *out, GError **error)
{
  *out = (Waves){ 0, NULL };
  if (given == NULL || given->n == 0)
    return TRUE;
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  out->items = arena_new0_n (arena, Wave, given->n);
  for (gsize i = 0; i < given->n; i++) {
    Wave *wave = &out->items[i];
    if (!read_wave (given->items[i], i, i + 1 < given->n ? WAVE_OTHERS_FOLLOW : WAVE_LAST, arena,
                    wave, error))
      return FALSE;
    if (!g_hash_table_add (names, (gpointer)wave->name))
      return refuse (error, wave, "is there twice: each needs a name of its own");
  }
  out->n = given->n;
  return TRUE;
}
