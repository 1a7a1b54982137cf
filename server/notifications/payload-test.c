#include "server/notifications/payload.h"

#include "core/announcement.h"
#include "proto/json-doc.h"

#include <string.h>

/* tests/golden/notifications; its README says what is in a case. */

static const ArnScope scope = { .partition = "aws",
                                .region = "eu-west-3",
                                .account_id = "123456789012" };

static char *
read_golden (const char *name, const char *suffix)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = g_strconcat (name, suffix, NULL);
  g_autofree char *path = g_build_filename (g_getenv ("SLIPWAY_SOURCE_ROOT"), "tests", "golden",
                                            "notifications", file, NULL);
  char *text = NULL;
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return g_strchomp (text);
}

static void
test_golden (gconstpointer data)
{
  const char *name = data;
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = read_golden (name, ".fact.json"),
                  *expected = read_golden (name, ".expected");
  const NotificationRecord record = {
    .id = "6f1c0000-0000-4000-8000-000000000001",
    .trigger_name = "ops",
    .event = announcement_name (strcmp (name, "created") == 0    ? ANNOUNCEMENT_DEPLOYMENT_START
                                : strcmp (name, "failed") == 0   ? ANNOUNCEMENT_DEPLOYMENT_FAILURE
                                : strcmp (name, "instance") == 0 ? ANNOUNCEMENT_INSTANCE_SUCCESS
                                                                 : ANNOUNCEMENT_DEPLOYMENT_STOP),
    .fact_json = text,
    .create_ms = G_GINT64_CONSTANT (1790000000007),
  };
  g_autoptr (json_t) fact = payload_read_fact (&record, &error);
  g_assert_no_error (error);
  g_autoptr (json_t) entry =
      payload_event_entry (&scope, &record, fact, "default", "aws.codedeploy");
  char *entry_text = json_dumps (entry, JSON_COMPACT);
  const char *got[] = { payload_sns_subject (&scope, fact, arena),
                        payload_sns_message (&scope, &record, fact, arena), entry_text,
                        payload_cloud_event (&scope, &record, fact, arena) };
  g_auto (GStrv) lines = g_strsplit (expected, "\n", -1);
  guint n = g_strv_length (lines);
  g_assert_cmpuint (n, >=, 2);
  g_assert_cmpuint (n, <=, G_N_ELEMENTS (got));
  for (guint i = 0; i < n; i++)
    g_assert_cmpstr (got[i], ==, lines[i]);
  free (entry_text);
}

static void
test_a_subject_is_cut (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GString) name = g_string_new (NULL);
  for (int i = 0; i < 100; i++)
    g_string_append_c (name, 'x');
  g_autoptr (json_t) fact = json_pack ("{s:s, s:s, s:s}", "status", "Succeeded", "deploymentId",
                                       "d-AAAAAAAA1", "application", name->str);
  g_assert_cmpuint (strlen (payload_sns_subject (&scope, fact, arena)), ==, 99);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const char *const cases[] = { "created", "in-progress", "failed", "stopped", "instance" };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/payload/", cases[i], NULL);
    g_test_add_data_func (path, cases[i], test_golden);
  }
  g_test_add_func ("/payload/a-subject-is-cut", test_a_subject_is_cut);
  return g_test_run ();
}
