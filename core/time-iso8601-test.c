#include "core/time-iso8601.h"

#include <time.h>

#define EXAMPLE_MS G_GINT64_CONSTANT (1440938160000) /* 2015-08-30T12:36:00Z */

static void
test_known_instant_in_all_forms (void)
{
  char amz[TIME_AMZ_SIZE], date[TIME_DATE_SIZE], http[TIME_HTTP_SIZE], iso[TIME_ISO8601_SIZE];
  gint64 back;

  time_format_amz (EXAMPLE_MS + 999, amz);
  time_format_date (EXAMPLE_MS, date);
  time_format_http (EXAMPLE_MS, http);
  time_format_iso8601 (EXAMPLE_MS + 7, iso);
  g_assert_cmpstr (amz, ==, "20150830T123600Z");
  g_assert_cmpstr (date, ==, "20150830");
  g_assert_cmpstr (http, ==, "Sun, 30 Aug 2015 12:36:00 GMT");
  g_assert_cmpstr (iso, ==, "2015-08-30T12:36:00.007Z");
  g_assert_true (time_parse_amz (amz, &back));
  g_assert_cmpint (back, ==, EXAMPLE_MS);
  g_assert_true (time_parse_http (http, &back));
  g_assert_cmpint (back, ==, EXAMPLE_MS);
  g_assert_true (time_parse_iso8601 (iso, &back));
  g_assert_cmpint (back, ==, EXAMPLE_MS + 7);
}

/* Every day for 140 years, against the C library. */
static void
test_days_agree_with_gmtime (void)
{
  for (gint64 day = 0; day < 51000; day++) {
    gint64 ms = day * 86400000 + day * 7919 % 86400 * 1000;
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    char amz[TIME_AMZ_SIZE], http[TIME_HTTP_SIZE], expected[40];
    gint64 back;

    gmtime_r (&seconds, &tm);
    time_format_amz (ms, amz);
    strftime (expected, sizeof expected, "%Y%m%dT%H%M%SZ", &tm);
    g_assert_cmpstr (amz, ==, expected);
    time_format_http (ms, http);
    strftime (expected, sizeof expected, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    g_assert_cmpstr (http, ==, expected);
    g_assert_true (time_parse_amz (amz, &back));
    g_assert_cmpint (back, ==, ms);
    g_assert_true (time_parse_http (http, &back));
    g_assert_cmpint (back, ==, ms);
  }
}

static void
test_out_of_range_is_clamped (void)
{
  char amz[TIME_AMZ_SIZE], iso[TIME_ISO8601_SIZE];

  time_format_amz (-1, amz);
  g_assert_cmpstr (amz, ==, "19700101T000000Z");
  time_format_amz (G_MAXINT64, amz);
  g_assert_cmpstr (amz, ==, "99991231T235959Z");
  time_format_iso8601 (G_MININT64, iso);
  g_assert_cmpstr (iso, ==, "1970-01-01T00:00:00.000Z");
}

static void
test_iso8601_variants (void)
{
  static const struct {
    const char *text;
    gint64 ms;
  } good[] = {
    { "2015-08-30T12:36:00Z", EXAMPLE_MS },
    { "2015-08-30t12:36:00z", EXAMPLE_MS },
    { "2015-08-30 12:36:00.5Z", EXAMPLE_MS + 500 },
    { "2015-08-30T12:36:00.123456789Z", EXAMPLE_MS + 123 },
    { "2015-08-30T14:36:00+02:00", EXAMPLE_MS },
    { "2015-08-30T07:06:00.000-05:30", EXAMPLE_MS },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    gint64 ms;

    g_assert_true (time_parse_iso8601 (good[i].text, &ms));
    g_assert_cmpint (ms, ==, good[i].ms);
  }
}

static void
test_http_variants (void)
{
  gint64 ms;

  g_assert_true (time_parse_http ("Sun, 30 Aug 2015 12:36:00 +0000", &ms));
  g_assert_cmpint (ms, ==, EXAMPLE_MS);
  g_assert_true (time_parse_http ("Sat, 8 Aug 2015 00:00:00 UTC", &ms));
  g_assert_cmpint (ms, ==, G_GINT64_CONSTANT (1438992000000));
}

static void
test_bad_texts_are_refused (void)
{
  static const char *amz[] = {
    "",
    "20150830",
    "20150830T123600",
    "20150830T123600Z ",
    "2015-08-30T12:36:00Z",
    "20150229T000000Z",
    "21000229T000000Z",
    "20151301T000000Z",
    "20150001T000000Z",
    "20150800T000000Z",
    "20150832T000000Z",
    "20150830T240000Z",
    "20150830T006000Z",
    "20150830T000060Z",
    "19691231T235959Z",
    "20150830t123600Z",
    "2015083\xc3\xa9T123600Z",
  };
  static const char *http[] = {
    "",
    "Sun, 30 Aug 2015 12:36:00",
    "Sun, 30 Aug 2015 12:36:00 CET",
    "Sunday, 30-Aug-15 12:36:00 GMT",
    "Sun, 30 Agu 2015 12:36:00 GMT",
    "Sun, 31 Sep 2015 12:36:00 GMT",
    "Sun Aug 30 12:36:00 2015",
    "Sun, 30 Aug 2015 12:36:00 GMT ",
    "Xyz, 30 Aug 2015 12:36:00 GMT",
  };
  static const char *iso[] = {
    "",
    "2015-08-30",
    "2015-08-30T12:36:00",
    "2015-08-30T12:36Z",
    "2015-08-30T12:36:00.Z",
    "2015-08-30T12:36:00+2:00",
    "2015-08-30T12:36:00+0200",
    "2015-02-30T12:36:00Z",
    "2015-08-30T12:36:00ZZ",
    "1970-01-01T00:00:00+01:00",
    "2015-08-30T12:36:00+24:00",
  };
  gint64 ms = 42;

  for (gsize i = 0; i < G_N_ELEMENTS (amz); i++)
    g_assert_false (time_parse_amz (amz[i], &ms));
  for (gsize i = 0; i < G_N_ELEMENTS (http); i++)
    g_assert_false (time_parse_http (http[i], &ms));
  for (gsize i = 0; i < G_N_ELEMENTS (iso); i++)
    g_assert_false (time_parse_iso8601 (iso[i], &ms));
  g_assert_cmpint (ms, ==, 42);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/time-iso8601/known-instant-in-all-forms", test_known_instant_in_all_forms);
  g_test_add_func ("/time-iso8601/days-agree-with-gmtime", test_days_agree_with_gmtime);
  g_test_add_func ("/time-iso8601/out-of-range-is-clamped", test_out_of_range_is_clamped);
  g_test_add_func ("/time-iso8601/iso8601-variants", test_iso8601_variants);
  g_test_add_func ("/time-iso8601/http-variants", test_http_variants);
  g_test_add_func ("/time-iso8601/bad-texts-are-refused", test_bad_texts_are_refused);
  return g_test_run ();
}
