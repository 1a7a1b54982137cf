#include "proto/cms.h"

#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define PEM_LABEL "PKCS7"

G_DEFINE_QUARK (cms - error - quark, cms_error)

static void
free_certificates (STACK_OF (X509) * certificates)
{
  sk_X509_pop_free (certificates, X509_free);
}

static void
free_borrowed_certificates (STACK_OF (X509) * certificates)
{
  sk_X509_free (certificates);
}

typedef STACK_OF (X509) Certificates;
typedef STACK_OF (X509) BorrowedCertificates;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Certificates, free_certificates)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BorrowedCertificates, free_borrowed_certificates)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CMS_ContentInfo, CMS_ContentInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_STORE_CTX, X509_STORE_CTX_free)

struct CmsSigner {
  X509 *certificate;
  Certificates *others;
  EVP_PKEY *key;
};

struct CmsVerifier {
  X509_STORE *anchors; /* NULL: integrity only */
};

/* Sets `error` to what was being done and OpenSSL's first reason; leaves its queue empty. Always FALSE. */
static gboolean
fail (GError **error, CmsError code, const char *what)
{
  const char *reason = ERR_reason_error_string (ERR_peek_error ());

  if (reason != NULL)
    g_set_error (error, CMS_ERROR, (int)code, "%s: %s", what, reason);
  else
    g_set_error_literal (error, CMS_ERROR, (int)code, what);
  ERR_clear_error ();
  return FALSE;
}

/* A key with a passphrase is an error, not a question on the terminal. */
static int
no_passphrase (char *buffer, int size, int rwflag, void *user_data)
{
  return -1;
}

/* All certificates of a PEM text; anything but certificates in it is skipped. NULL when there is none. */
static Certificates *
read_certificates (const char *pem, const char *what, GError **error)
{
  g_autoptr (BIO) in = BIO_new_mem_buf (pem, -1);
  g_autoptr (Certificates) certificates = sk_X509_new_null ();
  X509 *certificate;

  while ((certificate = PEM_read_bio_X509 (in, NULL, no_passphrase, NULL)) != NULL)
    sk_X509_push (certificates, certificate);
  /* The last read ends with "no start line" after the last certificate; everything else is damage. */
  gboolean at_end = ERR_GET_REASON (ERR_peek_last_error ()) == PEM_R_NO_START_LINE;
  if (!at_end || sk_X509_num (certificates) == 0) {
    g_autofree char *text = g_strdup_printf ("cannot read %s", what);
    fail (error, CMS_ERROR_KEY, text);
    return NULL;
  }
  ERR_clear_error ();
  return g_steal_pointer (&certificates);
}

CmsSigner *
cms_signer_new (const char *certificate_pem, const char *key_pem, GError **error)
{
  g_autoptr (CmsSigner) signer = g_new0 (CmsSigner, 1);
  g_autoptr (BIO) in = BIO_new_mem_buf (key_pem, -1);

  signer->others = read_certificates (certificate_pem, "the signer's certificate", error);
  if (signer->others == NULL)
    return NULL;
  signer->certificate = sk_X509_shift (signer->others);
  signer->key = PEM_read_bio_PrivateKey (in, NULL, no_passphrase, NULL);
  if (signer->key == NULL) {
    fail (error, CMS_ERROR_KEY, "cannot read the signer's key");
    return NULL;
  }
  if (X509_check_private_key (signer->certificate, signer->key) != 1) {
    fail (error, CMS_ERROR_KEY, "the signer's key does not belong to its certificate");
    return NULL;
  }
  return g_steal_pointer (&signer);
}

CmsSigner *
cms_signer_new_from_files (const char *certificate_file, const char *key_file, GError **error)
{
  g_autofree char *certificate = NULL;
  g_autofree char *key = NULL;
  gsize key_length = 0;

  if (!g_file_get_contents (certificate_file, &certificate, NULL, error) ||
      !g_file_get_contents (key_file, &key, &key_length, error))
    return NULL;
  CmsSigner *signer = cms_signer_new (certificate, key, error);
  if (signer == NULL)
    g_prefix_error (error, "%s, %s: ", certificate_file, key_file);
  explicit_bzero (key, key_length);
  return signer;
}

void
cms_signer_free (CmsSigner *signer)
{
  if (signer == NULL)
    return;
  X509_free (signer->certificate);
  free_certificates (signer->others);
  EVP_PKEY_free (signer->key);
  g_free (signer);
}

