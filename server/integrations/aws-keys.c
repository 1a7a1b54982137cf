#include "server/integrations/aws-keys.h"

#include <string.h>
#include <sys/stat.h>

#include "core/failure.h"
#include "proto/aws-ini.h"
#include "server/files.h"
#include "server/integrations/aws-error.h"

static Credentials *
parse_keys (const AwsSettings *settings, const char *text, gsize length, GError **error)
{
  g_autoptr (AwsIni) ini = aws_ini_parse (text, length, error);
  if (ini == NULL)
    return NULL;
  const char *id = aws_ini_get (ini, settings->profile, "aws_access_key_id");
  const char *secret = aws_ini_get (ini, settings->profile, "aws_secret_access_key");
  if (id != NULL && secret != NULL)
    return credentials_new (id, secret, aws_ini_get (ini, settings->profile, "aws_session_token"));
  failure_record (error, AWS_ERROR, AWS_ERROR_SETTINGS,
                  "no section [%s] with aws_access_key_id and aws_secret_access_key",
                  settings->profile);
  return NULL;
}

Credentials *
aws_keys_read (const AwsSettings *settings, GError **error)
{
  const char *path = settings->credentials_file;
  struct stat status;
  char *text = NULL;
  gsize length = 0;
  g_autoptr (GError) problem = NULL;
  if (stat (path, &status) == 0 && (status.st_mode & 077) != 0) {
    failure_record (error, AWS_ERROR, AWS_ERROR_SETTINGS,
                    "%s is open to other users (mode %04o): chmod 600 it", path,
                    status.st_mode & 07777);
    return NULL;
  }
  Credentials *keys = NULL;
  if (files_read (path, AWS_INI_MAX_BYTES, &text, &length, &problem))
    keys = parse_keys (settings, text, length, &problem);
  if (text != NULL)
    explicit_bzero (text, length);
  g_free (text);
  if (keys == NULL)
    failure_record (error, AWS_ERROR, AWS_ERROR_SETTINGS, "AWS keys in %s: %s", path,
                    problem->message);
  return keys;
}
