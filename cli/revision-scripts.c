#include "cli/revision-scripts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/pathname.h"

#define LOOKED_AT_BYTES (64 * 1024)
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
/* What the kernel reads of a file to find its interpreter, the end included (execve(2)). */
#define MAX_INTERPRETER_LINE 255

static const YamlPlace first_line = { 1, 1 };

/* `line` without "#!" and its end. agent.md 5.3: the kernel takes the first word, and all the rest as one argument. */
static void
check_interpreter (const char *line, const char *file, RevisionReport *report)
{
  g_auto (GStrv) words = g_strsplit_set (line, " \t", -1);
  g_autoptr (GPtrArray) used = g_ptr_array_new ();
  for (gsize i = 0; words[i] != NULL; i++) {
    if (words[i][0] != '\0') {
      g_ptr_array_add (used, words[i]);
    }
  }
  const char *program = used->len > 0 ? g_ptr_array_index (used, 0) : NULL;
  const char *argument = used->len > 1 ? g_ptr_array_index (used, 1) : NULL;
  if (program == NULL) {
    revision_report_add (report, REVISION_SEVERITY_ERROR, file, first_line,
                         "\"#!\" names no interpreter");
  } else if (program[0] != '/') {
    revision_report_add (report, REVISION_SEVERITY_ERROR, file, first_line,
                         "the interpreter must be an absolute path, not \"%.100s\"", program);
  } else if (g_str_has_suffix (program, "/env") && argument == NULL) {
    revision_report_add (report, REVISION_SEVERITY_ERROR, file, first_line,
                         "%.100s is not told which program", program);
  } else if (g_str_has_suffix (program, "/env") && used->len > 2 && argument[0] != '-') {
    revision_report_add (
        report, REVISION_SEVERITY_ERROR, file, first_line,
        "%.100s gets \"%.100s ...\" as the name of one program; write env -S, or the "
        "program's path",
        program, argument);
  }
}

static void
check_first_line (const char *bytes, gsize n, const char *file, RevisionReport *report)
{
  const char *end = memchr (bytes, '\n', n);
  gsize length = end != NULL ? (gsize)(end - bytes) : n;
  if (length > MAX_INTERPRETER_LINE) {
    revision_report_add (
        report, REVISION_SEVERITY_ERROR, file, first_line,
        "the first line is longer than the %d bytes in which an interpreter is found",
        MAX_INTERPRETER_LINE);
    return;
  }
  g_autofree char *line = g_strndup (bytes + 2, length - 2);
  if (g_str_has_suffix (line, "\r")) {
    g_strchomp (line);
    revision_report_add (
        report, REVISION_SEVERITY_ERROR, file, first_line,
        "the line ends in CR LF: the system looks for an interpreter \"%.100s\\r\"; "
        "save the script with LF line ends",
        line);
    return;
  }
  check_interpreter (line, file, report);
}

static void
warn_of_windows_lines (const char *bytes, gsize n, const char *file, RevisionReport *report)
{
  YamlPlace place = { 1, 1 };
  for (gsize i = 0; i + 1 < n; i++) {
    if (bytes[i] == '\r' && bytes[i + 1] == '\n') {
      revision_report_add (
          report, REVISION_SEVERITY_WARNING, file, place,
          "the line ends in CR LF; most interpreters take the CR for a part of it");
      return;
    }
    place.column = bytes[i] == '\n' ? 1 : place.column + 1;
    place.line += bytes[i] == '\n';
  }
}

void
revision_scripts_check_text (const char *bytes, gsize n, const char *file, RevisionReport *report)
{
  gboolean named = n >= 2 && memcmp (bytes, "#!", 2) == 0;
  const char *end = memchr (bytes, '\n', n);
  gboolean first_is_windows = named && end != NULL && end[-1] == '\r';

  if (n == 0) {
    revision_report_add (report, REVISION_SEVERITY_WARNING, file, first_line,
                         "the script is empty");
  } else if (n >= 4 && memcmp (bytes, "\177ELF", 4) == 0) {
    return; /* a program has neither interpreter line nor lines */
  } else if (named) {
    check_first_line (bytes, n, file, report);
  } else if (n >= 5 && memcmp (bytes, BYTE_ORDER_MARK "#!", 5) == 0) {
    revision_report_add (report, REVISION_SEVERITY_ERROR, file, first_line,
                         "a byte order mark stands before \"#!\", so that no interpreter is found; "
                         "save the script without it");
  } else {
    revision_report_add (
        report, REVISION_SEVERITY_WARNING, file, first_line,
        "the script does not begin with \"#!\" and an interpreter: /bin/sh runs it");
  }
  if (!first_is_windows) {
    warn_of_windows_lines (bytes, n, file, report);
  }
}

static void
check_content (int fd, const char *file, RevisionReport *report)
{
  g_autofree char *bytes = g_malloc (LOOKED_AT_BYTES);
  gsize n = 0;
  gssize got = 0;
  while (n < LOOKED_AT_BYTES && (got = read (fd, bytes + n, LOOKED_AT_BYTES - n)) > 0) {
    n += (gsize)got;
  }
  if (got < 0) {
    revision_report_add (report, REVISION_SEVERITY_ERROR, file, (YamlPlace){ 0 },
                         "cannot be read: %s", g_strerror (errno));
    return;
  }
  revision_scripts_check_text (bytes, n, file, report);
}

/* A script at the place of its location; seen: those whose content has been looked at. */
static void
check_script (const AppSpecScript *script, const char *event, const char *root,
              const char *appspec_file, GHashTable *seen, RevisionReport *report)
{
  const char *inside = pathname_normalise_inside (script->location, report->arena);
  struct stat about;
  if (inside == NULL || inside[0] == '\0') {
    return; /* the parser has said so */
  }
  g_autofree char *path = g_build_filename (root, inside, NULL);
  if (stat (path, &about) != 0) {
    revision_report_add (report, REVISION_SEVERITY_ERROR, appspec_file, script->location_at,
                         "the script \"%s\" of %s is not in the revision", inside, event);
    return;
  }
  if (!S_ISREG (about.st_mode)) {
    revision_report_add (report, REVISION_SEVERITY_ERROR, appspec_file, script->location_at,
                         "the script \"%s\" of %s is a %s, not a file", inside, event,
                         S_ISDIR (about.st_mode) ? "folder" : "special thing");
    return;
  }
  if (!g_hash_table_add (seen, (gpointer)inside)) {
    return;
  }
  if ((about.st_mode & S_IXUSR) == 0) {
    revision_report_add (report, REVISION_SEVERITY_WARNING, inside, (YamlPlace){ 0 },
                         "the script is not executable; the agent will make it so");
  }
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    revision_report_add (report, REVISION_SEVERITY_ERROR, inside, (YamlPlace){ 0 },
                         "cannot be read: %s", g_strerror (errno));
    return;
  }
  check_content (fd, inside, report);
  close (fd);
}

void
revision_scripts_check (const AppSpec *appspec, const char *root, const char *appspec_file,
                        RevisionReport *report)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (gsize i = 0; i < appspec->n_hooks; i++) {
    for (gsize k = 0; k < appspec->hooks[i].n_scripts; k++) {
      check_script (&appspec->hooks[i].scripts[k], appspec->hooks[i].event, root, appspec_file,
                    seen, report);
    }
  }
}
