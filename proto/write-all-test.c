#include "proto/write-all.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A pipe takes less than this at once, so that one call of write is not enough. */
#define MANY_BYTES ((gsize)1024 * 1024)

static gpointer
read_to_the_end (gpointer data)
{
  int fd = GPOINTER_TO_INT (data);
  GByteArray *all = g_byte_array_new ();
  guint8 piece[4096];
  ssize_t n;
  while ((n = read (fd, piece, sizeof piece)) > 0)
    g_byte_array_append (all, piece, (guint)n);
  return all;
}

static void
test_all_arrives (void)
{
  int ends[2];
  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  GThread *reader = g_thread_new ("reader", read_to_the_end, GINT_TO_POINTER (ends[0]));
  g_autofree char *bytes = g_strnfill (MANY_BYTES, 'x');
  bytes[MANY_BYTES - 1] = 'y';
  g_assert_true (write_all (ends[1], bytes, MANY_BYTES));
  g_assert_true (write_all (ends[1], NULL, 0));
  close (ends[1]);
  g_autoptr (GByteArray) arrived = g_thread_join (reader);
  close (ends[0]);
  g_assert_cmpmem (arrived->data, arrived->len, bytes, MANY_BYTES);
}

static void
test_a_full_device (void)
{
  int fd = open ("/dev/full", O_WRONLY | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  errno = 0;
  g_assert_false (write_all (fd, "x", 1));
  g_assert_cmpint (errno, ==, ENOSPC);
  close (fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/write-all/all-arrives-in-several-pieces", test_all_arrives);
  g_test_add_func ("/write-all/a-full-device-fails-with-its-errno", test_a_full_device);
  return g_test_run ();
}
