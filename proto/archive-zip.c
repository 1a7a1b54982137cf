#include "proto/archive-zip.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/archive.h"

/* APPNOTE.TXT, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3 */
#define LOCAL_BYTES         30
#define CENTRAL_BYTES       46
#define END_BYTES           22
#define LOCATOR_BYTES       20
#define END64_BYTES         56
#define TAIL_BYTES          (16 * 1024) /* where the library looks for the end record, too */
#define FLAG_ENCRYPTED      (1u << 0)
#define FLAG_SIZES_FOLLOW   (1u << 3)
#define FLAG_HIDDEN_HEADERS (1u << 13)
#define IN_ZIP64_EXTRA      0xffffffffu
#define ZIP64_EXTRA         0x0001u
#define MAX_NAME            65535

static const char local_magic[4] = { 'P', 'K', 3, 4 };
static const char central_magic[4] = { 'P', 'K', 1, 2 };
static const char end_magic[4] = { 'P', 'K', 5, 6 };
static const char end64_magic[4] = { 'P', 'K', 6, 6 };
static const char locator_magic[4] = { 'P', 'K', 6, 7 };

typedef struct {
  int fd;
  const ArchivePolicy *policy;
  gint64 size;
  gint64 directory, directory_end; /* where it is in the file */
  gint64 shift; /* what stands in front of the zip: its own offsets do not count it */
  guint64 n_entries;
  gint64 announced; /* bytes of content so far */
  char name[MAX_NAME + 1], local_name[MAX_NAME + 1];
  guint8 extra[MAX_NAME + 1];
} Zip;

/* A header's values; sizes as they are, from wherever they stand. */
typedef struct {
  guint flags, method;
  guint64 compressed, plain, offset;
  guint name_length, extra_length;
} Header;

static guint
get16 (const guint8 *at)
{
  return at[0] | (guint)at[1] << 8;
}

static guint32
get32 (const guint8 *at)
{
  return get16 (at) | (guint32)get16 (at + 2) << 16;
}

static guint64
get64 (const guint8 *at)
{
  return get32 (at) | (guint64)get32 (at + 4) << 32;
}

static gboolean
fail (GError **error, const char *why)
{
  g_set_error (error, ARCHIVE_ERROR, ARCHIVE_ERROR_FORMAT, "archive cannot be read: %s", why);
  return FALSE;
}

static gboolean
refuse (const Zip *zip, GError **error, const char *why)
{
  g_autofree char *shown = g_strescape (zip->name, NULL);
  g_set_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_KIND, "archive entry \"%.200s\" %s",
               shown, why);
  return FALSE;
}

