#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/deployment-spec.h"
#include "agent/fs-atomic.h"
#include "agent/host.h"
#include "agent/installer.h"

/*
 * For tests: a host of its own in a temporary folder, revisions in it, and what is installed as text. In memory where the
 * system has a place for that, because Installs sync and these tests run many.
 */
typedef struct {
  char *folder;
  char *files; /* where revisions go: "DEST" in an AppSpec */
  Arena *arena;
  AgentHost host;
  const char *file_exists;
} Installation;

static inline void
installation_set_up (Installation *installation, gconstpointer data)
{
  char *in_memory = g_strdup ("/dev/shm/installation-XXXXXX");
  installation->folder = g_mkdtemp_full (in_memory, 0755);
  if (installation->folder == NULL) {
    g_free (in_memory);
    installation->folder = g_dir_make_tmp ("installation-XXXXXX", NULL);
    g_assert_cmpint (chmod (installation->folder, 0755), ==, 0);
  }
  installation->files = g_build_filename (installation->folder, "files", NULL);
  g_assert_cmpint (g_mkdir (installation->files, 0755), ==, 0);
  installation->arena = arena_new ();
  installation->file_exists = "DISALLOW";
  const char *text =
      arena_printf (installation->arena, "root_dir: %s/root\n", installation->folder);
  AgentLogSettings log = { .directory = installation->folder,
                           .program_name = "test",
                           .least = AGENT_LOG_DEBUG,
                           .ambient = ambient_system () };
  installation->host.config = agent_config_parse (text, strlen (text), installation->arena, NULL);
  installation->host.log = agent_log_new (&log, NULL);
  installation->host.ambient = ambient_system ();
}

static inline void
installation_tear_down (Installation *installation, gconstpointer data)
{
  agent_log_free (installation->host.log);
  arena_free (installation->arena);
  g_assert_true (fs_remove_tree (installation->folder, NULL));
  g_free (installation->folder);
  g_free (installation->files);
}

/* One thing below folder: "a=content", "a/" for a folder, "a>target" for a link; folders above are made. */
static inline void
installation_put (const char *folder, const char *item)
{
  gsize length = strcspn (item, "=>");
  g_autofree char *name = g_strndup (item, length);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  gboolean is_folder = item[length] == '\0';
  g_assert_true (fs_make_directory (is_folder ? path : parent, NULL));
  if (item[length] == '>')
    g_assert_cmpint (symlink (item + length + 1, path), ==, 0);
  else if (!is_folder)
    g_assert_true (g_file_set_contents (path, item + length + 1, -1, NULL));
}

static inline char *
installation_archive (Installation *installation, const char *deployment_id)
{
  return host_archive_dir (
      host_deployment_dir (&installation->host, "group", deployment_id, installation->arena),
      installation->arena);
}

/* A revision, unpacked. rest: the AppSpec after its head, with DEST in it; NULL: all goes to DEST/app. */
static inline void
installation_unpack (Installation *installation, const char *deployment_id,
                     const char *const *items, const char *rest)
{
  const char *archive = installation_archive (installation, deployment_id);
  g_autoptr (GString) appspec = g_string_new ("appspec.yml=version: 0.0\nos: linux\n");
  g_string_append (appspec,
                   rest != NULL ? rest : "files: [{source: /content, destination: DEST/app}]\n");
  g_string_replace (appspec, "DEST", installation->files, 0);
  installation_put (archive, "content/");
  installation_put (archive, appspec->str);
  g_autofree char *content = g_build_filename (archive, "content", NULL);
  for (; *items != NULL; items++)
    installation_put (content, *items);
}

static inline gboolean
installation_run (Installation *installation, const char *deployment_id, GError **error)
{
  DeploymentSpec spec = { .deployment_id = deployment_id,
                          .group_id = "group",
                          .appspec_filename = "appspec.yml",
                          .file_exists = installation->file_exists };
  return installer_run (&installation->host, &spec, error);
}

#define ITEMS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Unpacks, installs and settles; has to succeed. */
static inline void
installation_install (Installation *installation, const char *deployment_id,
                      const char *const *items, const char *rest)
{
  g_autoptr (GError) error = NULL;
  installation_unpack (installation, deployment_id, items, rest);
  installation_run (installation, deployment_id, &error);
  g_assert_no_error (error);
  g_assert_true (installer_settle (&installation->host, deployment_id, NULL));
}

