#include "proto/aws-ini.h"

#include <string.h>

struct AwsIni {
  GHashTable *sections; /* name -> GHashTable of key -> value */
};

G_DEFINE_QUARK (aws - ini - error - quark, aws_ini_error)

void
aws_ini_free (AwsIni *ini)
{
  if (ini == NULL) {
    return;
  }
  g_hash_table_unref (ini->sections);
  g_free (ini);
}

/* What the lines so far have opened. */
typedef struct {
  GHashTable *section; /* borrowed */
  char *outer;         /* the last key at the margin, for indented lines below it */
} Position;

static void
clear_position (Position *at)
{
  g_free (at->outer);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Position, clear_position)

/* A comment at the end of a line needs a blank before it: '#' and ';' occur in values. */
static void
cut_comment (char *line)
{
  for (char *at = line; *at != '\0'; at++) {
    if ((*at == '#' || *at == ';') && (at == line || g_ascii_isspace (at[-1]))) {
      *at = '\0';
      return;
    }
  }
}

static gboolean
open_section (AwsIni *ini, Position *at, char *line, GError **error)
{
  gsize length = strlen (line);
  if (length < 3 || line[length - 1] != ']') {
    g_set_error_literal (error, AWS_INI_ERROR, AWS_INI_ERROR_SYNTAX,
                         "a section needs a name and a ']'");
    return FALSE;
  }
  line[length - 1] = '\0';
  g_auto (GStrv) words = g_strsplit_set (g_strstrip (line + 1), " \t", 2);
  g_autofree char *name = words[0] != NULL && words[1] != NULL
                              ? g_strdup_printf ("%s %s", words[0], g_strstrip (words[1]))
                              : g_strdup (words[0] != NULL ? words[0] : "");

  g_clear_pointer (&at->outer, g_free);
  at->section = g_hash_table_lookup (ini->sections, name);
  if (at->section == NULL) {
    at->section = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert (ini->sections, g_steal_pointer (&name), at->section);
  }
  return TRUE;
}

static gboolean
add_pair (Position *at, gboolean indented, char *line, GError **error)
{
  char *equals = strchr (line, '=');
  if (equals == NULL || equals == line) {
    g_set_error_literal (error, AWS_INI_ERROR, AWS_INI_ERROR_SYNTAX,
                         "expected \"key = value\" or a [section]");
    return FALSE;
  }
  if (at->section == NULL) {
    g_set_error_literal (error, AWS_INI_ERROR, AWS_INI_ERROR_SYNTAX,
                         "a key before the first [section]");
    return FALSE;
  }
  *equals = '\0';
  const char *key = g_strstrip (line);
  const char *value = g_strstrip (equals + 1);
  if (indented && at->outer != NULL) {
    g_hash_table_insert (at->section, g_strdup_printf ("%s.%s", at->outer, key), g_strdup (value));
    return TRUE;
  }
  g_free (at->outer);
  at->outer = g_strdup (key);
  g_hash_table_insert (at->section, g_strdup (key), g_strdup (value));
  return TRUE;
}

AwsIni *
aws_ini_parse (const char *bytes, gsize n, GError **error)
{
  if (n > AWS_INI_MAX_BYTES) {
    g_set_error (error, AWS_INI_ERROR, AWS_INI_ERROR_TOO_LARGE, "larger than %d bytes",
                 AWS_INI_MAX_BYTES);
    return NULL;
  }
  g_autoptr (AwsIni) ini = g_new0 (AwsIni, 1);
  ini->sections =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);

  g_autofree char *text = g_strndup (bytes, n);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_auto (Position) at = { 0 };
  for (gsize i = 0; lines[i] != NULL; i++) {
    gboolean indented = g_ascii_isspace (lines[i][0]);
    cut_comment (lines[i]);
    char *line = g_strstrip (lines[i]);
    if (*line == '\0') {
      continue;
    }
    gboolean good = *line == '[' && !indented ? open_section (ini, &at, line, error)
                                              : add_pair (&at, indented, line, error);
    if (!good) {
      g_prefix_error (error, "line %" G_GSIZE_FORMAT ": ", i + 1);
      return NULL;
    }
  }
  return g_steal_pointer (&ini);
}

gboolean
aws_ini_has_section (const AwsIni *ini, const char *section)
{
  return g_hash_table_contains (ini->sections, section);
}

const char *
aws_ini_get (const AwsIni *ini, const char *section, const char *key)
{
  GHashTable *pairs = g_hash_table_lookup (ini->sections, section);
  const char *value = pairs != NULL ? g_hash_table_lookup (pairs, key) : NULL;
  return value != NULL && *value != '\0' ? value : NULL;
}
