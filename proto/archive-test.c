#include "proto/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder with the archive, the folder "out" it is unpacked into, and "outside", which must stay as it is. */
typedef struct {
  char *path;
  struct archive *writer;
} Scratch;

static char *
scratch_file (const Scratch *scratch, const char *name)
{
  return g_build_filename (scratch->path, name, NULL);
}

static void
scratch_begin (Scratch *scratch, ArchiveFormat format)
{
  scratch->path = g_dir_make_tmp ("archive-test-XXXXXX", NULL);
  g_autofree char *out = scratch_file (scratch, "out");
  g_autofree char *outside = scratch_file (scratch, "outside");
  g_autofree char *file = scratch_file (scratch, "archive");
  g_assert_cmpint (g_mkdir (out, 0755), ==, 0);
  g_assert_cmpint (g_mkdir (outside, 0755), ==, 0);
  scratch->writer = archive_write_new ();
  if (format == ARCHIVE_ZIP)
    archive_write_set_format_zip (scratch->writer);
  else
    archive_write_set_format_pax_restricted (scratch->writer);
  if (format == ARCHIVE_TGZ)
    archive_write_add_filter_gzip (scratch->writer);
  archive_write_set_bytes_in_last_block (scratch->writer, 1);
  g_assert_cmpint (archive_write_open_filename (scratch->writer, file), ==, ARCHIVE_OK);
}

static void
add (Scratch *scratch, const char *path, mode_t mode, const char *content)
{
  struct archive_entry *entry = archive_entry_new ();
  archive_entry_set_pathname (entry, path);
  archive_entry_set_mode (entry, mode);
  archive_entry_set_mtime (entry, 1000000000, 0);
  if (S_ISLNK (mode))
    archive_entry_set_symlink (entry, content);
  else if (mode == 0)
    archive_entry_set_hardlink (entry, content);
  else if (S_ISREG (mode))
    archive_entry_set_size (entry, (la_int64_t)strlen (content));
  g_assert_cmpint (archive_write_header (scratch->writer, entry), ==, ARCHIVE_OK);
  if (S_ISREG (mode))
    g_assert_cmpint (archive_write_data (scratch->writer, content, strlen (content)), ==,
                     strlen (content));
  archive_entry_free (entry);
}

static void
scratch_write (Scratch *scratch)
{
  g_assert_cmpint (archive_write_free (scratch->writer), ==, ARCHIVE_OK);
  scratch->writer = NULL;
}

