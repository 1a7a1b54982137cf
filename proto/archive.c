#include "proto/archive.h"

#include <string.h>

#include "proto/archive-feed.h"
#include "proto/archive-writer.h"
#include "proto/archive-zip.h"

G_DEFINE_QUARK (slipway - archive - error, archive_error)

gboolean
archive_format_from_name (const char *name, ArchiveFormat *out)
{
  static const char *const names[] = {
    [ARCHIVE_TAR] = "tar",
    [ARCHIVE_TGZ] = "tgz",
    [ARCHIVE_ZIP] = "zip",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (name != NULL && strcmp (name, names[i]) == 0) {
      *out = (ArchiveFormat)i;
      return TRUE;
    }
  return FALSE;
}

typedef struct {
  ArchiveJudge judge;
  ArchiveWriter *writer;
  Arena *arena; /* reset for each entry */

  /* of the entry that bytes may follow: the feed's own is gone by then */
  ArchiveFeedEntry entry;
  ArchiveVerdict verdict;
  gint64 end; /* of its content so far; holes count as well */
} Unpack;

static gboolean
begin_entry (Unpack *unpack, const ArchiveFeedEntry *entry, GError **error)
{
  if (!archive_writer_end_entry (unpack->writer, error))
    return FALSE;
  arena_reset (unpack->arena);
  if (!archive_judge_entry (&unpack->judge, &entry->entry, unpack->arena, &unpack->verdict, error))
    return FALSE;
  unpack->entry = *entry;
  unpack->entry.user = arena_strdup (unpack->arena, entry->user);
  unpack->entry.group = arena_strdup (unpack->arena, entry->group);
  unpack->end = 0;
  if (unpack->verdict.path[0] == '\0')
    return TRUE;
  return archive_writer_add (unpack->writer, &unpack->entry, &unpack->verdict, error);
}

static gboolean
take_bytes (Unpack *unpack, const ArchiveFeedItem *item, GError **error)
{
  gint64 end;

  if (item->offset < unpack->end || __builtin_add_overflow (item->offset, (gint64)item->n, &end)) {
    g_autofree char *shown = g_strescape (unpack->verdict.path, NULL);
    g_set_error (error, ARCHIVE_ERROR, ARCHIVE_ERROR_FORMAT,
                 "archive cannot be read: parts of \"%.200s\" lie on each other", shown);
    return FALSE;
  }
  if (!archive_judge_bytes (&unpack->judge, unpack->verdict.path, end - unpack->end, error))
    return FALSE;
  unpack->end = end;
  return archive_writer_bytes (unpack->writer, item->bytes, item->n, item->offset, error);
}

static gboolean
unpack_all (Unpack *unpack, ArchiveFeed *feed, GError **error)
{
  ArchiveFeedItem item;

  while (archive_feed_next (feed, &item, error)) {
    switch (item.kind) {
    case ARCHIVE_FEED_ENTRY:
      if (!begin_entry (unpack, item.entry, error))
        return FALSE;
      break;
    case ARCHIVE_FEED_BYTES:
      if (!take_bytes (unpack, &item, error))
        return FALSE;
      break;
    case ARCHIVE_FEED_END:
    default:
      return archive_writer_end_entry (unpack->writer, error) &&
             archive_writer_finish (unpack->writer, error);
    }
  }
  return FALSE;
}

gboolean
archive_unpack (int archive_fd, const ArchiveUnpackOptions *options, int dir_fd,
                ArchiveSummary *out_summary, GError **error)
{
  const ArchivePolicy *policy = options->policy != NULL ? options->policy : &archive_policy_default;
  ArchiveUnpackFlags flags = options->flags;

  if (options->format == ARCHIVE_ZIP) {
    flags &= ~(guint)ARCHIVE_UNPACK_OWNERS; /* a zip names numbers of another host */
    if (!archive_zip_check (archive_fd, policy, error))
      return FALSE;
  }
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (ArchiveWriter) writer = archive_writer_new (dir_fd, flags, error);
  if (writer == NULL)
    return FALSE;
  g_autoptr (ArchiveFeed) feed =
      archive_feed_new (archive_fd, options->format, options->growth, error);
  if (feed == NULL)
    return FALSE;

  Unpack unpack = {
    .judge = ARCHIVE_JUDGE_INIT (policy),
    .writer = writer,
    .arena = arena,
  };
  if (!unpack_all (&unpack, feed, error))
    return FALSE;
  if (out_summary != NULL)
    *out_summary = (ArchiveSummary){ unpack.judge.entries, unpack.judge.total_bytes };
  return TRUE;
}
