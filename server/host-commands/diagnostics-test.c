#include "server/host-commands/diagnostics.h"

#include <string.h>

static void
expect (const char *payload, DiagnosticsOutcome outcome, DiagnosticsCode code, const char *script,
        const char *message, const char *log_tail)
{
  g_autoptr (Arena) arena = arena_new ();
  EventDiagnostics got = diagnostics_from_payload (payload, outcome, arena);
  g_assert_cmpint (got.code, ==, code);
  g_assert_cmpstr (got.script_name, ==, script);
  g_assert_cmpstr (got.message, ==, message);
  g_assert_cmpstr (got.log_tail, ==, log_tail);
}

static void
test_codes_map_to_the_api (void)
{
  static const DiagnosticsCode codes[] = {
    DIAGNOSTICS_UNKNOWN_ERROR,    DIAGNOSTICS_SCRIPT_MISSING, DIAGNOSTICS_SCRIPT_NOT_EXECUTABLE,
    DIAGNOSTICS_SCRIPT_TIMED_OUT, DIAGNOSTICS_SCRIPT_FAILED,  DIAGNOSTICS_UNKNOWN_ERROR,
    DIAGNOSTICS_UNKNOWN_ERROR,    DIAGNOSTICS_UNKNOWN_ERROR,  DIAGNOSTICS_UNKNOWN_ERROR,
  };
  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++) {
    g_autofree char *payload = g_strdup_printf (
        "{\"error_code\":%d,\"script_name\":\"a.sh\",\"message\":\"m\",\"log\":\"l\"}", (int)i);
    expect (payload, DIAGNOSTICS_OF_FAILURE, codes[i], "a.sh", "m", "l");
  }
  expect ("{\"error_code\":0,\"script_name\":\"\",\"message\":\"Succeeded: \",\"log\":\"\"}",
          DIAGNOSTICS_OF_SUCCESS, DIAGNOSTICS_SUCCESS, "", "Succeeded: ", "");
}

static void
test_odd_payloads_are_understood (void)
{
  expect (
      "{\"error_code\":\"Unknown\",\"script_name\":\"x\",\"message\":\"minimal\",\"log\":\"E\"}",
      DIAGNOSTICS_OF_FAILURE, DIAGNOSTICS_UNKNOWN_ERROR, "x", "minimal", "E");
  expect ("disk on fire", DIAGNOSTICS_OF_FAILURE, DIAGNOSTICS_UNKNOWN_ERROR, "", "disk on fire",
          "");
  expect ("{\"error_code\":99999999999999999999}", DIAGNOSTICS_OF_FAILURE,
          DIAGNOSTICS_UNKNOWN_ERROR, "", "{\"error_code\":99999999999999999999}", "");
  /* What a script prints may hold NUL; a backslash that is itself escaped begins no escape. */
  expect (
      "{\"error_code\":4,\"script_name\":\"x\",\"message\":\"m\",\"log\":\"a\\u0000b\\\\u0000\"}",
      DIAGNOSTICS_OF_FAILURE, DIAGNOSTICS_SCRIPT_FAILED, "x", "m",
      "a\xef\xbf\xbd"
      "b\\u0000");
  expect (NULL, DIAGNOSTICS_OF_FAILURE, DIAGNOSTICS_UNKNOWN_ERROR, "",
          "the host agent gave no reason", "");
  expect (NULL, DIAGNOSTICS_OF_SUCCESS, DIAGNOSTICS_SUCCESS, "", "Succeeded", "");
  expect ("{}", DIAGNOSTICS_OF_SUCCESS, DIAGNOSTICS_SUCCESS, "", "Succeeded", "");
}

/* 171 */
static void
test_long_texts_are_cut (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GString) payload = g_string_new ("{\"error_code\":4,\"message\":\"");
  for (int i = 0; i < 3000; i++)
    g_string_append (payload, "é");
  g_string_append (payload, "\",\"log\":\"");
  for (int i = 0; i < 3000; i++)
    g_string_append (payload, "ü");
  g_string_append (payload, "END\"}");
  EventDiagnostics got = diagnostics_from_payload (payload->str, DIAGNOSTICS_OF_FAILURE, arena);
  g_assert_cmpuint (strlen (got.message), ==, DIAGNOSTICS_MAX_MESSAGE_BYTES);
  g_assert_cmpuint (strlen (got.log_tail), <=, DIAGNOSTICS_MAX_LOG_TAIL_BYTES);
  g_assert_cmpuint (strlen (got.log_tail), >=, DIAGNOSTICS_MAX_LOG_TAIL_BYTES - 3);
  g_assert_true (g_utf8_validate (got.message, -1, NULL));
  g_assert_true (g_utf8_validate (got.log_tail, -1, NULL));
  g_assert_true (g_str_has_suffix (got.log_tail, "END"));
}

static void
test_noop_flag (void)
{
  g_assert_true (diagnostics_says_noop ("{\"IsCommandNoop\":true}"));
  g_assert_false (diagnostics_says_noop ("{\"IsCommandNoop\":false}"));
  g_assert_false (diagnostics_says_noop ("{\"IsCommandNoop\":\"true\"}"));
  g_assert_false (diagnostics_says_noop ("[]"));
  g_assert_false (diagnostics_says_noop ("true"));
  g_assert_false (diagnostics_says_noop (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diagnostics/codes-map-to-the-api", test_codes_map_to_the_api);
  g_test_add_func ("/diagnostics/odd-payloads-are-understood", test_odd_payloads_are_understood);
  g_test_add_func ("/diagnostics/171-long-texts-are-cut", test_long_texts_are_cut);
  g_test_add_func ("/diagnostics/noop-flag", test_noop_flag);
  return g_test_run ();
}
