#include <string.h>

#include "core/appspec-reader.h"
#include "core/lifecycle.h"
#include "core/nearest-word.h"
#include "core/pathname.h"

#define DEFAULT_TIMEOUT_S 3600
#define MAX_TIMEOUT_S     (G_GINT64_CONSTANT (366) * 24 * 3600)
/* What all scripts of an event may take on a host by the service's rule (agent.md 4.10). */
#define MAX_EVENT_S   3600
#define MISSPELT_MOST 2 /* slips up to which an event's name is taken for a misspelt one */

/* A script as it is read: its timeout may be missing, which a sum of those given leaves out. */
typedef struct {
  AppSpecScript script;
  gboolean has_timeout;
} ScriptItem;

static void
read_location (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  AppSpecScript *script = place;
  appspec_read_text (reader, key, value, &script->location);
  script->location_at = appspec_place (value);
  if (script->location == NULL)
    return;
  const char *inside = pathname_normalise_inside (script->location, reader->arena);
  if (inside == NULL || inside[0] == '\0')
    appspec_note (reader, APPSPEC_SEVERITY_MISTAKE, value,
                  "\"location\" is not inside the revision: \"%.100s\"", script->location);
}

/* A whole number; a fraction is cut off, as the official agent does. */
static void
read_timeout (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  ScriptItem *item = place;
  const char *text = value->kind == YAML_NODE_SCALAR ? value->text : "";
  char *end = NULL;
  gint64 seconds = g_ascii_strtoll (text, &end, 10);
  gboolean is_number = end != text;
  if (is_number && *end == '.')
    end += 1 + strspn (end + 1, "0123456789");
  if (!is_number || *end != '\0' || seconds <= 0) {
    appspec_error (reader, value, "\"timeout\" must be a number of seconds above 0, not \"%.100s\"",
                   value->text != NULL ? value->text : yaml_node_kind_name (value));
    return;
  }
  item->script.timeout_s = MIN (seconds, MAX_TIMEOUT_S);
  item->has_timeout = TRUE;
}

static void
read_runas (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  const char **out = place;
  appspec_read_text (reader, key, value, out);
  if (*out != NULL && (*out)[0] == '\0')
    *out = NULL;
}

static gboolean
is_false (const YamlNode *node)
{
  static const char *const words[] = { "false", "no", "off", NULL };
  if (node->kind != YAML_NODE_SCALAR || !node->plain)
    return FALSE;
  for (gsize i = 0; words[i] != NULL; i++)
    if (g_ascii_strcasecmp (node->text, words[i]) == 0)
      return TRUE;
  return FALSE;
}

static void
read_sudo (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  static const char *const words[] = { "true", "yes", "on" };
  gboolean *out = place;
  *out = !is_false (value);
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (value->kind == YAML_NODE_SCALAR && value->plain &&
        g_ascii_strcasecmp (value->text, words[i]) == 0)
      return;
  if (*out)
    appspec_warning (
        reader, value,
        "\"sudo\" is true for anything but false, no and off without quotes: here too");
}

static const AppSpecKey script_keys[] = {
  { "location", read_location, 0, APPSPEC_REQUIRED },
  { "runas", read_runas, G_STRUCT_OFFSET (AppSpecScript, runas), APPSPEC_OPTIONAL },
  { "timeout", read_timeout, 0, APPSPEC_OPTIONAL },
  { "sudo", read_sudo, G_STRUCT_OFFSET (AppSpecScript, sudo), APPSPEC_OPTIONAL },
};
static const AppSpecMapping script_mapping = { "a script", script_keys,
                                               G_N_ELEMENTS (script_keys) };

/* A hook of that name is taken and, by every platform, left alone (agent.md 4.10). */
static void
judge_event (AppSpecReader *reader, const YamlNode *key)
{
#define WORD_OF(enumerator, text) text,
  static const char *const words[] = { LIFECYCLE_EVENT_LIST (WORD_OF) "Start", "End" };
#undef WORD_OF
  LifecycleEvent event;
  gboolean known = lifecycle_event_from_name (key->text, &event);

  if (known && lifecycle_event_performer (event) == LIFECYCLE_BY_SCRIPT)
    return;
  if (known || strcmp (key->text, "Start") == 0 || strcmp (key->text, "End") == 0) {
    appspec_warning (reader, key, "%s runs no scripts: its hook is never run", key->text);
    return;
  }
  const char *nearest = nearest_word (key->text, words, G_N_ELEMENTS (words));
  if (nearest != NULL && nearest_word_distance (key->text, nearest) <= MISSPELT_MOST)
    appspec_note (reader, APPSPEC_SEVERITY_MISTAKE, key,
                  "there is no lifecycle event \"%.100s\", so its hook is never run; did you mean "
                  "\"%s\"?",
                  key->text, nearest);
  else
    appspec_warning (
        reader, key,
        "no deployment runs the event \"%.100s\"; only \"slipway local --events\" does%s%s%s",
        key->text, nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
        nearest != NULL ? "\"?" : "");
}

static void
judge_timeouts (AppSpecReader *reader, const YamlNode *key, gint64 given_s)
{
  if (given_s > MAX_EVENT_S)
    appspec_warning (reader, key,
                     "the timeouts of %.100s add up to %" G_GINT64_FORMAT
                     " s; a deployment gives an event %d s on a host",
                     key->text, given_s, MAX_EVENT_S);
}

static void
read_event (AppSpecReader *reader, const YamlNode *key, const YamlNode *list, AppSpecHook *out)
{
  gint64 given_s = 0;
  judge_event (reader, key);
  if (!appspec_is_list (reader, arena_printf (reader->arena, "%.100s", key->text), list,
                        " of scripts"))
    return;
  AppSpecScript *scripts = arena_new0_n (reader->arena, AppSpecScript, list->n);
  *out = (AppSpecHook){ .event = arena_strdup (reader->arena, key->text), .scripts = scripts };
  for (gsize i = 0; i < list->n; i++) {
    ScriptItem item = { .script = { .timeout_s = DEFAULT_TIMEOUT_S,
                                    .line = list->values[i]->line } };
    guint n_errors = reader->n_errors;
    appspec_read_mapping (reader, &script_mapping, list->values[i], &item);
    if (reader->n_errors == n_errors)
      scripts[out->n_scripts++] = item.script;
    given_s += item.has_timeout ? item.script.timeout_s : 0;
  }
  judge_timeouts (reader, key, given_s);
}

void
appspec_read_hooks (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value,
                    gpointer place)
{
  AppSpec *out = place;
  if (value->kind != YAML_NODE_MAPPING) {
    appspec_error (reader, value, "\"hooks\" must map event names to lists of scripts, and is a %s",
                   yaml_node_kind_name (value));
    return;
  }
  AppSpecHook *hooks = arena_new0_n (reader->arena, AppSpecHook, value->n);
  for (gsize i = 0; i < value->n; i++) {
    if (yaml_node_is_null (value->values[i])) {
      judge_event (reader, value->keys[i]);
      continue;
    }
    AppSpecHook *hook = &hooks[out->n_hooks];
    read_event (reader, value->keys[i], value->values[i], hook);
    out->n_hooks += hook->event != NULL;
  }
  for (gsize i = 0; i < value->n_repeated; i++)
    appspec_warning (reader, value->repeated[i],
                     "\"%.100s\" is given again further down: only the last one counts",
                     value->repeated[i]->text);
  out->hooks = hooks;
}
