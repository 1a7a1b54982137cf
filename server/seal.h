#pragma once

#include "core/ambient.h"

/* Sealing small secrets for the store: AES-256-GCM under a master key, bound to a context (say, the id of the row), so
 * that a sealed value moved to another row does not open.
 *
 * Format: one byte version (1), 12 bytes nonce, the ciphertext, 16 bytes tag.
 *
 * Thread rule: any thread. */
#define SEAL_KEY_SIZE 32
#define SEAL_OVERHEAD 29

#define SEAL_ERROR (seal_error_quark ())
GQuark seal_error_quark (void);
typedef enum {
  SEAL_ERROR_FORMAT, /* not something this function made */
  SEAL_ERROR_OPEN    /* another key, another context, or changed bytes */
} SealError;

/* out: n + SEAL_OVERHEAD bytes. */
void seal_close (const guint8 key[SEAL_KEY_SIZE], const char *context, gconstpointer plain, gsize n,
                 const Ambient *ambient, guint8 *out);
/* out: n - SEAL_OVERHEAD bytes. */
gboolean seal_open (const guint8 key[SEAL_KEY_SIZE], const char *context, gconstpointer sealed,
                    gsize n, guint8 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
