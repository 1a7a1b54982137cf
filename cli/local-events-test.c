#include "cli/local-events.h"

#include <string.h>

static char *
join (LocalEvents events)
{
  GString *text = g_string_new (NULL);
  for (gsize i = 0; i < events.n; i++) {
    g_string_append_printf (text, "%s%s", i > 0 ? "," : "", events.names[i]);
  }
  return g_string_free (text, FALSE);
}

static LocalEvents
parse (const char *text, Arena *arena)
{
  g_autoptr (GError) error = NULL;
  LocalEvents events = { 0 };
  g_assert_true (local_events_parse (text, arena, &events, &error));
  g_assert_no_error (error);
  return events;
}

static void
test_defaults (void)
{
  g_autoptr (Arena) arena = arena_new ();
  LocalEvents events = parse (NULL, arena);
  g_autofree char *run = join (local_events_to_run (&events, arena));
  g_autofree char *possible = join (local_events_possible (&events, arena));
  g_assert_cmpstr (run, ==,
                   "BeforeBlockTraffic,AfterBlockTraffic,ApplicationStop,DownloadBundle,"
                   "BeforeInstall,Install,AfterInstall,ApplicationStart,ValidateService,"
                   "BeforeAllowTraffic,AfterAllowTraffic");
  g_assert_cmpstr (possible, ==, run);
}

static void
test_to_run (void)
{
  static const char *const cases[][2] = {
    { "ApplicationStart,CustomEvent", "DownloadBundle,Install,ApplicationStart,CustomEvent" },
    { "DownloadBundle,BeforeInstall", "DownloadBundle,Install,BeforeInstall" },
    { "BeforeInstall,DownloadBundle", "DownloadBundle,BeforeInstall,Install" },
    { "BeforeInstall,Install", "DownloadBundle,BeforeInstall,Install" },
    { " ApplicationStop , DownloadBundle,Install", "ApplicationStop,DownloadBundle,Install" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Arena) arena = arena_new ();
    LocalEvents events = parse (cases[i][0], arena);
    g_autofree char *run = join (local_events_to_run (&events, arena));
    g_assert_cmpstr (run, ==, cases[i][1]);
  }
}

static void
test_possible (void)
{
  g_autoptr (Arena) arena = arena_new ();
  LocalEvents events = parse ("Migrate,ApplicationStart", arena);
  LocalEvents possible = local_events_possible (&events, arena);
  g_assert_cmpuint (possible.n, ==, 12);
  g_assert_cmpstr (possible.names[11], ==, "Migrate");
}

static void
test_refused (void)
{
  static const struct {
    const char *text;
    LocalEventsError code;
    const char *says;
  } cases[] = {
    { "", LOCAL_EVENTS_ERROR_NAME, "empty" },
    { "Install,,X", LOCAL_EVENTS_ERROR_NAME, "empty" },
    { "X,Y,X", LOCAL_EVENTS_ERROR_NAME, "X twice" },
    { "Install,DownloadBundle", LOCAL_EVENTS_ERROR_ORDER, "Install before DownloadBundle" },
    { "AfterInstall,DownloadBundle", LOCAL_EVENTS_ERROR_ORDER, "AfterInstall before Download" },
    { "DownloadBundle,ValidateService,Install", LOCAL_EVENTS_ERROR_ORDER,
      "ValidateService before Install" },
    { "AfterAllowTraffic,Install", LOCAL_EVENTS_ERROR_ORDER, "AfterAllowTraffic before Install" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    LocalEvents events;
    g_assert_false (local_events_parse (cases[i].text, arena, &events, &error));
    g_assert_error (error, LOCAL_EVENTS_ERROR, (int)cases[i].code);
    g_assert_nonnull (strstr (error->message, cases[i].says));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/local-events/defaults-are-all-eleven", test_defaults);
  g_test_add_func ("/local-events/download-and-install-are-put-in-front", test_to_run);
  g_test_add_func ("/local-events/given-ones-are-possible-too", test_possible);
  g_test_add_func ("/local-events/wrong-order-and-odd-names-are-refused", test_refused);
  return g_test_run ();
}
