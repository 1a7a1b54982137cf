#include "proto/json-doc.h"

#include <string.h>

static int
verdict (const char *text, const JsonDocLimits *limits)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) json = json_doc_parse (text, strlen (text), limits, &error);

  if (json != NULL)
    return -1;
  g_assert_true (error->domain == JSON_DOC_ERROR);
  return error->code;
}

static void
test_syntax (void)
{
  const char *const good[] = { "{}", "[]", " { \"a\" : [1, 2.5e3, true, null, \"\\u00e9\"] } \n" };
  const char *const bad[] = { "",
                              "{",
                              "nul",
                              "1",
                              "\"a\"",
                              "{}{}",
                              "{\"a\":1,\"a\":2}",
                              "{\"a\":1,}",
                              "{a:1}",
                              "[1e999]",
                              "[123456789012345678901234567890]",
                              "\"\xff\"",
                              "[\"\xff\"]",
                              "[\"\\u0000\"]",
                              "[\"a\nb\"]" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_cmpint (verdict (good[i], NULL), ==, -1);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_cmpint (verdict (bad[i], NULL), ==, JSON_DOC_ERROR_SYNTAX);
}

static void
test_limits (void)
{
  const JsonDocLimits limits = { .max_bytes = 64, .max_depth = 3, .max_values = 5 };

  g_assert_cmpint (verdict ("[[[1]]]", &limits), ==, -1);
  g_assert_cmpint (verdict ("[[[[1]]]]", &limits), ==, JSON_DOC_ERROR_TOO_LARGE);
  g_assert_cmpint (verdict ("[\"[[[[[[[,,,,,,,,,\\\"[[[[\"]", &limits), ==, -1);
  g_assert_cmpint (verdict ("[1,2,3,4,5]", &limits), ==, -1);
  g_assert_cmpint (verdict ("[1,2,3,4,5,6]", &limits), ==, JSON_DOC_ERROR_TOO_LARGE);
  g_assert_cmpint (
      verdict ("[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]",
               &limits),
      ==, JSON_DOC_ERROR_TOO_LARGE);
}

static void
test_messages_hold_no_content (void)
{
  g_autoptr (GError) error = NULL;
  const char *text = "{\n  \"secretAccessKey\": hunter2 }";

  g_assert_null (json_doc_parse (text, strlen (text), NULL, &error));
  g_assert_null (strstr (error->message, "hunter2"));
  g_assert_nonnull (strstr (error->message, "line 2"));
}

/* What is written is read back as it was, wherever in a text the characters stand that are not written as they are. */
static void
test_texts_come_back (void)
{
  static const char *const specials[] = {
    "\"",           "\\", "\n",       "\t",       "\x01", "\x1f", "\x7f", "\xc3\xa4",
    "\xe2\x82\xac", "!",  "\"\"\n\\", "\xc2\x80", " ",    "[",    "#"
  };
  for (gsize special = 0; special < G_N_ELEMENTS (specials); special++) {
    for (gsize before = 0; before < 20; before++) {
      for (gsize after = 0; after < 20; after += 3) {
        g_autoptr (GString) text = g_string_new (NULL);
        g_autoptr (GString) written = g_string_new ("[");
        for (gsize i = 0; i < before; i++)
          g_string_append_c (text, (char)('A' + i));
        g_string_append (text, specials[special]);
        for (gsize i = 0; i < after; i++)
          g_string_append_c (text, (char)('~' - i));
        json_doc_append_text (written, text->str);
        g_string_append_c (written, ']');
        g_autoptr (json_t) read = json_loadb (written->str, written->len, 0, NULL);
        g_assert_cmpstr (json_string_value (json_array_get (read, 0)), ==, text->str);
      }
    }
  }
}

static void
test_what_is_no_utf8_is_made_so (void)
{
  g_autoptr (GString) written = g_string_new (NULL);
  json_doc_append_text (written, "123456789\n\xff 123456789\"");
  g_assert_cmpstr (written->str, ==, "\"123456789\\n\xef\xbf\xbd 123456789\\\"\"");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-doc/what-is-not-json-is-refused", test_syntax);
  g_test_add_func ("/json-doc/limits-hold", test_limits);
  g_test_add_func ("/json-doc/messages-hold-no-content", test_messages_hold_no_content);
  g_test_add_func ("/json-doc/texts-come-back", test_texts_come_back);
  g_test_add_func ("/json-doc/what-is-no-utf8-is-made-so", test_what_is_no_utf8_is_made_so);
  return g_test_run ();
}
