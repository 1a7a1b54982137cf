#pragma once

#include <glib.h>

/*
 * Ranges of internet addresses in CIDR form, of both versions: 192.0.2.0/24, 2001:db8::/32, a single address.
 *
 * Thread rule: any thread.
 */
typedef struct {
  guint8 bytes[16]; /* of version 4: the last four, after ::ffff: */
  guint prefix;     /* bits of bytes that count, 0-128 */
} IpRange;

/* FALSE when text is not an address with an optional /bits. What the prefix leaves out may be anything. */
gboolean ip_range_parse (const char *text, IpRange *out) G_GNUC_WARN_UNUSED_RESULT;

/* Does the range hold the address? FALSE for a text that is not one. ::ffff:192.0.2.1 is 192.0.2.1. */
gboolean ip_range_contains (const IpRange *range, const char *address);
