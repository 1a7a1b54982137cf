#include "agent/hook-user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#define FIRST_BUFFER_BYTES 1024
#define MAX_BUFFER_BYTES   (1024 * 1024)
#define FIRST_GROUPS       32
#define MAX_GROUPS         65536 /* the kernel's NGROUPS_MAX */

G_DEFINE_QUARK (slipway - hook - user - error, hook_user_error)

/* 0: found, or *out NULL for no such user; else an errno. The texts are in arena. */
static int
look_up (const char *name, struct passwd *passwd, Arena *arena, struct passwd **out)
{
  for (gsize n = FIRST_BUFFER_BYTES;; n *= 4) {
    int result = getpwnam_r (name, passwd, arena_alloc (arena, n), n, out);
    if (result != ERANGE || n >= MAX_BUFFER_BYTES)
      return result;
  }
}

static gboolean
find_groups (const struct passwd *passwd, Arena *arena, HookSpawnUser *out)
{
  for (int room = FIRST_GROUPS; room <= MAX_GROUPS;) {
    gid_t *groups = arena_alloc_n (arena, (gsize)room, sizeof *groups);
    int n = room;
    if (getgrouplist (passwd->pw_name, passwd->pw_gid, groups, &n) >= 0) {
      out->groups = groups;
      out->n_groups = (gsize)n;
      return TRUE;
    }
    room = MAX (n, room * 2);
  }
  return FALSE;
}

const HookUser *
hook_user_find (const char *name, Arena *arena, GError **error)
{
  struct passwd passwd, *found = NULL;
  int result = look_up (name, &passwd, arena, &found);

  /* the several ways in which a database says that it does not know somebody: getpwnam_r(3) */
  if (found == NULL && (result == 0 || result == ENOENT || result == ESRCH)) {
    g_set_error (error, HOOK_USER_ERROR, HOOK_USER_ERROR_UNKNOWN,
                 "there is no user \"%s\" on this host", name);
    return NULL;
  }
  HookUser *user = arena_new0 (arena, HookUser);
  if (found == NULL || !find_groups (found, arena, &user->spawn)) {
    g_set_error (error, HOOK_USER_ERROR, HOOK_USER_ERROR_FAILED,
                 "the host's user database cannot say who \"%s\" is: %s", name,
                 found == NULL ? g_strerror (result) : "too many groups");
    return NULL;
  }
  user->name = arena_strdup (arena, found->pw_name);
  user->home = arena_strdup (arena, found->pw_dir);
  user->shell = found->pw_shell != NULL && found->pw_shell[0] != '\0'
                    ? arena_strdup (arena, found->pw_shell)
                    : "/bin/sh";
  user->spawn.uid = found->pw_uid;
  user->spawn.gid = found->pw_gid;
  return user;
}
