#pragma once

#include <glib.h>

#include "proto/credentials.h"

/*
 * Where to send requests and with which keys, found as the AWS CLI finds it. For each value the first source that
 * has it wins:
 *
 *   profile      --profile; AWS_PROFILE; AWS_DEFAULT_PROFILE; "default"
 *   region       --region; AWS_REGION; AWS_DEFAULT_REGION; the profile; "us-east-1"
 *   endpoint     --endpoint-url; AWS_ENDPOINT_URL_CODEDEPLOY; AWS_ENDPOINT_URL; the profile's [services] section;
 *                the profile's endpoint_url (AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true ends it after the option)
 *   s3 endpoint  --endpoint-url; AWS_ENDPOINT_URL_S3; then the same way; the endpoint
 *   CA bundle    --ca-bundle; AWS_CA_BUNDLE; the profile's ca_bundle; the system's
 *   credentials  environment, unless --profile was given; the credentials file; the config file's profile; the
 *                profile's credential_process
 *
 * Roles, single sign-on and instance metadata are not supported; a profile that needs them is refused by name.
 *
 * Thread rule: one thread at a time. Reads files and may start the credential process, which it waits for.
 */
typedef struct {
  const char *profile, *region, *endpoint_url,
      *ca_bundle; /* from the command line; NULL: not given */
} AwsOptions;

typedef struct {
  char *profile;
  char *region;
  char *endpoint_url;
  char *s3_endpoint_url;
  char *ca_bundle; /* NULL: the system's */
  Credentials *credentials;
} AwsConfig;

/* What is outside: tests put their own in. */
typedef struct {
  /* Borrowed; NULL when not set. */
  const char *(*environment) (gpointer self, const char *name);
  /* The whole file, or NULL with no error set when there is none. */
  char *(*read_file) (gpointer self, const char *path, gsize *out_length, GError **error);
  /* The standard output of a command that ended well. */
  char *(*run) (gpointer self, const char *command, GError **error);
  gpointer self;
} AwsSurroundings;

/* This process's environment, files and children. */
const AwsSurroundings *aws_surroundings_real (void);

#define AWS_CONFIG_ERROR (aws_config_error_quark ())
GQuark aws_config_error_quark (void);
typedef enum {
  AWS_CONFIG_ERROR_FILE,       /* unreadable or not in the format */
  AWS_CONFIG_ERROR_NO_PROFILE, /* the profile asked for is in no file */
  AWS_CONFIG_ERROR_NO_ENDPOINT,
  AWS_CONFIG_ERROR_BAD_ENDPOINT,   /* not an http or https URL */
  AWS_CONFIG_ERROR_NO_CREDENTIALS, /* none found, half a pair, or of a kind not supported */
} AwsConfigError;

/* Messages say which sources were looked at and what to do; never a secret. */
AwsConfig *aws_config_resolve (const AwsOptions *options, const AwsSurroundings *surroundings,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
void aws_config_free (AwsConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AwsConfig, aws_config_free)
