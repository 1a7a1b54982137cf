#pragma once

#include <glib.h>

#include "core/enum-names.h"

/* The checksums that S3 clients choose from, piece by piece. Values on the wire are base64 of the big-endian bytes.
 *
 * Thread rule: a Checksum belongs to one thread at a time; the rest from any thread. */
#define CHECKSUM_ALGORITHM_LIST(X)                                                                 \
  X (CHECKSUM_CRC32, "CRC32")                                                                      \
  X (CHECKSUM_CRC32C, "CRC32C")                                                                    \
  X (CHECKSUM_CRC64NVME, "CRC64NVME")                                                              \
  X (CHECKSUM_SHA1, "SHA1")                                                                        \
  X (CHECKSUM_SHA256, "SHA256")

ENUM_NAMES_TYPE (ChecksumAlgorithm, CHECKSUM_ALGORITHM_LIST);
ENUM_NAMES_DECLARE (ChecksumAlgorithm, checksum_algorithm)
#define N_CHECKSUM_ALGORITHMS  5
#define CHECKSUM_MAX_SIZE      32
#define CHECKSUM_MAX_TEXT_SIZE 45 /* base64 of the longest, and NUL */

/* x-amz-checksum-crc32 and so on: the header that carries a value of the algorithm. */
const char *checksum_header (ChecksumAlgorithm algorithm);
/* The element of XML answers: ChecksumCRC32 and so on. */
const char *checksum_element (ChecksumAlgorithm algorithm);
/* The reverse of checksum_header, in any case. */
gboolean checksum_from_header (const char *header, ChecksumAlgorithm *out)
    G_GNUC_WARN_UNUSED_RESULT;
gsize checksum_size (ChecksumAlgorithm algorithm);

typedef struct Checksum Checksum;
Checksum *checksum_new (ChecksumAlgorithm algorithm) G_GNUC_WARN_UNUSED_RESULT;
void checksum_free (Checksum *checksum);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Checksum, checksum_free)
void checksum_update (Checksum *checksum, gconstpointer bytes, gsize n);
/* The value so far, big-endian; more may follow only for the CRCs. */
void checksum_value (Checksum *checksum, guint8 out[CHECKSUM_MAX_SIZE]);
/* The same in base64. */
void checksum_text (Checksum *checksum, char out[CHECKSUM_MAX_TEXT_SIZE]);
/* Is text base64 of exactly as many bytes as the algorithm has? out may be NULL. */
gboolean checksum_parse (ChecksumAlgorithm algorithm, const char *text,
                         guint8 out[CHECKSUM_MAX_SIZE]) G_GNUC_WARN_UNUSED_RESULT;
