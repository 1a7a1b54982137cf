#include "proto/http-wire.h"

#include <string.h>

static void
note (gpointer ctx, const char *line)
{
  g_string_append_printf (ctx, "%s\n", line);
}

static void
expect (char direction, const char *text, const char *expected)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  http_wire_describe (direction, text, strlen (text), note, lines);
  g_assert_cmpstr (lines->str, ==, expected);
}

static void
test_lines (void)
{
  expect (
      '>',
      "POST /x?X-Amz-Signature=abc HTTP/1.1\r\nHost: h:1\r\nAUTHORIZATION: AWS4 secret\r\n"
      "x-amz-security-token:t\r\nX-aws-ec2-metadata-token: mmm\r\nX-Empty:\r\n\r\n",
      "> POST /x?(19 bytes) HTTP/1.1\n> Host: h:1\n> AUTHORIZATION: (11 bytes)\n"
      "> x-amz-security-token: (1 bytes)\n> X-aws-ec2-metadata-token: (3 bytes)\n> X-Empty: \n");
  expect ('<', "HTTP/1.1 302 Found\r\n", "< HTTP/1.1 302 Found\n");
  expect ('<', "Location: https://h/a?token=b\r\n", "< Location: https://h/a?(7 bytes)\n");
  expect ('<', "no line break", "< no line break\n");
  expect ('>', "CONNECT h:443 HTTP/1.1\r\nProxy-Authorization: Basic eDp5\r\n",
          "> CONNECT h:443 HTTP/1.1\n> Proxy-Authorization: (10 bytes)\n");
  expect ('<', "", "");
}

static void
test_end (void)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autoptr (GError) error = g_error_new_literal (g_quark_from_static_string ("x"), 1, "refused");
  const gint64 size = 12;
  http_wire_tell_end ("GET", "https://h", &size, NULL, note, lines);
  http_wire_tell_end ("GET", "https://h", &size, error, note, lines);
  g_assert_cmpstr (lines->str, ==, "= GET https://h: 12 bytes\n= GET https://h: refused\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http-wire/lines-without-secrets", test_lines);
  g_test_add_func ("/http-wire/how-it-ended", test_end);
  return g_test_run ();
}
