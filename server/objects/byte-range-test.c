#include "server/objects/byte-range.h"

typedef struct {
  const char *header;
  guint64 size;
  ByteRangeVerdict verdict;
  guint64 offset, length;
} Row;

static const Row rows[] = {
  { NULL, 10, BYTE_RANGE_WHOLE, 0, 10 },
  { "bytes=0-4", 10, BYTE_RANGE_PART, 0, 5 },
  { "bytes=5-", 10, BYTE_RANGE_PART, 5, 5 },
  { "bytes=-3", 10, BYTE_RANGE_PART, 7, 3 },
  { "bytes=-30", 10, BYTE_RANGE_PART, 0, 10 },
  { "bytes=9-99", 10, BYTE_RANGE_PART, 9, 1 },
  { "bytes=10-", 10, BYTE_RANGE_UNSATISFIABLE, 0, 0 },
  { "bytes=-0", 10, BYTE_RANGE_UNSATISFIABLE, 0, 0 },
  { "bytes=0-0", 0, BYTE_RANGE_UNSATISFIABLE, 0, 0 },
  { "bytes=5-4", 10, BYTE_RANGE_WHOLE, 0, 10 },
  { "bytes=1-2,4-5", 10, BYTE_RANGE_WHOLE, 0, 10 },
  { "bytes=", 10, BYTE_RANGE_WHOLE, 0, 10 },
  { "bytes=-", 10, BYTE_RANGE_WHOLE, 0, 10 },
  { "bytes=a-b", 10, BYTE_RANGE_WHOLE, 0, 10 },
  { "items=0-4", 10, BYTE_RANGE_WHOLE, 0, 10 },
  { "bytes=99999999999999999999-", 10, BYTE_RANGE_WHOLE, 0, 10 },
  { "bytes=0-18446744073709551615", 10, BYTE_RANGE_PART, 0, 10 },
};

static void
every_form_has_its_verdict (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    guint64 offset, length;
    g_test_message ("%s", rows[i].header);
    g_assert_cmpint (byte_range_parse (rows[i].header, rows[i].size, &offset, &length), ==,
                     rows[i].verdict);
    if (rows[i].verdict == BYTE_RANGE_UNSATISFIABLE)
      continue;
    g_assert_cmpuint (offset, ==, rows[i].offset);
    g_assert_cmpuint (length, ==, rows[i].length);
  }
}

static void
copied_range_must_lie_within (void)
{
  guint64 offset, length;
  g_assert_true (byte_range_parse_exact ("bytes=2-9", 10, &offset, &length));
  g_assert_cmpuint (offset, ==, 2);
  g_assert_cmpuint (length, ==, 8);
  g_assert_false (byte_range_parse_exact ("bytes=2-10", 10, &offset, &length));
  g_assert_false (byte_range_parse_exact ("bytes=2-", 10, &offset, &length));
  g_assert_false (byte_range_parse_exact ("2-3", 10, &offset, &length));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/byte-range/every-form-has-its-verdict", every_form_has_its_verdict);
  g_test_add_func ("/byte-range/copied-range-must-lie-within", copied_range_must_lie_within);
  return g_test_run ();
}