static gboolean
scratch_unpack_with (Scratch *scratch, const ArchiveUnpackOptions *options, ArchiveSummary *summary,
                     GError **error)
{
  g_autofree char *file = scratch_file (scratch, "archive");
  g_autofree char *out = scratch_file (scratch, "out");
  if (scratch->writer != NULL)
    scratch_write (scratch);
  int fd = open (file, O_RDONLY | O_CLOEXEC);
  int dir_fd = open (out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = archive_unpack (fd, options, dir_fd, summary, error);
  close (fd);
  close (dir_fd);
  return ok;
}

static gboolean
scratch_unpack (Scratch *scratch, ArchiveFormat format, const ArchivePolicy *policy,
                ArchiveSummary *summary, GError **error)
{
  ArchiveUnpackOptions options = { .format = format, .policy = policy };
  return scratch_unpack_with (scratch, &options, summary, error);
}

static void
assert_outside_untouched (const Scratch *scratch)
{
  g_autofree char *outside = scratch_file (scratch, "outside");
  g_autoptr (GDir) dir = g_dir_open (outside, 0, NULL);
  g_assert_null (g_dir_read_name (dir));
  g_autoptr (GDir) top = g_dir_open (scratch->path, 0, NULL);
  guint n = 0;
  while (g_dir_read_name (top) != NULL)
    n++;
  g_assert_cmpuint (n, ==, 3);
}

static void
spawn (const char *program, const char *first, const char *second, const char *path)
{
  const char *argv[] = { program, first, second, path, NULL };
  int status = -1;
  g_assert_true (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
}

static void
scratch_end (Scratch *scratch)
{
  spawn ("chmod", "-R", "u+rwx", scratch->path);
  spawn ("rm", "-r", "-f", scratch->path);
  g_free (scratch->path);
}

static void
assert_file (const Scratch *scratch, const char *name, mode_t mode, const char *content)
{
  g_autofree char *path = g_build_filename (scratch->path, "out", name, NULL);
  g_autofree char *found = NULL;
  struct stat status;
  g_assert_cmpint (lstat (path, &status), ==, 0);
  g_assert_cmpuint (status.st_mode, ==, mode);
  if (!S_ISREG (mode))
    return;
  g_assert_cmpint (status.st_mtime, ==, 1000000000);
  g_assert_true (g_file_get_contents (path, &found, NULL, NULL));
  g_assert_cmpstr (found, ==, content);
}

static void
test_formats (gconstpointer data)
{
  ArchiveFormat format = (ArchiveFormat)GPOINTER_TO_UINT (data);
  Scratch scratch;
  ArchiveSummary summary;
  g_autoptr (GError) error = NULL;

  scratch_begin (&scratch, format);
  add (&scratch, "appspec.yml", S_IFREG | 0644, "version: 0.0");
  add (&scratch, "bin/deep/run", S_IFREG | 0755, "#!/bin/sh\n");
  add (&scratch, "closed/", S_IFDIR | 0500, "");
  add (&scratch, "closed/in", S_IFREG | 0400, "x");
  add (&scratch, "bin/link", S_IFLNK | 0777, "deep/run");
  add (&scratch, "empty/", S_IFDIR | 02755, "");
  add (&scratch, "n\xc3\xa4me", S_IFREG | 0600, "");
  g_assert_true (scratch_unpack (&scratch, format, NULL, &summary, &error));
  g_assert_no_error (error);
  g_assert_cmpint (summary.entries, ==, 7);
  g_assert_cmpint (summary.total_bytes, ==, 12 + 10 + 1);
  assert_file (&scratch, "appspec.yml", S_IFREG | 0644, "version: 0.0");
  assert_file (&scratch, "bin/deep/run", S_IFREG | 0755, "#!/bin/sh\n");
  assert_file (&scratch, "bin/link", S_IFLNK | 0777, NULL);
  assert_file (&scratch, "closed", S_IFDIR | 0500, NULL);
  assert_file (&scratch, "closed/in", S_IFREG | 0400, "x");
  assert_file (&scratch, "empty", S_IFDIR | 02755, NULL);
  assert_file (&scratch, "n\xc3\xa4me", S_IFREG | 0600, "");
  scratch_end (&scratch);
}

typedef struct {
  const char *path;
  mode_t mode;
  const char *content;
} Entry;

typedef struct {
  const char *name;
  Entry entries[4];
} Hostile;

static const Hostile hostile[] = {
  { "parent", { { "../outside/x", S_IFREG | 0644, "x" } } },
  { "deep-parent", { { "a/../../outside/x", S_IFREG | 0644, "x" } } },
  { "absolute", { { "/tmp/slipway-archive-test", S_IFREG | 0644, "x" } } },
  { "link-out", { { "l", S_IFLNK | 0777, "../outside" } } },
  { "link-absolute", { { "l", S_IFLNK | 0777, "/etc" } } },
  { "through-inner-link",
    { { "d/", S_IFDIR | 0755, "" },
      { "l", S_IFLNK | 0777, "d" },
      { "l/x", S_IFREG | 0644, "x" } } },
  { "link-chain",
    { { "a/b/", S_IFDIR | 0755, "" },
      { "a/b/up", S_IFLNK | 0777, "../.." },
      { "out", S_IFLNK | 0777, "a/b/up/../outside" } } },
  { "folder-becomes-link",
    { { "d/x", S_IFREG | 0644, "x" },
      { "d", S_IFLNK | 0777, "." },
      { "d/y", S_IFREG | 0644, "y" } } },
  { "hard-link-out", { { "h", 0, "../outside" } } },
  { "hard-link-to-nothing", { { "h", 0, "missing" } } },
  { "hard-link-to-link", { { "a/l", S_IFLNK | 0777, "../x" }, { "h", 0, "a/l" } } },
  { "device", { { "dev", S_IFCHR | 0666, "" } } },
  { "pipe", { { "pipe", S_IFIFO | 0666, "" } } },
};

static void
test_hostile (gconstpointer data)
{
  const Hostile *kind = data;
  Scratch scratch;
  g_autoptr (GError) error = NULL;

  scratch_begin (&scratch, ARCHIVE_TAR);
  for (gsize i = 0; i < G_N_ELEMENTS (kind->entries) && kind->entries[i].path != NULL; i++)
    add (&scratch, kind->entries[i].path, kind->entries[i].mode, kind->entries[i].content);
  g_assert_false (scratch_unpack (&scratch, ARCHIVE_TAR, NULL, NULL, &error));
  g_assert_nonnull (error);
  assert_outside_untouched (&scratch);
  scratch_end (&scratch);
}

/* With links out allowed by the policy, nothing is written through them all the same. */
static void
test_loose_policy (void)
{
  Scratch scratch;
  g_autoptr (GError) error = NULL;
  ArchivePolicy policy = archive_policy_default;

  policy.links = ARCHIVE_LINKS_ANY;
  scratch_begin (&scratch, ARCHIVE_TAR);
  add (&scratch, "l", S_IFLNK | 0777, "../outside");
  add (&scratch, "l/x", S_IFREG | 0644, "x");
  g_assert_false (scratch_unpack (&scratch, ARCHIVE_TAR, &policy, NULL, &error));
  g_assert_error (error, ARCHIVE_ERROR, ARCHIVE_ERROR_IO);
  assert_outside_untouched (&scratch);
  scratch_end (&scratch);
}

static void
test_replaced (void)
{
  Scratch scratch;
  g_autoptr (GError) error = NULL;
  scratch_begin (&scratch, ARCHIVE_TAR);
  add (&scratch, "a", S_IFREG | 0444, "one");
  add (&scratch, "b", S_IFLNK | 0777, "missing");
  add (&scratch, "h", 0, "a");
  add (&scratch, "d/", S_IFDIR | 0700, "");
  add (&scratch, "b", S_IFLNK | 0777, "a");
  add (&scratch, "d/", S_IFDIR | 0755, "");
  add (&scratch, "a", S_IFREG | 0644, "three");
  g_assert_true (scratch_unpack (&scratch, ARCHIVE_TAR, NULL, NULL, &error));
  g_assert_no_error (error);
  assert_file (&scratch, "a", S_IFREG | 0644, "three");
  assert_file (&scratch, "b", S_IFLNK | 0777, NULL);
  assert_file (&scratch, "d", S_IFDIR | 0755, NULL);
  assert_file (&scratch, "h", S_IFREG | 0444, "one");
  scratch_end (&scratch);
}

/* Where names are one or the other, but not both: a later entry may not even be another file. */
static void
test_names_once (void)
{
  Scratch scratch;
  g_autoptr (GError) error = NULL;
  scratch_begin (&scratch, ARCHIVE_TAR);
  add (&scratch, "d/", S_IFDIR | 0755, "");
  add (&scratch, "d/", S_IFDIR | 0755, "");
  add (&scratch, "Readme", S_IFREG | 0644, "one");
  add (&scratch, "readme", S_IFREG | 0644, "two");
  add (&scratch, "Readme", S_IFREG | 0644, "three");
  g_assert_false (scratch_unpack_with (
      &scratch,
      &(ArchiveUnpackOptions){ .format = ARCHIVE_TAR, .flags = ARCHIVE_UNPACK_NAMES_ONCE }, NULL,
      &error));
  g_assert_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_TWICE);
  g_assert_nonnull (strstr (error->message, "\"Readme\""));
  assert_file (&scratch, "readme", S_IFREG | 0644, "two");
  assert_file (&scratch, "Readme", S_IFREG | 0644, "one");
  scratch_end (&scratch);
}

static void
cut (const Scratch *scratch, gsize keep, const char *prefix)
{
  g_autofree char *file = scratch_file (scratch, "archive");
  g_autofree char *content = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (file, &content, &length, NULL));
  g_autoptr (GString) out = g_string_new (prefix);
  g_string_append_len (out, content, (gssize)MIN (keep, length));
  g_assert_true (g_file_set_contents (file, out->str, (gssize)out->len, NULL));
}

