#include "agent/install-context.h"

#include "agent/test-installation.h"

/* Programs of those names that write down how they were called; semanage fails for actions that FAIL names. */
static void
fake_programs (Installation *installation)
{
  g_autofree char *bin = g_build_filename (installation->folder, "bin", NULL);
  const char *script = "#!/bin/sh\n"
                       "printf '%s' \"${0##*/}\" >>\"$CALLS\"\n"
                       "for word; do printf ' [%s]' \"$word\" >>\"$CALLS\"; done\n"
                       "echo >>\"$CALLS\"\n"
                       "case \"$FAIL\" in *\"$2\"*) echo 'cannot do it'; exit 3;; esac\n";
  g_autofree char *calls = g_build_filename (installation->folder, "calls", NULL);
  const char *names[] = { "semanage", "restorecon" };
  g_assert_cmpint (g_mkdir (bin, 0755), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (bin, names[i], NULL);
    g_assert_true (g_file_set_contents (path, script, -1, NULL));
    g_assert_cmpint (chmod (path, 0755), ==, 0);
  }
  g_autofree char *path = g_strconcat (bin, ":/usr/bin:/bin", NULL);
  g_assert_true (g_setenv ("PATH", path, TRUE));
  g_assert_true (g_setenv ("CALLS", calls, TRUE));
  g_assert_true (g_setenv ("FAIL", "nothing", TRUE));
}

static char *
calls (Installation *installation)
{
  char *text = NULL;
  g_autofree char *path = g_build_filename (installation->folder, "calls", NULL);
  if (g_file_get_contents (path, &text, NULL, NULL))
    g_assert_cmpint (g_unlink (path), ==, 0);
  return text;
}

static void
test_calls (Installation *installation, gconstpointer data)
{
  const AppSpecContext full = { "user_u", "a_t", "s0" };
  const AppSpecContext least = { .type = "a_t" };
  fake_programs (installation);
  g_assert_true (install_context_set ("/srv/a b;c", &full, INSTALL_CONTEXT_FIRST, NULL));
  g_autofree char *first = calls (installation);
  g_assert_cmpstr (first, ==,
                   "semanage [fcontext] [-a] [-s] [user_u] [-t] [a_t] [-r] [s0] [/srv/a b;c]\n"
                   "restorecon [-v] [/srv/a b;c]\n");
  g_assert_true (install_context_set ("/a", &least, INSTALL_CONTEXT_FIRST, NULL));
  install_context_forget (&installation->host, "/a");
  g_autofree char *second = calls (installation);
  g_assert_cmpstr (second, ==,
                   "semanage [fcontext] [-a] [-t] [a_t] [/a]\nrestorecon [-v] [/a]\n"
                   "semanage [fcontext] [-d] [/a]\n");
}

static void
test_failures (Installation *installation, gconstpointer data)
{
  const AppSpecContext least = { .type = "a_t" };
  g_autoptr (GError) error = NULL;
  fake_programs (installation);
  g_assert_true (g_setenv ("FAIL", "-a", TRUE));
  g_assert_false (install_context_set ("/a", &least, INSTALL_CONTEXT_FIRST, &error));
  g_assert_nonnull (strstr (error->message, "semanage failed (status 3): cannot do it"));
  g_autofree char *first = calls (installation);
  g_assert_cmpstr (first, ==, "semanage [fcontext] [-a] [-t] [a_t] [/a]\n");
  /* the rule is there from the time before the crash */
  g_assert_true (install_context_set ("/a", &least, INSTALL_CONTEXT_AGAIN, NULL));
  g_assert_true (g_setenv ("FAIL", "-a -m", TRUE));
  g_assert_false (install_context_set ("/a", &least, INSTALL_CONTEXT_AGAIN, NULL));
  g_assert_true (g_setenv ("FAIL", "-d", TRUE));
  install_context_forget (&installation->host, "/a"); /* in spite of that */
  g_assert_true (g_setenv ("PATH", "/nowhere", TRUE));
  g_clear_error (&error);
  g_assert_false (install_context_set ("/a", &least, INSTALL_CONTEXT_FIRST, &error));
  g_assert_nonnull (strstr (error->message, "cannot run semanage"));
}

/* agent.md 10.5, line 99, and what an Install writes down for the next one. */
static void
test_install (Installation *installation, gconstpointer data)
{
  const char *spec = "files: [{source: content, destination: DEST/link}]\n"
                     "permissions: [{object: DEST/link, pattern: a, context: {type: a_t}}]\n";
  fake_programs (installation);
  installation_put (installation->files, "real/own=foreign");
  installation_put (installation->files, "link>real");
  installation_install (installation, "d-1", ITEMS ("a=1", "b=1"), spec);
  g_autofree char *first = calls (installation);
  g_autofree char *expected = g_strdup_printf (
      "semanage [fcontext] [-a] [-t] [a_t] [%s/real/a]\nrestorecon [-v] [%s/real/a]\n",
      installation->files, installation->files);
  g_assert_cmpstr (first, ==, expected);
  g_assert_cmpstr (installation_cleanup (installation), ==, "link/a link/b +real/a ");
  const InstallCleanup *cleanup;
  g_assert_true (
      host_read_cleanup (host_cleanup_path (&installation->host, "group", installation->arena),
                         installation->arena, &cleanup, NULL));
  g_assert_true (g_str_has_suffix (cleanup->entries[2].path, "/real/a"));

  g_assert_true (g_setenv ("FAIL", "-a -d", TRUE));
  installation_fails (installation, "d-2", ITEMS ("a=2"), spec, "semanage failed");
  g_autofree char *second = calls (installation);
  g_assert_true (g_str_has_prefix (second, "semanage [fcontext] [-d] ["));
  g_assert_cmpstr (installation_tree (installation), ==, "link>real real/a=2 real/own=foreign ");
  g_assert_cmpstr (installation_cleanup (installation), ==, "link/a ");
  g_assert_cmpstr (installation_pointer (installation), ==, "d-1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(name, function)                                                                       \
  g_test_add ("/install-context/" name, Installation, NULL, installation_set_up, function,         \
              installation_tear_down)
  CASE ("programs-get-arguments-not-shell-text", test_calls);
  CASE ("failures-say-what-was-said", test_failures);
  CASE ("99-install-sets-and-forgets-rules", test_install);
  return g_test_run ();
}
