#include "agent/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

G_DEFINE_QUARK (slipway - privileges - error, privileges_error)

gboolean
privileges_find_user (const char *name, NetworkUser *out, GError **error)
{
  static const char *const usual[] = { "slipway-agent", "nobody" };
  const struct passwd *entry = NULL;

  for (gsize i = 0; entry == NULL && i < (name != NULL ? 1 : G_N_ELEMENTS (usual)); i++)
    /* No other thread runs yet. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    entry = getpwnam (name != NULL ? name : usual[i]);
  if (entry == NULL) {
    g_set_error (error, PRIVILEGES_ERROR, PRIVILEGES_ERROR_USER,
                 "there is no user \"%s\" for the process that talks to the network; make one, or "
                 "name another in \"network_user\"",
                 name != NULL ? name : usual[1]);
    return FALSE;
  }
  if (entry->pw_uid == 0) {
    g_set_error (error, PRIVILEGES_ERROR, PRIVILEGES_ERROR_USER,
                 "\"network_user\" must not be root under any name, but \"%s\" is", entry->pw_name);
    return FALSE;
  }
  *out = (NetworkUser){ g_strdup (entry->pw_name), entry->pw_uid, entry->pw_gid };
  return TRUE;
}

const char *
privileges_why_not_separate (void)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
  const guint32 needed = 1U << CAP_SETUID | 1U << CAP_SETGID | 1U << CAP_KILL;

  if (geteuid () != 0)
    return "the agent is not root";
  if (syscall (SYS_capget, &header, data) != 0 || (data[0].effective & needed) != needed)
    return "root has not the capabilities for it (CAP_SETUID, CAP_SETGID, CAP_KILL)";
  return NULL;
}

static gboolean
fail (GError **error, const char *what)
{
  int saved_errno = errno;
  g_set_error (error, PRIVILEGES_ERROR, PRIVILEGES_ERROR_FAILED, "cannot %s: %s", what,
               g_strerror (saved_errno));
  return FALSE;
}

gboolean
privileges_give_up (const NetworkUser *user, GError **error)
{
  pid_t parent = getppid ();
  const struct rlimit none = { 0 };

  if (setgroups (1, &user->gid) != 0 || setresgid (user->gid, user->gid, user->gid) != 0 ||
      setresuid (user->uid, user->uid, user->uid) != 0)
    return fail (error, "become the user without privileges");
  if (setresuid (0, 0, 0) == 0 || geteuid () != user->uid || getegid () != user->gid) {
    errno = EPERM;
    return fail (error, "give root up");
  }
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail (error, "refuse new privileges");
  if (setrlimit (RLIMIT_CORE, &none) != 0 || prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    return fail (error, "switch core dumps off");
  /* the change of user has cleared it */
  if (prctl (PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid () != parent)
    return fail (error, "be bound to the parent");
  return TRUE;
}
