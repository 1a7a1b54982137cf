#include "cli/exit-status.h"

#include <string.h>

#include "cli/aws-config.h"
#include "cli/bundle.h"
#include "cli/s3-upload.h"
#include "proto/api-client.h"
#include "proto/http-client.h"

static void
test_every_domain (void)
{
  const struct {
    GQuark domain;
    int code;
    int status;
  } cases[] = {
    { CLI_ERROR, CLI_EXIT_TIMEOUT, 6 },
    { CLI_ERROR, CLI_EXIT_USAGE, 64 },
    { API_CLIENT_ERROR, API_CLIENT_ERROR_SERVICE, 2 },
    { API_CLIENT_ERROR, API_CLIENT_ERROR_TRANSPORT, 3 },
    { API_CLIENT_ERROR, API_CLIENT_ERROR_ANSWER, 3 },
    { HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_SETTINGS, 5 },
    { HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_TLS, 3 },
    { S3_UPLOAD_ERROR, S3_UPLOAD_ERROR_NO_BUCKET, 2 },
    { AWS_CONFIG_ERROR, AWS_CONFIG_ERROR_NO_ENDPOINT, 5 },
    { G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION, 64 },
    { BUNDLE_ERROR, BUNDLE_ERROR_FOLDER, 4 },
    { G_FILE_ERROR, G_FILE_ERROR_NOENT, 4 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = g_error_new_literal (cases[i].domain, cases[i].code, "x");
    g_assert_cmpint (cli_exit_status (error), ==, cases[i].status);
  }
}

static void
test_help_lists_all (void)
{
  g_autofree char *help = cli_exit_help ();
#define CLI_EXIT_CHECK(id, number, about)                                                          \
  g_assert_nonnull (strstr (help, #number " "));                                                   \
  g_assert_nonnull (strstr (help, about));
  CLI_EXIT_LIST (CLI_EXIT_CHECK)
#undef CLI_EXIT_CHECK
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/exit-status/each-kind-of-error-has-its-number", test_every_domain);
  g_test_add_func ("/exit-status/help-lists-every-number", test_help_lists_all);
  return g_test_run ();
}
