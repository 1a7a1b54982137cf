#pragma once

#include <glib.h>

/*
 * Signed documents: PKCS#7 / CMS SignedData in PEM with the label "PKCS7", content attached, the signer's certificate
 * embedded, SHA-256 (agent.md 2.2). Signed by slipwayd, verified by slipway-agent.
 *
 * Who may sign: with a trust anchor, the signer's certificate must chain to it, be valid now, and carry the extended
 * key usage "codeSigning" (RFC 5280 4.2.1.12); a server or client certificate of the same CA is refused. Without a
 * trust anchor only the integrity is verified, which is what the public service's agents can do: anyone may have
 * signed, and authenticity rests on TLS.
 *
 * Thread rule: a CmsSigner and a CmsVerifier are immutable once made and may be used from any thread. Nothing blocks
 * but reading the files in the constructors.
 */
typedef struct CmsSigner CmsSigner;
typedef struct CmsVerifier CmsVerifier;

typedef enum {
  CMS_ERROR_KEY,       /* a key, certificate or anchor cannot be read or does not fit */
  CMS_ERROR_MALFORMED, /* not such a message: garbage, other type, detached, no certificate, too large */
  CMS_ERROR_SIGNATURE, /* the signature does not match the content */
  CMS_ERROR_SIGNER,    /* the signer is not trusted: chain, validity or purpose */
} CmsError;
#define CMS_ERROR (cms_error_quark ())
GQuark cms_error_quark (void);

/* Largest PEM text that is looked at. */
#define CMS_MAX_MESSAGE_BYTES (1024 * 1024)

/* From PEM texts: a certificate (the signer's first, others are embedded as well) and its private key. */
CmsSigner *cms_signer_new (const char *certificate_pem, const char *key_pem, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
CmsSigner *cms_signer_new_from_files (const char *certificate_file, const char *key_file,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cms_signer_free (CmsSigner *signer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CmsSigner, cms_signer_free)

/* The content, signed, as PEM text; the caller frees it. */
char *cms_sign (const CmsSigner *signer, gconstpointer content, gsize length, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* `anchors_pem`: one or more trusted CA certificates, or NULL for integrity only. */
CmsVerifier *cms_verifier_new (const char *anchors_pem, GError **error) G_GNUC_WARN_UNUSED_RESULT;
CmsVerifier *cms_verifier_new_from_file (const char *anchors_file, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void cms_verifier_free (CmsVerifier *verifier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CmsVerifier, cms_verifier_free)

/*
 * Loads what the first verification in a process spends most of its time with: libcrypto's configuration, its algorithms and
 * decoders. For a process that forks those that verify. FALSE: some cannot be loaded; verifying will say which.
 */
gboolean cms_warm_up (void);

/* The content of a message that verifies, NUL-terminated as well; the caller frees it. */
char *cms_verify (const CmsVerifier *verifier, const char *pem, gsize *out_length, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
