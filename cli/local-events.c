#include "cli/local-events.h"

#define DOWNLOAD "DownloadBundle"
#define INSTALL  "Install"

G_DEFINE_QUARK (local - events - error - quark, local_events_error)

/* agent.md 7.3. */
static const char *const defaults[] = { "BeforeBlockTraffic", "AfterBlockTraffic",
                                        "ApplicationStop",    DOWNLOAD,
                                        "BeforeInstall",      INSTALL,
                                        "AfterInstall",       "ApplicationStart",
                                        "ValidateService",    "BeforeAllowTraffic",
                                        "AfterAllowTraffic" };

/* Events that use what the revision installed. */
static const char *const after_install[] = { "AfterInstall", "ApplicationStart",
                                             "BeforeAllowTraffic", "AfterAllowTraffic",
                                             "ValidateService" };

/* n when it is not there. */
static gsize
find (const LocalEvents *events, const char *name)
{
  gsize i = 0;
  while (i < events->n && !g_str_equal (events->names[i], name)) {
    i++;
  }
  return i;
}

static gboolean
refuse_before (const LocalEvents *events, const char *what, const char *early, GError **error)
{
  gsize at = find (events, what);
  if (at == events->n || find (events, early) >= at) {
    return TRUE;
  }
  g_set_error (error, LOCAL_EVENTS_ERROR, LOCAL_EVENTS_ERROR_ORDER,
               "--events has %s before %s, which it needs to have run", early, what);
  return FALSE;
}

static gboolean
check_order (const LocalEvents *events, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (after_install); i++) {
    if (!refuse_before (events, DOWNLOAD, after_install[i], error)) {
      return FALSE;
    }
  }
  if (!refuse_before (events, DOWNLOAD, INSTALL, error)) {
    return FALSE;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (after_install); i++) {
    if (!refuse_before (events, INSTALL, after_install[i], error)) {
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
add_name (LocalEvents *events, char *name, GError **error)
{
  if (name[0] == '\0') {
    g_set_error_literal (error, LOCAL_EVENTS_ERROR, LOCAL_EVENTS_ERROR_NAME,
                         "--events has an empty name: it is a list such as "
                         "BeforeInstall,ApplicationStart");
    return FALSE;
  }
  if (find (events, name) < events->n) {
    g_set_error (error, LOCAL_EVENTS_ERROR, LOCAL_EVENTS_ERROR_NAME, "--events has %s twice", name);
    return FALSE;
  }
  events->names[events->n++] = name;
  return TRUE;
}

gboolean
local_events_parse (const char *text, Arena *arena, LocalEvents *out, GError **error)
{
  if (text == NULL) {
    *out =
        (LocalEvents){ G_N_ELEMENTS (defaults), arena_memdup (arena, defaults, sizeof defaults) };
    return TRUE;
  }
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  LocalEvents events = { 0, arena_new0_n (arena, const char *, g_strv_length (words) + 1) };
  for (gsize i = 0; words[i] != NULL; i++) {
    if (!add_name (&events, arena_strdup (arena, g_strstrip (words[i])), error)) {
      return FALSE;
    }
  }
  if (events.n == 0) {
    return add_name (&events, arena_strdup (arena, ""), error);
  }
  if (!check_order (&events, error)) {
    return FALSE;
  }
  *out = events;
  return TRUE;
}

LocalEvents
local_events_to_run (const LocalEvents *given, Arena *arena)
{
  LocalEvents events = { 0, arena_new0_n (arena, const char *, given->n + 2) };
  /* as the official tool does it: each in front of the list, and if that turned them round, they swap */
  if (find (given, DOWNLOAD) == given->n) {
    events.names[events.n++] = DOWNLOAD;
  }
  if (find (given, INSTALL) == given->n) {
    events.names[events.n++] = INSTALL;
  }
  for (gsize i = 0; i < given->n; i++) {
    events.names[events.n++] = given->names[i];
  }
  gsize download = find (&events, DOWNLOAD), install = find (&events, INSTALL);
  if (install < download) {
    events.names[install] = DOWNLOAD;
    events.names[download] = INSTALL;
  }
  return events;
}

LocalEvents
local_events_possible (const LocalEvents *given, Arena *arena)
{
  LocalEvents events = { 0,
                         arena_new0_n (arena, const char *, given->n + G_N_ELEMENTS (defaults)) };
  for (gsize i = 0; i < G_N_ELEMENTS (defaults); i++) {
    events.names[events.n++] = defaults[i];
  }
  for (gsize i = 0; i < given->n; i++) {
    if (find (&events, given->names[i]) == events.n) {
      events.names[events.n++] = given->names[i];
    }
  }
  return events;
}
