#include "server/objects/byte-range.h"

#include <string.h>

#define PREFIX "bytes="

/* Digits only; FALSE also on overflow. Moves *text past them. */
static gboolean
take_number (const char **text, guint64 *out)
{
  guint64 number = 0;
  const char *at = *text;
  if (!g_ascii_isdigit (*at))
    return FALSE;
  for (; g_ascii_isdigit (*at); at++) {
    if (__builtin_mul_overflow (number, 10, &number) ||
        __builtin_add_overflow (number, (guint64)(*at - '0'), &number))
      return FALSE;
  }
  *text = at;
  *out = number;
  return TRUE;
}

ByteRangeVerdict
byte_range_parse (const char *header, guint64 size_bytes, guint64 *out_offset, guint64 *out_length)
{
  *out_offset = 0;
  *out_length = size_bytes;
  if (header == NULL || !g_str_has_prefix (header, PREFIX))
    return BYTE_RANGE_WHOLE;
  const char *at = header + strlen (PREFIX);
  guint64 first, last;
  if (*at == '-') {
    at++;
    if (!take_number (&at, &last) || *at != '\0')
      return BYTE_RANGE_WHOLE;
    if (last == 0 || size_bytes == 0)
      return BYTE_RANGE_UNSATISFIABLE;
    *out_length = MIN (last, size_bytes);
    *out_offset = size_bytes - *out_length;
    return BYTE_RANGE_PART;
  }
  if (!take_number (&at, &first) || *at++ != '-')
    return BYTE_RANGE_WHOLE;
  last = G_MAXUINT64;
  if (*at != '\0' && (!take_number (&at, &last) || *at != '\0' || last < first))
    return BYTE_RANGE_WHOLE;
  if (first >= size_bytes)
    return BYTE_RANGE_UNSATISFIABLE;
  *out_offset = first;
  *out_length = MIN (last, size_bytes - 1) - first + 1;
  return BYTE_RANGE_PART;
}

gboolean
byte_range_parse_exact (const char *text, guint64 size_bytes, guint64 *out_offset,
                        guint64 *out_length)
{
  if (!g_str_has_prefix (text, PREFIX))
    return FALSE;
  const char *at = text + strlen (PREFIX);
  guint64 first, last;
  if (!take_number (&at, &first) || *at++ != '-' || !take_number (&at, &last) || *at != '\0' ||
      last < first || last >= size_bytes)
    return FALSE;
  *out_offset = first;
  *out_length = last - first + 1;
  return TRUE;
}
