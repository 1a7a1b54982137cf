#include "agent/process-setup.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"

G_DEFINE_QUARK (slipway - process - setup - error, process_setup_error)

static gboolean
fail_user (GError **error, const char *what, const char *name, const char *why)
{
  g_set_error (error, PROCESS_SETUP_ERROR, PROCESS_SETUP_ERROR_USER, "%s \"%s\": %s", what, name,
               why);
  return FALSE;
}

gboolean
process_setup_become_user (const char *user, const char *group, GError **error)
{
  /* No other thread runs yet. NOLINTNEXTLINE(concurrency-mt-unsafe) */
  const struct passwd *entry = getpwnam (user);
  if (entry == NULL)
    return fail_user (error, "user", user, "there is no such user");
  uid_t uid = entry->pw_uid;
  gid_t gid = entry->pw_gid;
  if (group != NULL) {
    /* The same. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const struct group *named = getgrnam (group);
    if (named == NULL)
      return fail_user (error, "group", group, "there is no such group");
    gid = named->gr_gid;
  }
  if (geteuid () == uid && getegid () == gid)
    return TRUE;
  if (geteuid () != 0)
    return fail_user (error, "user", user, "only root can become another user");
  if (initgroups (user, gid) != 0 || setresgid (gid, gid, gid) != 0 ||
      setresuid (uid, uid, uid) != 0) {
    int saved_errno = errno;
    return fail_user (error, "cannot become user", user, g_strerror (saved_errno));
  }
  return TRUE;
}

static gboolean
close_folder (const char *path, mode_t mode, GError **error)
{
  if (!fs_make_directory (path, error))
    return FALSE;
  if (chmod (path, mode) == 0)
    return TRUE;
  int saved_errno = errno;
  g_set_error (error, PROCESS_SETUP_ERROR, PROCESS_SETUP_ERROR_FOLDER,
               "cannot close \"%s\" to other users: %s", path, g_strerror (saved_errno));
  return FALSE;
}

gboolean
process_setup_close_folders (const AgentConfig *config, GError **error)
{
  const struct {
    const char *name;
    mode_t mode;
  } below[] = {
    { "deployment-instructions", 0700 },
    { config->ongoing_deployment_tracking, 0700 },
    { "deployment-logs", 0750 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (below); i++) {
    g_autofree char *path = g_build_filename (config->root_dir, below[i].name, NULL);
    if (!close_folder (path, below[i].mode, error))
      return FALSE;
  }
  return close_folder (config->root_dir, 0711, error) &&
         (config->pid_dir == NULL || close_folder (config->pid_dir, 0700, error));
}

void
process_setup_clear_keys (const AgentConfig *config)
{
  static const char *const names[] = { "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                                       "AWS_CREDENTIAL_FILE" };
  for (gsize i = 0; i < G_N_ELEMENTS (names) && !agent_config_is_test (config); i++)
    g_unsetenv (names[i]);
}

gboolean
process_setup (const AgentConfig *config, GError **error)
{
  process_setup_clear_keys (config);
  if (config->disable_core_dumps) {
    struct rlimit limit;
    /* The soft limit alone: a script that wants its own dumps can have them. It cannot fail, since it only gets lower. */
    if (getrlimit (RLIMIT_CORE, &limit) == 0) {
      limit.rlim_cur = 0;
      (void)setrlimit (RLIMIT_CORE, &limit);
    }
  }
  if (config->user != NULL && !process_setup_become_user (config->user, config->group, error))
    return FALSE;
  return !config->restrict_agent_dir_permissions || process_setup_close_folders (config, error);
}
