#pragma once

#include <glib.h>

#include "core/arena.h"

/* How webhooks are signed, so that a receiver knows whose they are and that they are fresh: as the Standard Webhooks
 * specification has it, for which most languages have a library.
 *
 *   webhook-id: 6f1c...              the notification's; the same at every try, so doubles can be told
 *   webhook-timestamp: 1790000000    seconds, of this try
 *   webhook-signature: v1,BASE64     HMAC-SHA256 over "ID.TIMESTAMP.BODY"; several, with blanks between, while a secret is replaced
 *
 * The secret is the text of its file without the line's end; one that begins with whsec_ is base64 behind that.
 *
 * Pure; any thread. */

/* Bytes of a secret's text. FALSE with *error: too short (16 bytes), or not base64 behind whsec_. The caller frees *out. */
gboolean webhook_secret_read (const char *text, GBytes **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The header's value. */
char *webhook_sign (GBytes *secret, const char *id, gint64 timestamp_s, const char *body,
                    gsize body_length, Arena *arena);

/* Whether one of the header's signatures is right and the time within tolerance_s of now_s; takes the same time wherever they differ. What
 * receivers do; here for tests and as a sample. */
gboolean webhook_verify (GBytes *secret, const char *id, const char *timestamp,
                         const char *signatures, const char *body, gsize body_length, gint64 now_s,
                         gint64 tolerance_s);
