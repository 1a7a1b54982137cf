#include "agent/hook-script.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"

typedef struct {
  char *folder, *archive;
  Arena *arena;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("hook-script-XXXXXX", NULL);
  f->archive = g_build_filename (f->folder, "archive", NULL);
  g_autofree char *inner = g_build_filename (f->archive, "inner", NULL);
  g_assert_true (fs_make_directory (inner, NULL));
  f->arena = arena_new ();
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  arena_free (f->arena);
  g_assert_true (fs_remove_tree (f->folder, NULL));
  g_free (f->archive);
  g_free (f->folder);
}

static const char *
path_of (Fixture *f, const char *name)
{
  return arena_printf (f->arena, "%s/%s", f->archive, name);
}

static void
put (Fixture *f, const char *name, const char *text, guint mode)
{
  g_assert_true (g_file_set_contents (path_of (f, name), text, -1, NULL));
  g_assert_cmpint (chmod (path_of (f, name), mode), ==, 0);
}

static HookScript
find (Fixture *f, const char *location, HookScriptLinks links)
{
  g_autoptr (GError) error = NULL;
  HookScript script;
  gboolean ok = hook_script_find (f->archive, location, links, f->arena, &script, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  return script;
}

static void
assert_missing (Fixture *f, const char *location, const char *why)
{
  g_autoptr (GError) error = NULL;
  HookScript script;
  g_assert_false (
      hook_script_find (f->archive, location, HOOK_SCRIPT_LINKS_INSIDE, f->arena, &script, &error));
  g_assert_error (error, HOOK_SCRIPT_ERROR, HOOK_SCRIPT_ERROR_MISSING);
  g_assert_nonnull (strstr (error->message, why));
}

static void
test_heads (Fixture *f, gconstpointer data)
{
  static const struct {
    const char *text, *interpreter;
    gboolean has_cr_lf, must_be_readable;
  } cases[] = {
    { "#!/bin/sh\n", "/bin/sh", FALSE, TRUE },
    { "#! /usr/bin/env  bash -x\r\nexit\r\n", "/usr/bin/env", TRUE, TRUE },
    { "#!/bin/sh\r\n", "/bin/sh", TRUE, TRUE },
    { "#!/bin/sh", "/bin/sh", FALSE, TRUE },
    { "echo\r\n", NULL, FALSE, TRUE },
    { "", NULL, FALSE, TRUE },
    { "\x7f"
      "ELF...",
      NULL, FALSE, FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    put (f, "a b", cases[i].text, 0755);
    HookScript script = find (f, "/./a b", HOOK_SCRIPT_LINKS_INSIDE);
    g_assert_cmpstr (script.path, ==, path_of (f, "a b"));
    g_assert_cmpstr (script.interpreter, ==, cases[i].interpreter);
    g_assert_cmpint (script.has_cr_lf, ==, cases[i].has_cr_lf);
    g_assert_cmpint (script.must_be_readable, ==, cases[i].must_be_readable);
    g_assert_false (script.made_executable);
  }
}

static void
test_executable (Fixture *f, gconstpointer data)
{
  struct stat status;
  mode_t before = umask (0077);
  put (f, "inner/x", "", 02640);
  HookScript script = find (f, "inner/x", HOOK_SCRIPT_LINKS_INSIDE);
  umask (before);
  g_assert_true (script.made_executable);
  g_assert_cmpint (stat (script.path, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0751);
  g_assert_false (find (f, "inner/x", HOOK_SCRIPT_LINKS_INSIDE).made_executable);
}

static void
test_missing (Fixture *f, gconstpointer data)
{
  assert_missing (f, "none", "does not exist");
  assert_missing (f, "inner", "is not a file");
  assert_missing (f, "../archive/none", "is not inside the revision");
  assert_missing (f, "/", "is not inside the revision");
  put (f, "x", "", 0755);
  assert_missing (f, "x/y", "cannot be opened");
}

/* A link that stays inside is as good as the file; one that leads out is refused, and what it leads to left alone. */
static void
test_links (Fixture *f, gconstpointer data)
{
  g_autofree char *outside = g_build_filename (f->folder, "outside", NULL);
  struct stat status;
  g_assert_true (g_file_set_contents (outside, "", 0, NULL));
  g_assert_cmpint (chmod (outside, 0600), ==, 0);
  put (f, "inner/x", "", 0755);

  g_assert_cmpint (symlink ("inner/x", path_of (f, "good")), ==, 0);
  g_assert_cmpint (symlink ("../outside", path_of (f, "relative")), ==, 0);
  g_assert_cmpint (symlink (outside, path_of (f, "absolute")), ==, 0);
  g_assert_cmpint (symlink ("..", path_of (f, "up")), ==, 0);
  g_assert_cmpint (symlink ("round", path_of (f, "round")), ==, 0);
  g_assert_cmpstr (find (f, "good", HOOK_SCRIPT_LINKS_INSIDE).path, ==, path_of (f, "good"));
  assert_missing (f, "relative", "leads out");
  assert_missing (f, "absolute", "leads out");
  assert_missing (f, "up/outside", "leads out");
  assert_missing (f, "round", "cannot be opened");
  g_assert_cmpint (stat (outside, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0600);

  HookScript trusted = find (f, "absolute", HOOK_SCRIPT_LINKS_ANYWHERE);
  g_assert_cmpstr (trusted.path, ==, path_of (f, "absolute"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(path, function)                                                                       \
  g_test_add ("/hook-script/" path, Fixture, NULL, set_up, function, tear_down)
  CASE ("first-lines-are-read-as-the-kernel-does", test_heads);
  CASE ("115-made-executable-for-all-whatever-the-umask", test_executable);
  CASE ("115-missing", test_missing);
  CASE ("no-link-leads-out-of-the-revision", test_links);
  return g_test_run ();
}
