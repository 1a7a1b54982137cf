#include "agent/diagnostics.h"

#include <string.h>

#include "proto/json-doc.h"

static json_t *
told (const CommandResult *result)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *payload = diagnostics_payload (result);
  g_assert_cmpint (g_utf8_strlen (payload, -1), <=, DIAGNOSTICS_MAX_CHARACTERS);
  json_t *object = json_doc_parse (payload, strlen (payload), NULL, &error);
  g_assert_no_error (error);
  return object;
}

static void
test_members (void)
{
  CommandResult result = { DIAGNOSTICS_SCRIPT_FAILED, (char *)"a.sh", (char *)"m\"\n",
                           (char *)"l\xff" };
  g_autoptr (json_t) object = told (&result);
  g_assert_cmpint (json_integer_value (json_object_get (object, "error_code")), ==, 4);
  g_assert_cmpstr (json_doc_text (object, "script_name"), ==, "a.sh");
  g_assert_cmpstr (json_doc_text (object, "message"), ==, "m\"\n");
  g_assert_true (g_str_has_prefix (json_doc_text (object, "log"), "l"));

  CommandResult fine = { .message = (char *)"Succeeded: " };
  g_autofree char *payload = diagnostics_payload (&fine);
  g_assert_cmpstr (
      payload, ==,
      "{\"error_code\":0,\"script_name\":\"\",\"message\":\"Succeeded: \",\"log\":\"\"}");
}

static void
test_too_long (void)
{
  g_autofree char *message = g_strnfill (20000, 'm');
  g_autoptr (GString) log = g_string_new (NULL);
  for (int i = 0; i < 2000; i++)
    g_string_append_printf (log, "\x01\x02\x03 %d\n", i);
  CommandResult result = { DIAGNOSTICS_UNKNOWN, NULL, message, log->str };
  g_autoptr (json_t) object = told (&result);
  g_assert_true (g_str_has_suffix (json_doc_text (object, "log"), " 1999\n"));
  g_assert_cmpuint (strlen (json_doc_text (object, "message")), ==, 1000);

  g_autofree char *line = g_strnfill (9000, '\x01');
  CommandResult one_line = { DIAGNOSTICS_UNKNOWN, NULL, (char *)"m", line };
  g_autoptr (json_t) second = told (&one_line);
  g_assert_cmpuint (strlen (json_doc_text (second, "log")), >, 1000);

  CommandResult name = { DIAGNOSTICS_SCRIPT_FAILED, line, (char *)"m", NULL };
  g_autoptr (json_t) third = told (&name);
  g_assert_cmpint (json_integer_value (json_object_get (third, "error_code")), ==, 4);
}

/* A payload that is just long enough stays as it is, whatever its bytes; one more character costs one of the message. */
static void
test_limit (void)
{
  glong frame = strlen ("{\"error_code\":5,\"script_name\":\"\",\"message\":\"\",\"log\":\"\"}");
  g_autoptr (GString) message = g_string_new (NULL);
  while (g_utf8_strlen (message->str, -1) < DIAGNOSTICS_MAX_CHARACTERS - frame)
    g_string_append (message, "\xc3\xa4");
  CommandResult result = { DIAGNOSTICS_UNKNOWN, NULL, message->str, NULL };
  g_autofree char *payload = diagnostics_payload (&result);
  g_assert_cmpint (g_utf8_strlen (payload, -1), ==, DIAGNOSTICS_MAX_CHARACTERS);
  g_assert_nonnull (strstr (payload, message->str));

  result.log = (char *)"l";
  g_autofree char *shorter = diagnostics_payload (&result);
  g_assert_cmpint (g_utf8_strlen (shorter, -1), ==, DIAGNOSTICS_MAX_CHARACTERS);
  g_assert_true (g_str_has_suffix (shorter, "\xc3\xa4\",\"log\":\"l\"}"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diagnostics/25-the-four-members", test_members);
  g_test_add_func ("/diagnostics/36-message-first-then-the-oldest-lines-go", test_too_long);
  g_test_add_func ("/diagnostics/36-the-limit-is-in-characters", test_limit);
  return g_test_run ();
}
