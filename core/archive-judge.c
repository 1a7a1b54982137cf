#include "core/archive-judge.h"

#include <string.h>

#include "core/pathname.h"

#define MODE_SET_ID       06000u
#define MODE_STICKY       01000u
#define MODE_OTHERS_WRITE 00002u
#define MODE_BITS         07777u
#define MAX_SHOWN_NAME    200

G_DEFINE_QUARK (slipway - archive - judge - error, archive_judge_error)

const ArchivePolicy archive_policy_default = {
  .max_total_bytes = (gint64)64 << 30,
  .max_entries = 2000000,
  .max_path_bytes = 4095,
  .max_depth = 128,
  .unsafe_modes = ARCHIVE_UNSAFE_MODES_KEEP,
  .links = ARCHIVE_LINKS_INSIDE,
};

/* What a message may show of a name that somebody else chose. */
static const char *
shown (const char *name, Arena *arena)
{
  g_autofree char *escaped = g_strescape (name, NULL);
  if (strlen (escaped) > MAX_SHOWN_NAME)
    return arena_printf (arena, "%.*s...", MAX_SHOWN_NAME, escaped);
  return arena_strdup (arena, escaped);
}

static gboolean
refuse (GError **error, ArchiveJudgeError code, const ArchiveEntry *entry, Arena *arena,
        const char *why)
{
  g_set_error (error, ARCHIVE_JUDGE_ERROR, code, "archive entry \"%s\" %s",
               shown (entry->path, arena), why);
  return FALSE;
}

/* See the header: "../" only at the front, and not more often than the link is deep. */
static gboolean
symlink_stays_inside (const char *path, const char *target)
{
  guint up = 0;
  gboolean names_began = FALSE;

  if (target[0] == '/' || target[0] == '\0')
    return FALSE;
  for (const char *at = target; *at != '\0';) {
    gsize length = strcspn (at, "/");
    if (length == 2 && at[0] == '.' && at[1] == '.') {
      if (names_began)
        return FALSE;
      up++;
    } else if (length > 0 && !(length == 1 && at[0] == '.')) {
      names_began = TRUE;
    }
    at += length;
    if (*at == '/')
      at++;
  }
  return up < pathname_depth (path);
}

static gboolean
judge_link (const ArchivePolicy *policy, const ArchiveEntry *entry, Arena *arena,
            ArchiveVerdict *verdict, GError **error)
{
  if (entry->link_target == NULL)
    return refuse (error, ARCHIVE_JUDGE_ERROR_LINK, entry, arena, "is a link without a target");
  if (strlen (entry->link_target) > policy->max_path_bytes)
    return refuse (error, ARCHIVE_JUDGE_ERROR_LINK, entry, arena, "has too long a link target");

  if (entry->kind == ARCHIVE_ENTRY_HARD_LINK) {
    verdict->link_target = pathname_normalise_inside (entry->link_target, arena);
    if (verdict->link_target == NULL || verdict->link_target[0] == '\0')
      return refuse (error, ARCHIVE_JUDGE_ERROR_LINK, entry, arena,
                     "is a hard link that leaves the archive");
    return TRUE;
  }

  if (policy->links == ARCHIVE_LINKS_NONE)
    return refuse (error, ARCHIVE_JUDGE_ERROR_LINK, entry, arena,
                   "is a symbolic link, and these are not allowed here");
  if (policy->links == ARCHIVE_LINKS_INSIDE &&
      !symlink_stays_inside (verdict->path, entry->link_target))
    return refuse (error, ARCHIVE_JUDGE_ERROR_LINK, entry, arena,
                   "is a symbolic link that can lead out of the archive");
  verdict->link_target = arena_strdup (arena, entry->link_target);
  return TRUE;
}

