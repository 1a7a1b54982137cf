#include "proto/cms.h"

#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

/* Keys and certificates made once for all cases. */
typedef struct {
  EVP_PKEY *ca_key;
  EVP_PKEY *key;
  X509 *ca;
  char *ca_pem;
  char *key_pem;
} Fixture;

static char *
bio_text (BIO *bio)
{
  char *bytes = NULL;
  long length = BIO_get_mem_data (bio, &bytes);
  char *text = g_strndup (bytes, (gsize)length);
  BIO_free (bio);
  return text;
}

static char *
certificate_pem (X509 *certificate)
{
  BIO *bio = BIO_new (BIO_s_mem ());
  PEM_write_bio_X509 (bio, certificate);
  return bio_text (bio);
}

static void
add_extension (X509 *certificate, int nid, const char *value)
{
  X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, NULL, nid, value);
  g_assert_nonnull (extension);
  X509_add_ext (certificate, extension, -1);
  X509_EXTENSION_free (extension);
}

/* A certificate for `key`; issuer NULL: self-signed. from_s and to_s are relative to now. */
static X509 *
make_certificate (EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *issuer_key,
                  const char *constraints, const char *usage, long from_s, long to_s)
{
  static long serial = 1;
  X509 *certificate = X509_new ();

  X509_set_version (certificate, 2);
  ASN1_INTEGER_set (X509_get_serialNumber (certificate), serial++);
  X509_gmtime_adj (X509_getm_notBefore (certificate), from_s);
  X509_gmtime_adj (X509_getm_notAfter (certificate), to_s);
  X509_set_pubkey (certificate, key);
  X509_NAME *subject = X509_get_subject_name (certificate);
  X509_NAME_add_entry_by_txt (subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
  X509_set_issuer_name (certificate, issuer != NULL ? X509_get_subject_name (issuer) : subject);
  add_extension (certificate, NID_basic_constraints, constraints);
  if (usage != NULL)
    add_extension (certificate, NID_ext_key_usage, usage);
  g_assert_cmpint (X509_sign (certificate, issuer_key, EVP_sha256 ()), >, 0);
  return certificate;
}

static void
set_up (Fixture *f)
{
  f->ca_key = EVP_RSA_gen (2048);
  f->key = EVP_RSA_gen (2048);
  f->ca = make_certificate (f->ca_key, "test CA", NULL, f->ca_key, "critical,CA:TRUE", NULL, -3600,
                            3600);
  f->ca_pem = certificate_pem (f->ca);
  BIO *bio = BIO_new (BIO_s_mem ());
  PEM_write_bio_PrivateKey (bio, f->key, NULL, NULL, 0, NULL, NULL);
  f->key_pem = bio_text (bio);
}

static void
tear_down (Fixture *f)
{
  EVP_PKEY_free (f->ca_key);
  EVP_PKEY_free (f->key);
  X509_free (f->ca);
  g_free (f->ca_pem);
  g_free (f->key_pem);
}

static Fixture fixture;

static CmsSigner *
make_signer (const char *usage, long from_s, long to_s)
{
  g_autoptr (GError) error = NULL;
  X509 *certificate = make_certificate (fixture.key, "signer", fixture.ca, fixture.ca_key,
                                        "CA:FALSE", usage, from_s, to_s);
  g_autofree char *pem = certificate_pem (certificate);
  X509_free (certificate);
  CmsSigner *signer = cms_signer_new (pem, fixture.key_pem, &error);
  g_assert_no_error (error);
  return signer;
}

static char *
signed_by (const char *usage, long from_s, long to_s, const char *content)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CmsSigner) signer = make_signer (usage, from_s, to_s);
  char *pem = cms_sign (signer, content, strlen (content), &error);
  g_assert_no_error (error);
  return pem;
}

/* What verifying says: -1 for good. */
static int
verdict (const char *anchors, const char *pem)
{
  g_autoptr (GError) error = NULL;
  gsize length = 0;
  g_autoptr (CmsVerifier) verifier = cms_verifier_new (anchors, &error);
  g_assert_no_error (error);

  g_autofree char *content = cms_verify (verifier, pem, &length, &error);
  if (content != NULL) {
    g_assert_no_error (error);
    g_assert_cmpuint (strlen (content), ==, length);
    return -1;
  }
  g_assert_true (error->domain == CMS_ERROR);
  g_test_message ("%s", error->message);
  return error->code;
}

#define DOCUMENT "{\"DeploymentId\":\"d-ABCDEFGHI\"}\r\n{\n}"

