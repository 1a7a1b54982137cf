#include "proto/archive-feed.h"

#include <errno.h>
#include <locale.h>
#include <string.h>

#include "proto/archive-source.h"

#define N_PARCELS    4
#define PARCEL_BYTES (256 * 1024)
#define LEAST_PIECE                                                                                \
  (16 * 1024) /* rather a new parcel than a smaller one, unless the content is smaller */
#define ITEM_ALIGNMENT 16

typedef struct {
  gsize used;
  _Alignas(ITEM_ALIGNMENT) guint8 bytes[PARCEL_BYTES];
} Parcel;

/* In a parcel: a head, then an ArchiveFeedEntry with its texts, or bytes. */
typedef struct {
  ArchiveFeedKind kind;
  guint32 n; /* behind the head, without padding */
  gint64 offset;
} ItemHead;

struct ArchiveFeed {
  int fd;
  ArchiveFormat format;
  ArchiveGrowth growth; /* the caller's, stopped by us as well */
  const ArchiveGrowth *callers_growth;
  GThread *thread;

  GMutex lock;
  GCond changed;
  guint produced, consumed; /* parcels handed over, and given back */
  gboolean over;            /* nothing more is produced */
  int stopped;              /* atomic: the taker has gone */
  GError *error;            /* with over */

  Parcel *parcels[N_PARCELS];
  Parcel *filling; /* the thread's; NULL: none yet */
  gboolean taking; /* the taker has a parcel, and is at */
  gsize at;
};

static gsize
padded (gsize n)
{
  return (n + ITEM_ALIGNMENT - 1) & ~(gsize)(ITEM_ALIGNMENT - 1);
}

/* --- the thread ----------------------------------------------------------------------------- */

static void
hand_over (ArchiveFeed *feed)
{
  if (feed->filling == NULL)
    return;
  g_mutex_lock (&feed->lock);
  feed->produced++;
  g_cond_broadcast (&feed->changed);
  g_mutex_unlock (&feed->lock);
  feed->filling = NULL;
}

/* Room for n bytes behind a head; NULL when the taker has gone. */
static guint8 *
reserve (ArchiveFeed *feed, ArchiveFeedKind kind, gint64 offset, gsize n)
{
  gsize whole = sizeof (ItemHead) + padded (n);

  if (feed->filling != NULL && feed->filling->used + whole > PARCEL_BYTES)
    hand_over (feed);
  if (feed->filling == NULL) {
    g_mutex_lock (&feed->lock);
    while (feed->produced - feed->consumed == N_PARCELS && !g_atomic_int_get (&feed->stopped))
      g_cond_wait (&feed->changed, &feed->lock);
    g_mutex_unlock (&feed->lock);
    feed->filling = feed->parcels[feed->produced % N_PARCELS];
    feed->filling->used = 0;
  }
  if (g_atomic_int_get (&feed->stopped))
    return NULL;
  ItemHead *head = (ItemHead *)(gpointer)(feed->filling->bytes + feed->filling->used);
  *head = (ItemHead){ kind, (guint32)n, offset };
  feed->filling->used += whole;
  return (guint8 *)(head + 1);
}

static const char *
put_text (guint8 **at, const char *text)
{
  if (text == NULL)
    return NULL;
  gsize n = strnlen (text, ARCHIVE_FEED_MAX_NAME);
  char *out = memcpy (*at, text, n);
  out[n] = '\0';
  *at += n + 1;
  return out;
}

static gsize
text_room (const char *text)
{
  return text != NULL ? strnlen (text, ARCHIVE_FEED_MAX_NAME) + 1 : 0;
}

static void
describe_kind (struct archive_entry *entry, ArchiveEntry *out)
{
  const char *hard_link = archive_entry_hardlink (entry);

  if (archive_entry_is_encrypted (entry)) {
    out->kind = ARCHIVE_ENTRY_ENCRYPTED;
    return;
  }
  if (hard_link != NULL) {
    out->kind = ARCHIVE_ENTRY_HARD_LINK;
    out->link_target = hard_link;
    return;
  }
  switch (archive_entry_filetype (entry)) {
  case AE_IFREG:
    out->kind = ARCHIVE_ENTRY_FILE;
    break;
  case AE_IFDIR:
    out->kind = ARCHIVE_ENTRY_DIRECTORY;
    break;
  case AE_IFLNK:
    out->kind = ARCHIVE_ENTRY_SYMLINK;
    out->link_target = archive_entry_symlink (entry);
    break;
  default:
    out->kind = ARCHIVE_ENTRY_OTHER;
    break;
  }
}

