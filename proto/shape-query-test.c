#include "proto/shape-query.h"

#include <string.h>

#include "proto/api-operation.h"
#include "proto/api-types.h"

/* The value of CreateUser's or another operation's input as JSON, or the error's text behind "!". */
static char *
decoded (const char *operation, const char *form)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const Shape *shape = api_operation_by_name (operation)->input;
  QueryForm parsed;
  gpointer value = NULL;
  if (!query_form_parse (form, strlen (form), arena, &parsed, &error) ||
      !shape_query_decode (shape, &parsed, arena, &value, &error)) {
    g_assert_true (error->domain == API_ERROR);
    g_assert_cmpint (error->code, ==, API_ERR_SERIALIZATION);
    return g_strconcat ("!", error->message, NULL);
  }
  return shape_to_text (shape, value);
}

typedef struct {
  const char *name;
  const char *operation;
  const char *form;
  const char *expect; /* JSON; or "!" and a part of the error */
} Row;

static const Row rows[] = {
  { "nothing", "CreateUser", "", "{}" },
  { "text", "CreateUser", "Action=CreateUser&UserName=bob", "{\"UserName\":\"bob\"}" },
  { "text-is-unescaped", "CreateUser", "UserName=a%2Bb+c%c3%BC",
    "{\"UserName\":\"a+b c\xc3\xbc\"}" },
  { "empty-text-is-text", "CreateUser", "UserName=", "{\"UserName\":\"\"}" },
  { "a-name-without-equals-is-empty", "CreateUser", "UserName", "{\"UserName\":\"\"}" },
  { "empty-parts-are-nothing", "CreateUser", "&&UserName=bob&&", "{\"UserName\":\"bob\"}" },
  { "unknown-names-are-ignored", "CreateUser", "UserNam=x&UserName.x=y&UserNames=z&.=&Tags.x=1",
    "{}" },
  { "case-matters", "CreateUser", "username=bob", "{}" },
  { "a-list-of-structures", "CreateUser",
    "Tags.member.1.Key=a&Tags.member.1.Value=1&Tags.member.2.Key=b&Tags.member.2.Value=",
    "{\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"b\",\"Value\":\"\"}]}" },
  { "elements-are-in-order-of-their-numbers", "UntagUser",
    "TagKeys.member.10=j&TagKeys.member.2=b&TagKeys.member.1=a",
    "{\"TagKeys\":[\"a\",\"b\",\"j\"]}" },
  { "a-list-with-nothing-in-it", "CreateUser", "Tags=", "{\"Tags\":[]}" },
  { "text-for-a-list", "CreateUser", "Tags=x", "!Tags: is not a list" },
  { "number-0", "UntagUser", "TagKeys.member.0=a", "!TagKeys: an element's number" },
  { "number-01", "UntagUser", "TagKeys.member.01=a", "!TagKeys: an element's number" },
  { "number-too-large", "UntagUser", "TagKeys.member.1001=a", "!TagKeys: an element's number" },
  { "number-that-overflows", "UntagUser", "TagKeys.member.18446744073709551617=a",
    "!TagKeys: an element's number" },
  { "no-number", "UntagUser", "TagKeys.member.x=a", "!TagKeys: an element's number" },
  { "an-integer", "ListUsers", "MaxItems=17&Marker=m", "{\"Marker\":\"m\",\"MaxItems\":17}" },
  { "not-an-integer", "ListUsers", "MaxItems=1e3", "!MaxItems: is not an Integer" },
  { "an-integer-too-large", "ListUsers", "MaxItems=2147483648", "!MaxItems: is not an Integer" },
  { "a-boolean", "ListPolicies", "OnlyAttached=true", "{\"OnlyAttached\":true}" },
  { "not-a-boolean", "ListPolicies", "OnlyAttached=1", "!OnlyAttached: is not a Boolean" },
  { "a-list-in-structures", "AssumeRole", "PolicyArns.member.1.arn=x&PolicyArns.member.3.arn=y",
    "{\"PolicyArns\":[{\"arn\":\"x\"},{\"arn\":\"y\"}]}" },
  { "a-name-twice", "CreateUser", "UserName=a&UserName=b", "!UserName stands twice" },
  { "a-percent-sign-at-the-end", "CreateUser", "UserName=a%4", "!UserName is not percent-encoded" },
  { "not-hexadecimal", "CreateUser", "UserName=%zz", "!UserName is not percent-encoded" },
  { "nul", "CreateUser", "UserName=a%00b", "!UserName is not percent-encoded" },
  { "not-utf-8", "CreateUser", "UserName=%ff", "!UserName is not percent-encoded" },
  { "a-name-that-is-not-utf-8", "CreateUser", "%ff=a", "!a parameter's name" },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autofree char *text = decoded (row->operation, row->form);
  if (*row->expect == '!')
    g_assert_true (g_str_has_prefix (text, row->expect));
  else
    g_assert_cmpstr (text, ==, row->expect);
}

static void
test_limits (void)
{
  g_autoptr (GString) many = g_string_new ("a=");
  g_autoptr (GString) longer = g_string_new (NULL);
  for (guint i = 1; i < QUERY_FORM_MAX_PARAMS; i++)
    g_string_append_printf (many, "&p%u=", i);
  g_autofree char *fits = decoded ("CreateUser", many->str);
  g_assert_cmpstr (fits, ==, "{}");
  g_string_append (many, "&q=");
  g_autofree char *too_many = decoded ("CreateUser", many->str);
  g_assert_true (g_str_has_prefix (too_many, "!the form has more than"));

  for (guint i = 0; i < QUERY_FORM_MAX_NAME; i++)
    g_string_append_c (longer, 'n');
  g_autofree char *name_fits = decoded ("CreateUser", longer->str);
  g_assert_cmpstr (name_fits, ==, "{}");
  g_string_append_c (longer, 'n');
  g_autofree char *too_long = decoded ("CreateUser", longer->str);
  g_assert_true (g_str_has_prefix (too_long, "!a parameter's name is longer"));
}

static void
test_operations (void)
{
  const ApiOperation *op = api_operation_by_query ("CreateUser", "2010-05-08");
  g_assert_nonnull (op);
  g_assert_cmpint (op->id, ==, API_OP_CREATE_USER);
  g_assert_null (api_operation_by_query ("CreateUser", "2011-06-15"));
  g_assert_null (api_operation_by_query ("CreateApplication", "2010-05-08"));
  g_assert_null (api_operation_by_query ("CreateApplication", NULL));
  g_assert_null (api_operation_by_query (NULL, "2010-05-08"));
  g_assert_true (api_operation_by_target ("SlipwayIam_20261101.CreateUser") == op);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *path = g_strdup_printf ("/shape-query/%s", rows[i].name);
    g_test_add_data_func (path, &rows[i], test_row);
  }
  g_test_add_func ("/shape-query/limits", test_limits);
  g_test_add_func ("/shape-query/actions-and-versions", test_operations);
  return g_test_run ();
}