char *
cms_sign (const CmsSigner *signer, gconstpointer content, gsize length, GError **error)
{
  const unsigned flags = CMS_BINARY | CMS_NOSMIMECAP;

  if (length > CMS_MAX_MESSAGE_BYTES / 2) {
    g_set_error (error, CMS_ERROR, CMS_ERROR_MALFORMED, "cannot sign %" G_GSIZE_FORMAT " bytes",
                 length);
    return NULL;
  }
  g_autoptr (BIO) in = BIO_new_mem_buf (content, (int)length);
  g_autoptr (BIO) out = BIO_new (BIO_s_mem ());
  g_autoptr (CMS_ContentInfo) cms = CMS_sign (NULL, NULL, signer->others, in, flags | CMS_PARTIAL);
  if (cms == NULL ||
      CMS_add1_signer (cms, signer->certificate, signer->key, EVP_sha256 (), flags) == NULL ||
      CMS_final (cms, in, NULL, flags) != 1 ||
      PEM_ASN1_write_bio ((i2d_of_void *)i2d_CMS_ContentInfo, PEM_LABEL, out, cms, NULL, NULL, 0,
                          NULL, NULL) != 1) {
    fail (error, CMS_ERROR_KEY, "cannot sign");
    return NULL;
  }
  char *bytes = NULL;
  long size = BIO_get_mem_data (out, &bytes);
  return g_strndup (bytes, (gsize)size);
}

CmsVerifier *
cms_verifier_new (const char *anchors_pem, GError **error)
{
  g_autoptr (CmsVerifier) verifier = g_new0 (CmsVerifier, 1);

  if (anchors_pem == NULL)
    return g_steal_pointer (&verifier);
  g_autoptr (Certificates) anchors = read_certificates (anchors_pem, "the trust anchor", error);
  if (anchors == NULL)
    return NULL;
  verifier->anchors = X509_STORE_new ();
  for (int i = 0; i < sk_X509_num (anchors); i++) {
    if (X509_STORE_add_cert (verifier->anchors, sk_X509_value (anchors, i)) != 1) {
      fail (error, CMS_ERROR_KEY, "cannot use the trust anchor");
      return NULL;
    }
  }
  /* An anchor may be a CA below a root that is not told. */
  X509_STORE_set_flags (verifier->anchors, X509_V_FLAG_PARTIAL_CHAIN);
  return g_steal_pointer (&verifier);
}

CmsVerifier *
cms_verifier_new_from_file (const char *anchors_file, GError **error)
{
  g_autofree char *pem = NULL;

  if (!g_file_get_contents (anchors_file, &pem, NULL, error))
    return NULL;
  CmsVerifier *verifier = cms_verifier_new (pem, error);
  if (verifier == NULL)
    g_prefix_error (error, "%s: ", anchors_file);
  return verifier;
}

void
cms_verifier_free (CmsVerifier *verifier)
{
  if (verifier == NULL)
    return;
  X509_STORE_free (verifier->anchors);
  g_free (verifier);
}

gboolean
cms_warm_up (void)
{
  /* Any RSA key (RFC 8017 A.1.1) in an X.509 SubjectPublicKeyInfo. It is only read. */
  static const guint8 some_key[] = {
    0x30, 0x5c, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05,
    0x00, 0x03, 0x4b, 0x00, 0x30, 0x48, 0x02, 0x41, 0x00, 0xd7, 0x35, 0x53, 0x4c, 0xf2, 0x57, 0xd6,
    0xa0, 0xc6, 0x81, 0xcf, 0x1b, 0x82, 0x25, 0x05, 0x6e, 0x78, 0xb9, 0xc8, 0x14, 0x53, 0x13, 0x63,
    0xbd, 0x15, 0x13, 0x7b, 0xfa, 0x70, 0x2d, 0x44, 0x4b, 0x7b, 0x39, 0x26, 0x09, 0x24, 0x0f, 0xe7,
    0x84, 0x0b, 0xc8, 0x19, 0x74, 0x65, 0x6e, 0x4b, 0x0d, 0x30, 0x30, 0xfc, 0xe5, 0x42, 0xba, 0x44,
    0x2a, 0x6e, 0xac, 0xea, 0x2b, 0xe9, 0x55, 0x13, 0x77, 0x02, 0x03, 0x01, 0x00, 0x01
  };
  const unsigned char *at = some_key;
  guint8 hash[EVP_MAX_MD_SIZE];

  EVP_PKEY *key = d2i_PUBKEY (NULL, &at, sizeof some_key);
  gboolean loaded = key != NULL && EVP_Digest ("", 0, hash, NULL, EVP_sha256 (), NULL) == 1;
  EVP_PKEY_free (key);
  ERR_clear_error ();
  return loaded;
}

/* PEM with our label, one DER value in it and nothing behind that value. */
static CMS_ContentInfo *
read_message (const char *pem, GError **error)
{
  char *label = NULL;
  char *header = NULL;
  unsigned char *der = NULL;
  long length = 0;
  CMS_ContentInfo *cms = NULL;

  if (strlen (pem) > CMS_MAX_MESSAGE_BYTES) {
    g_set_error_literal (error, CMS_ERROR, CMS_ERROR_MALFORMED, "the signed message is too large");
    return NULL;
  }
  g_autoptr (BIO) in = BIO_new_mem_buf (pem, -1);
  if (PEM_read_bio (in, &label, &header, &der, &length) == 1 && strcmp (label, PEM_LABEL) == 0) {
    const unsigned char *p = der;
    cms = d2i_CMS_ContentInfo (NULL, &p, length);
    if (cms != NULL && p != der + length)
      g_clear_pointer (&cms, CMS_ContentInfo_free);
  }
  OPENSSL_free (label);
  OPENSSL_free (header);
  OPENSSL_free (der);
  if (cms == NULL)
    fail (error, CMS_ERROR_MALFORMED, "not a PEM message with the label " PEM_LABEL);
  return cms;
}

