#include "agent/install-permissions.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "agent/hook-process.h"
#include "core/pathname.h"
#include "proto/json-doc.h"

#define PROGRAM_TIMEOUT_MS (5 * 60 * 1000)
#define PROGRAM_GRACE_MS   5000
#define MAX_SAID_BYTES     2000
#define MAX_ACCOUNT_BYTES  16384

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
  char *end = NULL;
  guint64 value = g_ascii_strtoull (name, &end, 10);
  if (!g_ascii_isdigit (name[0]) || *end != '\0' || value >= G_MAXUINT32)
    return FALSE;
  *out = (guint32)value;
  return TRUE;
}

static gboolean
find_owner (const AppSpecPermission *permission, uid_t *out_uid, gid_t *out_gid, GError **error)
{
  char buffer[MAX_ACCOUNT_BYTES];
  struct passwd passwd, *user = NULL;
  struct group group_entry, *group = NULL;

  *out_uid = (uid_t)-1;
  *out_gid = (gid_t)-1;
  if (permission->owner != NULL) {
    if (getpwnam_r (permission->owner, &passwd, buffer, sizeof buffer, &user) == 0 && user != NULL)
      *out_uid = user->pw_uid;
    else if (!parse_id (permission->owner, out_uid))
      return fail_account (error, "user", permission->owner);
  }
  if (permission->group != NULL) {
    if (getgrnam_r (permission->group, &group_entry, buffer, sizeof buffer, &group) == 0 &&
        group != NULL)
      *out_gid = group->gr_gid;
    else if (!parse_id (permission->group, out_gid))
      return fail_account (error, "group", permission->group);
  }
  return TRUE;
}

gboolean
install_permissions_chown (const InstallInstruction *instruction, GError **error)
{
  uid_t uid;
  gid_t gid;
  struct stat status;

  if (!find_owner (instruction->permission, &uid, &gid, error))
    return FALSE;
  if (lstat (instruction->path, &status) != 0 || lchown (instruction->path, uid, gid) != 0)
    return fs_fail (error, errno, "set the owner of", instruction->path);
  /* the set-id bits that came with the file outlive a change of owner */
  if (S_ISREG (status.st_mode) && (status.st_mode & 06000) != 0 &&
      chmod (instruction->path, status.st_mode & 07777) != 0)
    return fs_fail (error, errno, "set the mode of", instruction->path);
  return TRUE;
}

gboolean
install_permissions_chmod (const InstallInstruction *instruction, GError **error)
{
  return chmod (instruction->path, instruction->permission->mode) == 0 ||
         fs_fail (error, errno, "set the mode of", instruction->path);
}

static void
collect (gpointer ctx, HookStream stream, const char *line, gsize n)
{
  GString *said = ctx;
  if (said->len < MAX_SAID_BYTES)
    g_string_append_len (said, line, (gssize)n);
}

static gboolean
run_program (const AgentHost *host, const char *const *argv, GError **error)
{
  g_autoptr (GString) said = g_string_new (NULL);
  HookProcess process = {
    .argv = argv,
    .envp = (const char *const *)environ,
    .timeout_ms = PROGRAM_TIMEOUT_MS,
    .term_grace_ms = PROGRAM_GRACE_MS,
    .line = collect,
    .ctx = said,
  };
  HookResult result = hook_process_run (&process);
  if (result.end == HOOK_EXITED && result.status == 0)
    return TRUE;
  g_autofree char *valid = g_utf8_make_valid (g_strstrip (said->str), -1);
  if (result.end == HOOK_NOT_STARTED)
    g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED, "cannot run %s: %s", argv[0],
                 g_strerror (result.start_errno));
  else
    g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED, "%s failed (status %d): %s", argv[0],
                 result.status, valid);
  return FALSE;
}

gboolean
install_permissions_setfacl (const AgentHost *host, const InstallInstruction *instruction,
                             GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  struct stat status;

  if (lstat (instruction->path, &status) != 0)
    return fs_fail (error, errno, "examine", instruction->path);
  const char *acl = install_plan_acl (instruction->permission, status.st_mode & 0777, arena);
  const char *argv[] = { "setfacl", "--set", acl, "--", instruction->path, NULL };
  return run_program (host, argv, error);
}

