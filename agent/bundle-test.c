#include "agent/bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/bundle-etag.h"
#include "agent/fs-atomic.h"

#define GROUP "g-1"

/* A host with an empty deployment root, and a fetch that hands out what a test says. */
typedef struct {
  char *folder;
  Arena *arena;
  AgentConfig config;
  AgentHost host;
  DeploymentSpec spec;
  GByteArray *bundle;
  BundleFetchCourse course;
  const char *etag; /* of what is handed out */
  gboolean breaks;  /* the fetch fails when all is there */
  guint fetches;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  AgentLogSettings log = { .ambient = ambient_system (), .least = AGENT_LOG_ERROR };
  fixture->folder = g_dir_make_tmp ("bundle-test-XXXXXX", NULL);
  fixture->arena = arena_new ();
  g_autofree char *text =
      g_strdup_printf ("root_dir: '%s/root'\nmax_revisions: 2\n", fixture->folder);
  const AgentConfig *config = agent_config_parse (text, strlen (text), fixture->arena, NULL);
  g_assert_nonnull (config);
  fixture->config = *config;
  fixture->host = (AgentHost){ .config = &fixture->config, .ambient = ambient_system () };
  fixture->host.log = agent_log_new (&log, NULL);
  fixture->spec = (DeploymentSpec){
    .deployment_id = "d-NEW",
    .group_id = GROUP,
    .appspec_filename = "appspec.yml",
    .revision = { .type = SPEC_REVISION_S3, .bundle_type = "tgz", .bucket = "b", .key = "k" },
  };
  fixture->bundle = g_byte_array_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_true (fs_remove_tree (fixture->folder, NULL));
  agent_log_free (fixture->host.log);
  g_byte_array_unref (fixture->bundle);
  arena_free (fixture->arena);
  g_free (fixture->folder);
}

static la_ssize_t
collect (struct archive *archive, void *data, const void *bytes, size_t n)
{
  g_byte_array_append (data, bytes, (guint)n);
  return (la_ssize_t)n;
}

/* A bundle of the names, each with its own name in it; ".sh" is executable. */
static void
make_bundle (Fixture *fixture, const char *const *names)
{
  struct archive *writer = archive_write_new ();
  if (strcmp (fixture->spec.revision.bundle_type, "zip") == 0)
    archive_write_set_format_zip (writer);
  else
    archive_write_set_format_pax_restricted (writer);
  if (strcmp (fixture->spec.revision.bundle_type, "tgz") == 0)
    archive_write_add_filter_gzip (writer);
  g_byte_array_set_size (fixture->bundle, 0);
  archive_write_set_bytes_in_last_block (writer, 1);
  archive_write_open (writer, fixture->bundle, NULL, collect, NULL);
  for (; *names != NULL; names++) {
    struct archive_entry *entry = archive_entry_new ();
    archive_entry_set_pathname (entry, *names);
    archive_entry_set_mode (entry, S_IFREG | (g_str_has_suffix (*names, ".sh") ? 0755 : 0644));
    archive_entry_set_size (entry, (la_int64_t)strlen (*names));
    g_assert_cmpint (archive_write_header (writer, entry), ==, ARCHIVE_OK);
    g_assert_cmpint (archive_write_data (writer, *names, strlen (*names)), ==, strlen (*names));
    archive_entry_free (entry);
  }
  g_assert_cmpint (archive_write_free (writer), ==, ARCHIVE_OK);
}

static gboolean
hand_out (gpointer ctx, const BundleRequest *request, int fd, BundleFetched *out, GError **error)
{
  Fixture *fixture = ctx;
  const guint8 *bytes = fixture->bundle->data;
  gsize n = fixture->bundle->len;

  fixture->fetches++;
  g_assert_cmpstr (request->revision.key, ==, "k");
  if (fixture->course == BUNDLE_FETCH_ANEW) { /* something else came first */
    g_assert_cmpint (write (fd, "rubbish", 7), ==, 7);
    g_assert_cmpint (ftruncate (fd, 0), ==, 0);
    g_assert_cmpint (lseek (fd, 0, SEEK_SET), ==, 0);
  }
  for (gsize at = 0; at < n; at += 100)
    g_assert_cmpint (write (fd, bytes + at, MIN (100, n - at)), ==, MIN (100, n - at));
  if (fixture->breaks) {
    g_set_error_literal (error, HOST_ERROR, HOST_ERROR_FAILED, "the network is gone");
    return FALSE;
  }
  *out = (BundleFetched){ fixture->course, g_strdup (fixture->etag) };
  return TRUE;
}