/* All n bytes at offset, which must lie in the file. */
static gboolean
read_at (const Zip *zip, gpointer out, gsize n, gint64 offset, GError **error)
{
  gsize done = 0;

  if (offset < 0 || offset > zip->size || n > (guint64)(zip->size - offset))
    return fail (error, "the zip is cut short, or its directory points outside of it");
  while (done < n) {
    ssize_t got = pread (zip->fd, (char *)out + done, n - done, offset + (gint64)done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return fail (error, got < 0 ? g_strerror (errno) : "it shrinks while it is read");
    done += (gsize)got;
  }
  return TRUE;
}

static gboolean
locate_zip64 (Zip *zip, gint64 locator, GError **error)
{
  guint8 bytes[LOCATOR_BYTES], end[END64_BYTES];

  if (!read_at (zip, bytes, sizeof bytes, locator, error))
    return FALSE;
  gint64 at = (gint64)get64 (bytes + 8);
  if (!read_at (zip, end, sizeof end, at, error))
    return FALSE;
  guint64 length = get64 (end + 40), offset = get64 (end + 48);
  if (memcmp (end, end64_magic, sizeof end64_magic) != 0 || length > (guint64)at ||
      offset > G_MAXINT64)
    return fail (error, "the zip's large end record is damaged");
  zip->n_entries = get64 (end + 32);
  zip->directory_end = at;
  zip->directory = at - (gint64)length;
  zip->shift = zip->directory - (gint64)offset;
  return TRUE;
}

/* Finds the directory: it ends where the end record begins. */
static gboolean
locate (Zip *zip, GError **error)
{
  g_autofree guint8 *tail = g_malloc (TAIL_BYTES);
  gsize n = (gsize)MIN (zip->size, TAIL_BYTES);
  gint64 base = zip->size - (gint64)n;
  gssize at;

  if (!read_at (zip, tail, n, base, error))
    return FALSE;
  for (at = (gssize)n - END_BYTES; at >= 0; at--)
    if (memcmp (tail + at, end_magic, sizeof end_magic) == 0)
      break;
  if (at < 0)
    return fail (error, "it is no zip, or cut short: the record at its end is missing");
  if (get16 (tail + at + 4) != 0 || get16 (tail + at + 6) != 0)
    return fail (error, "the zip is in several parts");

  gint64 end = base + at;
  guint32 length = get32 (tail + at + 12);
  if (at >= LOCATOR_BYTES &&
      memcmp (tail + at - LOCATOR_BYTES, locator_magic, sizeof locator_magic) == 0)
    return locate_zip64 (zip, end - LOCATOR_BYTES, error);
  if (length > end)
    return fail (error, "the zip's directory is larger than the zip");
  zip->n_entries = get16 (tail + at + 10);
  zip->directory_end = end;
  zip->directory = end - length;
  zip->shift = zip->directory - get32 (tail + at + 16);
  return TRUE;
}

/* Takes the sizes that did not fit from the zip64 field among the extra ones. */
static gboolean
take_zip64 (Header *header, const guint8 *extra)
{
  guint64 *wanted[3] = { NULL };
  gsize n_wanted = 0;

  if (header->plain == IN_ZIP64_EXTRA)
    wanted[n_wanted++] = &header->plain;
  if (header->compressed == IN_ZIP64_EXTRA)
    wanted[n_wanted++] = &header->compressed;
  if (header->offset == IN_ZIP64_EXTRA)
    wanted[n_wanted++] = &header->offset;
  for (gsize at = 0; n_wanted > 0 && at + 4 <= header->extra_length;) {
    gsize length = get16 (extra + at + 2);
    if (length > header->extra_length - at - 4)
      return FALSE;
    if (get16 (extra + at) == ZIP64_EXTRA) {
      if (length < n_wanted * 8)
        return FALSE;
      for (gsize i = 0; i < n_wanted; i++)
        *wanted[i] = get64 (extra + at + 4 + i * 8);
      return TRUE;
    }
    at += 4 + length;
  }
  return n_wanted == 0;
}

static gboolean
read_local (Zip *zip, gint64 offset, Header *out, GError **error)
{
  guint8 bytes[LOCAL_BYTES];

  if (!read_at (zip, bytes, sizeof bytes, offset, error))
    return FALSE;
  if (memcmp (bytes, local_magic, sizeof local_magic) != 0)
    return refuse (zip, error, "has no header where the zip's directory says");
  *out = (Header){
    .flags = get16 (bytes + 6),
    .method = get16 (bytes + 8),
    .compressed = get32 (bytes + 18),
    .plain = get32 (bytes + 22),
    .name_length = get16 (bytes + 26),
    .extra_length = get16 (bytes + 28),
  };
  if (!read_at (zip, zip->local_name, out->name_length, offset + LOCAL_BYTES, error) ||
      !read_at (zip, zip->extra, out->extra_length, offset + LOCAL_BYTES + out->name_length, error))
    return FALSE;
  return take_zip64 (out, zip->extra) || refuse (zip, error, "has a damaged extra field");
}

static gboolean
check_local (Zip *zip, const Header *central, GError **error)
{
  Header local = { 0 };
  gint64 offset;

  if (__builtin_add_overflow ((gint64)central->offset, zip->shift, &offset) || offset < 0 ||
      offset >= zip->directory)
    return refuse (zip, error, "has no header where the zip's directory says");
  if (!read_local (zip, offset, &local, error))
    return FALSE;
  if (local.name_length != central->name_length ||
      memcmp (zip->local_name, zip->name, local.name_length) != 0)
    return refuse (zip, error, "has another name in its own header");
  if (local.method != central->method || ((local.flags ^ central->flags) & FLAG_ENCRYPTED) != 0)
    return refuse (zip, error, "is packed otherwise by its own header than by the directory");
  gboolean follow = (local.flags & FLAG_SIZES_FOLLOW) != 0; /* then either may be 0 */
  if ((local.plain != central->plain && !(follow && local.plain == 0)) ||
      (local.compressed != central->compressed && !(follow && local.compressed == 0)))
    return refuse (zip, error, "has other sizes in its own header than in the directory");
  gint64 data = offset + LOCAL_BYTES + (gint64)local.name_length + (gint64)local.extra_length;
  if (data > zip->directory || central->compressed > (guint64)(zip->directory - data))
    return refuse (zip, error, "is larger than the zip");
  return TRUE;
}

static gboolean
check_entry (Zip *zip, const Header *header, GError **error)
{
  if (strlen (zip->name) != header->name_length)
    return refuse (zip, error, "has a NUL in its name");
  if ((header->flags & (FLAG_ENCRYPTED | FLAG_HIDDEN_HEADERS)) != 0)
    return refuse (zip, error, "is encrypted: bundles must not be");
  if (header->plain > (guint64)(zip->policy->max_total_bytes - zip->announced)) {
    g_autofree char *shown = g_strescape (zip->name, NULL);
    g_set_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_TOO_LARGE,
                 "archive entry \"%.200s\" takes the archive past its largest unpacked size",
                 shown);
    return FALSE;
  }
  zip->announced += (gint64)header->plain;
  return check_local (zip, header, error);
}