static void
test_damaged (void)
{
  static const ArchiveFormat formats[] = { ARCHIVE_TAR, ARCHIVE_TGZ, ARCHIVE_ZIP };
  g_autofree char *big = g_strnfill (100000, 'x');
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++) {
    static const gsize keeps[] = { 0, 10, 100, 600 };
    for (gsize j = 0; j < G_N_ELEMENTS (keeps); j++) {
      Scratch scratch;
      g_autoptr (GError) error = NULL;
      scratch_begin (&scratch, formats[i]);
      for (gsize k = 0; k < 100000; k++)
        big[k] = (char)g_test_rand_int_range ('a', 'z');
      add (&scratch, "a", S_IFREG | 0644, big);
      scratch_write (&scratch);
      cut (&scratch, keeps[j], "");
      g_assert_false (scratch_unpack (&scratch, formats[i], NULL, NULL, &error));
      g_assert_error (error, ARCHIVE_ERROR, ARCHIVE_ERROR_FORMAT);
      scratch_end (&scratch);
    }
  }
}

static void
test_wrong_type (void)
{
  static const ArchiveFormat pairs[][2] = { { ARCHIVE_TAR, ARCHIVE_TGZ },
                                            { ARCHIVE_TAR, ARCHIVE_ZIP },
                                            { ARCHIVE_ZIP, ARCHIVE_TAR } };
  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++) {
    Scratch scratch;
    g_autoptr (GError) error = NULL;
    scratch_begin (&scratch, pairs[i][0]);
    add (&scratch, "a", S_IFREG | 0644, "x");
    g_assert_false (scratch_unpack (&scratch, pairs[i][1], NULL, NULL, &error));
    g_assert_error (error, ARCHIVE_ERROR, ARCHIVE_ERROR_FORMAT);
    scratch_end (&scratch);
  }
}