gboolean
install_permissions_set_context (const AgentHost *host, const InstallInstruction *instruction,
                                 char **out_path, GError **error)
{
  const AppSpecContext *context = instruction->permission->context;
  char real[PATH_MAX];
  const char *argv[12] = { "semanage", "fcontext", "-a" };
  gsize n = 3;

  if (realpath (instruction->path, real) == NULL)
    return fs_fail (error, errno, "resolve", instruction->path);
  if (context->user != NULL) {
    argv[n++] = "-s";
    argv[n++] = context->user;
  }
  argv[n++] = "-t";
  argv[n++] = context->type;
  if (context->range != NULL) {
    argv[n++] = "-r";
    argv[n++] = context->range;
  }
  argv[n++] = real;
  const char *restore[] = { "restorecon", "-v", real, NULL };
  if (!run_program (host, argv, error) || !run_program (host, restore, error))
    return FALSE;
  *out_path = g_strdup (real);
  return TRUE;
}

void
install_permissions_forget_context (const AgentHost *host, const char *path)
{
  const char *argv[] = { "semanage", "fcontext", "-d", path, NULL };
  g_autoptr (GError) error = NULL;
  if (!run_program (host, argv, &error))
    agent_log (host->log, AGENT_LOG_DEBUG, "ignored: %s", error->message);
}

static void
append_member (GString *out, const char *key, const char *value)
{
  g_string_append_printf (out, ",\"%s\":", key);
  if (value != NULL)
    json_doc_append_text (out, value);
  else
    g_string_append (out, "null");
}

static void
describe_permission (GString *out, const InstallInstruction *instruction)
{
  const AppSpecPermission *permission = instruction->permission;
  g_autoptr (Arena) arena = arena_new ();

  switch (instruction->kind) {
  case INSTALL_CHMOD:
    append_member (out, "mode", arena_printf (arena, "%03o", permission->mode));
    break;
  case INSTALL_CHOWN:
    append_member (out, "owner", permission->owner);
    append_member (out, "group", permission->group);
    break;
  case INSTALL_SETFACL:
    g_string_append (out, ",\"acl\":[");
    for (gsize i = 0; i < permission->n_acls; i++) {
      if (i > 0)
        g_string_append_c (out, ',');
      json_doc_append_text (out, appspec_acl_text (&permission->acls[i], arena));
    }
    g_string_append_c (out, ']');
    break;
  default:
    g_string_append (out, ",\"context\":{\"role\":null");
    append_member (out, "user", permission->context->user);
    append_member (out, "type", permission->context->type);
    append_member (out, "range", permission->context->range);
    g_string_append_c (out, '}');
    break;
  }
  append_member (out, "file", instruction->path);
}

char *
install_permissions_describe_plan (const InstallPlan *plan, const char *archive_dir)
{
  static const char *const types[] = {
    [INSTALL_MKDIR] = "mkdir", [INSTALL_COPY] = "copy",       [INSTALL_CHOWN] = "chown",
    [INSTALL_CHMOD] = "chmod", [INSTALL_SETFACL] = "setfacl", [INSTALL_SEMANAGE] = "semanage",
  };
  g_autoptr (GString) out = g_string_new ("{\"instructions\":[");

  for (gsize i = 0; i < plan->n; i++) {
    const InstallInstruction *instruction = &plan->instructions[i];
    g_string_append_printf (out, "%s\n{\"type\":\"%s\"", i > 0 ? "," : "",
                            types[instruction->kind]);
    if (instruction->kind == INSTALL_MKDIR) {
      append_member (out, "directory", instruction->path);
    } else if (instruction->kind == INSTALL_COPY) {
      g_autofree char *source = g_build_filename (archive_dir, instruction->source, NULL);
      append_member (out, "source", source);
      append_member (out, "destination", instruction->path);
    } else {
      describe_permission (out, instruction);
    }
    g_string_append_c (out, '}');
  }
  g_string_append (out, "\n]}\n");
  return g_string_free (g_steal_pointer (&out), FALSE);
}
