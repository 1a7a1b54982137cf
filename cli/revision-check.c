#include "cli/revision-check.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/deployment-folder.h"
#include "agent/fs-atomic.h"
#include "cli/revision-plan.h"
#include "cli/revision-scripts.h"
#include "cli/revision-tree.h"
#include "core/pathname.h"
#include "proto/archive.h"

#define MAX_APPSPEC_BYTES (1024 * 1024)
#define MAGIC_BYTES       262
#define TAR_MAGIC_AT      257

G_DEFINE_QUARK (revision - check - error - quark, revision_check_error)

static gboolean
fail_path (GError **error, const char *path, const char *why)
{
  g_set_error (error, REVISION_CHECK_ERROR, REVISION_CHECK_ERROR_PATH, "cannot check \"%s\": %s",
               path, why);
  return FALSE;
}

/* ---- the AppSpec ---- */

/* agent.md 3.9: the name under which the AppSpec stands in the folder; NULL: there is none. */
static const char *
find_appspec (const char *root, const char *wanted)
{
  const char *names[] = { wanted != NULL ? wanted : "appspec.yml", "appspec.yaml", "appspec.yml" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (root, names[i], NULL);
    if (g_file_test (path, G_FILE_TEST_EXISTS)) {
      return names[i];
    }
  }
  return NULL;
}

/* The folder right below root that has one; the caller frees it. */
static char *
find_deeper (const char *root)
{
  g_autoptr (GDir) dir = g_dir_open (root, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *inner = g_build_filename (root, name, NULL);
    if (g_file_test (inner, G_FILE_TEST_IS_DIR) && find_appspec (inner, NULL) != NULL) {
      return g_strdup (name);
    }
  }
  return NULL;
}

static void
report_missing_appspec (const char *root, const char *wanted, const char *path,
                        RevisionReport *report)
{
  g_autofree char *deeper = find_deeper (root);
  const YamlPlace whole = { 0 };
  const char *name = wanted != NULL ? wanted : "appspec.yml";
  if (deeper != NULL) {
    revision_report_add (
        report, REVISION_SEVERITY_ERROR, path, whole,
        "there is no %s at the top; one is in \"%s\", and the agent does not look there", name,
        deeper);
  } else {
    revision_report_add (report, REVISION_SEVERITY_ERROR, path, whole,
                         "there is no %s: a revision's AppSpec stands at the top of its folder",
                         name);
  }
}

/* The text; NULL with the reason in the report. */
static char *
read_appspec (const char *file, const char *shown, gsize *out_n, RevisionReport *report)
{
  g_autoptr (GError) reason = NULL;
  gboolean missing;
  char *text = fs_read_regular_optional (file, MAX_APPSPEC_BYTES, out_n, &missing, &reason);
  if (text == NULL) {
    revision_report_add (report, REVISION_SEVERITY_ERROR, shown, (YamlPlace){ 0 }, "%s",
                         missing ? "there is no such file" : reason->message);
  }
  return text;
}

/* NULL: it is not for servers, or could not be read at all. */
static const AppSpec *
check_appspec (const char *file, const char *shown, RevisionReport *report)
{
  gsize n = 0;
  g_autofree char *text = read_appspec (file, shown, &n, report);
  if (text == NULL) {
    return NULL;
  }
  const AppSpecReport *parsed = appspec_check (text, n, report->arena);
  revision_report_add_appspec (report, shown, parsed);
  return parsed->appspec;
}

/* ---- folders and archives ---- */

/* path: how the report calls the revision as a whole. */
static void
check_folder (const char *root, const char *wanted, const char *path, RevisionReport *report)
{
  const char *name = find_appspec (root, wanted);
  if (name == NULL) {
    report_missing_appspec (root, wanted, path, report);
    return;
  }
  if (wanted == NULL && g_str_equal (name, "appspec.yaml")) {
    revision_report_add (report, REVISION_SEVERITY_WARNING, name, (YamlPlace){ 0 },
                         "the official agent 1.x runs hooks of an appspec.yml only");
  }
  g_autofree char *file = g_build_filename (root, name, NULL);
  const AppSpec *appspec = check_appspec (file, name, report);
  if (appspec == NULL) {
    return;
  }
  revision_plan_check (appspec, root, name, report);
  revision_scripts_check (appspec, root, name, report);
}

/* As the agent would, in a deployment's folder. FALSE with error set: not; which may be what the revision deserves. */
static gboolean
unpack (int fd, ArchiveFormat format, const DeploymentFolder *folder, GError **error)
{
  const ArchiveUnpackOptions options = { .format = format };
  int dir_fd = deployment_folder_begin_archive (folder, error);
  if (dir_fd < 0) {
    return FALSE;
  }
  gboolean unpacked = archive_unpack (fd, &options, dir_fd, NULL, error);
  close (dir_fd);
  return unpacked && deployment_folder_strip_archive (folder, error) &&
         deployment_folder_finish_archive (folder, error);
}

