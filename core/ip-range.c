#include "core/ip-range.h"

#include <arpa/inet.h>
#include <string.h>

#define V4_PREFIX 96 /* bits before a version 4 address in its version 6 form */

static const guint8 mapped_prefix[V4_PREFIX / 8] = { [10] = 0xff, [11] = 0xff };

static gboolean
parse_address (const char *text, guint8 out[16], gboolean *out_is_v4)
{
  memcpy (out, mapped_prefix, sizeof mapped_prefix);
  *out_is_v4 = inet_pton (AF_INET, text, out + sizeof mapped_prefix) == 1;
  return *out_is_v4 || inet_pton (AF_INET6, text, out) == 1;
}

/* One to three digits, at most max. */
static gboolean
parse_bits (const char *text, guint max, guint *out)
{
  gsize length = strlen (text);
  guint64 bits = g_ascii_strtoull (text, NULL, 10);
  if (length == 0 || length > 3 || strspn (text, "0123456789") != length || bits > max)
    return FALSE;
  *out = (guint)bits;
  return TRUE;
}

gboolean
ip_range_parse (const char *text, IpRange *out)
{
  char address[INET6_ADDRSTRLEN];
  IpRange range = { 0 };
  gboolean is_v4;
  guint bits;
  gsize length = strcspn (text, "/");

  if (length >= sizeof address)
    return FALSE;
  memcpy (address, text, length);
  address[length] = '\0';
  if (!parse_address (address, range.bytes, &is_v4))
    return FALSE;
  bits = is_v4 ? 32 : 128;
  if (text[length] == '/' && !parse_bits (text + length + 1, bits, &bits))
    return FALSE;
  range.prefix = bits + (is_v4 ? V4_PREFIX : 0);
  *out = range;
  return TRUE;
}

gboolean
ip_range_contains (const IpRange *range, const char *address)
{
  guint8 bytes[16];
  gboolean is_v4;
  guint whole = range->prefix / 8;
  guint rest = range->prefix % 8;

  if (!parse_address (address, bytes, &is_v4) || memcmp (bytes, range->bytes, whole) != 0)
    return FALSE;
  /* ::/0 is all of version 6, and no address of version 4. */
  if (memcmp (bytes, mapped_prefix, sizeof mapped_prefix) == 0 && range->prefix < V4_PREFIX)
    return FALSE;
  return rest == 0 || ((bytes[whole] ^ range->bytes[whole]) >> (8 - rest)) == 0;
}
