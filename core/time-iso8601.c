#include "core/time-iso8601.h"

#include <stdio.h>
#include <string.h>

#define MS_PER_DAY 86400000
/* 9999-12-31T23:59:59.999Z */
#define LAST_MS G_GINT64_CONSTANT (253402300799999)

typedef struct {
  int year, month, day; /* month and day from 1 */
  int hour, minute, second, millisecond;
} Civil;

static const char weekdays[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* Days since the epoch of a date of the Gregorian calendar; years are counted from March so that leap days come last. */
static gint64
days_from_civil (int year, int month, int day)
{
  gint64 y = year - (month <= 2);
  gint64 era = y / 400;
  gint64 year_of_era = y - era * 400;
  gint64 day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  gint64 day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

  return era * 146097 + day_of_era - 719468;
}

static Civil
civil_from_ms (gint64 time_ms)
{
  gint64 ms = CLAMP (time_ms, 0, LAST_MS);
  gint64 z = ms / MS_PER_DAY + 719468;
  gint64 era = z / 146097;
  gint64 day_of_era = z - era * 146097;
  gint64 year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  gint64 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  gint64 month_from_march = (5 * day_of_year + 2) / 153;
  int in_day = (int)(ms % MS_PER_DAY);
  Civil civil;

  civil.day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  civil.month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  civil.year = (int)(year_of_era + era * 400 + (civil.month <= 2));
  civil.hour = in_day / 3600000;
  civil.minute = in_day / 60000 % 60;
  civil.second = in_day / 1000 % 60;
  civil.millisecond = in_day % 1000;
  return civil;
}

static int
days_in_month (int year, int month)
{
  static const guint8 days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

  if (month == 2 && ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0))
    return 29;
  return days[month - 1];
}

static gboolean
civil_to_ms (const Civil *civil, gint64 *out_ms)
{
  if (civil->year < 1970 || civil->month < 1 || civil->month > 12 || civil->day < 1 ||
      civil->day > days_in_month (civil->year, civil->month) || civil->hour > 23 ||
      civil->minute > 59 || civil->second > 59)
    return FALSE;
  *out_ms = days_from_civil (civil->year, civil->month, civil->day) * MS_PER_DAY +
            ((civil->hour * 60 + civil->minute) * 60 + civil->second) * G_GINT64_CONSTANT (1000) +
            civil->millisecond;
  return TRUE;
}

/* Writes exactly width digits. */
static char *
put_number (char *out, int value, int width)
{
  for (int i = width - 1; i >= 0; i--) {
    out[i] = (char)('0' + value % 10);
    value /= 10;
  }
  return out + width;
}

/* Reads exactly width digits and moves on. */
static gboolean
take_number (const char **text, int width, int *out)
{
  int value = 0;

  for (int i = 0; i < width; i++) {
    if (!g_ascii_isdigit ((*text)[i]))
      return FALSE;
    value = value * 10 + ((*text)[i] - '0');
  }
  *text += width;
  *out = value;
  return TRUE;
}

static gboolean
take_char (const char **text, char expected)
{
  if (**text != expected)
    return FALSE;
  (*text)++;
  return TRUE;
}

void
time_format_date (gint64 time_ms, char out[TIME_DATE_SIZE])
{
  Civil civil = civil_from_ms (time_ms);
  char *p = out;

  p = put_number (p, civil.year, 4);
  p = put_number (p, civil.month, 2);
  p = put_number (p, civil.day, 2);
  *p = '\0';
}

void
time_format_amz (gint64 time_ms, char out[TIME_AMZ_SIZE])
{
  Civil civil = civil_from_ms (time_ms);
  char *p = out;

  p = put_number (p, civil.year, 4);
  p = put_number (p, civil.month, 2);
  p = put_number (p, civil.day, 2);
  *p++ = 'T';
  p = put_number (p, civil.hour, 2);
  p = put_number (p, civil.minute, 2);
  p = put_number (p, civil.second, 2);
  *p++ = 'Z';
  *p = '\0';
}

void
time_format_http (gint64 time_ms, char out[TIME_HTTP_SIZE])
{
  Civil civil = civil_from_ms (time_ms);
  gint64 days = CLAMP (time_ms, 0, LAST_MS) / MS_PER_DAY;

  /* The epoch was a Thursday. */
  g_snprintf (out, TIME_HTTP_SIZE, "%s, %02d %s %04d %02d:%02d:%02d GMT", weekdays[(days + 4) % 7],
              civil.day, months[civil.month - 1], civil.year, civil.hour, civil.minute,
              civil.second);
}

