#include "server/integrations/alarm-reader.h"

#include "proto/json-doc.h"

#include <string.h>

/* Alarms that could not be read are asked for again after; those that there was no time for at once. */
#define AGAIN_MS      2000
#define LATE_AGAIN_MS 1
/* So long what an earlier try has read counts. */
#define KEPT_MS (30 * 1000)

struct AlarmReader {
  AlarmReaderConfig config;
};

AlarmReader *
alarm_reader_new (const AlarmReaderConfig *config)
{
  AlarmReader *reader = g_new (AlarmReader, 1);
  reader->config = *config;
  return reader;
}

void
alarm_reader_free (AlarmReader *reader)
{
  g_free (reader);
}

typedef struct {
  const char *name; /* as deployments call it */
  AlarmSettings settings;
  gboolean is_read; /* or means nothing: no driver is asked */
  AlarmReading reading;
} Asked;

/* One try. */
typedef struct {
  const AlarmReader *reader;
  gint64 now_ms, since_ms; /* since when what is kept counts */
  gint64 end_us;
  Arena *arena;
  Asked *asked;
  gsize n;
} Try;

/* The alarms of a request, with what their names mean; those that mean nothing are read already. */
static void
find_alarms (Try *try, const json_t *names)
{
  try->n = json_array_size (names);
  try->asked = arena_new0_n (try->arena, Asked, MAX (try->n, 1));
  for (gsize i = 0; i < try->n; i++) {
    Asked *asked = &try->asked[i];
    g_autoptr (GError) error = NULL;
    asked->name = arena_strdup (try->arena, json_string_value (json_array_get (names, i)));
    if (asked->name == NULL)
      asked->name = "";
    asked->is_read = !integrations_find_alarm (try->reader->config.integrations, asked->name,
                                               &asked->settings, &error);
    if (asked->is_read)
      asked->reading = (AlarmReading){ ALARM_UNKNOWN, arena_strdup (try->arena, error->message) };
  }
}

static void
take_kept (Try *try, const json_t *names, AlarmState state)
{
  for (gsize k = 0; k < json_array_size (names); k++) {
    const char *name = json_string_value (json_array_get (names, k));
    for (gsize i = 0; i < try->n; i++)
      if (!try->asked[i].is_read && g_strcmp0 (try->asked[i].name, name) == 0) {
        try->asked[i].is_read = TRUE;
        try->asked[i].reading = (AlarmReading){ state, NULL };
      }
  }
}

/* What an earlier try has read. */
static void
take_state (Try *try, const char *state_json)
{
  g_autoptr (json_t) state =
      state_json == NULL ? NULL : json_doc_parse (state_json, strlen (state_json), NULL, NULL);
  gint64 since_ms = json_integer_value (json_object_get (state, "sinceMs"));
  try->since_ms = try->now_ms;
  if (since_ms > try->now_ms || try->now_ms - since_ms > KEPT_MS)
    return;
  try->since_ms = since_ms;
  take_kept (try, json_object_get (state, "quiet"), ALARM_QUIET);
  take_kept (try, json_object_get (state, "insufficient"), ALARM_NO_DATA);
}

static void
read_driver (Try *try, AlarmDriver driver)
{
  const AlarmSlot *slot = &try->reader->config.drivers[driver];
  const AlarmSettings **settings = arena_new0_n (try->arena, const AlarmSettings *, try->n + 1);
  Asked **mine = arena_new0_n (try->arena, Asked *, try->n + 1);
  gsize n_mine = 0;
  for (gsize i = 0; i < try->n; i++)
    if (!try->asked[i].is_read && try->asked[i].settings.driver == driver) {
      mine[n_mine] = &try->asked[i];
      settings[n_mine++] = &try->asked[i].settings;
    }
  if (n_mine == 0)
    return;
  AlarmReading *readings = arena_new0_n (try->arena, AlarmReading, n_mine);
  for (gsize i = 0; i < n_mine; i++)
    readings[i] = (AlarmReading){ ALARM_UNKNOWN, "this server has no driver for it" };
  if (slot->ops != NULL)
    slot->ops->read (slot->ctx, settings, n_mine, try->end_us, try->arena, readings);
  for (gsize i = 0; i < n_mine; i++)
    mine[i]->reading = readings[i];
}

