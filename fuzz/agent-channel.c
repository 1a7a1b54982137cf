/*
 * The first byte chooses who listens, the rest is what the other end sent. Whatever decodes obeys the table, so encoding it
 * gives the same bytes.
 */
#include "agent/channel-message.h"
#include "fuzz/fuzz-target.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  if (size < 1)
    return 0;
  ChannelRoute route = data[0] % 4;
  for (data++, size--; size >= CHANNEL_HEADER_BYTES;) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    ChannelHeader header;
    ChannelMessage message;
    gboolean accepted = channel_header_decode (route, data, &header, &error);
    FUZZ_CHECK (accepted, error);
    if (!accepted || size - CHANNEL_HEADER_BYTES < header.body_bytes)
      return 0;
    gsize n = CHANNEL_HEADER_BYTES + header.body_bytes;
    accepted = channel_body_decode (&header, data + CHANNEL_HEADER_BYTES, arena, &message, &error);
    FUZZ_CHECK (accepted, error);
    if (!accepted)
      return 0;
    g_autoptr (GByteArray) again = channel_message_encode (route, &message, &error);
    g_assert_no_error (error);
    g_assert_cmpmem (again->data, again->len, data, n);
    data += n;
    size -= n;
  }
  return 0;
}
