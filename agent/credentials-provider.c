#include "agent/credentials-provider.h"

#include <string.h>
#include <sys/stat.h>

#include "agent/fs-atomic.h"

#define MAX_FILE_BYTES (256 * 1024)
#define MINUTE_MS      (G_GINT64_CONSTANT (60) * 1000)
#define REREAD_MS      (25 * MINUTE_MS)
#define RENEW_MS       (5 * MINUTE_MS)

/* --- files ---------------------------------------------------------------------------------- */

/* What tells one version of a file from the next. */
typedef struct {
  ino_t inode;
  off_t size;
  struct timespec modified;
} Stamp;

typedef struct {
  char *path;
  gboolean is_optional; /* absent: there are none here; else an error */
  const Ambient *ambient;
  Stamp stamp;
} FileContext;

static Stamp
stamp_of (const char *path)
{
  struct stat status;
  if (stat (path, &status) != 0)
    return (Stamp){ 0 };
  return (Stamp){ status.st_ino, status.st_size, status.st_mtim };
}

static gboolean
file_has_changed (gpointer ctx)
{
  const FileContext *file = ctx;
  Stamp now = stamp_of (file->path);
  return now.inode != file->stamp.inode || now.size != file->stamp.size ||
         now.modified.tv_sec != file->stamp.modified.tv_sec ||
         now.modified.tv_nsec != file->stamp.modified.tv_nsec;
}

static void
file_free (gpointer ctx)
{
  FileContext *file = ctx;
  g_free (file->path);
  g_free (file);
}

static FileContext *
file_new (const char *path, const Ambient *ambient)
{
  FileContext *file = g_new0 (FileContext, 1);
  file->path = g_strdup (path);
  file->ambient = ambient;
  return file;
}

static void
wipe (char *text)
{
  if (text == NULL)
    return;
  explicit_bzero (text, strlen (text));
  g_free (text);
}
typedef char SecretText;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SecretText, wipe)

Credentials *
credentials_provider_parse_profile (const char *text)
{
  static const char *const keys[] = { "aws_access_key_id", "aws_secret_access_key",
                                      "aws_session_token" };
  char *values[G_N_ELEMENTS (keys)] = { NULL };
  gboolean in_default = FALSE;
  Credentials *credentials = NULL;

  for (const char *at = text; *at != '\0'; at += strcspn (at, "\n"), at += *at == '\n') {
    g_autoptr (SecretText) whole = g_strndup (at, strcspn (at, "\n"));
    char *line = g_strstrip (whole);
    if (line[0] == '[')
      in_default = strcmp (line, "[default]") == 0;
    char *equals = strchr (line, '=');
    if (!in_default || equals == NULL || line[0] == '#' || line[0] == ';')
      continue;
    *equals = '\0';
    for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
      if (g_ascii_strcasecmp (g_strchomp (line), keys[i]) == 0) {
        wipe (values[i]);
        values[i] = g_strdup (g_strchug (equals + 1));
      }
    *equals = '='; /* all of the line is wiped */
  }
  if (values[0] != NULL && values[1] != NULL && *values[0] != '\0' && *values[1] != '\0')
    credentials = credentials_new (values[0], values[1], values[2]);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    wipe (values[i]);
  return credentials;
}

static gboolean
fetch_profile (gpointer ctx, CredentialsAnswer *out, GError **error)
{
  FileContext *file = ctx;
  gboolean missing;

  file->stamp = stamp_of (file->path); /* before reading: a change meanwhile counts as one */
  g_autoptr (SecretText) text =
      fs_read_optional (file->path, MAX_FILE_BYTES, NULL, &missing, error);
  if (text == NULL && !missing)
    return FALSE;
  Credentials *keys = text != NULL ? credentials_provider_parse_profile (text) : NULL;
  if (keys == NULL) {
    g_set_error (error, CREDENTIALS_SOURCE_ERROR,
                 file->is_optional ? CREDENTIALS_SOURCE_ERROR_NONE
                                   : CREDENTIALS_SOURCE_ERROR_FAILED,
                 missing ? "there is no credentials file \"%s\""
                         : "credentials file \"%s\" has no profile [default] with both keys",
                 file->path);
    return FALSE;
  }
  *out = (CredentialsAnswer){ keys, ambient_now_ms (file->ambient) + REREAD_MS, 0 };
  return TRUE;
}