static json_t *
names_in_state (const Try *try, AlarmState state)
{
  const Asked *asked = try->asked;
  json_t *list = json_array ();
  for (gsize i = 0; i < try->n; i++) {
    if (asked[i].reading.state != state)
      continue;
    g_autoptr (GString) text = g_string_new (asked[i].name);
    if (asked[i].reading.why != NULL)
      g_string_append_printf (text, ": %s", asked[i].reading.why);
    g_autofree char *valid = g_utf8_make_valid (text->str, (gssize)text->len);
    json_array_append_new (list, json_string (valid));
  }
  return list;
}

static char *
join (const json_t *list, Arena *arena)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (gsize i = 0; i < json_array_size (list); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "; " : "",
                            json_string_value (json_array_get (list, i)));
  return arena_strdup (arena, text->str);
}

static char *
dump (const json_t *object, Arena *arena)
{
  char *text = json_dumps (object, JSON_COMPACT);
  g_assert (text != NULL); /* all of it was made valid */
  char *kept = arena_strdup (arena, text);
  free (text);
  return kept;
}

/* What was read is kept only where the time was too short for all: otherwise all are read anew. */
static void
wait_for_others (const Try *try, const json_t *later, json_t *quiet, json_t *silent,
                 ErrandResult *out)
{
  gboolean late = ambient_monotonic_us (try->reader->config.ambient) >= try->end_us;
  *out = (ErrandResult){ .outcome = ERRAND_NOT_YET,
                         .again_ms = late ? LATE_AGAIN_MS : AGAIN_MS,
                         .message = join (later, try->arena) };
  if (!late)
    return;
  g_autoptr (json_t) state = json_pack ("{s:I, s:O, s:O}", "sinceMs", (json_int_t)try->since_ms,
                                        "quiet", quiet, "insufficient", silent);
  out->state_json = dump (state, try->arena);
}

static void
conclude (const Try *try, ErrandResult *out)
{
  g_autoptr (json_t) active = names_in_state (try, ALARM_ACTIVE);
  g_autoptr (json_t) unknown = names_in_state (try, ALARM_UNKNOWN);
  g_autoptr (json_t) silent = names_in_state (try, ALARM_NO_DATA);
  g_autoptr (json_t) quiet = names_in_state (try, ALARM_QUIET);
  g_autoptr (json_t) later = names_in_state (try, ALARM_UNREADABLE);
  if (json_array_size (active) + json_array_size (unknown) == 0 && json_array_size (later) > 0) {
    wait_for_others (try, later, quiet, silent, out);
    return;
  }
  g_autoptr (json_t) answer =
      json_pack ("{s:O, s:O, s:O}", "active", active, "unknown", unknown, "insufficient", silent);
  *out = (ErrandResult){ .outcome = ERRAND_DONE, .answer_json = dump (answer, try->arena) };
}

void
alarm_reader_perform (gpointer data, const ErrandRecord *errand, gint64 end_us, Arena *arena,
                      ErrandResult *out)
{
  const AlarmReader *reader = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) request =
      json_doc_parse (errand->request_json, strlen (errand->request_json), NULL, &error);
  if (request == NULL) {
    *out = (ErrandResult){ .outcome = ERRAND_REFUSED,
                           .code = DEPLOYMENT_ERROR_INTERNAL_ERROR,
                           .message = arena_strdup (arena, error->message) };
    return;
  }
  Try try = { .reader = reader,
              .now_ms = ambient_now_ms (reader->config.ambient),
              .end_us = end_us,
              .arena = arena };
  find_alarms (&try, json_object_get (request, "alarms"));
  take_state (&try, errand->state_json);
  for (guint driver = 0; driver < G_N_ELEMENTS (reader->config.drivers); driver++)
    read_driver (&try, (AlarmDriver)driver);
  conclude (&try, out);
}