static void
test_zip_prefix (void)
{
  Scratch scratch;
  g_autoptr (GError) error = NULL;
  scratch_begin (&scratch, ARCHIVE_ZIP);
  add (&scratch, "a", S_IFREG | 0644, "x");
  scratch_write (&scratch);
  cut (&scratch, G_MAXSIZE, "#!/bin/sh\nexit 0\n");
  g_assert_true (scratch_unpack (&scratch, ARCHIVE_ZIP, NULL, NULL, &error));
  g_assert_no_error (error);
  assert_file (&scratch, "a", S_IFREG | 0644, "x");
  scratch_end (&scratch);
}

/* A file that grows: each time that its end is reached, some more of it is there. */
typedef struct {
  const char *bytes;
  gsize n, at, step;
  int fd;
  ArchiveGrowthState end;
} Growing;

static ArchiveGrowthState
grow (gpointer ctx)
{
  Growing *growing = ctx;
  gsize step = MIN (growing->step, growing->n - growing->at);
  if (step == 0)
    return growing->end;
  g_assert_cmpint (pwrite (growing->fd, growing->bytes + growing->at, step, (off_t)growing->at), ==,
                   step);
  growing->at += step;
  /* the last bytes and the word that it was them may come together */
  return growing->at == growing->n ? growing->end : ARCHIVE_GROWTH_PERHAPS;
}

static gboolean
unpack_growing (Scratch *scratch, ArchiveFormat format, gsize step, ArchiveGrowthState end,
                GError **error)
{
  g_autofree char *file = scratch_file (scratch, "archive");
  g_autofree char *bytes = NULL;
  Growing growing = { .step = step, .end = end };
  scratch_write (scratch);
  g_assert_true (g_file_get_contents (file, &bytes, &growing.n, NULL));
  growing.bytes = bytes;
  growing.fd = open (file, O_RDWR | O_TRUNC | O_CLOEXEC);
  ArchiveGrowth growth = { grow, &growing };
  ArchiveUnpackOptions options = { .format = format, .growth = &growth };
  gboolean ok = scratch_unpack_with (scratch, &options, NULL, error);
  close (growing.fd);
  return ok;
}

static void
test_growing (void)
{
  static const gsize steps[] = { 1, 511, 100000 };
  for (gsize i = 0; i < 2 * G_N_ELEMENTS (steps); i++) {
    ArchiveFormat format = i % 2 == 0 ? ARCHIVE_TAR : ARCHIVE_TGZ;
    Scratch scratch;
    g_autoptr (GError) error = NULL;
    scratch_begin (&scratch, format);
    add (&scratch, "a", S_IFREG | 0644, "one");
    add (&scratch, "b", S_IFREG | 0644, "two");
    g_assert_true (unpack_growing (&scratch, format, steps[i / 2], ARCHIVE_GROWTH_OVER, &error));
    g_assert_no_error (error);
    assert_file (&scratch, "a", S_IFREG | 0644, "one");
    assert_file (&scratch, "b", S_IFREG | 0644, "two");
    scratch_end (&scratch);
  }
}

