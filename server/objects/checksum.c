#include "server/objects/checksum.h"

#include <string.h>
#include <zlib.h>

#include "core/digest.h"

ENUM_NAMES_DEFINE (ChecksumAlgorithm, checksum_algorithm, CHECKSUM_ALGORITHM_LIST)

/* Reflected polynomials; CRC-32 itself is zlib's. */
#define CRC32C_POLYNOMIAL    G_GUINT64_CONSTANT (0x82f63b78)
#define CRC64NVME_POLYNOMIAL G_GUINT64_CONSTANT (0x9a6c9329ac4bc9b5)
#define SLICES               8

/* Tables of slicing-by-8: slice k advances a byte past k further zero bytes. */
typedef struct {
  guint64 slice[SLICES][256];
} CrcTable;

struct Checksum {
  ChecksumAlgorithm algorithm;
  guint64 crc; /* inverted while running, except for CRC32 */
  const CrcTable *table;
  Digest *digest;
};

typedef struct {
  const char *header;
  const char *element;
  gsize size;
} AlgorithmFacts;

static const AlgorithmFacts facts[N_CHECKSUM_ALGORITHMS] = {
  [CHECKSUM_CRC32] = { "x-amz-checksum-crc32", "ChecksumCRC32", 4 },
  [CHECKSUM_CRC32C] = { "x-amz-checksum-crc32c", "ChecksumCRC32C", 4 },
  [CHECKSUM_CRC64NVME] = { "x-amz-checksum-crc64nvme", "ChecksumCRC64NVME", 8 },
  [CHECKSUM_SHA1] = { "x-amz-checksum-sha1", "ChecksumSHA1", 20 },
  [CHECKSUM_SHA256] = { "x-amz-checksum-sha256", "ChecksumSHA256", 32 },
};

const char *
checksum_header (ChecksumAlgorithm algorithm)
{
  return facts[algorithm].header;
}

const char *
checksum_element (ChecksumAlgorithm algorithm)
{
  return facts[algorithm].element;
}

gboolean
checksum_from_header (const char *header, ChecksumAlgorithm *out)
{
  for (gsize i = 0; i < N_CHECKSUM_ALGORITHMS; i++) {
    if (g_ascii_strcasecmp (header, facts[i].header) == 0) {
      *out = (ChecksumAlgorithm)i;
      return TRUE;
    }
  }
  return FALSE;
}

gsize
checksum_size (ChecksumAlgorithm algorithm)
{
  return facts[algorithm].size;
}

static CrcTable *
make_table (guint64 polynomial)
{
  CrcTable *table = g_new (CrcTable, 1);
  for (guint byte = 0; byte < 256; byte++) {
    guint64 crc = byte;
    for (int bit = 0; bit < 8; bit++)
      crc = (crc & 1) != 0 ? crc >> 1 ^ polynomial : crc >> 1;
    table->slice[0][byte] = crc;
  }
  for (guint byte = 0; byte < 256; byte++) {
    for (guint k = 1; k < SLICES; k++) {
      guint64 before = table->slice[k - 1][byte];
      table->slice[k][byte] = before >> 8 ^ table->slice[0][before & 0xff];
    }
  }
  return table;
}

/* Made once, constant afterwards. */
static const CrcTable *
table_of (ChecksumAlgorithm algorithm)
{
  static gsize crc32c_table, crc64_table;
  gsize *once = algorithm == CHECKSUM_CRC32C ? &crc32c_table : &crc64_table;
  if (g_once_init_enter (once)) {
    guint64 polynomial = algorithm == CHECKSUM_CRC32C ? CRC32C_POLYNOMIAL : CRC64NVME_POLYNOMIAL;
    g_once_init_leave (once, (gsize)make_table (polynomial));
  }
  return (const CrcTable *)*once;
}

static guint64
crc_update (const CrcTable *table, guint64 crc, const guint8 *bytes, gsize n)
{
  while (n >= SLICES) {
    guint64 word;
    memcpy (&word, bytes, sizeof word);
    word = GUINT64_FROM_LE (word) ^ crc;
    crc = 0;
    for (guint k = 0; k < SLICES; k++)
      crc ^= table->slice[SLICES - 1 - k][word >> (8 * k) & 0xff];
    bytes += SLICES;
    n -= SLICES;
  }
  for (; n > 0; n--)
    crc = crc >> 8 ^ table->slice[0][(crc ^ *bytes++) & 0xff];
  return crc;
}

Checksum *
checksum_new (ChecksumAlgorithm algorithm)
{
  Checksum *checksum = g_new0 (Checksum, 1);
  checksum->algorithm = algorithm;
  switch (algorithm) {
  case CHECKSUM_CRC32:
    break;
  case CHECKSUM_CRC32C:
    checksum->crc = G_MAXUINT32;
    checksum->table = table_of (algorithm);
    break;
  case CHECKSUM_CRC64NVME:
    checksum->crc = G_MAXUINT64;
    checksum->table = table_of (algorithm);
    break;
  case CHECKSUM_SHA1:
    checksum->digest = digest_new (DIGEST_SHA1);
    break;
  case CHECKSUM_SHA256:
    checksum->digest = digest_new (DIGEST_SHA256);
    break;
  }
  return checksum;
}

void
checksum_free (Checksum *checksum)
{
  if (checksum == NULL)
    return;
  g_clear_pointer (&checksum->digest, digest_free);
  g_free (checksum);
}

void
checksum_update (Checksum *checksum, gconstpointer bytes, gsize n)
{
  if (checksum->digest != NULL)
    digest_update (checksum->digest, bytes, n);
  else if (checksum->table != NULL)
    checksum->crc = crc_update (checksum->table, checksum->crc, bytes, n);
  else
    checksum->crc = crc32_z (checksum->crc, bytes, n);
}

void
checksum_value (Checksum *checksum, guint8 out[CHECKSUM_MAX_SIZE])
{
  if (checksum->digest != NULL) {
    guint8 value[DIGEST_MAX_SIZE];
    gsize size = digest_finish (checksum->digest, value);
    memcpy (out, value, size);
    return;
  }
  guint64 crc = checksum->table != NULL ? ~checksum->crc : checksum->crc;
  gsize size = facts[checksum->algorithm].size;
  for (gsize i = 0; i < size; i++)
    out[i] = (guint8)(crc >> (8 * (size - 1 - i)));
}

void
checksum_text (Checksum *checksum, char out[CHECKSUM_MAX_TEXT_SIZE])
{
  guint8 value[CHECKSUM_MAX_SIZE];
  checksum_value (checksum, value);
  g_autofree char *text = g_base64_encode (value, facts[checksum->algorithm].size);
  g_strlcpy (out, text, CHECKSUM_MAX_TEXT_SIZE);
}

gboolean
checksum_parse (ChecksumAlgorithm algorithm, const char *text, guint8 out[CHECKSUM_MAX_SIZE])
{
  gsize size = facts[algorithm].size;
  if (strlen (text) != (size + 2) / 3 * 4)
    return FALSE;
  gsize n = 0;
  g_autofree guint8 *bytes = g_base64_decode (text, &n);
  /* g_base64_decode skips what it does not know: only the way back shows that nothing was skipped */
  g_autofree char *again = g_base64_encode (bytes, n);
  if (n != size || strcmp (again, text) != 0)
    return FALSE;
  if (out != NULL)
    memcpy (out, bytes, size);
  return TRUE;
}