static gboolean
download (Fixture *fixture, GError **error)
{
  BundleContext context = { &fixture->host, hand_out, fixture };
  return bundle_download (&context, &fixture->spec, error);
}

static char *
below (Fixture *fixture, const char *path)
{
  return arena_printf (fixture->arena, "%s/root/%s", fixture->folder, path);
}

static char *
in_deployment (Fixture *fixture, const char *path)
{
  return below (fixture, arena_printf (fixture->arena, GROUP "/d-NEW/%s", path));
}

static void
assert_archive (Fixture *fixture, const char *name, const char *content)
{
  g_autofree char *found = NULL;
  const char *path =
      in_deployment (fixture, arena_printf (fixture->arena, "deployment-archive/%s", name));
  g_assert_true (g_file_get_contents (path, &found, NULL, NULL));
  g_assert_cmpstr (found, ==, content);
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* What a folder has in it, in order. */
static char *
list (Fixture *fixture, const char *path)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (below (fixture, path), 0, NULL);
  g_assert_nonnull (dir);
  const char *name;
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, by_name);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **)names->pdata);
}

static void
assert_list (Fixture *fixture, const char *path, const char *expected)
{
  g_autofree char *found = list (fixture, path);
  g_assert_cmpstr (found, ==, expected);
}

static void
write_file (Fixture *fixture, const char *path, const char *content)
{
  const char *whole = below (fixture, path);
  g_autofree char *parent = g_path_get_dirname (whole);
  g_assert_cmpint (g_mkdir_with_parents (parent, 0755), ==, 0);
  g_assert_true (g_file_set_contents (whole, content, -1, NULL));
}

static const char *const usual[] = { "appspec.yml", "bin/run.sh", NULL };

static void
test_types (Fixture *fixture, gconstpointer data)
{
  static const char *const types[] = { "tar", "tgz", "zip" };
  static const BundleFetchCourse courses[] = { BUNDLE_FETCH_STRAIGHT, BUNDLE_FETCH_ANEW };
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (courses); j++) {
      g_autoptr (GError) error = NULL;
      g_autofree char *pointer = NULL;
      g_autofree char *bundle = NULL;
      gsize n;
      fixture->spec.revision.bundle_type = types[i];
      fixture->course = courses[j];
      make_bundle (fixture, usual);
      gboolean ok = download (fixture, &error);
      g_assert_no_error (error);
      g_assert_true (ok);
      assert_list (fixture, GROUP "/d-NEW", "bundle.tar deployment-archive");
      assert_archive (fixture, "appspec.yml", "appspec.yml");
      assert_archive (fixture, "bin/run.sh", "bin/run.sh");
      g_assert_true (
          g_file_get_contents (in_deployment (fixture, "bundle.tar"), &bundle, &n, NULL));
      g_assert_cmpmem (bundle, n, fixture->bundle->data, fixture->bundle->len);
      g_assert_true (g_file_get_contents (
          below (fixture, "deployment-instructions/" GROUP "_most_recent_install"), &pointer, NULL,
          NULL));
      g_assert_cmpstr (pointer, ==, below (fixture, GROUP "/d-NEW"));
    }
}

static void
test_closed_to_others (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "", "bundle.tar", "deployment-archive",
                                       "deployment-archive/bin" };
  struct stat status;
  mode_t before = umask (0); /* this program has one thread between tests */
  make_bundle (fixture, usual);
  g_assert_true (download (fixture, NULL));
  umask (before);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_assert_cmpint (lstat (in_deployment (fixture, names[i]), &status), ==, 0);
    g_assert_cmpuint (status.st_mode & 022, ==, 0);
  }
}

