#include "cli/exit-status.h"

#include "cli/aws-config.h"
#include "cli/s3-upload.h"
#include "proto/api-client.h"
#include "proto/http-client.h"

G_DEFINE_QUARK (cli - error - quark, cli_error)

int
cli_exit_status (const GError *error)
{
  if (error->domain == CLI_ERROR) {
    return error->code;
  }
  if (error->domain == API_CLIENT_ERROR) {
    return error->code == API_CLIENT_ERROR_SERVICE ? CLI_EXIT_REFUSED : CLI_EXIT_UNREACHABLE;
  }
  if (error->domain == HTTP_CLIENT_ERROR) {
    return error->code == HTTP_CLIENT_ERROR_SETTINGS ? CLI_EXIT_SETUP : CLI_EXIT_UNREACHABLE;
  }
  if (error->domain == S3_UPLOAD_ERROR) {
    return CLI_EXIT_REFUSED;
  }
  if (error->domain == AWS_CONFIG_ERROR) {
    return CLI_EXIT_SETUP;
  }
  if (error->domain == G_OPTION_ERROR) {
    return CLI_EXIT_USAGE;
  }
  return CLI_EXIT_INPUT;
}

char *
cli_exit_help (void)
{
  GString *text = g_string_new ("Exit status:\n");
#define CLI_EXIT_LINE(id, number, about)                                                           \
  g_string_append_printf (text, "  %-3d %s\n", number, about);
  CLI_EXIT_LIST (CLI_EXIT_LINE)
#undef CLI_EXIT_LINE
  return g_string_free (text, FALSE);
}
