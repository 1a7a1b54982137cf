#include "server/wire-query.h"

#include "proto/api-error.h"
#include "proto/api-types.h"
#include "store/store.h"

#include <string.h>

static void
test_output (void)
{
  const ApiUser user = { .user_name = "bob" };
  const ApiCreateUserOutput output = { .user = &user };
  gsize length = 0;
  g_autofree char *text =
      wire_query.encode_output (api_operation (API_OP_CREATE_USER), &output, "id-1", &length);
  g_assert_cmpuint (length, ==, strlen (text));
  g_assert_cmpstr (text, ==,
                   "<CreateUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n"
                   "<CreateUserResult><User><UserName>bob</UserName></User></CreateUserResult>\n"
                   "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata>\n"
                   "</CreateUserResponse>\n");
}

static void
test_no_output (void)
{
  gsize length = 0;
  g_autofree char *text =
      wire_query.encode_output (api_operation (API_OP_DELETE_USER), NULL, "id-1", &length);
  g_assert_cmpstr (text, ==,
                   "<DeleteUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n"
                   "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata>\n"
                   "</DeleteUserResponse>\n");
}

static void
assert_error (const GError *error, guint status, const char *expect)
{
  gsize length = 0;
  guint got = 0;
  g_autofree char *text = wire_query.encode_error (error, "id-1", &got, &length);
  g_autofree char *wanted = g_strdup_printf ("<ErrorResponse>\n<Error>%s</Error>\n"
                                             "<RequestId>id-1</RequestId>\n</ErrorResponse>\n",
                                             expect);
  g_assert_cmpstr (text, ==, wanted);
  g_assert_cmpuint (got, ==, status);
  g_assert_cmpuint (length, ==, strlen (text));
}

static void
test_errors (void)
{
  g_autoptr (GError) missing = NULL;
  api_error_set (&missing, API_ERR_NO_SUCH_ENTITY, "no <user>");
  assert_error (missing, 404,
                "<Type>Sender</Type><Code>NoSuchEntity</Code><Message>no &lt;user&gt;</Message>");

  /* The same refusal has another name in JSON. */
  g_autoptr (GError) unknown = NULL;
  api_error_set (&unknown, API_ERR_UNRECOGNIZED_CLIENT, NULL);
  assert_error (unknown, 403,
                "<Type>Sender</Type><Code>InvalidClientTokenId</Code>"
                "<Message>The security token included in the request is invalid.</Message>");

  g_autoptr (GError) internal = NULL;
  g_set_error_literal (&internal, STORE_ERROR, STORE_ERROR_IO, "/secret/path is gone");
  assert_error (internal, 500,
                "<Type>Receiver</Type><Code>InternalFailure</Code><Message></Message>");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire-query/output", test_output);
  g_test_add_func ("/wire-query/nothing-to-say", test_no_output);
  g_test_add_func ("/wire-query/errors", test_errors);
  return g_test_run ();
}