static void
test_leading_folder (Fixture *fixture, gconstpointer data)
{
  static const char *const with[] = { "top/AppSpec.yaml", "top/x/y", NULL };
  static const char *const without[] = { "top/other", NULL };
  static const char *const beside[] = { "top/appspec.yml", "other", NULL };
  static const char *const same[] = { "deployment-archive-partial/appspec.yml", NULL };
  make_bundle (fixture, with);
  g_assert_true (download (fixture, NULL));
  assert_list (fixture, GROUP "/d-NEW/deployment-archive", "AppSpec.yaml x");
  assert_list (fixture, GROUP "/d-NEW", "bundle.tar deployment-archive");
  make_bundle (fixture, without);
  g_assert_true (download (fixture, NULL));
  assert_list (fixture, GROUP "/d-NEW/deployment-archive", "top");
  make_bundle (fixture, beside);
  g_assert_true (download (fixture, NULL));
  assert_list (fixture, GROUP "/d-NEW/deployment-archive", "other top");
  make_bundle (fixture, same);
  g_assert_true (download (fixture, NULL));
  assert_list (fixture, GROUP "/d-NEW/deployment-archive", "appspec.yml");
}

/* What an attempt that was cut off, or the official agent, has left. */
static void
test_leftovers (Fixture *fixture, gconstpointer data)
{
  write_file (fixture, GROUP "/d-NEW/deployment-archive/stale", "");
  write_file (fixture, GROUP "/d-NEW/deployment-archive-old/stale", "");
  write_file (fixture, GROUP "/d-NEW/deployment-archive-partial/top/appspec.yml", "");
  write_file (fixture, GROUP "/d-NEW/deployment-archive-temp/stale", "");
  write_file (fixture, GROUP "/d-NEW/bundle.tar/not-even-a-file", "");
  make_bundle (fixture, usual);
  g_assert_true (download (fixture, NULL));
  assert_list (fixture, GROUP "/d-NEW", "bundle.tar deployment-archive");
  assert_list (fixture, GROUP "/d-NEW/deployment-archive", "appspec.yml bin");
}

static void
test_failures (Fixture *fixture, gconstpointer data)
{
  static const char *const hostile[] = { "appspec.yml", "../x", NULL };
  const char *pointer = below (fixture, "deployment-instructions/" GROUP "_most_recent_install");
  g_autoptr (GError) error = NULL;

  write_file (fixture, GROUP "/d-NEW/deployment-archive/stale", "");
  make_bundle (fixture, usual);
  fixture->breaks = TRUE;
  g_assert_false (download (fixture, &error));
  g_assert_cmpstr (error->message, ==, "the network is gone");
  assert_list (fixture, GROUP "/d-NEW", "bundle.tar");
  g_clear_error (&error);

  fixture->breaks = FALSE;
  make_bundle (fixture, hostile);
  g_assert_false (download (fixture, &error));
  g_assert_nonnull (strstr (error->message, "\"../x\""));
  assert_list (fixture, GROUP "/d-NEW", "bundle.tar");
  assert_list (fixture, GROUP, "d-NEW");
  g_clear_error (&error);

  make_bundle (fixture, usual);
  g_byte_array_set_size (fixture->bundle, fixture->bundle->len - 9);
  g_assert_false (download (fixture, &error));
  g_assert_nonnull (strstr (error->message, "cut short"));
  assert_list (fixture, GROUP "/d-NEW", "bundle.tar");
  g_assert_false (g_file_test (pointer, G_FILE_TEST_EXISTS));
}

