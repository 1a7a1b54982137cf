#include "cli/verb.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/exit-status.h"
#include "cli/positional.h"

/* Tools made before AWS_ENDPOINT_URL (2023) can be told a command's own endpoint only: `aws deploy register` and `push` also
 * call IAM and S3, and would go to AWS. The endpoints of those are data to them, looked for in AWS_DATA_PATH first: this
 * verb writes that data, so that both go to the server (botocore's endpoint rule sets, since the end of 2022). */

typedef struct {
  const char *folder;
  const char *signing_name;
  const char *signing_region; /* NULL: the client's */
  const char *path;           /* behind the endpoint's URL, when the request has a bucket */
} Model;

static const Model models[] = {
  { "iam/2010-05-08", "iam", "us-east-1", NULL },
  { "sts/2011-06-15", "sts", "us-east-1", NULL },
  { "s3/2006-03-01", "s3", NULL, "/{Bucket}" },
};

/* One parameter; the client fills it from what `source` names. */
static void
add_parameter (json_t *parameters, const char *name, const char *source, json_type type)
{
  json_t *parameter =
      json_pack ("{s:s, s:b, s:s}", "type", type == JSON_STRING ? "String" : "Boolean", "required",
                 FALSE, "documentation", name);
  if (source != NULL) {
    json_object_set_new (parameter, "builtIn", json_string (source));
  }
  json_object_set_new (parameters, name, parameter);
}

static json_t *
make_rule (const Model *model, const char *endpoint, const char *path)
{
  g_autofree char *url = g_strconcat (endpoint, path, NULL);
  json_t *scheme = json_pack ("{s:s, s:s, s:s, s:b}", "name", "sigv4", "signingName",
                              model->signing_name, "signingRegion",
                              model->signing_region != NULL ? model->signing_region : "{Region}",
                              "disableDoubleEncoding", model->path != NULL);
  return json_pack ("{s:[], s:{s:s, s:{s:[o]}, s:{}}, s:s}", "conditions", "endpoint", "url", url,
                    "properties", "authSchemes", scheme, "headers", "type", "endpoint");
}

static json_t *
make_model (const Model *model, const char *endpoint)
{
  json_t *parameters = json_object ();
  json_t *rules = json_array ();
  add_parameter (parameters, "Region", "AWS::Region", JSON_STRING);
  add_parameter (parameters, "UseDualStack", "AWS::UseDualStack", JSON_TRUE);
  add_parameter (parameters, "UseFIPS", "AWS::UseFIPS", JSON_TRUE);
  add_parameter (parameters, "Endpoint", "SDK::Endpoint", JSON_STRING);
  if (model->path != NULL) {
    add_parameter (parameters, "Bucket", NULL, JSON_STRING);
    json_t *rule = make_rule (model, endpoint, model->path);
    json_array_append_new (json_object_get (rule, "conditions"),
                           json_pack ("{s:s, s:[{s:s}]}", "fn", "isSet", "argv", "ref", "Bucket"));
    json_array_append_new (rules, rule);
  }
  json_array_append_new (rules, make_rule (model, endpoint, ""));
  return json_pack ("{s:s, s:o, s:o}", "version", "1.0", "parameters", parameters, "rules", rules);
}

static gboolean
write_model (const char *root, const Model *model, const char *endpoint, GError **error)
{
  g_autofree char *folder = g_build_filename (root, model->folder, NULL);
  g_autofree char *path = g_build_filename (folder, "endpoint-rule-set-1.json", NULL);
  g_autoptr (GError) reason = NULL;
  if (g_mkdir_with_parents (folder, 0755) != 0) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_INPUT, "cannot make the folder \"%s\": %s", folder,
                 g_strerror (errno));
    return FALSE;
  }
  json_t *json = make_model (model, endpoint);
  char *text = json_dumps (json, JSON_INDENT (2));
  gboolean written =
      g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &reason);
  free (text);
  json_decref (json);
  if (!written) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_INPUT, "cannot write \"%s\": %s", path,
                 reason->message);
  }
  return written;
}

static int
run (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_aws_models, NULL, argv, &rest, error) ||
      !positional_exactly (&verb_aws_models, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  const AwsConfig *config = session_config (session, error);
  if (config == NULL) {
    return CLI_EXIT_SETUP;
  }
  g_autofree char *endpoint = g_strdup (config->endpoint_url);
  if (g_str_has_suffix (endpoint, "/")) {
    endpoint[strlen (endpoint) - 1] = '\0';
  }
  for (gsize i = 0; i < G_N_ELEMENTS (models); i++) {
    if (!write_model (rest[0], &models[i], endpoint, error)) {
      return CLI_EXIT_INPUT;
    }
  }
  if (session_output (session) == SESSION_OUTPUT_TEXT) {
    printf ("An AWS CLI or boto3 that does not know AWS_ENDPOINT_URL finds %s with\n"
            "  export AWS_DATA_PATH=%s\n",
            endpoint, rest[0]);
  }
  return CLI_EXIT_OK;
}

const Verb verb_aws_models = { "aws-models", "FOLDER",
                               "Makes older AWS tools find the server for IAM, STS and S3.", run };
