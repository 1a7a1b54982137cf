#include "server/actions/wave-rules.h"

#include "proto/api-error.h"
#include "proto/shape.h"

#include <string.h>

static gboolean
read_text (const char *text, Arena *arena, Waves *out, GError **error)
{
  gpointer list;
  g_autoptr (GError) unreadable = NULL;
  g_autofree char *json = g_strdelimit (g_strdup (text), "'", '"');
  gboolean read = shape_from_text (&api_shape_wave_list, json, arena, &list, &unreadable);
  g_assert_no_error (unreadable);
  g_assert_true (read);
  return wave_rules_read (list, arena, out, error);
}

static void
test_defaults (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  Waves waves;
  g_assert_true (read_text ("[{'count':1,'approval':true},"
                            "{'name':'half','percentage':50,'successPercentage':90,"
                            "'errorPercentage':5,'waitInSeconds':60},"
                            "{'tagFilters':[{'Key':'ring','Type':'KEY_ONLY'}]},{}]",
                            arena, &waves, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (waves.n, ==, 4);
  const Wave *wave = waves.items;
  g_assert_cmpstr (wave[0].name, ==, "wave-1");
  g_assert_cmpint (wave[0].hosts, ==, WAVE_COUNT);
  g_assert_cmpint (wave[0].amount, ==, 1);
  g_assert_cmpint (wave[0].success_percent, ==, 100);
  g_assert_cmpint (wave[0].error_percent, ==, 100);
  g_assert_true (wave[0].approval);
  g_assert_cmpint (wave[0].wait_s, ==, 0);
  g_assert_cmpstr (wave[1].name, ==, "half");
  g_assert_cmpint (wave[1].hosts, ==, WAVE_PERCENT);
  g_assert_cmpint (wave[1].amount, ==, 50);
  g_assert_cmpint (wave[1].success_percent, ==, 90);
  g_assert_cmpint (wave[1].error_percent, ==, 5);
  g_assert_cmpint (wave[1].wait_s, ==, 60);
  g_assert_false (wave[1].approval);
  g_assert_cmpint (wave[2].hosts, ==, WAVE_TAGS);
  g_assert_cmpuint (wave[2].tags.n, ==, 1);
  g_assert_cmpstr (wave[2].tags.filters[0].key, ==, "ring");
  g_assert_cmpstr (wave[3].name, ==, "wave-4");
  g_assert_cmpint (wave[3].hosts, ==, WAVE_REST);
  g_assert_cmpint (wave[3].success_percent, ==, 0); /* the configuration decides */
}

static void
test_none (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  Waves waves;
  g_assert_true (wave_rules_read (NULL, arena, &waves, &error));
  g_assert_cmpuint (waves.n, ==, 0);
  g_assert_true (read_text ("[]", arena, &waves, &error));
  g_assert_cmpuint (waves.n, ==, 0);
}

static void
test_refused (void)
{
  static const struct {
    const char *given, *message;
  } table[] = {
    { "[{},{}]", "Wave wave-1 needs one of tagFilters, percentage and count" },
    { "[{'count':1,'percentage':5},{}]",
      "Wave wave-1 needs one of tagFilters, percentage and count" },
    { "[{'tagFilters':[]},{}]", "Wave wave-1 has tagFilters without a filter" },
    { "[{'name':'x','tagFilters':[{'Type':'KEY_ONLY'}]},{}]",
      "Wave x has a filter that cannot be used: " },
    { "[{'count':1},{'count':1}]", "Wave wave-2 is the last one, which takes all" },
    { "[{'count':1},{'waitInSeconds':5}]", "Wave wave-2 is the last one: nothing comes" },
    { "[{'approval':true}]", "Wave wave-1 is the last one: nothing comes" },
    { "[{'count':1,'name':'a'},{'name':'a'}]", "Wave a is there twice" },
    { "[{'tagFilters':[{},{},{},{},{},{},{},{},{},{},{}]},{}]",
      "Wave wave-1 has 11 tagFilters, at most 10" },
    { "[{'count':1,'name':'wave-2'},{}]", "Wave wave-2 is there twice" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    Waves waves;
    g_assert_false (read_text (table[i].given, arena, &waves, &error));
    g_assert_error (error, API_ERROR, API_ERR_INVALID_INPUT);
    if (!g_str_has_prefix (error->message, table[i].message))
      g_error ("\"%s\" does not begin with \"%s\"", error->message, table[i].message);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wave-rules/defaults", test_defaults);
  g_test_add_func ("/wave-rules/none", test_none);
  g_test_add_func ("/wave-rules/refused", test_refused);
  return g_test_run ();
}