static inline void
installation_fails (Installation *installation, const char *deployment_id, const char *const *items,
                    const char *rest, const char *fragment)
{
  g_autoptr (GError) error = NULL;
  installation_unpack (installation, deployment_id, items, rest);
  g_assert_false (installation_run (installation, deployment_id, &error));
  if (strstr (error->message, fragment) == NULL)
    g_error ("\"%s\" does not say \"%s\"", error->message, fragment);
}

static inline int
installation_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static inline void
installation_describe (const char *path, const char *shown, GString *out)
{
  struct stat status;
  g_assert_cmpint (lstat (path, &status), ==, 0);
  if (S_ISLNK (status.st_mode)) {
    g_autofree char *target = g_file_read_link (path, NULL);
    g_string_append_printf (out, "%s>%s ", shown, target);
  } else if (!S_ISDIR (status.st_mode)) {
    g_autofree char *content = NULL;
    g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
    g_string_append_printf (out, "%s=%s ", shown, content);
  } else {
    g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
    g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
    const char *name;
    while ((name = g_dir_read_name (dir)) != NULL)
      g_ptr_array_add (names, g_strdup (name));
    g_ptr_array_sort (names, installation_compare);
    if (names->len == 0)
      g_string_append_printf (out, "%s/ ", shown);
    for (guint i = 0; i < names->len; i++) {
      const char *child = g_ptr_array_index (names, i);
      g_autofree char *inner = g_build_filename (path, child, NULL);
      g_autofree char *inner_shown =
          shown[0] != '\0' ? g_build_filename (shown, child, NULL) : g_strdup (child);
      installation_describe (inner, inner_shown, out);
    }
  }
}

/* All below DEST, sorted: "app/a=content app/l>target app/empty/ ". Hidden things are in it as well. */
static inline char *
installation_tree (Installation *installation)
{
  g_autoptr (GString) out = g_string_new (NULL);
  installation_describe (installation->files, "", out);
  return arena_strdup (installation->arena, out->str);
}

/* The clean-up file, paths below DEST made relative: "app app/a ". */
static inline char *
installation_cleanup (Installation *installation)
{
  const InstallCleanup *cleanup;
  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_true (
      host_read_cleanup (host_cleanup_path (&installation->host, "group", installation->arena),
                         installation->arena, &cleanup, NULL));
  for (gsize i = 0; cleanup != NULL && i < cleanup->n; i++) {
    const char *path = cleanup->entries[i].path;
    if (g_str_has_prefix (path, installation->files))
      path += strlen (installation->files) + 1;
    g_string_append_printf (out, "%s%s ", cleanup->entries[i].is_semanage ? "+" : "", path);
  }
  return arena_strdup (installation->arena, out->str);
}

/* The deployment that was installed last; NULL. */
static inline const char *
installation_pointer (Installation *installation)
{
  const char *dir;
  g_assert_true (host_read_pointer (&installation->host, "group", HOST_LAST_SUCCESSFUL,
                                    installation->arena, &dir, NULL));
  return dir != NULL ? strrchr (dir, '/') + 1 : NULL;
}

/* What is in deployment-instructions, sorted, without the lock. */
static inline char *
installation_state_files (Installation *installation)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir =
      g_dir_open (host_instructions_dir (&installation->host, installation->arena), 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (name[0] != '.')
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, installation_compare);
  for (guint i = 0; i < names->len; i++)
    g_string_append_printf (out, "%s ", (char *)g_ptr_array_index (names, i));
  return arena_strdup (installation->arena, out->str);
}

/* A file below DEST that can be neither removed nor replaced, or can again. FALSE: not by this user, or on this file system. */
static inline gboolean
installation_set_immutable (Installation *installation, const char *name, gboolean immutable)
{
  g_autofree char *path = g_build_filename (installation->files, name, NULL);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  int flags = 0;
  gboolean ok = ioctl (fd, FS_IOC_GETFLAGS, &flags) == 0;
  flags = immutable ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
  ok = ok && ioctl (fd, FS_IOC_SETFLAGS, &flags) == 0;
  close (fd);
  return ok;
}