/* The directory's entry at *at; moves on. */
static gboolean
check_next (Zip *zip, gint64 *at, GError **error)
{
  guint8 bytes[CENTRAL_BYTES];

  if (zip->directory_end - *at < CENTRAL_BYTES)
    return fail (error, "the zip's directory has fewer entries than it says");
  if (!read_at (zip, bytes, sizeof bytes, *at, error))
    return FALSE;
  if (memcmp (bytes, central_magic, sizeof central_magic) != 0)
    return fail (error, "the zip's directory is damaged");
  Header header = {
    .flags = get16 (bytes + 8),
    .method = get16 (bytes + 10),
    .compressed = get32 (bytes + 20),
    .plain = get32 (bytes + 24),
    .offset = get32 (bytes + 42),
    .name_length = get16 (bytes + 28),
    .extra_length = get16 (bytes + 30),
  };
  if (!read_at (zip, zip->name, header.name_length, *at + CENTRAL_BYTES, error) ||
      !read_at (zip, zip->extra, header.extra_length, *at + CENTRAL_BYTES + header.name_length,
                error))
    return FALSE;
  zip->name[header.name_length] = '\0';
  if (!take_zip64 (&header, zip->extra))
    return refuse (zip, error, "has a damaged extra field");
  *at += CENTRAL_BYTES + (gint64)header.name_length + (gint64)header.extra_length +
         (gint64)get16 (bytes + 32);
  return check_entry (zip, &header, error);
}

static gboolean
check_bounds (const Zip *zip, GError **error)
{
  if (zip->shift < 0 || zip->directory < 0)
    return fail (error, "the zip's directory is not where the zip says");
  if (zip->n_entries > (guint64)zip->policy->max_entries) {
    g_set_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_TOO_LARGE,
                 "archive has more than %" G_GINT64_FORMAT " entries", zip->policy->max_entries);
    return FALSE;
  }
  if (zip->directory_end - zip->directory > ARCHIVE_ZIP_MAX_DIRECTORY_BYTES) {
    g_set_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_TOO_LARGE,
                 "the zip's directory is larger than %d bytes: so many files are better a tgz",
                 ARCHIVE_ZIP_MAX_DIRECTORY_BYTES);
    return FALSE;
  }
  return TRUE;
}

gboolean
archive_zip_check (int fd, const ArchivePolicy *policy, GError **error)
{
  g_autofree Zip *zip = g_new0 (Zip, 1);
  struct stat status;

  zip->fd = fd;
  zip->policy = policy;
  if (fstat (fd, &status) != 0)
    return fail (error, g_strerror (errno));
  zip->size = status.st_size;
  if (!locate (zip, error) || !check_bounds (zip, error))
    return FALSE;
  gint64 at = zip->directory;
  for (guint64 i = 0; i < zip->n_entries; i++)
    if (!check_next (zip, &at, error))
      return FALSE;
  return at == zip->directory_end ||
         fail (error, "the zip's directory has more in it than it says");
}
