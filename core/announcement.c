#include "core/announcement.h"

ENUM_NAMES_DEFINE (Announcement, announcement, ANNOUNCEMENT_LIST)

gint64
announcement_bits (const char *const *names, gsize n)
{
  gint64 bits = 0;
  for (gsize i = 0; i < n; i++) {
    Announcement announcement;
    if (announcement_from_name (names[i], &announcement))
      bits |= ANNOUNCEMENT_BIT (announcement);
  }
  return bits;
}
