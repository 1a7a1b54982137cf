/*
 * A whole bundle, unpacked into a folder of its own: the first byte chooses the type, the rest is the file. Whatever it is, nothing
 * appears beside that folder, and no more than the limits in it.
 */
#include "fuzz/fuzz-target.h"
#include "proto/archive.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fcntl.h>

#define MAX_BYTES   (4 * 1024 * 1024)
#define MAX_ENTRIES 50

static int
remove_one (const char *path, const struct stat *status, int kind, struct FTW *where)
{
  return remove (path);
}

static int
open_up (const char *path, const struct stat *status, int kind, struct FTW *where)
{
  return kind == FTW_D || kind == FTW_DNR ? chmod (path, 0700) : 0;
}

/* Memory where there is some, so that the disk is not what is measured. */
static char *
make_scratch (void)
{
  const char *base = g_access ("/dev/shm", W_OK) == 0 ? "/dev/shm" : g_get_tmp_dir ();
  char *path = g_strdup_printf ("%s/slipway-fuzz-XXXXXX", base);
  g_assert (g_mkdtemp (path) != NULL);
  return path;
}

static guint
count (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;
  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  if (size < 1)
    return 0;
  g_autofree char *scratch = make_scratch ();
  g_autofree char *out = g_build_filename (scratch, "out", NULL);
  g_autoptr (GError) error = NULL;
  ArchivePolicy policy = archive_policy_default;
  policy.max_total_bytes = MAX_BYTES;
  policy.max_entries = MAX_ENTRIES;
  ArchiveUnpackOptions options = { .format = (ArchiveFormat)(data[0] % 3), .policy = &policy };
  ArchiveSummary summary = { 0 };

  g_assert (g_mkdir (out, 0700) == 0);
  int dir_fd = open (out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int fd = memfd_create ("bundle", MFD_CLOEXEC);
  g_assert (fd >= 0 && dir_fd >= 0);
  g_assert (pwrite (fd, data + 1, size - 1, 0) == (ssize_t)(size - 1));
  gboolean ok = archive_unpack (fd, &options, dir_fd, &summary, &error);
  FUZZ_CHECK (ok, error);
  g_assert (summary.entries <= MAX_ENTRIES && summary.total_bytes <= MAX_BYTES);
  g_assert (count (scratch) == 1);
  close (fd);
  close (dir_fd);
  /* NOLINTBEGIN(concurrency-mt-unsafe): one thread by now */
  nftw (scratch, open_up, 16, FTW_PHYS);
  g_assert (nftw (scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
  /* NOLINTEND(concurrency-mt-unsafe) */
  return 0;
}