static void
test_round_trip (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *pem = signed_by ("codeSigning", -60, 3600, DOCUMENT);
  g_autoptr (CmsVerifier) verifier = cms_verifier_new (fixture.ca_pem, &error);
  gsize length = 0;

  g_assert_true (g_str_has_prefix (pem, "-----BEGIN PKCS7-----\n"));
  g_assert_true (g_str_has_suffix (pem, "-----END PKCS7-----\n"));
  g_autofree char *content = cms_verify (verifier, pem, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (content, length, DOCUMENT, strlen (DOCUMENT));
  g_assert_cmpint (verdict (NULL, pem), ==, -1);
}

static void
test_warm_up (void)
{
  g_assert_true (cms_warm_up ());
  g_assert_cmpuint (ERR_peek_error (), ==, 0);
  test_round_trip ();
}

/* What the official agent does: PKCS7_verify with no chain check must give the content. */
static void
test_reads_as_pkcs7 (void)
{
  g_autofree char *pem = signed_by ("codeSigning", -60, 3600, DOCUMENT);
  BIO *in = BIO_new_mem_buf (pem, -1);
  BIO *out = BIO_new (BIO_s_mem ());
  PKCS7 *p7 = PEM_read_bio_PKCS7 (in, NULL, NULL, NULL);

  g_assert_nonnull (p7);
  g_assert_cmpint (PKCS7_verify (p7, NULL, NULL, NULL, out, PKCS7_NOVERIFY), ==, 1);
  g_autofree char *content = bio_text (out);
  g_assert_cmpstr (content, ==, DOCUMENT);
  PKCS7_free (p7);
  BIO_free (in);
}

/* Every byte of the message, turned over one at a time, in steps: never the content of a forged message. */
static void
test_tampering (void)
{
  g_autofree char *pem = signed_by ("codeSigning", -60, 3600, DOCUMENT);
  g_autoptr (GError) none = NULL;
  g_autoptr (CmsVerifier) verifier = cms_verifier_new (fixture.ca_pem, &none);
  char *name = NULL;
  char *header = NULL;
  unsigned char *der = NULL;
  long size = 0;
  BIO *in = BIO_new_mem_buf (pem, -1);
  guint refused = 0;

  g_assert_cmpint (PEM_read_bio (in, &name, &header, &der, &size), ==, 1);
  BIO_free (in);
  for (long i = 0; i < size; i += 3) {
    g_autoptr (GError) error = NULL;
    BIO *out = BIO_new (BIO_s_mem ());
    der[i] ^= 0x10;
    PEM_write_bio (out, "PKCS7", "", der, size);
    der[i] ^= 0x10;
    g_autofree char *forged = bio_text (out);
    gsize length = 0;
    g_autofree char *content = cms_verify (verifier, forged, &length, &error);
    refused += content == NULL;
    if (content != NULL)
      g_assert_cmpmem (content, length, DOCUMENT, strlen (DOCUMENT));
    else
      g_assert_true (error->domain == CMS_ERROR);
  }
  /* A few bytes carry nothing that is signed: parameters, unused certificate fields. */
  g_assert_cmpuint (refused, >, (guint)(size / 3) * 9 / 10);

  OPENSSL_free (name);
  OPENSSL_free (header);
  OPENSSL_free (der);
}

static void
test_other_content (void)
{
  g_autofree char *pem = signed_by ("codeSigning", -60, 3600, "AAAAAAAAAAAAAAAAAAAAAAAA");
  BIO *in = BIO_new_mem_buf (pem, -1);
  char *name = NULL;
  char *header = NULL;
  unsigned char *der = NULL;
  long size = 0;
  PEM_read_bio (in, &name, &header, &der, &size);
  BIO_free (in);
  unsigned char *place = memmem (der, (gsize)size, "AAAAAAAA", 8);
  g_assert_nonnull (place);
  *place = 'B';
  BIO *out = BIO_new (BIO_s_mem ());
  PEM_write_bio (out, "PKCS7", "", der, size);
  g_autofree char *forged = bio_text (out);

  g_assert_cmpint (verdict (NULL, forged), ==, CMS_ERROR_SIGNATURE);
  OPENSSL_free (name);
  OPENSSL_free (header);
  OPENSSL_free (der);
}

static void
test_signer (void)
{
  const struct {
    const char *usage;
    long from_s, to_s;
    int verdict;
  } rows[] = {
    { "codeSigning", -60, 3600, -1 },
    { "serverAuth,codeSigning", -60, 3600, -1 },
    { "serverAuth", -60, 3600, CMS_ERROR_SIGNER },
    { "clientAuth", -60, 3600, CMS_ERROR_SIGNER },
    { "emailProtection", -60, 3600, CMS_ERROR_SIGNER },
    { "anyExtendedKeyUsage", -60, 3600, CMS_ERROR_SIGNER },
    { NULL, -60, 3600, CMS_ERROR_SIGNER },
    { "codeSigning", -3600, -60, CMS_ERROR_SIGNER },
    { "codeSigning", 600, 3600, CMS_ERROR_SIGNER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *pem = signed_by (rows[i].usage, rows[i].from_s, rows[i].to_s, DOCUMENT);
    g_assert_cmpint (verdict (fixture.ca_pem, pem), ==, rows[i].verdict);
    g_assert_cmpint (verdict (NULL, pem), ==, -1);
  }
}

static void
test_wrong_chain (void)
{
  g_autofree char *pem = signed_by ("codeSigning", -60, 3600, DOCUMENT);
  EVP_PKEY *key = EVP_RSA_gen (2048);
  X509 *other = make_certificate (key, "test CA", NULL, key, "critical,CA:TRUE", NULL, -3600, 3600);
  g_autofree char *other_pem = certificate_pem (other);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (verdict (other_pem, pem), ==, CMS_ERROR_SIGNER);

  /* self-signed with the right usage, and a chain through a certificate that is not a CA */
  X509 *self = make_certificate (fixture.key, "signer", NULL, fixture.key, "CA:FALSE",
                                 "codeSigning", -60, 3600);
  X509 *leaf = make_certificate (key, "leaf", fixture.ca, fixture.ca_key, "CA:FALSE", "serverAuth",
                                 -60, 3600);
  X509 *below =
      make_certificate (fixture.key, "signer", leaf, key, "CA:FALSE", "codeSigning", -60, 3600);
  g_autofree char *self_pem = certificate_pem (self);
  g_autofree char *leaf_pem = certificate_pem (leaf);
  g_autofree char *below_pem = certificate_pem (below);
  g_autofree char *chain_pem = g_strconcat (below_pem, leaf_pem, NULL);
  const char *const certificates[] = { self_pem, chain_pem };
  for (guint i = 0; i < G_N_ELEMENTS (certificates); i++) {
    g_autoptr (CmsSigner) signer = cms_signer_new (certificates[i], fixture.key_pem, &error);
    g_assert_no_error (error);
    g_autofree char *message = cms_sign (signer, DOCUMENT, strlen (DOCUMENT), &error);
    g_assert_no_error (error);
    g_assert_cmpint (verdict (fixture.ca_pem, message), ==, CMS_ERROR_SIGNER);
  }
  X509_free (self);
  X509_free (leaf);
  X509_free (below);
  X509_free (other);
  EVP_PKEY_free (key);
}

/* Messages that OpenSSL would take and we do not. */
static char *
message_with (unsigned flags, const EVP_MD *digest, const char *label, gboolean with_signer)
{
  X509 *certificate = make_certificate (fixture.key, "signer", fixture.ca, fixture.ca_key,
                                        "CA:FALSE", "codeSigning", -60, 3600);
  BIO *in = BIO_new_mem_buf (DOCUMENT, -1);
  BIO *out = BIO_new (BIO_s_mem ());
  CMS_ContentInfo *cms = NULL;

  if (with_signer) {
    cms = CMS_sign (NULL, NULL, NULL, in, flags | CMS_BINARY | CMS_PARTIAL);
    g_assert_nonnull (CMS_add1_signer (cms, certificate, fixture.key, digest, flags | CMS_BINARY));
    g_assert_cmpint (CMS_final (cms, in, NULL, flags | CMS_BINARY), ==, 1);
  } else {
    cms = CMS_data_create (in, CMS_BINARY);
  }
  PEM_ASN1_write_bio ((i2d_of_void *)i2d_CMS_ContentInfo, label, out, cms, NULL, NULL, 0, NULL,
                      NULL);
  CMS_ContentInfo_free (cms);
  X509_free (certificate);
  BIO_free (in);
  return bio_text (out);
}

static void
test_other_messages (void)
{
  const struct {
    unsigned flags;
    const EVP_MD *digest;
    const char *label;
    gboolean with_signer;
    int verdict;
  } rows[] = {
    { 0, EVP_sha256 (), "PKCS7", TRUE, -1 },
    { CMS_NOATTR, EVP_sha512 (), "PKCS7", TRUE, -1 },
    { CMS_DETACHED, EVP_sha256 (), "PKCS7", TRUE, CMS_ERROR_MALFORMED },
    { CMS_NOCERTS, EVP_sha256 (), "PKCS7", TRUE, CMS_ERROR_MALFORMED },
    { 0, EVP_sha1 (), "PKCS7", TRUE, CMS_ERROR_SIGNATURE },
    { 0, EVP_md5 (), "PKCS7", TRUE, CMS_ERROR_SIGNATURE },
    { 0, EVP_sha256 (), "CMS", TRUE, CMS_ERROR_MALFORMED },
    { 0, EVP_sha256 (), "PKCS7", FALSE, CMS_ERROR_MALFORMED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *pem =
        message_with (rows[i].flags, rows[i].digest, rows[i].label, rows[i].with_signer);
    g_assert_cmpint (verdict (NULL, pem), ==, rows[i].verdict);
    g_assert_cmpint (verdict (fixture.ca_pem, pem), ==, rows[i].verdict);
  }
}

static void
test_garbage (void)
{
  g_autofree char *huge = g_strnfill (CMS_MAX_MESSAGE_BYTES + 1, 'A');
  g_autofree char *good = signed_by ("codeSigning", -60, 3600, DOCUMENT);
  g_autofree char *half = g_strndup (good, strlen (good) / 2);
  g_autofree char *large = g_strnfill (CMS_MAX_MESSAGE_BYTES, 'x');
  const char *const rows[] = {
    "",
    "{}",
    huge,
    half,
    fixture.ca_pem,
    fixture.key_pem,
    "-----BEGIN PKCS7-----\n-----END PKCS7-----\n",
    "-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n",
    "-----BEGIN PKCS7-----\n!!!!\n-----END PKCS7-----\n",
    /* enveloped data instead of signed data: just the type and an empty sequence */
    "-----BEGIN PKCS7-----\nMA8GCSqGSIb3DQEHA6ACMAA=\n-----END PKCS7-----\n",
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (verdict (NULL, rows[i]), ==, CMS_ERROR_MALFORMED);

  g_autoptr (GError) error = NULL;
  g_autoptr (CmsSigner) signer = make_signer ("codeSigning", -60, 3600);
  g_assert_null (cms_sign (signer, large, CMS_MAX_MESSAGE_BYTES, &error));
  g_assert_error (error, CMS_ERROR, CMS_ERROR_MALFORMED);
}

static void
test_bad_keys (void)
{
  const struct {
    const char *certificate;
    const char *key;
  } rows[] = { { "", fixture.key_pem },
               { fixture.key_pem, fixture.key_pem },
               { fixture.ca_pem, "" },
               { fixture.ca_pem, fixture.key_pem } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (cms_signer_new (rows[i].certificate, rows[i].key, &error));
    g_assert_error (error, CMS_ERROR, CMS_ERROR_KEY);
  }
  g_autoptr (GError) error = NULL;
  g_assert_null (cms_verifier_new ("no certificate", &error));
  g_assert_error (error, CMS_ERROR, CMS_ERROR_KEY);
  g_clear_error (&error);
  g_assert_null (cms_verifier_new_from_file ("/nowhere/ca.pem", &error));
  g_assert_nonnull (strstr (error->message, "/nowhere/ca.pem"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  set_up (&fixture);
  g_test_add_func ("/cms/what-is-signed-verifies", test_round_trip);
  g_test_add_func ("/cms/verifies-after-warming-up", test_warm_up);
  g_test_add_func ("/cms/official-agents-can-read-it", test_reads_as_pkcs7);
  g_test_add_func ("/cms/no-changed-byte-changes-the-content", test_tampering);
  g_test_add_func ("/cms/other-content-is-refused", test_other_content);
  g_test_add_func ("/cms/signer-needs-the-purpose-and-to-be-valid", test_signer);
  g_test_add_func ("/cms/other-chains-are-refused", test_wrong_chain);
  g_test_add_func ("/cms/detached-certless-weak-and-mislabelled-are-refused", test_other_messages);
  g_test_add_func ("/cms/garbage-and-huge-are-refused", test_garbage);
  g_test_add_func ("/cms/bad-keys-and-anchors-are-refused", test_bad_keys);
  int result = g_test_run ();
  tear_down (&fixture);
  return result;
}