static void
test_broken_growth (void)
{
  Scratch scratch;
  g_autoptr (GError) error = NULL;
  scratch_begin (&scratch, ARCHIVE_TGZ);
  add (&scratch, "a", S_IFREG | 0644, "one");
  g_assert_false (unpack_growing (&scratch, ARCHIVE_TGZ, 20, ARCHIVE_GROWTH_BROKEN, &error));
  g_assert_error (error, ARCHIVE_ERROR, ARCHIVE_ERROR_FORMAT);
  scratch_end (&scratch);
}

/* More than fits between the two threads, in pieces and sizes that do not fall together with theirs. */
static void
test_large (void)
{
  const gsize sizes[] = { 3000001, 1, 262144, 262128, 65536, 0, 1000003 };
  for (guint i = 0; i < 3; i++) {
    ArchiveFormat format = (ArchiveFormat)i;
    Scratch scratch;
    g_autoptr (GError) error = NULL;
    scratch_begin (&scratch, format);
    for (gsize j = 0; j < G_N_ELEMENTS (sizes); j++) {
      g_autofree char *name = g_strdup_printf ("%" G_GSIZE_FORMAT, sizes[j]);
      g_autofree char *content = g_strnfill (sizes[j], 'x');
      for (gsize k = 0; k < sizes[j]; k += 7)
        content[k] = (char)('a' + (k / 7 + j) % 26);
      add (&scratch, name, S_IFREG | 0644, content);
    }
    gboolean ok = scratch_unpack (&scratch, format, NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_true (ok);
    for (gsize j = 0; j < G_N_ELEMENTS (sizes); j++) {
      g_autofree char *name = g_strdup_printf ("%" G_GSIZE_FORMAT, sizes[j]);
      g_autofree char *content = g_strnfill (sizes[j], 'x');
      for (gsize k = 0; k < sizes[j]; k += 7)
        content[k] = (char)('a' + (k / 7 + j) % 26);
      assert_file (&scratch, name, S_IFREG | 0644, content);
    }
    scratch_end (&scratch);
  }
}

static void
test_limits (void)
{
  Scratch scratch;
  g_autoptr (GError) error = NULL;
  ArchivePolicy policy = archive_policy_default;
  g_autofree char *zeros = g_strnfill (1000000, '0');

  policy.max_total_bytes = 100000;
  scratch_begin (&scratch, ARCHIVE_TGZ);
  add (&scratch, "bomb", S_IFREG | 0644, zeros);
  g_assert_false (scratch_unpack (&scratch, ARCHIVE_TGZ, &policy, NULL, &error));
  g_assert_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_TOO_LARGE);
  scratch_end (&scratch);
}

int
main (int argc, char **argv)
{
  static const char *const names[] = { "tar", "tgz", "zip" };
  /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet */
  setlocale (LC_CTYPE, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    ArchiveFormat format;
    g_assert_true (archive_format_from_name (names[i], &format));
    g_autofree char *path = g_strdup_printf ("/archive/52-unpacks/%s", names[i]);
    g_test_add_data_func (path, GUINT_TO_POINTER (format), test_formats);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (hostile); i++) {
    g_autofree char *path = g_strdup_printf ("/archive/59-hostile/%s", hostile[i].name);
    g_test_add_data_func (path, &hostile[i], test_hostile);
  }
  g_test_add_func ("/archive/links-are-never-written-through", test_loose_policy);
  g_test_add_func ("/archive/later-entries-replace-earlier-ones", test_replaced);
  g_test_add_func ("/archive/same-names-are-refused-where-case-is-folded", test_names_once);
  g_test_add_func ("/archive/large-files-come-out-whole", test_large);
  g_test_add_func ("/archive/a-file-that-grows-is-waited-for", test_growing);
  g_test_add_func ("/archive/a-file-that-stops-growing-is-an-error", test_broken_growth);
  g_test_add_func ("/archive/58-truncated-archives-fail", test_damaged);
  g_test_add_func ("/archive/another-format-than-told-fails", test_wrong_type);
  g_test_add_func ("/archive/57-zip-with-garbage-in-front", test_zip_prefix);
  g_test_add_func ("/archive/bombs-are-cut-short", test_limits);
  return g_test_run ();
}
