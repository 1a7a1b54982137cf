#include "proto/shape-xml.h"

#include "proto/api-types.h"

static void
assert_xml (const Shape *shape, gconstpointer value, const char *expect)
{
  g_autoptr (GString) out = g_string_new (NULL);
  shape_xml_write (shape, value, out);
  g_assert_cmpstr (out->str, ==, expect);
}

static void
test_structure (void)
{
  const gint64 created = G_GINT64_CONSTANT (1700000000999);
  const ApiIamTag team = { .key = "team", .value = "" };
  const ApiIamTag *items[] = { &team };
  const ApiIamTagList tags = { 1, items };
  const ApiUser user = { .user_name = "bob", .create_date = &created, .tags = &tags };
  const ApiGetUserOutput output = { .user = &user };
  assert_xml (&api_shape_get_user_output, &output,
              "<User><UserName>bob</UserName><CreateDate>2023-11-14T22:13:20Z</CreateDate>"
              "<Tags><member><Key>team</Key><Value></Value></member></Tags></User>");
  assert_xml (&api_shape_get_user_output, NULL, "");
}

static void
test_list (void)
{
  const gboolean more = TRUE;
  const char *names[] = { "a", "b" };
  const ApiPolicyNameList list = { 2, names };
  const ApiPolicyNameList nothing = { 0, names };
  const ApiListUserPoliciesOutput output = { .policy_names = &list, .is_truncated = &more };
  const ApiListUserPoliciesOutput empty = { .policy_names = &nothing };
  assert_xml (&api_shape_list_user_policies_output, &output,
              "<PolicyNames><member>a</member><member>b</member></PolicyNames>"
              "<IsTruncated>true</IsTruncated>");
  assert_xml (&api_shape_list_user_policies_output, &empty, "<PolicyNames></PolicyNames>");
}

/* IAM's answers carry documents percent-encoded, and clients decode them. */
static void
test_documents (void)
{
  const ApiGetUserPolicyOutput output = { .policy_document = "{\"a\": \"\xc3\xbc~\"}" };
  assert_xml (&api_shape_get_user_policy_output, &output,
              "<PolicyDocument>%7B%22a%22%3A%20%22%C3%BC~%22%7D</PolicyDocument>");
}

static void
test_text (void)
{
  const struct {
    const char *text;
    const char *expect;
  } rows[] = {
    { "a<b>&\"c\"'", "a&lt;b&gt;&amp;\"c\"'" },
    { "]]>", "]]&gt;" },
    { "tab\tline\nreturn\r", "tab\tline\nreturn&#13;" },
    { "\x01\x1f", "\xef\xbf\xbd\xef\xbf\xbd" },
    { "\xef\xbf\xbe", "\xef\xbf\xbd" },
    { "\xff", "\xef\xbf\xbd" },
    { "gr\xc3\xbc\xc3\x9f \xf0\x9f\x9a\x80", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x9a\x80" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GString) out = g_string_new (NULL);
    shape_xml_append_text (out, rows[i].text);
    g_assert_cmpstr (out->str, ==, rows[i].expect);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shape-xml/structure", test_structure);
  g_test_add_func ("/shape-xml/list", test_list);
  g_test_add_func ("/shape-xml/documents-are-percent-encoded", test_documents);
  g_test_add_func ("/shape-xml/text-is-well-formed", test_text);
  return g_test_run ();
}