void
time_format_iso8601 (gint64 time_ms, char out[TIME_ISO8601_SIZE])
{
  Civil civil = civil_from_ms (time_ms);

  g_snprintf (out, TIME_ISO8601_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", civil.year,
              civil.month, civil.day, civil.hour, civil.minute, civil.second, civil.millisecond);
}

gboolean
time_parse_amz (const char *text, gint64 *out_ms)
{
  Civil civil = { 0 };

  return take_number (&text, 4, &civil.year) && take_number (&text, 2, &civil.month) &&
         take_number (&text, 2, &civil.day) && take_char (&text, 'T') &&
         take_number (&text, 2, &civil.hour) && take_number (&text, 2, &civil.minute) &&
         take_number (&text, 2, &civil.second) && take_char (&text, 'Z') && *text == '\0' &&
         civil_to_ms (&civil, out_ms);
}

/* The index of the three-letter name that text starts with, or -1. Moves on. */
static int
take_name (const char **text, const char (*names)[4], int n)
{
  for (int i = 0; i < n; i++)
    if (g_ascii_strncasecmp (*text, names[i], 3) == 0) {
      *text += 3;
      return i;
    }
  return -1;
}

gboolean
time_parse_http (const char *text, gint64 *out_ms)
{
  Civil civil = { 0 };

  if (take_name (&text, weekdays, 7) < 0 || !take_char (&text, ',') || !take_char (&text, ' '))
    return FALSE;
  if (!take_number (&text, 2, &civil.day) && !take_number (&text, 1, &civil.day))
    return FALSE;
  if (!take_char (&text, ' '))
    return FALSE;
  civil.month = take_name (&text, months, 12) + 1;
  return take_char (&text, ' ') && take_number (&text, 4, &civil.year) && take_char (&text, ' ') &&
         take_number (&text, 2, &civil.hour) && take_char (&text, ':') &&
         take_number (&text, 2, &civil.minute) && take_char (&text, ':') &&
         take_number (&text, 2, &civil.second) &&
         (strcmp (text, " GMT") == 0 || strcmp (text, " UTC") == 0 ||
          strcmp (text, " +0000") == 0) &&
         civil_to_ms (&civil, out_ms);
}

/* Z, or +hh:mm and -hh:mm, up to the end of the text. */
static gboolean
take_zone (const char *text, gint64 *out_offset_ms)
{
  int hours, minutes;
  gint64 sign = *text == '-' ? -1 : 1;

  if (g_ascii_toupper (*text) == 'Z') {
    *out_offset_ms = 0;
    return text[1] == '\0';
  }
  if (*text != '+' && *text != '-')
    return FALSE;
  text++;
  if (!take_number (&text, 2, &hours) || !take_char (&text, ':') ||
      !take_number (&text, 2, &minutes) || *text != '\0' || hours > 23 || minutes > 59)
    return FALSE;
  *out_offset_ms = sign * (hours * 60 + minutes) * 60000;
  return TRUE;
}

/* The digits after a decimal point as milliseconds. At least one digit. */
static gboolean
take_fraction (const char **text, int *out_ms)
{
  int value = 0;
  int scale = 100;

  if (!g_ascii_isdigit (**text))
    return FALSE;
  for (; g_ascii_isdigit (**text); (*text)++) {
    value += (**text - '0') * scale;
    scale /= 10;
  }
  *out_ms = value;
  return TRUE;
}

gboolean
time_parse_iso8601 (const char *text, gint64 *out_ms)
{
  Civil civil = { 0 };
  gint64 ms, offset_ms;

  if (!take_number (&text, 4, &civil.year) || !take_char (&text, '-') ||
      !take_number (&text, 2, &civil.month) || !take_char (&text, '-') ||
      !take_number (&text, 2, &civil.day) || (*text != 'T' && *text != 't' && *text != ' '))
    return FALSE;
  text++;
  if (!take_number (&text, 2, &civil.hour) || !take_char (&text, ':') ||
      !take_number (&text, 2, &civil.minute) || !take_char (&text, ':') ||
      !take_number (&text, 2, &civil.second))
    return FALSE;
  if (*text == '.') {
    text++;
    if (!take_fraction (&text, &civil.millisecond))
      return FALSE;
  }
  if (!take_zone (text, &offset_ms) || !civil_to_ms (&civil, &ms) || ms < offset_ms)
    return FALSE;
  *out_ms = ms - offset_ms;
  return TRUE;
}
