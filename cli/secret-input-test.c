#include "cli/secret-input.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/exit-status.h"

/* Writes text into a file of that mode and reads the secret from it. */
static char *
read_file (const char *text, gssize length, mode_t mode, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autofree char *folder = g_dir_make_tmp ("slipway-secret-XXXXXX", &failure);
  g_assert_no_error (failure);
  g_autofree char *path = g_build_filename (folder, "token", NULL);
  g_file_set_contents (path, text, length, &failure);
  g_assert_no_error (failure);
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
  char *secret = secret_input_read (path, error);
  g_unlink (path);
  g_rmdir (folder);
  return secret;
}

static void
the_line_break_is_taken_off (void)
{
  static const char *const texts[] = { "ghp_x", "ghp_x\n", "ghp_x\r\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (SecretText) secret = read_file (texts[i], -1, 0600, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (secret, ==, "ghp_x");
  }
}

static void
what_others_can_read_is_refused (void)
{
  static const mode_t modes[] = { 0640, 0604, 0644 };
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (read_file ("ghp_x\n", -1, modes[i], &error));
    g_assert_error (error, CLI_ERROR, CLI_EXIT_INPUT);
    g_assert_nonnull (strstr (error->message, "chmod 600"));
  }
}

static void
what_is_not_one_line_is_refused_and_not_repeated (void)
{
  g_autofree char *long_one = g_strnfill (4097, 'x');
  const struct {
    const char *text;
    gssize length;
  } rows[] = { { "", 0 }, { "\n", 1 }, { "ghp_x\nghp_y\n", -1 }, { "gh\0p", 4 }, { long_one, -1 } };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (read_file (rows[i].text, rows[i].length, 0400, &error));
    g_assert_error (error, CLI_ERROR, CLI_EXIT_INPUT);
    g_assert_null (strstr (error->message, "ghp_"));
    g_assert_null (strstr (error->message, "xxxx"));
  }
}

static void
what_is_no_file_is_refused (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (secret_input_read ("/no/such/file", &error));
  g_assert_error (error, CLI_ERROR, CLI_EXIT_INPUT);
  g_clear_error (&error);
  g_assert_null (secret_input_read ("/dev/null", &error));
  g_assert_error (error, CLI_ERROR, CLI_EXIT_INPUT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secret-input/the-line-break-is-taken-off", the_line_break_is_taken_off);
  g_test_add_func ("/secret-input/what-others-can-read-is-refused",
                   what_others_can_read_is_refused);
  g_test_add_func ("/secret-input/what-is-not-one-line-is-refused-and-not-repeated",
                   what_is_not_one_line_is_refused_and_not_repeated);
  g_test_add_func ("/secret-input/what-is-no-file-is-refused", what_is_no_file_is_refused);
  return g_test_run ();
}
