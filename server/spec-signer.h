#pragma once

#include "core/ambient.h"
#include "server/log.h"

/* Signs deployment specifications, with the key and certificate in PKI_DIR/signer.key and signer.pem.
 *
 * Public agents need an RSA key, and making one takes from a tenth of a second to a whole one. So the first start of a server
 * makes it in the background; the first signature waits for it. On every later start it is read from its file.
 *
 * Thread rule: any thread but an event loop: signing takes about a millisecond, and the first one may wait. */
typedef struct SpecSigner SpecSigner;

#define SPEC_SIGNER_ERROR (spec_signer_error_quark ())
GQuark spec_signer_error_quark (void);
typedef enum {
  SPEC_SIGNER_ERROR_FILE, /* cannot be read or written */
  SPEC_SIGNER_ERROR_KEY   /* cannot be made or used */
} SpecSignerError;

/* Reads the files, or starts to make them with the CA in PKI_DIR/ca.pem and ca.key. ambient and log are borrowed. */
SpecSigner *spec_signer_open (const char *pki_dir, const Ambient *ambient, const Log *log,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* For tests: from texts. */
SpecSigner *spec_signer_new (const char *certificate_pem, const char *key_pem, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Waits for a key in the making. NULL is allowed. */
void spec_signer_free (SpecSigner *signer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SpecSigner, spec_signer_free)

/* The document as PEM text with the label PKCS7 (see proto/cms.h); the caller frees it. */
char *spec_signer_sign (SpecSigner *signer, gconstpointer document, gsize length, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
