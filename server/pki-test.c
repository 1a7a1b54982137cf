#include "server/pki.h"

#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/cms.h"
#include "server/files.h"
#include "server/spec-signer.h"

static const char *const names[] = { "localhost", "127.0.0.1", "::1", "*.example.com", NULL };

static X509 *
certificate_of (const char *pem)
{
  BIO *bio = BIO_new_mem_buf (pem, -1);
  X509 *certificate = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
  BIO_free (bio);
  g_assert_nonnull (certificate);
  return certificate;
}

static gboolean
chains (const char *leaf_pem, const char *ca_pem, int purpose)
{
  X509 *leaf = certificate_of (leaf_pem);
  X509 *ca = certificate_of (ca_pem);
  X509_STORE *store = X509_STORE_new ();
  X509_STORE_add_cert (store, ca);
  X509_STORE_set_flags (store, X509_V_FLAG_X509_STRICT);
  X509_STORE_CTX *ctx = X509_STORE_CTX_new ();
  X509_STORE_CTX_init (ctx, store, leaf, NULL);
  X509_STORE_CTX_set_purpose (ctx, purpose);
  gboolean ok = X509_verify_cert (ctx) == 1;
  X509_STORE_CTX_free (ctx);
  X509_STORE_free (store);
  X509_free (leaf);
  X509_free (ca);
  return ok;
}

static void
test_server (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Pki) pki = pki_make (names, ambient_system (), &error);
  g_assert_no_error (error);
  g_assert_true (chains (pki->server_cert_pem, pki->ca_cert_pem, X509_PURPOSE_SSL_SERVER));

  X509 *server = certificate_of (pki->server_cert_pem);
  g_assert_cmpint (X509_check_host (server, "localhost", 0, 0, NULL), ==, 1);
  g_assert_cmpint (X509_check_host (server, "bucket.example.com", 0, 0, NULL), ==, 1);
  g_assert_cmpint (X509_check_host (server, "example.org", 0, 0, NULL), ==, 0);
  g_assert_cmpint (X509_check_ip_asc (server, "127.0.0.1", 0), ==, 1);
  g_assert_cmpint (X509_check_ip_asc (server, "::1", 0), ==, 1);
  g_assert_cmpint (X509_check_ip_asc (server, "10.0.0.1", 0), ==, 0);
  X509_free (server);
}

static void
test_other_ca (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Pki) one = pki_make (names, ambient_system (), &error);
  g_autoptr (Pki) two = pki_make (names, ambient_system (), &error);
  g_assert_no_error (error);
  g_assert_false (chains (one->server_cert_pem, two->ca_cert_pem, X509_PURPOSE_SSL_SERVER));
}

static void
test_bad_names (void)
{
  static const char *const bad[] = { "",      "a b", "a,DNS:evil", "-a", "a-.b", "a..b",
                                     "*.*.b", "a/b", "300.1.1.x/", ".a", "*",    "a\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    const char *const list[] = { "localhost", bad[i], NULL };
    g_assert_null (pki_make (list, ambient_system (), &error));
    g_assert_error (error, PKI_ERROR, PKI_ERROR_NAME);
  }
}

/* A signer whose files were missing makes them; the signature verifies against the CA and nothing else. */
static void
test_signer (void)
{
  static const char document[] = "{\"a\":1}";
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("slipway-pki-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *ca = g_build_filename (dir, "ca.pem", NULL);
  g_autofree char *ca_key = g_build_filename (dir, "ca.key", NULL);
  g_autofree char *signer_key = g_build_filename (dir, "signer.key", NULL);
  g_autofree char *signer_pem = g_build_filename (dir, "signer.pem", NULL);
  g_autoptr (Pki) pki = pki_make (names, ambient_system (), &error);
  g_autoptr (Pki) other = pki_make (names, ambient_system (), &error);
  g_assert_true (files_write (ca, pki->ca_cert_pem, -1, 0644, &error));
  g_assert_true (files_write (ca_key, pki->ca_key_pem, -1, 0600, &error));

  for (int start = 0; start < 2; start++) {
    g_autoptr (SpecSigner) signer = spec_signer_open (dir, ambient_system (), NULL, &error);
    g_assert_no_error (error);
    g_autofree char *pem = spec_signer_sign (signer, document, strlen (document), &error);
    g_assert_no_error (error);
    g_assert_true (g_str_has_prefix (pem, "-----BEGIN PKCS7-----"));

    gsize length = 0;
    g_autoptr (CmsVerifier) verifier = cms_verifier_new (pki->ca_cert_pem, &error);
    g_autofree char *content = cms_verify (verifier, pem, &length, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (content, ==, document);

    g_autoptr (CmsVerifier) stranger = cms_verifier_new (other->ca_cert_pem, &error);
    g_autoptr (GError) refusal = NULL;
    g_assert_null (cms_verify (stranger, pem, &length, &refusal));
    g_assert_error (refusal, CMS_ERROR, CMS_ERROR_SIGNER);
  }
  struct stat status;
  g_assert_cmpint (g_stat (signer_key, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);

  /* A key that is not one is an error and not replaced. */
  g_assert_true (files_write (signer_key, "x", -1, 0600, &error));
  g_assert_null (spec_signer_open (dir, ambient_system (), NULL, &error));
  g_assert_error (error, SPEC_SIGNER_ERROR, SPEC_SIGNER_ERROR_KEY);
  g_unlink (ca);
  g_unlink (ca_key);
  g_unlink (signer_key);
  g_unlink (signer_pem);
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pki/the-server-has-its-names", test_server);
  g_test_add_func ("/pki/another-ca-is-not-trusted", test_other_ca);
  g_test_add_func ("/pki/bad-names-are-refused", test_bad_names);
  g_test_add_func ("/pki/a-missing-signer-is-made-once", test_signer);
  return g_test_run ();
}
