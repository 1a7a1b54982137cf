#include "cli/verb.h"

#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/positional.h"
#include "cli/terminal-text.h"
#include "core/time-iso8601.h"
#include "proto/api-types.h"

#define PAGE             50 /* the most that the server gives at once */
#define DEFAULT_SHOWN    50
#define MAX_ATTRIBUTES   8
#define TIME_EXPLANATION "2026-11-26T08:00:00Z"

typedef struct {
  char *user, *action, *resource, *type, *key, *source, *id, *since, *until;
  int limit;
} Options;

static void
options_clear (Options *o)
{
  char **texts[] = { &o->user,   &o->action, &o->resource, &o->type, &o->key,
                     &o->source, &o->id,     &o->since,    &o->until };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_free (*texts[i]);
  }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
read_time (const char *option, const char *text, Arena *arena, const gint64 **out, GError **error)
{
  gint64 time_ms = 0;
  if (text == NULL) {
    return TRUE;
  }
  if (!time_parse_iso8601 (text, &time_ms)) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE, "%s is a time such as %s, not \"%s\"", option,
                 TIME_EXPLANATION, text);
    return FALSE;
  }
  *out = arena_int64 (arena, time_ms);
  return TRUE;
}

static const ApiLookupAttributesList *
attributes (const Options *o, Arena *arena)
{
  const struct {
    const char *key, *value;
  } rows[MAX_ATTRIBUTES] = {
    { "Username", o->user },     { "EventName", o->action }, { "ResourceName", o->resource },
    { "ResourceType", o->type }, { "AccessKeyId", o->key },  { "EventSource", o->source },
    { "EventId", o->id },
  };
  ApiLookupAttributesList *list = arena_new0 (arena, ApiLookupAttributesList);
  list->items = arena_new0_n (arena, const ApiLookupAttribute *, MAX_ATTRIBUTES);
  for (gsize i = 0; i < MAX_ATTRIBUTES; i++) {
    if (rows[i].value != NULL) {
      ApiLookupAttribute *attribute = arena_new0 (arena, ApiLookupAttribute);
      *attribute = (ApiLookupAttribute){ rows[i].key, rows[i].value };
      list->items[list->n++] = attribute;
    }
  }
  return list;
}

/* What an event says beyond its columns. */
static const char *
event_text (const json_t *event, const char *key)
{
  const char *text = json_string_value (json_object_get (event, key));
  return text == NULL ? "" : text;
}

static void
print_event (const ApiAuditEvent *shown, Arena *arena)
{
  json_t *event =
      shown->cloud_trail_event != NULL ? json_loads (shown->cloud_trail_event, 0, NULL) : NULL;
  char time[TIME_ISO8601_SIZE] = "";
  if (shown->event_time != NULL) {
    time_format_iso8601 (*shown->event_time, time);
  }
  g_autoptr (GString) about = g_string_new (NULL);
  for (gsize i = 0; shown->resources != NULL && i < shown->resources->n; i++) {
    g_string_append_printf (about, "%s%s", i > 0 ? " " : "",
                            shown->resources->items[i]->resource_name);
  }
  const char *code = event_text (event, "errorCode");
  g_autofree char *user = terminal_text_line (shown->username != NULL ? shown->username : "?");
  g_autofree char *what = terminal_text_line (about->str);
  g_autofree char *from = terminal_text_line (event_text (event, "sourceIPAddress"));
  printf ("%.19sZ  %-16s %-15s %-32s %-24s %s\n", time, user, from, shown->event_name,
          *code != '\0' ? code : "ok", what);
  json_decref (event);
}

/* All pages up to the limit, as one answer. */
static gboolean
fetch (Session *session, const Options *o, Arena *arena, ApiAuditEventList *out, GError **error)
{
  ApiLookupEventsInput input = { .lookup_attributes = attributes (o, arena) };
  g_autoptr (GPtrArray) events = g_ptr_array_new ();
  guint limit = (guint)o->limit;
  if (!read_time ("--since", o->since, arena, &input.start_time, error) ||
      !read_time ("--until", o->until, arena, &input.end_time, error)) {
    return FALSE;
  }
  /* The same for every page: a token goes with the question. */
  input.max_results = arena_int64 (arena, MIN (limit, PAGE));
  do {
    gpointer output = NULL;
    if (!session_call (session, API_OP_LOOKUP_EVENTS, &input, arena, &output, error)) {
      return FALSE;
    }
    const ApiLookupEventsOutput *page = output;
    for (gsize i = 0; page != NULL && page->events != NULL && i < page->events->n; i++) {
      if (events->len < limit) {
        g_ptr_array_add (events, (gpointer)page->events->items[i]);
      }
    }
    input.next_token = page != NULL ? page->next_token : NULL;
  } while (input.next_token != NULL && events->len < limit);
  out->n = events->len;
  out->items = arena_memdup (arena, events->pdata, events->len * sizeof (gpointer));
  return TRUE;
}

static int
run (Session *session, char **argv, GError **error)
{
  g_auto (Options) o = { .limit = DEFAULT_SHOWN };
  const GOptionEntry entries[] = {
    { "user", 'u', 0, G_OPTION_ARG_STRING, &o.user, "Only what this user did", "NAME" },
    { "action", 'a', 0, G_OPTION_ARG_STRING, &o.action, "Only this operation, CreateDeployment...",
      "NAME" },
    { "resource", 'r', 0, G_OPTION_ARG_STRING, &o.resource,
      "Only what was about this application, group, deployment, host...", "NAME" },
    { "resource-type", 0, 0, G_OPTION_ARG_STRING, &o.type,
      "Only what was about such a thing: AWS::CodeDeploy::Application...", "TYPE" },
    { "access-key", 0, 0, G_OPTION_ARG_STRING, &o.key, "Only what was signed with this key", "ID" },
    { "source", 0, 0, G_OPTION_ARG_STRING, &o.source,
      "Only calls of this service: codedeploy.amazonaws.com, iam.amazonaws.com, slipway...",
      "SERVICE" },
    { "id", 0, 0, G_OPTION_ARG_STRING, &o.id, "Only the event with this id", "ID" },
    { "since", 0, 0, G_OPTION_ARG_STRING, &o.since, "Not before, such as " TIME_EXPLANATION,
      "TIME" },
    { "until", 0, 0, G_OPTION_ARG_STRING, &o.until, "Not after", "TIME" },
    { "limit", 'n', 0, G_OPTION_ARG_INT, &o.limit, "At most so many [50]", "NUMBER" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_audit, entries, argv, &rest, error) ||
      !positional_exactly (&verb_audit, rest, 0, error)) {
    return CLI_EXIT_USAGE;
  }
  if (o.limit < 1) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE, "--limit is 1 or more, not %d", o.limit);
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  ApiAuditEventList list = { 0 };
  if (!fetch (session, &o, arena, &list, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    const ApiLookupEventsOutput whole = { .events = &list };
    session_print_shape (&api_shape_lookup_events_output, &whole);
    return CLI_EXIT_OK;
  }
  if (list.n == 0) {
    printf ("Nothing of that kind is in the audit.\n");
  }
  for (gsize i = 0; i < list.n; i++) {
    print_event (list.items[i], arena);
  }
  return CLI_EXIT_OK;
}

const Verb verb_audit = { "audit", "",
                          "Shows who changed what, from where, and how it was answered.", run };
