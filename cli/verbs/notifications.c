#include "cli/verb.h"

#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/positional.h"
#include "cli/terminal-text.h"
#include "core/time-iso8601.h"
#include "proto/api-types.h"

/* A server that never ends its pages must not keep us for ever. */
#define MAX_PAGES 1000

/* ---- list ---- */

static GPtrArray *
list_all (Session *session, ApiListNotificationsInput *input, Arena *arena, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  for (guint page = 0; page < MAX_PAGES; page++) {
    gpointer output = NULL;
    if (!session_call (session, API_OP_LIST_NOTIFICATIONS, input, arena, &output, error)) {
      return NULL;
    }
    const ApiListNotificationsOutput *list = output;
    for (gsize i = 0; list != NULL && list->notifications != NULL && i < list->notifications->n;
         i++) {
      g_ptr_array_add (all, (gpointer)list->notifications->items[i]);
    }
    input->next_token = list != NULL ? list->next_token : NULL;
    if (input->next_token == NULL) {
      break;
    }
  }
  return g_steal_pointer (&all);
}

static char *
line_text (const char *text)
{
  return terminal_text_line (text != NULL ? text : "");
}

static void
print_one (const ApiNotification *one)
{
  char time[TIME_ISO8601_SIZE] = "";
  g_autofree char *id = line_text (one->notification_id), *event = line_text (one->event),
                  *deployment = line_text (one->deployment_id), *sink = line_text (one->sink),
                  *status = line_text (one->status), *failure = line_text (one->failure);
  if (one->create_time != NULL) {
    time_format_iso8601 (*one->create_time, time);
  }
  printf ("%s  %s  %-7s  %s  %s  %s\n", id, time, status, deployment, event, sink);
  if (*failure != '\0') {
    printf ("    %" G_GINT64_FORMAT " tries failed; the last: %s\n",
            one->failures != NULL ? *one->failures : 0, failure);
  }
}

static int
run_list (Session *session, char **argv, GError **error)
{
  gboolean dead = FALSE;
  g_autofree char *deployment = NULL;
  const GOptionEntry entries[] = {
    { "dead", 0, 0, G_OPTION_ARG_NONE, &dead, "Only those that were given up", NULL },
    { "deployment", 'd', 0, G_OPTION_ARG_STRING, &deployment, "Only those of a deployment", "ID" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_notifications_list, entries, argv, &rest, error) ||
      !positional_exactly (&verb_notifications_list, rest, 0, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  ApiListNotificationsInput input = { .deployment_id = deployment,
                                      .only_dead = dead ? arena_bool (arena, TRUE) : NULL };
  g_autoptr (GPtrArray) all = list_all (session, &input, arena, error);
  if (all == NULL) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    ApiNotificationList list = { .n = all->len, .items = (const ApiNotification **)all->pdata };
    const ApiListNotificationsOutput whole = { .notifications = &list };
    session_print_shape (&api_shape_list_notifications_output, &whole);
    return CLI_EXIT_OK;
  }
  for (guint i = 0; i < all->len; i++) {
    print_one (g_ptr_array_index (all, i));
  }
  if (all->len == 0) {
    printf ("%s\n", dead ? "No notification was given up."
                         : "No notification waits, and none was given up.");
  }
  return CLI_EXIT_OK;
}

const Verb verb_notifications_list = {
  "notifications list", "", "Lists notifications that wait to be delivered or were given up.",
  run_list
};

/* ---- retry and drop ---- */

static int
run_on_one (Session *session, const Verb *verb, char **argv, ApiOp operation, const char *done,
            GError **error)
{
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, *verb, NULL, argv, &rest, error) ||
      !positional_exactly (verb, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  /* Both operations have the same input. */
  const ApiRetryNotificationInput retry = { .notification_id = rest[0] };
  const ApiDropNotificationInput drop = { .notification_id = rest[0] };
  gconstpointer input =
      operation == API_OP_RETRY_NOTIFICATION ? (gconstpointer)&retry : (gconstpointer)&drop;
  if (!session_call (session, operation, input, arena, NULL, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_TEXT) {
    printf ("Notification %s %s.\n", rest[0], done);
  }
  return CLI_EXIT_OK;
}

static int
run_retry (Session *session, char **argv, GError **error)
{
  return run_on_one (session, &verb_notifications_retry, argv, API_OP_RETRY_NOTIFICATION,
                     "is tried again", error);
}

const Verb verb_notifications_retry = { "notifications retry", "ID",
                                        "Tries a notification again, now.", run_retry };

static int
run_drop (Session *session, char **argv, GError **error)
{
  return run_on_one (session, &verb_notifications_drop, argv, API_OP_DROP_NOTIFICATION,
                     "is dropped", error);
}

const Verb verb_notifications_drop = { "notifications drop", "ID",
                                       "Forgets a notification that was not delivered.", run_drop };
