#include "server/integrations/alarm-reader.h"

#include "proto/json-doc.h"

#include <string.h>

/* Alarms that could not be read are asked for again after. */
#define AGAIN_MS 2000

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
  gboolean is_known;
  AlarmReading reading;
} Asked;

/* The alarms of a request, with what their names mean; those that mean nothing are read already. */
static Asked *
find_alarms (const AlarmReader *reader, const json_t *names, gsize n, Arena *arena)
{
  Asked *asked = arena_alloc_n (arena, MAX (n, 1), sizeof (Asked));
  for (gsize i = 0; i < n; i++) {
    g_autoptr (GError) error = NULL;
    asked[i] =
        (Asked){ .name = arena_strdup (arena, json_string_value (json_array_get (names, i))) };
    if (asked[i].name == NULL)
      asked[i].name = "";
    asked[i].is_known = integrations_find_alarm (reader->config.integrations, asked[i].name,
                                                 &asked[i].settings, &error);
    if (!asked[i].is_known)
      asked[i].reading = (AlarmReading){ ALARM_UNKNOWN, arena_strdup (arena, error->message) };
  }
  return asked;
}

static void
read_driver (const AlarmReader *reader, AlarmDriver driver, Asked *asked, gsize n, Arena *arena)
{
  const AlarmSlot *slot = &reader->config.drivers[driver];
  const AlarmSettings **settings = arena_alloc_n (arena, MAX (n, 1), sizeof *settings);
  Asked **mine = arena_alloc_n (arena, MAX (n, 1), sizeof *mine);
  gsize n_mine = 0;
  for (gsize i = 0; i < n; i++)
    if (asked[i].is_known && asked[i].settings.driver == driver) {
      mine[n_mine] = &asked[i];
      settings[n_mine++] = &asked[i].settings;
    }
  if (n_mine == 0)
    return;
  AlarmReading *readings = arena_alloc_n (arena, n_mine, sizeof *readings);
  for (gsize i = 0; i < n_mine; i++)
    readings[i] = (AlarmReading){ ALARM_UNKNOWN, "this server has no driver for it" };
  if (slot->ops != NULL)
    slot->ops->read (slot->ctx, settings, n_mine, arena, readings);
  for (gsize i = 0; i < n_mine; i++)
    mine[i]->reading = readings[i];
}

static json_t *
names_in_state (const Asked *asked, gsize n, AlarmState state)
{
  json_t *list = json_array ();
  for (gsize i = 0; i < n; i++) {
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

static void
conclude (const Asked *asked, gsize n, Arena *arena, ErrandResult *out)
{
  g_autoptr (json_t) active = names_in_state (asked, n, ALARM_ACTIVE);
  g_autoptr (json_t) unknown = names_in_state (asked, n, ALARM_UNKNOWN);
  g_autoptr (json_t) silent = names_in_state (asked, n, ALARM_NO_DATA);
  g_autoptr (json_t) later = names_in_state (asked, n, ALARM_UNREADABLE);
  if (json_array_size (active) + json_array_size (unknown) == 0 && json_array_size (later) > 0) {
    *out = (ErrandResult){ .outcome = ERRAND_NOT_YET,
                           .again_ms = AGAIN_MS,
                           .message = join (later, arena) };
    return;
  }
  g_autoptr (json_t) answer =
      json_pack ("{s:O, s:O, s:O}", "active", active, "unknown", unknown, "insufficient", silent);
  char *text = json_dumps (answer, JSON_COMPACT);
  g_assert (text != NULL); /* all of it was made valid */
  *out = (ErrandResult){ .outcome = ERRAND_DONE, .answer_json = arena_strdup (arena, text) };
  free (text);
}

void
alarm_reader_perform (gpointer data, const ErrandRecord *errand, Arena *arena, ErrandResult *out)
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
  const json_t *names = json_object_get (request, "alarms");
  gsize n = json_array_size (names);
  Asked *asked = find_alarms (reader, names, n, arena);
  for (guint driver = 0; driver < G_N_ELEMENTS (reader->config.drivers); driver++)
    read_driver (reader, (AlarmDriver)driver, asked, n, arena);
  conclude (asked, n, arena, out);
}
