#include "cli/wave-text.h"

#include "cli/exit-status.h"
#include "proto/shape.h"

static void
test_what_people_write (void)
{
  static const struct {
    const char *text, *json;
  } table[] = {
    { "1", "{\"count\":1}" },
    { "25%", "{\"percentage\":25}" },
    { "rest", "{\"name\":\"rest\"}" },
    { "others:rest", "{\"name\":\"others\"}" },
    { "eu:region=eu", "{\"name\":\"eu\",\"tagFilters\":[{\"Key\":\"region\",\"Value\":\"eu\","
                      "\"Type\":\"KEY_AND_VALUE\"}]}" },
    { "canary:1,wait=300,approval",
      "{\"name\":\"canary\",\"count\":1,\"waitInSeconds\":300,\"approval\":true}" },
    { "10,success=90,error=5", "{\"count\":10,\"successPercentage\":90,\"errorPercentage\":5}" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    char *texts[] = { (char *)table[i].text, NULL };
    const ApiWaveList *waves;
    g_assert_true (wave_text_read (texts, arena, &waves, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (waves->n, ==, 1);
    g_autofree char *json = shape_to_text (&api_shape_wave, waves->items[0]);
    g_assert_cmpstr (json, ==, table[i].json);
  }
}

static void
test_what_cannot_be_read (void)
{
  static const char *const texts[] = { "",         "canary:",  "x",           "%",   "-1",
                                       "=v",       "1,",       "1,approve",   "5%%", "1,wait=",
                                       "1,wait=x", "a:b:rest", "1,success=-1" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    char *one[] = { (char *)texts[i], NULL };
    const ApiWaveList *waves;
    g_assert_false (wave_text_read (one, arena, &waves, &error));
    g_assert_error (error, CLI_ERROR, CLI_EXIT_USAGE);
  }
}

static void
test_none (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const ApiWaveList *waves;
  g_assert_true (wave_text_read (NULL, arena, &waves, &error));
  g_assert_null (waves);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wave-text/what-people-write", test_what_people_write);
  g_test_add_func ("/wave-text/what-cannot-be-read", test_what_cannot_be_read);
  g_test_add_func ("/wave-text/none", test_none);
  return g_test_run ();
}
