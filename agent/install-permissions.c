#include "agent/install-permissions.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/acl.h>
#include <unistd.h>

#include "agent/fs-atomic.h"

#define MAX_ACCOUNT_BYTES 65536 /* a group's entry names its members */
#define DEFAULT_PREFIX    "default:"

static void
free_acl (acl_t acl)
{
  acl_free (acl);
}
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (acl_t, free_acl, NULL)

static gboolean
fail_account (GError **error, const char *what, const char *name)
{
  g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED, "there is no %s \"%s\" on this host", what,
               name);
  return FALSE;
}

static gboolean
parse_id (const char *name, guint32 *out)
{
  guint64 value = 0;
  if (!g_ascii_string_to_unsigned (name, 10, 0, G_MAXUINT32 - 1, &value, NULL))
    return FALSE;
  *out = (guint32)value;
  return TRUE;
}

static gboolean
find_owner (const AppSpecPermission *permission, InstallOwner *out, GError **error)
{
  g_autofree char *buffer = g_malloc (MAX_ACCOUNT_BYTES);
  struct passwd passwd, *user = NULL;
  struct group group_entry, *group = NULL;

  *out = (InstallOwner){ (uid_t)-1, (gid_t)-1 };
  if (permission->owner != NULL) {
    if (getpwnam_r (permission->owner, &passwd, buffer, MAX_ACCOUNT_BYTES, &user) == 0 &&
        user != NULL)
      out->uid = user->pw_uid;
    else if (!parse_id (permission->owner, &out->uid))
      return fail_account (error, "user", permission->owner);
  }
  if (permission->group != NULL) {
    if (getgrnam_r (permission->group, &group_entry, buffer, MAX_ACCOUNT_BYTES, &group) == 0 &&
        group != NULL)
      out->gid = group->gr_gid;
    else if (!parse_id (permission->group, &out->gid))
      return fail_account (error, "group", permission->group);
  }
  return TRUE;
}

GHashTable *
install_permissions_resolve (const InstallPlan *plan, gsize *out_n, GError **out_problem)
{
  GHashTable *owners = g_hash_table_new_full (NULL, NULL, NULL, g_free);

  for (gsize i = plan->n_created; i < plan->n; i++) {
    const InstallInstruction *instruction = &plan->instructions[i];
    InstallOwner owner;
    if (instruction->kind != INSTALL_CHOWN ||
        g_hash_table_contains (owners, instruction->permission))
      continue;
    if (!find_owner (instruction->permission, &owner, out_problem)) {
      *out_n = i;
      return owners;
    }
    g_hash_table_insert (owners, (gpointer)instruction->permission,
                         g_memdup2 (&owner, sizeof owner));
  }
  *out_n = plan->n;
  return owners;
}

/* The entries of one kind, "default:" taken off. NULL when there are none. */
static char *
entries_of_kind (char *const *entries, gboolean is_default)
{
  g_autoptr (GString) out = g_string_new (NULL);
  for (; *entries != NULL; entries++) {
    gboolean this_default = g_str_has_prefix (*entries, DEFAULT_PREFIX);
    if (this_default != is_default)
      continue;
    g_string_append_printf (out, out->len > 0 ? ",%s" : "%s",
                            *entries + (this_default ? strlen (DEFAULT_PREFIX) : 0));
  }
  return out->len > 0 ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}

static gboolean
set_acl_of_kind (int fd, acl_type_t type, const char *text)
{
  g_auto (acl_t) acl = acl_from_text (text);
  char name[64];

  if (acl == NULL || acl_valid (acl) != 0) {
    errno = EINVAL;
    return FALSE;
  }
  if (type == ACL_TYPE_ACCESS)
    return acl_set_fd (fd, acl) == 0;
  /* the library has no call for a default ACL by descriptor; this name leads to the descriptor's own folder */
  g_snprintf (name, sizeof name, "/proc/self/fd/%d", fd);
  return acl_set_file (name, type, acl) == 0;
}

/* A user or group that the host does not have is the usual reason: then the text is not an ACL. */
static gboolean
fail_acl (GError **error, int saved_errno, const char *text, const char *path)
{
  g_autofree char *shown = g_utf8_make_valid (path, -1);
  g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED, "cannot set the ACL \"%s\" on \"%s\": %s",
               text, shown,
               saved_errno == EINVAL ? "it names a user or group that this host does not have"
                                     : g_strerror (saved_errno));
  return FALSE;
}

static gboolean
set_acl (int fd, const InstallRights *rights, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *text = install_plan_acl (rights->item, rights->mode & 0777, arena);
  g_auto (GStrv) entries = g_strsplit (text, ",", -1);
  g_autofree char *access = entries_of_kind (entries, FALSE);
  g_autofree char *of_default = entries_of_kind (entries, TRUE);

  if (access != NULL && !set_acl_of_kind (fd, ACL_TYPE_ACCESS, access))
    return fail_acl (error, errno, access, rights->path);
  if (of_default != NULL && !set_acl_of_kind (fd, ACL_TYPE_DEFAULT, of_default))
    return fail_acl (error, errno, of_default, rights->path);
  return TRUE;
}

static gboolean
owner_differs (InstallOwner wanted, const struct stat *now)
{
  return (wanted.uid != (uid_t)-1 && wanted.uid != now->st_uid) ||
         (wanted.gid != (gid_t)-1 && wanted.gid != now->st_gid);
}

gboolean
install_permissions_apply (int fd, const struct stat *now, const InstallRights *rights,
                           GError **error)
{
  gboolean changes_owner = owner_differs (rights->owner, now);

  if (changes_owner && fchown (fd, rights->owner.uid, rights->owner.gid) != 0)
    return fs_fail (error, errno, "set the owner of", rights->path);
  /* most files are made with the right one */
  if ((changes_owner || (now->st_mode & 07777) != rights->mode) && fchmod (fd, rights->mode) != 0)
    return fs_fail (error, errno, "set the mode of", rights->path);
  return rights->item == NULL || rights->item->n_acls == 0 || set_acl (fd, rights, error);
}

gboolean
install_permissions_own_link (int dir_fd, const char *name, InstallOwner owner, const char *path,
                              GError **error)
{
  struct stat status;
  int fd = openat (dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

  /* a second link to somebody's link may have been put in its place */
  gboolean is_ours = fd >= 0 && fstat (fd, &status) == 0 && S_ISLNK (status.st_mode) &&
                     status.st_nlink == 1 && status.st_uid == geteuid ();
  int saved_errno = fd < 0 ? errno : EBUSY;
  if (is_ours && fchownat (fd, "", owner.uid, owner.gid, AT_EMPTY_PATH) != 0) {
    saved_errno = errno;
    is_ours = FALSE;
  }
  if (fd >= 0)
    close (fd);
  return is_ours || fs_fail (error, saved_errno, "set the owner of the link", path);
}
