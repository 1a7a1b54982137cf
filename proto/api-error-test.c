#include "proto/api-error.h"

#include <string.h>

static void
test_names (void)
{
  for (guint i = API_ERR_NONE + 1; i < API_N_ERRORS; i++) {
    const char *name = api_error_name ((ApiErrorCode)i);
    guint status = api_error_status ((ApiErrorCode)i);
    g_assert_cmpint (api_error_from_name (name), ==, i);
    g_assert_true (status == 400 || status == 404 || status == 408 || status == 409 ||
                   status == 413 || status == 500 || status == 503);
  }
  g_assert_cmpint (api_error_from_name ("ns#ApplicationDoesNotExistException"), ==,
                   API_ERR_APPLICATION_DOES_NOT_EXIST);
  g_assert_cmpint (api_error_from_name ("ApplicationDoesNotExistException:http://x"), ==,
                   API_ERR_APPLICATION_DOES_NOT_EXIST);
  g_assert_cmpint (api_error_from_name ("ApplicationDoesNotExist"), ==, API_ERR_NONE);
  g_assert_cmpint (api_error_from_name (NULL), ==, API_ERR_NONE);
}

static void
assert_body (const GError *error, const char *expected)
{
  gsize length = 0;
  g_autofree char *body = api_error_to_body (error, &length);

  g_assert_cmpstr (body, ==, expected);
  g_assert_cmpuint (length, ==, strlen (expected));
}

static void
test_bodies (void)
{
  g_autoptr (GError) named = NULL;
  g_autoptr (GError) standard = NULL;
  g_autoptr (GError) fault = NULL;
  g_autoptr (GError) foreign =
      g_error_new (G_FILE_ERROR, G_FILE_ERROR_NOENT, "cannot open /secret/path");

  api_error_set (&named, API_ERR_APPLICATION_DOES_NOT_EXIST, "No application found for name: %s",
                 "a\"b");
  api_error_set (&standard, API_ERR_THROTTLING, NULL);
  api_error_set (&fault, API_ERR_INTERNAL_FAILURE, "disk full");
  assert_body (named, "{\"__type\":\"ApplicationDoesNotExistException\",\"message\":\"No "
                      "application found for name: "
                      "a\\\"b\"}");
  assert_body (standard, "{\"__type\":\"ThrottlingException\",\"message\":\"Rate exceeded\"}");
  assert_body (fault, "{\"__type\":\"InternalFailure\"}");
  assert_body (foreign, "{\"__type\":\"InternalFailure\"}");
  g_assert_cmpint (api_error_code (foreign), ==, API_ERR_INTERNAL_FAILURE);
  g_assert_cmpuint (api_error_status (API_ERR_INTERNAL_FAILURE), ==, 500);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/api-error/names-and-statuses", test_names);
  g_test_add_func ("/api-error/bodies-tell-nothing-of-our-faults", test_bodies);
  return g_test_run ();
}
