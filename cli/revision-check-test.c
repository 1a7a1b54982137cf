/* revision-check.c with revision-plan.c and revision-tree.c behind it, on folders and archives on disk. */
#include "cli/revision-check.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "cli/bundle.h"

#define HEAD "version: 0.0\nos: linux\n"

typedef struct {
  char *folder;
} Fixture;

static char *
path_in (const Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static void
put (const Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *path = path_in (fixture, name);
  g_autofree char *folder = g_path_get_dirname (path);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (g_chmod (path, 0755), ==, 0);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("slipway-check-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
  put (fixture, "app/page", "x");
  put (fixture, "app/sub/deep", "x");
  put (fixture, "hooks/start", "#!/bin/sh\n");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (fs_remove_tree (fixture->folder, &error));
  g_free (fixture->folder);
}

/* The report's lines; the revision's own path is replaced by "REV". */
static char *
said_of (const Fixture *fixture, const char *path, const char *appspec)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RevisionReport) report = revision_check (path, appspec, REVISION_CHECK_ALL, &error);
  g_assert_no_error (error);
  g_autofree char *text = revision_report_text (report);
  g_auto (GStrv) parts = g_strsplit (text, path, -1);
  return g_strjoinv ("REV", parts);
}

static void
assert_said (const Fixture *fixture, const char *appspec, const char *expected)
{
  put (fixture, "appspec.yml", appspec);
  g_autofree char *text = said_of (fixture, fixture->folder, NULL);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_good (Fixture *fixture, gconstpointer data)
{
  assert_said (fixture,
               HEAD "files:\n  - {source: app, destination: /srv/app}\n"
                    "permissions:\n  - {object: /srv/app, owner: app, mode: 640, type: [file]}\n"
                    "hooks:\n  ApplicationStart:\n    - location: hooks/start\n",
               "");
}

static void
test_names (Fixture *fixture, gconstpointer data)
{
  assert_said (
      fixture,
      HEAD "files:\n  - {source: gone, destination: /srv}\n"
           "  - {source: app, destination: /srv}\n  - {source: lost, destination: /srv}\n"
           "hooks:\n  ApplicationStart:\n    - location: hooks/stop\n    - location: hooks\n",
      "appspec.yml:4:14: error: the revision has no \"gone\"\n"
      "appspec.yml:6:14: error: the revision has no \"lost\"\n"
      "appspec.yml:9:17: error: the script \"hooks/stop\" of ApplicationStart is not in the "
      "revision\n"
      "appspec.yml:10:17: error: the script \"hooks\" of ApplicationStart is a folder, not a "
      "file\n");
}

static void
test_conflicts (Fixture *fixture, gconstpointer data)
{
  put (fixture, "other/page", "y");
  assert_said (
      fixture,
      HEAD "files:\n  - {source: app, destination: /srv}\n"
           "  - {source: other, destination: /srv}\n"
           "  - {source: other/page, destination: /srv}\n"
           "permissions:\n  - {object: /srv, mode: 640}\n"
           "  - {object: /srv/page, mode: 600}\n"
           "  - {object: /srv/sub, pattern: none, mode: 600}\n",
      "appspec.yml:5:14: error: both \"app/page\" and \"other/page\" of the revision would "
      "become \"/srv/page\"\n"
      "appspec.yml:6:14: error: both \"app/page\" and \"other/page\" of the revision would "
      "become \"/srv/page\"\n"
      "appspec.yml:9:14: error: \"/srv/page\" is selected by another item already\n"
      "appspec.yml:10:14: warning: this item changes nothing: nothing that is installed below "
      "\"/srv/sub\" matches, and the object itself never does\n");
}

static void
test_default_acl_on_a_file (Fixture *fixture, gconstpointer data)
{
  assert_said (
      fixture,
      HEAD "files:\n  - {source: app, destination: /srv}\n"
           "permissions:\n  - {object: /srv/page, acls: ['d:u:bob:r']}\n",
      "appspec.yml:6:14: error: \"/srv/page\" is a file and cannot have a default ACL entry\n");
}

static void
test_appspec_choice (Fixture *fixture, gconstpointer data)
{
  g_autofree char *missing = said_of (fixture, fixture->folder, NULL);
  g_assert_cmpstr (
      missing, ==,
      "REV: error: there is no appspec.yml: a revision's AppSpec stands at the top of its "
      "folder\n");
  put (fixture, "app/appspec.yml", HEAD);
  g_autofree char *deeper = said_of (fixture, fixture->folder, NULL);
  g_assert_cmpstr (
      deeper, ==,
      "REV: error: there is no appspec.yml at the top; one is in \"app\", and the agent "
      "does not look there\n");
  put (fixture, "appspec.yaml", HEAD);
  g_autofree char *yaml = said_of (fixture, fixture->folder, NULL);
  g_assert_cmpstr (
      yaml, ==,
      "appspec.yaml: warning: the official agent 1.x runs hooks of an appspec.yml only\n");
  g_autofree char *other = said_of (fixture, fixture->folder, "app/appspec.yml");
  g_assert_cmpstr (other, ==, "");
}

static void
test_links_and_pipes (Fixture *fixture, gconstpointer data)
{
  g_autofree char *link = path_in (fixture, "app/out");
  g_autofree char *pipe = path_in (fixture, "pipe");
  g_assert_cmpint (symlink ("/etc/passwd", link), ==, 0);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  put (fixture, "appspec.yml", HEAD);
  g_autofree char *text = said_of (fixture, fixture->folder, NULL);
  g_assert_nonnull (strstr (text, "app/out: error: the agent would not unpack this: "));
  g_assert_nonnull (strstr (text, "pipe: error: the agent would not unpack this: "));
}

static void
test_hidden_names (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = path_in (fixture, ".venv");
  g_autofree char *link = path_in (fixture, ".venv/python");
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
  g_assert_cmpint (symlink ("/usr/bin/python3", link), ==, 0);
  put (fixture, "appspec.yml", HEAD);
  g_autoptr (RevisionReport) all =
      revision_check (fixture->folder, NULL, REVISION_CHECK_ALL, &error);
  g_autoptr (RevisionReport) some =
      revision_check (fixture->folder, NULL, REVISION_CHECK_SKIP_HIDDEN, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (all->n_errors, ==, 1);
  g_assert_cmpuint (some->n_errors, ==, 0);
}

/* What is packed is checked as its folder is; what is no archive, and an archive cut short, is said to be so. */
static void
test_archives (Fixture *fixture, gconstpointer data)
{
  static const RevisionBundle types[] = { REVISION_BUNDLE_ZIP, REVISION_BUNDLE_TGZ };
  put (fixture, "appspec.yml", HEAD "files:\n  - {source: gone, destination: /srv}\n");
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (Bundle) bundle = bundle_pack (fixture->folder, types[i], BUNDLE_DEFAULT, &error);
    g_assert_no_error (error);
    g_autofree char *bytes = g_malloc ((gsize)bundle->size_bytes);
    g_assert_cmpint (pread (bundle->fd, bytes, (gsize)bundle->size_bytes, 0), ==,
                     bundle->size_bytes);
    g_autofree char *path = path_in (fixture, "bundle");
    g_assert_true (g_file_set_contents (path, bytes, bundle->size_bytes, NULL));
    g_autofree char *text = said_of (fixture, path, NULL);
    g_assert_cmpstr (text, ==, "appspec.yml:4:14: error: the revision has no \"gone\"\n");
    g_assert_true (g_file_set_contents (path, bytes, bundle->size_bytes / 2, NULL));
    g_autofree char *cut = said_of (fixture, path, NULL);
    g_assert_true (g_str_has_prefix (cut, "REV: error: the agent would not unpack this: "));
    g_unlink (path);
  }
}

static void
test_appspec_alone (Fixture *fixture, gconstpointer data)
{
  put (fixture, "alone.yml", HEAD "files:\n  - {source: a, destination: b}\n");
  g_autofree char *path = path_in (fixture, "alone.yml");
  g_autofree char *text = said_of (fixture, path, NULL);
  g_assert_cmpstr (text, ==,
                   "REV:4:30: error: \"destination\" must be an absolute path, not \"b\"\n");
}

static void
test_nothing_there (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (revision_check ("/gone/for/good", NULL, REVISION_CHECK_ALL, &error));
  g_assert_error (error, REVISION_CHECK_ERROR, REVISION_CHECK_ERROR_PATH);
  g_clear_error (&error);
  g_assert_null (revision_check (fixture->folder, "../appspec.yml", REVISION_CHECK_ALL, &error));
  g_assert_error (error, REVISION_CHECK_ERROR, REVISION_CHECK_ERROR_PATH);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/revision-check/a-good-revision-passes", test_good },
    { "/revision-check/names-that-lead-nowhere", test_names },
    { "/revision-check/every-conflict-has-its-item", test_conflicts },
    { "/revision-check/81-default-acl-on-a-file", test_default_acl_on_a_file },
    { "/revision-check/86-which-appspec-it-is", test_appspec_choice },
    { "/revision-check/links-out-and-pipes-are-refused", test_links_and_pipes },
    { "/revision-check/hidden-names-are-not-looked-at-if-not-packed", test_hidden_names },
    { "/revision-check/archives-are-looked-into", test_archives },
    { "/revision-check/an-appspec-alone", test_appspec_alone },
    { "/revision-check/nothing-to-look-at", test_nothing_there },
  };
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  return g_test_run ();
}