static gboolean
put_entry (ArchiveFeed *feed, struct archive_entry *entry)
{
  const char *path = archive_entry_pathname (entry);
  const char *user = archive_entry_uname (entry), *group = archive_entry_gname (entry);
  ArchiveEntry described = {
    .path = path != NULL ? path : archive_entry_pathname_utf8 (entry),
    .mode = archive_entry_perm (entry),
    .size_bytes = archive_entry_size_is_set (entry) ? archive_entry_size (entry) : -1,
  };
  describe_kind (entry, &described);

  gsize texts = text_room (described.path) + text_room (described.link_target) + text_room (user) +
                text_room (group);
  guint8 *room = reserve (feed, ARCHIVE_FEED_ENTRY, 0, sizeof (ArchiveFeedEntry) + texts);
  if (room == NULL)
    return FALSE;
  ArchiveFeedEntry *out = (ArchiveFeedEntry *)(gpointer)room;
  guint8 *at = room + sizeof *out;
  *out = (ArchiveFeedEntry){
    .entry = described,
    .uid = archive_entry_uid (entry),
    .gid = archive_entry_gid (entry),
    .has_mtime = archive_entry_mtime_is_set (entry) != 0,
    .mtime = { archive_entry_mtime (entry), archive_entry_mtime_nsec (entry) },
    .is_sparse = archive_entry_sparse_count (entry) > 0,
  };
  out->entry.path = put_text (&at, described.path);
  out->entry.link_target = put_text (&at, described.link_target);
  out->user = user != NULL ? put_text (&at, user) : "";
  out->group = group != NULL ? put_text (&at, group) : "";
  return TRUE;
}

static gboolean
put_bytes (ArchiveFeed *feed, const guint8 *bytes, gsize n, gint64 offset)
{
  while (n > 0) {
    gsize left = feed->filling != NULL ? PARCEL_BYTES - feed->filling->used : PARCEL_BYTES;
    gsize room = left > sizeof (ItemHead) ? left - sizeof (ItemHead) : 0;
    if (room < MIN (n, LEAST_PIECE))
      room = PARCEL_BYTES - sizeof (ItemHead);
    gsize piece = MIN (n, room & ~(gsize)(ITEM_ALIGNMENT - 1));
    guint8 *out = reserve (feed, ARCHIVE_FEED_BYTES, offset, piece);
    if (out == NULL)
      return FALSE;
    memcpy (out, bytes, piece);
    bytes += piece;
    offset += (gint64)piece;
    n -= piece;
  }
  return TRUE;
}

static gboolean
put_content (ArchiveFeed *feed, const ArchiveSource *source, struct archive *archive,
             GError **error)
{
  const void *bytes;
  size_t n;
  la_int64_t offset;

  for (;;) {
    int status = archive_read_data_block (archive, &bytes, &n, &offset);
    if (status == ARCHIVE_EOF)
      return TRUE;
    /* a warning about content says that its size or checksum is not what its header says */
    if (status != ARCHIVE_OK)
      return archive_source_fail (source, archive, error);
    if (!put_bytes (feed, bytes, n, offset))
      return TRUE; /* nobody takes it any more */
  }
}

/* A name that is not in the character set it should be in is kept as it is. A damaged pax header is not passed over. */
static gboolean
is_harmless_warning (const ArchiveFeed *feed, struct archive *archive, int status)
{
  return status == ARCHIVE_WARN &&
         (feed->format == ARCHIVE_ZIP || archive_errno (archive) == EILSEQ);
}

static gboolean
read_entries (ArchiveFeed *feed, ArchiveSource *source, struct archive *archive, GError **error)
{
  gboolean first = TRUE;

  for (;;) {
    struct archive_entry *entry;
    int status = archive_read_next_header (archive, &entry);
    if (status == ARCHIVE_EOF)
      return archive_source_check_filters (source, archive, error) &&
             archive_source_finish (source, error);
    if (status != ARCHIVE_OK && !is_harmless_warning (feed, archive, status))
      return archive_source_fail (source, archive, error);
    if (first && !archive_source_check_filters (source, archive, error))
      return FALSE;
    first = FALSE;
    if (!put_entry (feed, entry))
      return TRUE;
    if (archive_entry_filetype (entry) == AE_IFREG && archive_entry_hardlink (entry) == NULL &&
        !archive_entry_is_encrypted (entry) && !put_content (feed, source, archive, error))
      return FALSE;
    if (g_atomic_int_get (&feed->stopped))
      return TRUE;
  }
}

