/*
 * Lines "KIND[MODE] path -> target": KIND is one of f d s h e o, MODE octal. What is let through must stay inside: no absolute path, no
 * empty or ".." component, no line break, and a symbolic link's target may only climb at its front and not above the folder. A
 * judge that refuses unsafe modes lets through no less than that.
 */
#include "core/archive-judge.h"
#include "fuzz/fuzz-target.h"

#include <string.h>

static const char kinds[] = {
  [ARCHIVE_ENTRY_FILE] = 'f',      [ARCHIVE_ENTRY_DIRECTORY] = 'd', [ARCHIVE_ENTRY_SYMLINK] = 's',
  [ARCHIVE_ENTRY_HARD_LINK] = 'h', [ARCHIVE_ENTRY_ENCRYPTED] = 'e', [ARCHIVE_ENTRY_OTHER] = 'o',
};

static void
check_inside (const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);

  for (char **part = parts; *part != NULL; part++)
    g_assert (**part != '\0' && strcmp (*part, ".") != 0 && strcmp (*part, "..") != 0);
}

static void
check_link (const char *path, const char *target)
{
  g_auto (GStrv) folders = g_strsplit (path, "/", -1);
  g_auto (GStrv) parts = g_strsplit (target, "/", -1);
  int depth = (int)g_strv_length (folders) - 1;

  g_assert (target[0] != '/');
  for (char **part = parts; *part != NULL; part++)
    if (strcmp (*part, "..") == 0)
      g_assert (--depth >= 0);
}

static void
check_kind (const ArchiveEntry *entry, const ArchiveVerdict *verdict, const ArchivePolicy *policy)
{
  g_assert (entry->kind != ARCHIVE_ENTRY_ENCRYPTED && entry->kind != ARCHIVE_ENTRY_OTHER);
  g_assert (verdict->mode <= 07777);
  if (policy->unsafe_modes == ARCHIVE_UNSAFE_MODES_REFUSE && entry->kind == ARCHIVE_ENTRY_FILE)
    g_assert ((verdict->mode & 06002) == 0);
}

static void
judge_line (ArchiveJudge *judge, const char *text, Arena *arena)
{
  g_autofree char *line = g_strdup (text);
  const char *kind = memchr (kinds, line[0], sizeof kinds);
  char *arrow = strstr (line, " -> ");
  g_autoptr (GError) error = NULL;
  ArchiveEntry entry = { .mode = 0644, .size_bytes = -1 };
  ArchiveVerdict verdict = { 0 };
  char *path = line + 1;

  if (kind == NULL || line[0] == '\0')
    return;
  if (g_ascii_isdigit (*path))
    entry.mode = (guint32)g_ascii_strtoull (path, &path, 8);
  if (*path != ' ' || (arrow != NULL && arrow < path + 1))
    return;
  if (arrow != NULL) {
    *arrow = '\0';
    entry.link_target = arrow + 4;
  }
  entry.kind = (ArchiveEntryKind)(kind - kinds);
  entry.path = path + 1;
  gboolean accepted = archive_judge_entry (judge, &entry, arena, &verdict, &error);
  FUZZ_CHECK (accepted, error);
  if (!accepted || verdict.path[0] == '\0')
    return;
  check_inside (verdict.path);
  g_assert (strpbrk (verdict.path, "\r\n") == NULL);
  check_kind (&entry, &verdict, judge->policy);
  if (entry.kind == ARCHIVE_ENTRY_HARD_LINK)
    check_inside (verdict.link_target);
  if (entry.kind == ARCHIVE_ENTRY_SYMLINK)
    check_link (verdict.path, verdict.link_target);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_auto (GStrv) lines = g_strsplit (text == NULL ? "" : text, "\n", -1);
  ArchivePolicy strict = archive_policy_default;
  strict.unsafe_modes = ARCHIVE_UNSAFE_MODES_REFUSE;
  ArchiveJudge judge = ARCHIVE_JUDGE_INIT (&archive_policy_default);
  ArchiveJudge strict_judge = ARCHIVE_JUDGE_INIT (&strict);

  for (char **line = lines; *line != NULL; line++) {
    judge_line (&judge, *line, arena);
    judge_line (&strict_judge, *line, arena);
  }
  return 0;
}