static gboolean
judge_path (const ArchivePolicy *policy, const ArchiveEntry *entry, Arena *arena,
            ArchiveVerdict *verdict, GError **error)
{
  if (entry->path == NULL || entry->path[0] == '\0') {
    g_set_error_literal (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_PATH,
                         "archive entry without a name");
    return FALSE;
  }
  if (strlen (entry->path) > policy->max_path_bytes)
    return refuse (error, ARCHIVE_JUDGE_ERROR_PATH, entry, arena, "has too long a name");
  /* the clean-up file has a name a line (agent.md 4.8) */
  if (strpbrk (entry->path, "\r\n") != NULL)
    return refuse (error, ARCHIVE_JUDGE_ERROR_PATH, entry, arena, "has a line break in its name");
  if (entry->path[0] == '/')
    return refuse (error, ARCHIVE_JUDGE_ERROR_PATH, entry, arena, "has an absolute name");
  verdict->path = pathname_normalise_inside (entry->path, arena);
  if (verdict->path == NULL)
    return refuse (error, ARCHIVE_JUDGE_ERROR_PATH, entry, arena, "climbs with \"..\"");
  if (pathname_depth (verdict->path) > policy->max_depth)
    return refuse (error, ARCHIVE_JUDGE_ERROR_PATH, entry, arena, "is nested too deeply");
  for (const char *at = verdict->path; *at != '\0';) {
    gsize length = strcspn (at, "/");
    if (length > 255)
      return refuse (error, ARCHIVE_JUDGE_ERROR_PATH, entry, arena,
                     "has a component of more than 255 bytes");
    at += length + (at[length] == '/');
  }
  if (verdict->path[0] == '\0' && entry->kind != ARCHIVE_ENTRY_DIRECTORY)
    return refuse (error, ARCHIVE_JUDGE_ERROR_PATH, entry, arena,
                   "would replace the folder it is unpacked into");
  return TRUE;
}

static gboolean
judge_mode (const ArchiveEntry *entry, guint32 mode, Arena *arena, GError **error)
{
  gboolean is_folder = entry->kind == ARCHIVE_ENTRY_DIRECTORY;

  if (entry->kind != ARCHIVE_ENTRY_FILE && !is_folder)
    return TRUE;
  if ((mode & MODE_SET_ID) != 0)
    return refuse (error, ARCHIVE_JUDGE_ERROR_MODE, entry, arena,
                   "has a set-user-id or set-group-id bit, and these are not allowed here");
  if ((mode & MODE_OTHERS_WRITE) != 0 && !(is_folder && (mode & MODE_STICKY) != 0))
    return refuse (error, ARCHIVE_JUDGE_ERROR_MODE, entry, arena,
                   "may be written by everybody, which is not allowed here");
  return TRUE;
}

gboolean
archive_judge_entry (ArchiveJudge *judge, const ArchiveEntry *entry, Arena *arena,
                     ArchiveVerdict *out, GError **error)
{
  const ArchivePolicy *policy = judge->policy;
  ArchiveVerdict verdict = { .mode = entry->mode & MODE_BITS };

  if (++judge->entries > policy->max_entries) {
    g_set_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_TOO_LARGE,
                 "archive has more than %" G_GINT64_FORMAT " entries", policy->max_entries);
    return FALSE;
  }
  if (!judge_path (policy, entry, arena, &verdict, error))
    return FALSE;

  switch (entry->kind) {
  case ARCHIVE_ENTRY_FILE:
    if (entry->size_bytes > policy->max_total_bytes - judge->total_bytes)
      return refuse (error, ARCHIVE_JUDGE_ERROR_TOO_LARGE, entry, arena,
                     "takes the archive past its largest unpacked size");
    break;
  case ARCHIVE_ENTRY_DIRECTORY:
    break;
  case ARCHIVE_ENTRY_SYMLINK:
  case ARCHIVE_ENTRY_HARD_LINK:
    if (!judge_link (policy, entry, arena, &verdict, error))
      return FALSE;
    break;
  case ARCHIVE_ENTRY_ENCRYPTED:
    return refuse (error, ARCHIVE_JUDGE_ERROR_KIND, entry, arena,
                   "is encrypted: bundles must not be");
  case ARCHIVE_ENTRY_OTHER:
  default:
    return refuse (error, ARCHIVE_JUDGE_ERROR_KIND, entry, arena,
                   "is neither file, folder nor link");
  }

  if (policy->unsafe_modes == ARCHIVE_UNSAFE_MODES_REFUSE &&
      !judge_mode (entry, verdict.mode, arena, error))
    return FALSE;

  *out = verdict;
  return TRUE;
}

gboolean
archive_judge_bytes (ArchiveJudge *judge, const char *path, gint64 n, GError **error)
{
  if (n > judge->policy->max_total_bytes - judge->total_bytes) {
    g_autofree char *escaped = g_strescape (path, NULL);
    g_set_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_TOO_LARGE,
                 "archive unpacks to more than %" G_GINT64_FORMAT
                 " bytes, which is reached in entry \"%.*s\"",
                 judge->policy->max_total_bytes, MAX_SHOWN_NAME, escaped);
    return FALSE;
  }
  judge->total_bytes += n;
  return TRUE;
}
