#pragma once

#include <glib.h>

/* The Range header of a download (RFC 9110, 14.2): one range of bytes. Pure; any thread. */
typedef enum {
  BYTE_RANGE_WHOLE, /* no header, not understood, or several ranges: the whole object is sent */
  BYTE_RANGE_PART,  /* 206 */
  BYTE_RANGE_UNSATISFIABLE /* 416 */
} ByteRangeVerdict;

/* header may be NULL. *out_offset and *out_length are set for WHOLE and PART. */
ByteRangeVerdict byte_range_parse (const char *header, guint64 size_bytes, guint64 *out_offset,
                                   guint64 *out_length);

/* x-amz-copy-source-range: "bytes=first-last", both given and within the object. */
gboolean byte_range_parse_exact (const char *text, guint64 size_bytes, guint64 *out_offset,
                                 guint64 *out_length) G_GNUC_WARN_UNUSED_RESULT;
