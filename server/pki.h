#pragma once

#include "core/ambient.h"

/* The keys and certificates of an installation: a private CA (EC P-256), the server's TLS certificate (EC P-256, for names
 * and addresses), and the signer of deployment specifications (RSA 2048, which the public service's agents need; extended
 * key usage codeSigning). All from one CA, so that one file is all that a client has to trust.
 *
 * Nothing is written to disk here. The CA's key is needed again only to issue more certificates.
 *
 * Thread rule: any thread. pki_make takes about a millisecond, pki_issue_signer up to a second (see spec-signer.h). */
typedef struct {
  char *ca_cert_pem;
  char *ca_key_pem; /* keys: PKCS#8 PEM, not encrypted */
  char *server_cert_pem;
  char *server_key_pem;
} Pki;

#define PKI_ERROR (pki_error_quark ())
GQuark pki_error_quark (void);
typedef enum {
  PKI_ERROR_NAME, /* not a host name or address */
  PKI_ERROR_CRYPTO
} PkiError;

/* names: NULL-terminated host names ("*.example.com" too) and addresses of the server. */
Pki *pki_make (const char *const *names, const Ambient *ambient, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Overwrites the keys. NULL is allowed. */
void pki_free (Pki *pki);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pki, pki_free)

/* A new RSA key and its certificate from the CA; the caller frees both texts. */
gboolean pki_issue_signer (const char *ca_cert_pem, const char *ca_key_pem, const Ambient *ambient,
                           char **out_cert_pem, char **out_key_pem, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