/* A link in the place of a folder of ours is not followed. */
static void
test_links (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const char *elsewhere = arena_printf (fixture->arena, "%s/elsewhere", fixture->folder);
  g_assert_cmpint (g_mkdir (elsewhere, 0755), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (below (fixture, GROUP), 0755), ==, 0);
  g_assert_cmpint (symlink (elsewhere, in_deployment (fixture, "")), ==, -1);
  g_assert_cmpint (symlink (elsewhere, below (fixture, GROUP "/d-NEW")), ==, 0);
  make_bundle (fixture, usual);
  g_assert_false (download (fixture, &error));
  g_assert_nonnull (strstr (error->message, "links are not followed"));
  g_assert_cmpint (g_rmdir (elsewhere), ==, 0); /* empty as it was */

  g_assert_cmpint (unlink (below (fixture, GROUP "/d-NEW")), ==, 0);
  write_file (fixture, "kept", "kept");
  g_assert_cmpint (g_mkdir (in_deployment (fixture, ""), 0755), ==, 0);
  g_assert_cmpint (symlink ("../../kept", in_deployment (fixture, "bundle.tar")), ==, 0);
  g_assert_true (download (fixture, NULL));
  g_autofree char *kept = NULL;
  g_assert_true (g_file_get_contents (below (fixture, "kept"), &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, "kept");
}

static void
test_local (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  make_bundle (fixture, usual);
  const char *file = arena_printf (fixture->arena, "%s/revision.tgz", fixture->folder);
  g_assert_true (
      g_file_set_contents (file, (const char *)fixture->bundle->data, fixture->bundle->len, NULL));
  fixture->spec.revision =
      (SpecRevision){ .type = SPEC_REVISION_LOCAL_FILE, .bundle_type = "tgz", .location = file };
  g_assert_true (download (fixture, &error));
  assert_archive (fixture, "bin/run.sh", "bin/run.sh");
  g_autofree char *link = g_file_read_link (in_deployment (fixture, "bundle.tar"), NULL);
  g_assert_cmpstr (link, ==, file);

  const char *folder = arena_printf (fixture->arena, "%s/revision", fixture->folder);
  g_autofree char *script = g_build_filename (folder, "top", "appspec.yml", NULL);
  g_autofree char *top = g_path_get_dirname (script);
  g_autofree char *name = g_build_filename (folder, "top", "link", NULL);
  g_assert_cmpint (g_mkdir_with_parents (top, 0750), ==, 0);
  g_assert_true (g_file_set_contents (script, "x", -1, NULL));
  g_assert_cmpint (chmod (script, 0751), ==, 0);
  g_assert_cmpint (symlink ("../nowhere", name), ==, 0);
  fixture->spec.revision = (SpecRevision){ .type = SPEC_REVISION_LOCAL_DIRECTORY,
                                           .bundle_type = "directory",
                                           .location = folder };
  g_assert_true (download (fixture, &error));
  struct stat status;
  g_assert_cmpint (lstat (in_deployment (fixture, "deployment-archive/top/appspec.yml"), &status),
                   ==, 0);
  g_assert_cmpuint (status.st_mode, ==, S_IFREG | 0751); /* and nothing is stripped */
  g_autofree char *copied =
      g_file_read_link (in_deployment (fixture, "deployment-archive/top/link"), NULL);
  g_assert_cmpstr (copied, ==, "../nowhere");
  g_assert_cmpuint (fixture->fetches, ==, 0);
}

static const char *
observed (Fixture *fixture)
{
  return bundle_etag_observed (below (fixture, GROUP "/d-NEW"), fixture->arena);
}

/* What was noted of an earlier attempt does not outlive it. */
static void
test_etag (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *etag, *noted;
  } cases[] = {
    { "\"abc\"", "\"abc\"" }, { NULL, NULL },   { "W/\"e\"", "W/\"e\"" },
    { "two words", NULL },    { "x\ny", NULL }, { "", NULL },
  };
  make_bundle (fixture, usual);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    fixture->etag = cases[i].etag;
    g_assert_true (download (fixture, NULL));
    g_assert_cmpstr (observed (fixture), ==, cases[i].noted);
  }
  g_autofree char *longest = g_strnfill (1024, 'e');
  g_autofree char *too_long = g_strnfill (1025, 'e');
  fixture->etag = longest;
  g_assert_true (download (fixture, NULL));
  g_assert_cmpstr (observed (fixture), ==, longest);
  fixture->etag = too_long;
  g_assert_true (download (fixture, NULL));
  g_assert_null (observed (fixture));

  write_file (fixture, GROUP "/d-OLD1/deployment-archive/appspec.yml", "old");
  write_file (fixture, GROUP "/d-OLD1/bundle.tar", "old bundle");
  write_file (fixture, GROUP "/d-OLD1/.bundle-etag", "of-old");
  fixture->config.max_revisions = 10;
  fixture->spec.reuse_archive_from = "d-OLD1";
  g_assert_true (download (fixture, NULL));
  g_assert_cmpstr (observed (fixture), ==, "of-old");
}

