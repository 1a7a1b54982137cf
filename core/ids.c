#include "core/ids.h"

#include "core/digest.h"

#include <string.h>

#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* n characters of alphabet, each as likely as the others, and a NUL. */
static void
draw (const Ambient *ambient, const char *alphabet, char *out, gsize n)
{
  guint32 size = (guint32)strlen (alphabet);

  for (gsize i = 0; i < n; i++)
    out[i] = alphabet[ambient_random_below (ambient, size)];
  out[n] = '\0';
}

void
ids_new_uuid (const Ambient *ambient, char out[IDS_UUID_SIZE])
{
  guint8 bytes[16];
  char hex[33];

  ambient_random (ambient, bytes, sizeof bytes);
  bytes[6] = (bytes[6] & 0x0f) | 0x40; /* version 4 */
  bytes[8] = (bytes[8] & 0x3f) | 0x80; /* variant of RFC 9562 */
  digest_hex (bytes, sizeof bytes, hex);
  g_snprintf (out, IDS_UUID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
              hex + 20);
}

void
ids_new_deployment (const Ambient *ambient, char out[IDS_DEPLOYMENT_SIZE])
{
  out[0] = 'd';
  out[1] = '-';
  draw (ambient, UPPER DIGITS, out + 2, IDS_DEPLOYMENT_SIZE - 3);
}

void
ids_new_instance_suffix (const Ambient *ambient, char out[IDS_INSTANCE_SUFFIX_SIZE])
{
  draw (ambient, UPPER LOWER DIGITS, out, IDS_INSTANCE_SUFFIX_SIZE - 1);
}

void
ids_new_access_key (const Ambient *ambient, char out[IDS_ACCESS_KEY_SIZE])
{
  memcpy (out, "AKIA", 4);
  draw (ambient, UPPER "234567", out + 4, IDS_ACCESS_KEY_SIZE - 5);
}

void
ids_new_secret_key (const Ambient *ambient, char out[IDS_SECRET_KEY_SIZE])
{
  draw (ambient, UPPER LOWER DIGITS "+/", out, IDS_SECRET_KEY_SIZE - 1);
}

void
ids_for_principal (const char *prefix, const char *arn, gint64 create_ms,
                   char out[IDS_PRINCIPAL_SIZE])
{
  static const char alphabet[] = UPPER "234567";
  g_autofree char *identity = g_strdup_printf ("%s %" G_GINT64_FORMAT, arn, create_ms);
  guint8 hash[DIGEST_SHA256_SIZE];

  G_STATIC_ASSERT (sizeof alphabet == 32 + 1 && IDS_PRINCIPAL_SIZE - 5 <= DIGEST_SHA256_SIZE);
  digest_sha256 (identity, strlen (identity), hash);
  memcpy (out, prefix, 4);
  for (gsize i = 4; i < IDS_PRINCIPAL_SIZE - 1; i++)
    out[i] = alphabet[hash[i - 4] % 32];
  out[IDS_PRINCIPAL_SIZE - 1] = '\0';
}

gboolean
ids_is_deployment (const char *text)
{
  return text != NULL && text[0] == 'd' && text[1] == '-' &&
         strlen (text) == IDS_DEPLOYMENT_SIZE - 1 &&
         strspn (text + 2, UPPER DIGITS) == IDS_DEPLOYMENT_SIZE - 3;
}

gboolean
ids_is_uuid (const char *text)
{
  if (text == NULL || strlen (text) != IDS_UUID_SIZE - 1)
    return FALSE;
  for (gsize i = 0; i < IDS_UUID_SIZE - 1; i++) {
    gboolean dash = i == 8 || i == 13 || i == 18 || i == 23;

    if (dash ? text[i] != '-' : strchr ("0123456789abcdef", text[i]) == NULL)
      return FALSE;
  }
  return TRUE;
}