static gboolean
is_refusal (const GError *error)
{
  return error->domain == ARCHIVE_JUDGE_ERROR ||
         g_error_matches (error, ARCHIVE_ERROR, ARCHIVE_ERROR_FORMAT);
}

static gboolean
check_unpacked (int fd, ArchiveFormat format, const DeploymentFolder *folder, const char *wanted,
                const char *path, RevisionReport *report, GError **error)
{
  g_autoptr (GError) reason = NULL;
  if (unpack (fd, format, folder, &reason)) {
    check_folder (host_archive_dir (folder->path, report->arena), wanted, path, report);
    return TRUE;
  }
  if (is_refusal (reason)) {
    revision_report_add (report, REVISION_SEVERITY_ERROR, path, (YamlPlace){ 0 },
                         "the agent would not unpack this: %s", reason->message);
    return TRUE;
  }
  g_set_error (error, REVISION_CHECK_ERROR, REVISION_CHECK_ERROR_TEMPORARY,
               "cannot check \"%s\": %s", path, reason->message);
  return FALSE;
}

static gboolean
check_archive (int fd, ArchiveFormat format, const char *wanted, const char *path,
               RevisionReport *report, GError **error)
{
  g_autoptr (GError) ignored = NULL; /* what is left below the temporary folder harms nobody */
  g_autofree char *temporary = g_dir_make_tmp ("slipway-validate-XXXXXX", error);
  if (temporary == NULL) {
    return FALSE;
  }
  g_auto (DeploymentFolder) folder = {
    .fd = open (temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
    .path = g_strdup (temporary),
  };
  gboolean done = folder.fd >= 0 ? check_unpacked (fd, format, &folder, wanted, path, report, error)
                                 : fail_path (error, temporary, g_strerror (errno));
  if (!fs_remove_tree (temporary, &ignored)) {
    g_warning ("%s", ignored->message);
  }
  return done;
}

/* ---- what it is ---- */

typedef enum {
  IS_FOLDER,
  IS_ARCHIVE,
  IS_APPSPEC
} Kind;

static Kind
kind_of_file (int fd, const char *path, ArchiveFormat *out_format)
{
  char magic[MAGIC_BYTES] = { 0 };
  gssize n = pread (fd, magic, sizeof magic, 0);
  gboolean zip = n >= 4 && memcmp (magic, "PK", 2) == 0;
  gboolean gzip = n >= 2 && memcmp (magic, "\x1f\x8b", 2) == 0;
  gboolean tar = n >= MAGIC_BYTES && memcmp (magic + TAR_MAGIC_AT, "ustar", 5) == 0;
  g_autofree char *lower = g_ascii_strdown (path, -1);
  gboolean text = g_str_has_suffix (lower, ".yml") || g_str_has_suffix (lower, ".yaml") ||
                  g_str_has_suffix (lower, ".json");

  *out_format = zip ? ARCHIVE_ZIP : (gzip ? ARCHIVE_TGZ : ARCHIVE_TAR);
  return text && !zip && !gzip && !tar ? IS_APPSPEC : IS_ARCHIVE;
}

static gboolean
check_opened (int fd, const char *path, const char *wanted, RevisionCheckFlags flags,
              RevisionReport *report, GError **error)
{
  struct stat about;
  ArchiveFormat format = ARCHIVE_TAR;

  if (fstat (fd, &about) != 0) {
    return fail_path (error, path, g_strerror (errno));
  }
  if (S_ISDIR (about.st_mode)) {
    g_autofree char *root = g_canonicalize_filename (path, NULL);
    check_folder (root, wanted, path, report);
    revision_tree_judge (root,
                         (flags & REVISION_CHECK_SKIP_HIDDEN) != 0 ? REVISION_TREE_SKIP_HIDDEN
                                                                   : REVISION_TREE_ALL,
                         report);
    return TRUE;
  }
  if (!S_ISREG (about.st_mode)) {
    return fail_path (error, path, "it is neither a folder nor a file");
  }
  if (kind_of_file (fd, path, &format) == IS_ARCHIVE) {
    return check_archive (fd, format, wanted, path, report, error);
  }
  check_appspec (path, path, report);
  return TRUE;
}

RevisionReport *
revision_check (const char *path, const char *appspec_filename, RevisionCheckFlags flags,
                GError **error)
{
  g_autoptr (RevisionReport) report = revision_report_new ();
  g_autofree char *shown = g_str_has_suffix (path, "/") && path[1] != '\0'
                               ? g_strndup (path, strlen (path) - 1)
                               : g_strdup (path);
  const char *wanted = NULL;
  if (appspec_filename != NULL) {
    wanted = pathname_normalise_inside (appspec_filename, report->arena);
    if (wanted == NULL || wanted[0] == '\0') {
      fail_path (error, appspec_filename, "an AppSpec is a file inside the revision");
      return NULL;
    }
  }
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    fail_path (error, path, g_strerror (errno));
    return NULL;
  }
  gboolean done = check_opened (fd, shown, wanted, flags, report, error);
  close (fd);
  return done ? g_steal_pointer (&report) : NULL;
}
