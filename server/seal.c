#include "server/seal.h"

#include <openssl/evp.h>
#include <string.h>

G_DEFINE_QUARK (slipway_seal_error, seal_error)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)

#define VERSION    1
#define NONCE_SIZE 12
#define TAG_SIZE   16
G_STATIC_ASSERT (SEAL_OVERHEAD == 1 + NONCE_SIZE + TAG_SIZE);

void
seal_close (const guint8 key[SEAL_KEY_SIZE], const char *context, gconstpointer plain, gsize n,
            const Ambient *ambient, guint8 *out)
{
  guint8 *nonce = out + 1;
  guint8 *text = nonce + NONCE_SIZE;
  guint8 *tag = text + n;
  int length = 0;
  g_assert (n <= G_MAXINT);
  out[0] = VERSION;
  ambient_random (ambient, nonce, NONCE_SIZE);
  g_autoptr (EVP_CIPHER_CTX) cipher = EVP_CIPHER_CTX_new ();
  gboolean sealed = EVP_EncryptInit_ex (cipher, EVP_aes_256_gcm (), NULL, key, nonce) == 1 &&
                    EVP_EncryptUpdate (cipher, NULL, &length, (const guint8 *)context,
                                       (int)strlen (context)) == 1 &&
                    EVP_EncryptUpdate (cipher, text, &length, plain, (int)n) == 1 &&
                    EVP_EncryptFinal_ex (cipher, text + length, &length) == 1 &&
                    EVP_CIPHER_CTX_ctrl (cipher, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, tag) == 1;
  /* Not an assertion, which a build may leave out: it fails only for want of memory, or in a library without AES. */
  if (!sealed)
    g_error ("cannot seal a value: AES-256-GCM is not available");
}

gboolean
seal_open (const guint8 key[SEAL_KEY_SIZE], const char *context, gconstpointer sealed, gsize n,
           guint8 *out, GError **error)
{
  const guint8 *bytes = sealed;
  if (n < SEAL_OVERHEAD || n > G_MAXINT || bytes[0] != VERSION) {
    g_set_error_literal (error, SEAL_ERROR, SEAL_ERROR_FORMAT,
                         "a sealed value is damaged or of a newer version");
    return FALSE;
  }
  const guint8 *nonce = bytes + 1;
  const guint8 *text = nonce + NONCE_SIZE;
  gsize text_size = n - SEAL_OVERHEAD;
  guint8 tag[TAG_SIZE];
  memcpy (tag, text + text_size, TAG_SIZE);
  int length = 0;
  g_autoptr (EVP_CIPHER_CTX) cipher = EVP_CIPHER_CTX_new ();
  if (EVP_DecryptInit_ex (cipher, EVP_aes_256_gcm (), NULL, key, nonce) != 1 ||
      EVP_DecryptUpdate (cipher, NULL, &length, (const guint8 *)context, (int)strlen (context)) !=
          1 ||
      EVP_DecryptUpdate (cipher, out, &length, text, (int)text_size) != 1 ||
      EVP_CIPHER_CTX_ctrl (cipher, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) != 1 ||
      EVP_DecryptFinal_ex (cipher, out + length, &length) != 1) {
    g_set_error_literal (error, SEAL_ERROR, SEAL_ERROR_OPEN,
                         "a sealed value does not open with this secrets.key");
    return FALSE;
  }
  return TRUE;
}