/* The kinds of message that are looked at further: one signer, its hash not broken, plain content within. */
static gboolean
check_kind (CMS_ContentInfo *cms, GError **error)
{
  if (OBJ_obj2nid (CMS_get0_type (cms)) != NID_pkcs7_signed)
    return fail (error, CMS_ERROR_MALFORMED, "not a signed message");
  if (CMS_is_detached (cms) != 0)
    return fail (error, CMS_ERROR_MALFORMED, "the signed message has no content in it");
  if (OBJ_obj2nid (CMS_get0_eContentType (cms)) != NID_pkcs7_data)
    return fail (error, CMS_ERROR_MALFORMED, "the signed message's content is not plain data");
  STACK_OF (CMS_SignerInfo) *signers = CMS_get0_SignerInfos (cms);
  if (sk_CMS_SignerInfo_num (signers) != 1)
    return fail (error, CMS_ERROR_MALFORMED, "the signed message has not exactly one signer");
  X509_ALGOR *digest = NULL;
  CMS_SignerInfo_get0_algs (sk_CMS_SignerInfo_value (signers, 0), NULL, NULL, &digest, NULL);
  const ASN1_OBJECT *object = NULL;
  X509_ALGOR_get0 (&object, NULL, NULL, digest);
  int nid = OBJ_obj2nid (object);
  if (nid != NID_sha256 && nid != NID_sha384 && nid != NID_sha512)
    return fail (error, CMS_ERROR_SIGNATURE, "the message is not signed with SHA-256 or better");
  return TRUE;
}

/* Chain, validity, and the extended key usage that names code signing (RFC 5280 4.2.1.12). */
static gboolean
check_signer (const CmsVerifier *verifier, CMS_ContentInfo *cms, GError **error)
{
  g_autoptr (BorrowedCertificates) signers = CMS_get0_signers (cms);
  g_autoptr (Certificates) embedded = CMS_get1_certs (cms);
  g_autoptr (X509_STORE_CTX) context = X509_STORE_CTX_new ();

  if (signers == NULL || sk_X509_num (signers) != 1)
    return fail (error, CMS_ERROR_MALFORMED, "the signed message does not hold its signer");
  X509 *signer = sk_X509_value (signers, 0);
  if (X509_STORE_CTX_init (context, verifier->anchors, signer, embedded) != 1)
    return fail (error, CMS_ERROR_SIGNER, "cannot check the signer");
  if (X509_verify_cert (context) != 1) {
    g_set_error (error, CMS_ERROR, CMS_ERROR_SIGNER, "the signer is not trusted: %s",
                 X509_verify_cert_error_string (X509_STORE_CTX_get_error (context)));
    ERR_clear_error ();
    return FALSE;
  }
  gboolean has_usages = (X509_get_extension_flags (signer) & EXFLAG_XKUSAGE) != 0;
  if (!has_usages || (X509_get_extended_key_usage (signer) & XKU_CODE_SIGN) == 0)
    return fail (error, CMS_ERROR_SIGNER,
                 "the signer's certificate is not for signing specifications (no codeSigning "
                 "extended key usage)");
  if ((X509_get_key_usage (signer) & KU_DIGITAL_SIGNATURE) == 0)
    return fail (error, CMS_ERROR_SIGNER, "the signer's certificate is not for signatures");
  return TRUE;
}

char *
cms_verify (const CmsVerifier *verifier, const char *pem, gsize *out_length, GError **error)
{
  g_autoptr (CMS_ContentInfo) cms = read_message (pem, error);
  if (cms == NULL || !check_kind (cms, error))
    return NULL;

  /* The signer is looked up among the embedded certificates only; its chain is judged below. */
  g_autoptr (BIO) out = BIO_new (BIO_s_mem ());
  if (CMS_verify (cms, NULL, NULL, NULL, out, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) != 1) {
    gboolean no_signer = ERR_GET_REASON (ERR_peek_error ()) == CMS_R_SIGNER_CERTIFICATE_NOT_FOUND;
    fail (error, no_signer ? CMS_ERROR_MALFORMED : CMS_ERROR_SIGNATURE,
          "the message's signature does not hold");
    return NULL;
  }
  if (verifier->anchors != NULL && !check_signer (verifier, cms, error))
    return NULL;
  char *bytes = NULL;
  long size = BIO_get_mem_data (out, &bytes);
  char *content = g_malloc ((gsize)size + 1);
  if (size > 0)
    memcpy (content, bytes, (gsize)size);
  content[size] = '\0';
  *out_length = (gsize)size;
  return content;
}