static void
test_reuse (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *id;
    gboolean reused;
  } cases[] = {
    { "d-OLD1", TRUE },      { "d-NEW", FALSE },  { "d-old1", FALSE },        { "d-", FALSE },
    { "OLD1", FALSE },       { "d-GONE", FALSE }, { "../g-1/d-OLD1", FALSE }, { "d-EMPTY", FALSE },
    { "d-NOBUNDLE", FALSE },
  };
  fixture->config.max_revisions = 10;
  write_file (fixture, GROUP "/d-OLD1/deployment-archive/appspec.yml", "old");
  write_file (fixture, GROUP "/d-OLD1/bundle.tar", "old bundle");
  write_file (fixture, GROUP "/d-EMPTY/deployment-archive/other", "");
  write_file (fixture, GROUP "/d-EMPTY/bundle.tar", "");
  write_file (fixture, GROUP "/d-NOBUNDLE/deployment-archive/appspec.yml", "old");
  make_bundle (fixture, usual);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("reuse of %s", cases[i].id);
    fixture->spec.reuse_archive_from = cases[i].id;
    fixture->fetches = 0;
    g_assert_true (download (fixture, NULL));
    g_assert_cmpuint (fixture->fetches, ==, cases[i].reused ? 0 : 1);
    assert_archive (fixture, "appspec.yml", cases[i].reused ? "old" : "appspec.yml");
    assert_list (fixture, GROUP "/d-NEW", "bundle.tar deployment-archive");
  }
  fixture->spec.reuse_archive_from = "d-OLD1";
  fixture->config.enable_archive_reuse = FALSE;
  g_assert_true (download (fixture, NULL));
  assert_archive (fixture, "appspec.yml", "appspec.yml");
}

static void
make_old (Fixture *fixture, const char *id, gint64 seconds)
{
  const char *folder = below (fixture, arena_printf (fixture->arena, GROUP "/%s", id));
  struct timespec times[2] = { { seconds, 0 }, { seconds, 0 } };
  write_file (fixture, arena_printf (fixture->arena, GROUP "/%s/x", id), "");
  g_assert_cmpint (utimensat (AT_FDCWD, folder, times, 0), ==, 0);
}

static void
test_retention (Fixture *fixture, gconstpointer data)
{
  make_old (fixture, "d-A", 1000);
  make_old (fixture, "d-B", 2000);
  make_old (fixture, "d-C", 3000);
  bundle_prune (&fixture->host, &fixture->spec);
  assert_list (fixture, GROUP, "d-C");

  make_old (fixture, "d-A", 1000);
  make_old (fixture, "d-NEW", 500);
  g_assert_true (host_write_pointer (&fixture->host, GROUP, HOST_LAST_SUCCESSFUL,
                                     below (fixture, GROUP "/d-A"), NULL));
  bundle_prune (&fixture->host, &fixture->spec);
  assert_list (fixture, GROUP, "d-A d-NEW");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*run) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/bundle/51-52-64-every-type-is-fetched-and-unpacked", test_types },
    { "/bundle/nothing-is-writable-for-others", test_closed_to_others },
    { "/bundle/53-54-55-the-leading-folder", test_leading_folder },
    { "/bundle/56-what-earlier-attempts-left-goes", test_leftovers },
    { "/bundle/69-a-failure-leaves-no-archive-and-no-pointer", test_failures },
    { "/bundle/links-are-not-followed", test_links },
    { "/bundle/local-files-and-folders", test_local },
    { "/bundle/113-the-etag-is-noted-for-scripts", test_etag },
    { "/bundle/an-earlier-archive-is-taken-over", test_reuse },
    { "/bundle/65-66-retention", test_retention },
  };
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].run, tear_down);
  return g_test_run ();
}
