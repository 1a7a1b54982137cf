#include "cli/policy-file.h"

#include <errno.h>
#include <stdio.h>

#include "cli/exit-status.h"

/* At most one byte more than is allowed, so that a file too large is noticed. */
static gboolean
read_some (const char *path, GString *out, GError **error)
{
  gboolean standard = g_str_equal (path, "-");
  FILE *file = standard ? stdin : fopen (path, "re");
  if (file == NULL) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_INPUT, "cannot read policy \"%s\": %s", path,
                 g_strerror (errno));
    return FALSE;
  }
  g_string_set_size (out, POLICY_FILE_MAX_BYTES + 1);
  g_string_set_size (out, fread (out->str, 1, out->len, file));
  gboolean failed = ferror (file) != 0;
  if (!standard) {
    (void)fclose (file); /* nothing was written */
  }
  if (failed) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_INPUT, "cannot read policy \"%s\"", path);
  }
  return !failed;
}

gboolean
policy_file_read (const char *path, PolicyDocumentKind kind, char **out_text, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) reason = NULL;
  if (!read_some (path, text, error)) {
    return FALSE;
  }
  if (text->len > POLICY_FILE_MAX_BYTES) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_INPUT, "policy \"%s\" has more than %d bytes", path,
                 POLICY_FILE_MAX_BYTES);
    return FALSE;
  }
  if (policy_document_parse (text->str, text->len, kind, G_MAXSIZE, arena, &reason) == NULL) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_INPUT, "policy \"%s\": %s", path, reason->message);
    return FALSE;
  }
  *out_text = g_strdup (text->str);
  return TRUE;
}
