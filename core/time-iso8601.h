#pragma once

#include <glib.h>

/*
 * The text forms of an instant that protocols use, to and from milliseconds since the epoch, UTC. No locale, no time
 * zone database, no allocation. Parsers are strict: ranges are checked (February 29 too), nothing may follow.
 * Years 1970 .. 9999; formatting clamps to that range.
 *
 * Thread rule: any thread.
 */
#define TIME_AMZ_SIZE     17 /* 20150830T123600Z */
#define TIME_DATE_SIZE    9  /* 20150830 */
#define TIME_HTTP_SIZE    30 /* Sun, 30 Aug 2015 12:36:00 GMT */
#define TIME_ISO8601_SIZE 25 /* 2015-08-30T12:36:00.000Z */

/* Whole seconds, rounded down. */
void time_format_amz (gint64 time_ms, char out[TIME_AMZ_SIZE]);
void time_format_date (gint64 time_ms, char out[TIME_DATE_SIZE]);
void time_format_http (gint64 time_ms, char out[TIME_HTTP_SIZE]);
/* Always with three decimals and Z. */
void time_format_iso8601 (gint64 time_ms, char out[TIME_ISO8601_SIZE]);

gboolean time_parse_amz (const char *text, gint64 *out_ms) G_GNUC_WARN_UNUSED_RESULT;
/* IMF-fixdate of RFC 9110 (also RFC 1123 with a one-digit day and +0000 or UTC for GMT). The weekday's name is not compared with the date. */
gboolean time_parse_http (const char *text, gint64 *out_ms) G_GNUC_WARN_UNUSED_RESULT;
/* yyyy-mm-ddThh:mm:ss[.fraction](Z|+hh:mm|-hh:mm); t, z and a blank for T are accepted; digits past milliseconds are dropped. */
gboolean time_parse_iso8601 (const char *text, gint64 *out_ms) G_GNUC_WARN_UNUSED_RESULT;
