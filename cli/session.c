#include "cli/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/exit-status.h"
#include "proto/api-client.h"

#define READ_TRIES        5
#define READ_PAUSE_MS     200
#define REQUEST_TIMEOUT_S 60
#define MAX_DIGITS        15 /* of a number that is not whole: more are noise of the binary form */

struct Session {
  char *profile, *region, *endpoint_url, *ca_bundle, *output_name;
  SessionOutput output;
  AwsConfig *config;
  HttpClient *http;
  ApiClient *api;
};

Session *
session_new (void)
{
  return g_new0 (Session, 1);
}

void
session_free (Session *session)
{
  if (session == NULL) {
    return;
  }
  api_client_free (session->api);
  http_client_free (session->http);
  aws_config_free (session->config);
  g_free (session->profile);
  g_free (session->region);
  g_free (session->endpoint_url);
  g_free (session->ca_bundle);
  g_free (session->output_name);
  g_free (session);
}

static gboolean
read_output (Session *session, GError **error)
{
  const char *name = session->output_name;
  if (name == NULL || g_str_equal (name, "text")) {
    session->output = SESSION_OUTPUT_TEXT;
  } else if (g_str_equal (name, "json")) {
    session->output = SESSION_OUTPUT_JSON;
  } else {
    g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE, "--output is \"text\" or \"json\", not \"%s\"",
                 name);
    return FALSE;
  }
  return TRUE;
}

gboolean
session_parse (Session *session, const char *verb, const char *arguments, const char *about,
               const GOptionEntry *entries, char **argv, char ***out_rest, GError **error)
{
  const GOptionEntry common[] = {
    { "endpoint-url", 0, 0, G_OPTION_ARG_STRING, &session->endpoint_url,
      "The server (AWS_ENDPOINT_URL)", "URL" },
    { "profile", 0, 0, G_OPTION_ARG_STRING, &session->profile,
      "Profile of the AWS files (AWS_PROFILE)", "NAME" },
    { "region", 0, 0, G_OPTION_ARG_STRING, &session->region, "Region to sign for (AWS_REGION)",
      "NAME" },
    { "ca-bundle", 0, 0, G_OPTION_ARG_FILENAME, &session->ca_bundle,
      "Trust these certificates (AWS_CA_BUNDLE)", "FILE" },
    { "output", 0, 0, G_OPTION_ARG_STRING, &session->output_name,
      "text (for people) or json (stable)", "FORMAT" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (arguments);
  g_autofree char *exits = cli_exit_help ();
  g_option_context_set_summary (context, about);
  g_option_context_set_description (context, exits);
  if (entries != NULL) {
    g_option_context_add_main_entries (context, entries, NULL);
  }
  g_option_context_add_main_entries (context, common, NULL);

  /* The parser wants the program's name in front, and shows it in --help. */
  g_autofree char *name = g_strdup_printf ("slipway %s", verb);
  g_set_prgname (name);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_strv_builder_add (builder, name);
  g_strv_builder_addv (builder, (const char **)argv);
  g_auto (GStrv) words = g_strv_builder_end (builder);
  g_auto (GStrv) taken = g_strdupv (words);
  g_autoptr (GError) reason = NULL;
  if (!g_option_context_parse_strv (context, &taken, &reason)) {
    g_propagate_error (error, g_error_new (reason->domain, reason->code,
                                           "%s; see slipway %s --help", reason->message, verb));
    return FALSE;
  }
  gboolean dashes = taken[0] != NULL && taken[1] != NULL && g_str_equal (taken[1], "--");
  *out_rest = g_strdupv (taken[0] != NULL ? taken + (dashes ? 2 : 1) : taken);
  if (!read_output (session, error)) {
    g_clear_pointer (out_rest, g_strfreev);
    return FALSE;
  }
  return TRUE;
}

SessionOutput
session_output (const Session *session)
{
  return session->output;
}

gboolean
session_on_terminal (const Session *session)
{
  const char *term = g_getenv ("TERM");
  return session->output == SESSION_OUTPUT_TEXT && isatty (STDOUT_FILENO) && term != NULL &&
         !g_str_equal (term, "dumb");
}

gboolean
session_colours (const Session *session)
{
  const char *refused = g_getenv ("NO_COLOR");
  return session_on_terminal (session) && (refused == NULL || *refused == '\0');
}

guint
session_columns (const Session *session)
{
  struct winsize size = { 0 };
  if (session->output != SESSION_OUTPUT_TEXT || ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
      size.ws_col == 0) {
    return G_MAXUINT;
  }
  return size.ws_col;
}

const AwsConfig *
session_config (Session *session, GError **error)
{
  if (session->config == NULL) {
    const AwsOptions options = { session->profile, session->region, session->endpoint_url,
                                 session->ca_bundle };
    session->config = aws_config_resolve (&options, aws_surroundings_real (), error);
  }
  return session->config;
}

static HttpClientSettings
http_settings (const AwsConfig *config)
{
  return (HttpClientSettings){ .ca_file = config->ca_bundle, .timeout_s = REQUEST_TIMEOUT_S };
}

HttpClient *
session_http (Session *session, GError **error)
{
  const AwsConfig *config = session_config (session, error);
  if (config != NULL && session->http == NULL) {
    const HttpClientSettings settings = http_settings (config);
    session->http = http_client_new (&settings, error);
  }
  return config != NULL ? session->http : NULL;
}

static ApiClient *
session_api (Session *session, GError **error)
{
  const AwsConfig *config = session_config (session, error);
  if (config != NULL && session->api == NULL) {
    const ApiClientSettings settings = { .endpoint = config->endpoint_url,
                                         .region = config->region,
                                         .credentials = config->credentials,
                                         .http = http_settings (config) };
    session->api = api_client_new (&settings, error);
  }
  return config != NULL ? session->api : NULL;
}

/* Whether doing it twice is the same as doing it once. */
static gboolean
op_only_reads (ApiOp op)
{
  const char *name = api_operation (op)->name;
  return g_str_has_prefix (name, "Get") || g_str_has_prefix (name, "List") ||
         g_str_has_prefix (name, "BatchGet") || g_str_has_prefix (name, "Describe") ||
         g_str_has_prefix (name, "Plan");
}

gboolean
session_call (Session *session, ApiOp op, gconstpointer input, Arena *arena, gpointer *out_output,
              GError **error)
{
  ApiClient *api = session_api (session, error);
  if (api == NULL) {
    return FALSE;
  }
  guint tries = op_only_reads (op) ? READ_TRIES : 1;
  gulong pause_ms = READ_PAUSE_MS;
  for (guint attempt = 1;; attempt++) {
    g_autoptr (GError) reason = NULL;
    if (api_client_call (api, op, input, arena, out_output, &reason)) {
      return TRUE;
    }
    if (attempt >= tries || !api_client_error_is_transient (api)) {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
    g_usleep (pause_ms * 1000);
    pause_ms *= 2;
  }
}

ApiErrorCode
session_refusal (const Session *session)
{
  return session->api != NULL ? api_client_error_code (session->api) : API_ERR_NONE;
}

void
session_print_json (json_t *value)
{
  char *text =
      json_dumps (value, JSON_INDENT (4) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION (MAX_DIGITS));
  printf ("%s\n", text);
  free (text);
  json_decref (value);
}

void
session_print_shape (const Shape *shape, gconstpointer value)
{
  session_print_json (shape_encode (shape, value));
}