CredentialsProvider
credentials_provider_session_file (const char *path, const Ambient *ambient)
{
  return (CredentialsProvider){ "the session's credentials file", fetch_profile, file_has_changed,
                                file_free, file_new (path, ambient) };
}

CredentialsProvider
credentials_provider_shared_file (const Ambient *ambient)
{
  const char *given = g_getenv ("AWS_SHARED_CREDENTIALS_FILE");
  g_autofree char *usual = g_build_filename (g_get_home_dir (), ".aws", "credentials", NULL);
  FileContext *file = file_new (given != NULL && given[0] != '\0' ? given : usual, ambient);
  file->is_optional = TRUE;
  return (CredentialsProvider){ "the user's shared credentials file", fetch_profile,
                                file_has_changed, file_free, file };
}

static gboolean
fetch_on_premises (gpointer ctx, CredentialsAnswer *out, GError **error)
{
  FileContext *file = ctx;
  g_autoptr (Arena) arena = arena_new ();
  IdentityKeys keys;

  file->stamp = stamp_of (file->path);
  if (!agent_identity_load_keys (file->path, arena, &keys, error))
    return FALSE;
  *out = (CredentialsAnswer){ credentials_new (keys.access_key_id, keys.secret_access_key, NULL), 0,
                              0 };
  return TRUE;
}

CredentialsProvider
credentials_provider_on_premises (const char *path)
{
  return (CredentialsProvider){ "the on-premises file", fetch_on_premises, file_has_changed,
                                file_free, file_new (path, NULL) };
}

/* --- elsewhere ------------------------------------------------------------------------------ */

static const char *
first_variable (const char *one, const char *other)
{
  const char *value = g_getenv (one);
  value = value != NULL && value[0] != '\0' ? value : g_getenv (other);
  return value != NULL && value[0] != '\0' ? value : NULL;
}

static gboolean
fetch_environment (gpointer ctx, CredentialsAnswer *out, GError **error)
{
  const char *key = first_variable ("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY");
  const char *secret = first_variable ("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY");

  if (key == NULL || secret == NULL) {
    g_set_error_literal (error, CREDENTIALS_SOURCE_ERROR, CREDENTIALS_SOURCE_ERROR_NONE,
                         "no keys in the environment (AWS_ACCESS_KEY, AWS_SECRET_KEY)");
    return FALSE;
  }
  *out = (CredentialsAnswer){ credentials_new (key, secret, g_getenv ("AWS_SESSION_TOKEN")), 0, 0 };
  return TRUE;
}

CredentialsProvider
credentials_provider_environment (void)
{
  return (CredentialsProvider){ .name = "the environment", .fetch = fetch_environment };
}

typedef struct {
  InstanceMetadata *metadata;
  const Ambient *ambient;
} InstanceContext;

static gboolean
fetch_instance (gpointer ctx, CredentialsAnswer *out, GError **error)
{
  const InstanceContext *instance = ctx;
  g_autoptr (GError) problem = NULL;
  gint64 expires_ms = 0;
  Credentials *keys = instance_metadata_keys (instance->metadata, &expires_ms, &problem);

  if (keys == NULL) {
    gboolean none =
        g_error_matches (problem, INSTANCE_METADATA_ERROR, INSTANCE_METADATA_ERROR_ABSENT) ||
        g_error_matches (problem, INSTANCE_METADATA_ERROR, INSTANCE_METADATA_ERROR_NONE);
    g_set_error_literal (error, CREDENTIALS_SOURCE_ERROR,
                         none ? CREDENTIALS_SOURCE_ERROR_NONE : CREDENTIALS_SOURCE_ERROR_FAILED,
                         problem->message);
    return FALSE;
  }
  /* Keys that are about to end, or have, are asked for again a minute later: the service may be late with the next. */
  gint64 now_ms = ambient_now_ms (instance->ambient);
  *out = (CredentialsAnswer){ keys, MAX (expires_ms - RENEW_MS, now_ms + MINUTE_MS), expires_ms };
  return TRUE;
}

CredentialsProvider
credentials_provider_instance (InstanceMetadata *metadata, const Ambient *ambient)
{
  InstanceContext *instance = g_new0 (InstanceContext, 1);
  *instance = (InstanceContext){ metadata, ambient };
  return (CredentialsProvider){ "the instance's role", fetch_instance, NULL, g_free, instance };
}