static ArchiveGrowthState
wait_unless_stopped (gpointer ctx)
{
  ArchiveFeed *feed = ctx;

  if (g_atomic_int_get (&feed->stopped))
    return ARCHIVE_GROWTH_BROKEN;
  return feed->callers_growth->wait (feed->callers_growth->ctx);
}

static gpointer
run (gpointer data)
{
  ArchiveFeed *feed = data;
  g_autoptr (GError) error = NULL;
  const ArchiveGrowth *growth = feed->callers_growth != NULL ? &feed->growth : NULL;
  g_autoptr (ArchiveSource) source = archive_source_new (feed->fd, growth);

  /* names in pax headers are UTF-8, and the library converts them to the thread's locale */
  locale_t utf8 = newlocale (LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  locale_t before = utf8 != (locale_t)0 ? uselocale (utf8) : (locale_t)0;
  struct archive *archive = archive_source_open (source, feed->format, &error);
  if (archive != NULL && read_entries (feed, source, archive, &error))
    reserve (feed, ARCHIVE_FEED_END, 0, 0);
  archive_read_free (archive);
  if (utf8 != (locale_t)0) {
    uselocale (before);
    freelocale (utf8);
  }

  hand_over (feed);
  g_mutex_lock (&feed->lock);
  feed->error = g_steal_pointer (&error);
  feed->over = TRUE;
  g_cond_broadcast (&feed->changed);
  g_mutex_unlock (&feed->lock);
  return NULL;
}

/* --- the taker ------------------------------------------------------------------------------ */

ArchiveFeed *
archive_feed_new (int archive_fd, ArchiveFormat format, const ArchiveGrowth *growth, GError **error)
{
  g_autoptr (ArchiveFeed) feed = g_new0 (ArchiveFeed, 1);

  feed->fd = archive_fd;
  feed->format = format;
  feed->callers_growth = growth;
  feed->growth = (ArchiveGrowth){ wait_unless_stopped, feed };
  g_mutex_init (&feed->lock);
  g_cond_init (&feed->changed);
  for (guint i = 0; i < N_PARCELS; i++)
    feed->parcels[i] = g_malloc (sizeof (Parcel));
  feed->thread = g_thread_try_new ("archive", run, feed, error);
  return feed->thread != NULL ? g_steal_pointer (&feed) : NULL;
}

void
archive_feed_free (ArchiveFeed *feed)
{
  if (feed == NULL)
    return;
  if (feed->thread != NULL) {
    g_mutex_lock (&feed->lock);
    g_atomic_int_set (&feed->stopped, 1);
    g_cond_broadcast (&feed->changed);
    g_mutex_unlock (&feed->lock);
    g_thread_join (feed->thread);
  }
  for (guint i = 0; i < N_PARCELS; i++)
    g_free (feed->parcels[i]);
  g_clear_error (&feed->error);
  g_mutex_clear (&feed->lock);
  g_cond_clear (&feed->changed);
  g_free (feed);
}

static void
give_back (ArchiveFeed *feed)
{
  g_mutex_lock (&feed->lock);
  feed->consumed++;
  g_cond_broadcast (&feed->changed);
  g_mutex_unlock (&feed->lock);
  feed->taking = FALSE;
}

/* FALSE: there is none, and will be none. */
static gboolean
take_parcel (ArchiveFeed *feed)
{
  g_mutex_lock (&feed->lock);
  while (feed->produced == feed->consumed && !feed->over)
    g_cond_wait (&feed->changed, &feed->lock);
  feed->taking = feed->produced != feed->consumed;
  g_mutex_unlock (&feed->lock);
  feed->at = 0;
  return feed->taking;
}

gboolean
archive_feed_next (ArchiveFeed *feed, ArchiveFeedItem *out, GError **error)
{
  for (;;) {
    if (!feed->taking && !take_parcel (feed)) {
      g_assert (feed->error != NULL); /* an end that is good is an item */
      g_propagate_error (error, g_steal_pointer (&feed->error));
      return FALSE;
    }
    Parcel *parcel = feed->parcels[feed->consumed % N_PARCELS];
    if (feed->at < parcel->used) {
      const ItemHead *head = (const ItemHead *)(gpointer)(parcel->bytes + feed->at);
      feed->at += sizeof *head + padded (head->n);
      *out = (ArchiveFeedItem){ .kind = head->kind, .offset = head->offset };
      if (head->kind == ARCHIVE_FEED_ENTRY) {
        out->entry = (const ArchiveFeedEntry *)(gconstpointer)(head + 1);
      } else {
        out->bytes = (const guint8 *)(head + 1);
        out->n = head->n;
      }
      return TRUE;
    }
    give_back (feed);
  }
}
