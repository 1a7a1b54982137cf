#include "agent/hook-environment.h"

#include <string.h>

/* Secrets that the agent may have been started with, or where they are. */
static const char *const secret[] = {
  "AWS_ACCESS_KEY",
  "AWS_SECRET_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_SECURITY_TOKEN",
  "AWS_CREDENTIAL_FILE",
  "AWS_CREDENTIALS_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
};

/* Between the agent and its service manager: systemd.exec(5). */
static const char *const of_the_service[] = {
  "NOTIFY_SOCKET", "WATCHDOG_PID",   "WATCHDOG_USEC",    "LISTEN_FDS",
  "LISTEN_PID",    "LISTEN_FDNAMES", "MAINPID",          "CREDENTIALS_DIRECTORY",
  "INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID",
};

/* Set below or not at all, so that inherited ones go. */
static const char *const replaced[] = {
  "LIFECYCLE_EVENT",     "DEPLOYMENT_ID", "APPLICATION_NAME", "DEPLOYMENT_GROUP_NAME",
  "DEPLOYMENT_GROUP_ID", "BUNDLE_BUCKET", "BUNDLE_KEY",       "BUNDLE_VERSION",
  "BUNDLE_ETAG",         "BUNDLE_COMMIT", "AWS_REGION",       "AWS_HOST_IDENTIFIER",
};

static const char *const of_the_user[] = { "HOME", "SHELL" };
static const char *const of_a_plain_user[] = { "USER", "LOGNAME" };

static gboolean
is_named (const char *variable, const char *const *names, gsize n)
{
  gsize length = strcspn (variable, "=");
  for (gsize i = 0; i < n; i++)
    if (strncmp (variable, names[i], length) == 0 && names[i][length] == '\0')
      return TRUE;
  return FALSE;
}
#define IS_ONE_OF(variable, names) is_named (variable, names, G_N_ELEMENTS (names))

static gboolean
sets_login (const HookUser *user)
{
  return user != NULL && user->spawn.uid != 0;
}

static gboolean
is_passed_on (const char *variable, const HookUser *user)
{
  return !IS_ONE_OF (variable, secret) && !IS_ONE_OF (variable, of_the_service) &&
         !IS_ONE_OF (variable, replaced) && !(user != NULL && IS_ONE_OF (variable, of_the_user)) &&
         !(sets_login (user) && IS_ONE_OF (variable, of_a_plain_user));
}

static void
add (GPtrArray *to, const char *name, const char *value)
{
  if (value != NULL)
    g_ptr_array_add (to, g_strdup_printf ("%s=%s", name, value));
}

static void
add_bundle (GPtrArray *to, const HookEnvironment *settings)
{
  const SpecRevision *revision = &settings->spec->revision;
  if (revision->type == SPEC_REVISION_S3) {
    add (to, "BUNDLE_BUCKET", revision->bucket);
    add (to, "BUNDLE_KEY", revision->key);
    add (to, "BUNDLE_VERSION", revision->version);
    add (to, "BUNDLE_ETAG", revision->etag != NULL ? revision->etag : settings->observed_etag);
  } else if (revision->type == SPEC_REVISION_GITHUB) {
    add (to, "BUNDLE_COMMIT", revision->commit_id);
  }
}

static void
add_user (GPtrArray *to, const HookUser *user)
{
  if (user == NULL)
    return;
  add (to, "HOME", user->home);
  add (to, "SHELL", user->shell);
  if (sets_login (user)) {
    add (to, "USER", user->name);
    add (to, "LOGNAME", user->name);
  }
}

GPtrArray *
hook_environment_new (const HookEnvironment *settings, const char *const *inherited)
{
  const DeploymentSpec *spec = settings->spec;
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; inherited != NULL && inherited[i] != NULL; i++)
    if (is_passed_on (inherited[i], settings->user))
      g_ptr_array_add (list, g_strdup (inherited[i]));
  add (list, "LIFECYCLE_EVENT", settings->event);
  add (list, "DEPLOYMENT_ID", spec->deployment_id);
  add (list, "APPLICATION_NAME", spec->application_name);
  add (list, "DEPLOYMENT_GROUP_NAME", spec->group_name);
  add (list, "DEPLOYMENT_GROUP_ID", spec->group_id);
  if (settings->identity != NULL) {
    add (list, "AWS_REGION", settings->identity->region);
    add (list, "AWS_HOST_IDENTIFIER", settings->identity->host_identifier);
  }
  add_bundle (list, settings);
  add_user (list, settings->user);
  g_ptr_array_add (list, NULL);
  return list;
}
