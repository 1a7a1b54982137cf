#include "server/pki.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

G_DEFINE_QUARK (slipway_pki_error, pki_error)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GENERAL_NAMES, GENERAL_NAMES_free)

#define VALID_DAYS      3650
#define BACKDATE_S      3600 /* for clients whose clock is a little behind */
#define SERIAL_BYTES    16
#define SIGNER_RSA_BITS 2048

typedef struct {
  EVP_PKEY *key;
  X509 *certificate;
} Issuer;

static gboolean
fail (GError **error, const char *what)
{
  char text[256] = "no reason given";
  unsigned long code = ERR_get_error ();
  if (code != 0)
    ERR_error_string_n (code, text, sizeof text);
  ERR_clear_error ();
  g_set_error (error, PKI_ERROR, PKI_ERROR_CRYPTO, "cannot %s: %s", what, text);
  return FALSE;
}

/* ---- names of the server ---- */

static gboolean
is_host_name (const char *name)
{
  gsize length = strlen (name);
  if (g_str_has_prefix (name, "*."))
    name += 2;
  if (length == 0 || length > 253 || *name == '\0')
    return FALSE;
  for (const char *p = name; *p != '\0'; p++) {
    gboolean edge = p == name || p[-1] == '.' || p[1] == '.' || p[1] == '\0';
    if (!g_ascii_isalnum (*p) &&
        (edge ? *p != '.' || p == name || p[-1] == '.' : *p != '-' && *p != '_' && *p != '.'))
      return FALSE;
  }
  return TRUE;
}

static gboolean
push_name (GENERAL_NAMES *names, const char *text, GError **error)
{
  GENERAL_NAME *name = GENERAL_NAME_new ();
  ASN1_OCTET_STRING *address = a2i_IPADDRESS (text);
  ERR_clear_error (); /* not an address is not a failure */
  if (address != NULL) {
    GENERAL_NAME_set0_value (name, GEN_IPADD, address);
  } else if (is_host_name (text)) {
    ASN1_IA5STRING *dns = ASN1_IA5STRING_new ();
    ASN1_STRING_set (dns, text, -1);
    GENERAL_NAME_set0_value (name, GEN_DNS, dns);
  } else {
    GENERAL_NAME_free (name);
    g_set_error (error, PKI_ERROR, PKI_ERROR_NAME, "\"%.100s\" is not a host name or an address",
                 text);
    return FALSE;
  }
  sk_GENERAL_NAME_push (names, name);
  return TRUE;
}

static gboolean
add_names (X509 *certificate, const char *const *texts, GError **error)
{
  g_autoptr (GENERAL_NAMES) names = GENERAL_NAMES_new ();
  for (; *texts != NULL; texts++)
    if (!push_name (names, *texts, error))
      return FALSE;
  if (X509_add1_ext_i2d (certificate, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND) != 1)
    return fail (error, "name the server in its certificate");
  return TRUE;
}

/* ---- certificates ---- */

/* value: constants of this file only; it is a small language. */
static gboolean
add_extension (X509 *certificate, X509 *issuer, int nid, const char *value)
{
  X509V3_CTX ctx;
  X509V3_set_ctx_nodb (&ctx);
  X509V3_set_ctx (&ctx, issuer, certificate, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, &ctx, nid, value);
  gboolean ok = extension != NULL && X509_add_ext (certificate, extension, -1) == 1;
  X509_EXTENSION_free (extension);
  return ok;
}

static gboolean
set_serial (X509 *certificate, const Ambient *ambient)
{
  guint8 bytes[SERIAL_BYTES];
  ambient_random (ambient, bytes, sizeof bytes);
  bytes[0] = (bytes[0] & 0x7f) | 0x40; /* positive, and always of the same length */
  BIGNUM *number = BN_bin2bn (bytes, sizeof bytes, NULL);
  gboolean ok =
      number != NULL && BN_to_ASN1_INTEGER (number, X509_get_serialNumber (certificate)) != NULL;
  BN_free (number);
  return ok;
}

/* Everything but the extensions and the signature. issuer NULL: its own. */
static X509 *
new_certificate (EVP_PKEY *key, const char *common_name, X509 *issuer, const Ambient *ambient)
{
  g_autoptr (X509) certificate = X509_new ();
  X509_NAME *subject = X509_get_subject_name (certificate);
  time_t now = (time_t)(ambient_now_ms (ambient) / 1000);
  if (X509_set_version (certificate, X509_VERSION_3) != 1 || !set_serial (certificate, ambient) ||
      X509_time_adj_ex (X509_getm_notBefore (certificate), 0, -BACKDATE_S, &now) == NULL ||
      X509_time_adj_ex (X509_getm_notAfter (certificate), VALID_DAYS, 0, &now) == NULL ||
      X509_NAME_add_entry_by_txt (subject, "O", MBSTRING_UTF8, (const guint8 *)"Slipway", -1, -1,
                                  0) != 1 ||
      X509_NAME_add_entry_by_txt (subject, "CN", MBSTRING_UTF8, (const guint8 *)common_name, -1, -1,
                                  0) != 1 ||
      X509_set_issuer_name (certificate,
                            issuer == NULL ? subject : X509_get_subject_name (issuer)) != 1 ||
      X509_set_pubkey (certificate, key) != 1)
    return NULL;
  return g_steal_pointer (&certificate);
}

static X509 *
make_ca (EVP_PKEY *key, const Ambient *ambient)
{
  /* Each installation's CA has a name of its own, so that two of them in one trust store are told apart. */
  guint8 random[4];
  ambient_random (ambient, random, sizeof random);
  char name[32];
  g_snprintf (name, sizeof name, "Slipway CA %02x%02x%02x%02x", random[0], random[1], random[2],
              random[3]);
  g_autoptr (X509) ca = new_certificate (key, name, NULL, ambient);
  if (ca == NULL || !add_extension (ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !add_extension (ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !add_extension (ca, ca, NID_subject_key_identifier, "hash") ||
      X509_sign (ca, key, EVP_sha256 ()) == 0)
    return NULL;
  return g_steal_pointer (&ca);
}

static X509 *
new_leaf (EVP_PKEY *key, const char *name, const char *usage, const Issuer *issuer,
          const Ambient *ambient)
{
  X509 *ca = issuer->certificate;
  g_autoptr (X509) leaf = new_certificate (key, name, ca, ambient);
  if (leaf == NULL || !add_extension (leaf, ca, NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension (leaf, ca, NID_key_usage, "critical,digitalSignature") ||
      !add_extension (leaf, ca, NID_ext_key_usage, usage) ||
      !add_extension (leaf, ca, NID_subject_key_identifier, "hash") ||
      !add_extension (leaf, ca, NID_authority_key_identifier, "keyid:always"))
    return NULL;
  return g_steal_pointer (&leaf);
}

/* ---- texts ---- */

static char *
text_of (BIO *bio)
{
  char *bytes = NULL;
  long n = BIO_get_mem_data (bio, &bytes);
  return g_strndup (bytes, (gsize)n);
}

static char *
certificate_text (X509 *certificate)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  return PEM_write_bio_X509 (bio, certificate) == 1 ? text_of (bio) : NULL;
}

static char *
key_text (EVP_PKEY *key)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_secmem ());
  return PEM_write_bio_PKCS8PrivateKey (bio, key, NULL, NULL, 0, NULL, NULL) == 1 ? text_of (bio)
                                                                                  : NULL;
}

/* ---- all of it ---- */

static gboolean
fill (Pki *pki, const Issuer *issuer, EVP_PKEY *server_key, const char *const *names,
      const Ambient *ambient, GError **error)
{
  g_autoptr (X509) server = new_leaf (server_key, "Slipway server", "serverAuth", issuer, ambient);
  if (server == NULL)
    return fail (error, "make the server's certificate");
  if (!add_names (server, names, error))
    return FALSE;
  if (X509_sign (server, issuer->key, EVP_sha256 ()) == 0)
    return fail (error, "sign the server's certificate");
  pki->ca_cert_pem = certificate_text (issuer->certificate);
  pki->ca_key_pem = key_text (issuer->key);
  pki->server_cert_pem = certificate_text (server);
  pki->server_key_pem = key_text (server_key);
  if (pki->ca_cert_pem == NULL || pki->ca_key_pem == NULL || pki->server_cert_pem == NULL ||
      pki->server_key_pem == NULL)
    return fail (error, "write keys and certificates as text");
  return TRUE;
}

Pki *
pki_make (const char *const *names, const Ambient *ambient, GError **error)
{
  g_autoptr (EVP_PKEY) ca_key = EVP_EC_gen ("P-256");
  g_autoptr (EVP_PKEY) server_key = EVP_EC_gen ("P-256");
  g_autoptr (X509) ca = ca_key == NULL ? NULL : make_ca (ca_key, ambient);
  if (server_key == NULL || ca == NULL) {
    fail (error, "make the keys of the CA and the server");
    return NULL;
  }
  Issuer issuer = { ca_key, ca };
  g_autoptr (Pki) pki = g_new0 (Pki, 1);
  if (!fill (pki, &issuer, server_key, names, ambient, error))
    return NULL;
  return g_steal_pointer (&pki);
}

gboolean
pki_issue_signer (const char *ca_cert_pem, const char *ca_key_pem, const Ambient *ambient,
                  char **out_cert_pem, char **out_key_pem, GError **error)
{
  g_autoptr (BIO) cert_bio = BIO_new_mem_buf (ca_cert_pem, -1);
  g_autoptr (BIO) key_bio = BIO_new_mem_buf (ca_key_pem, -1);
  g_autoptr (X509) ca = PEM_read_bio_X509 (cert_bio, NULL, NULL, NULL);
  g_autoptr (EVP_PKEY) ca_key = PEM_read_bio_PrivateKey (key_bio, NULL, NULL, NULL);
  if (ca == NULL || ca_key == NULL || X509_check_private_key (ca, ca_key) != 1)
    return fail (error, "read the CA's certificate and key");
  Issuer issuer = { ca_key, ca };
  g_autoptr (EVP_PKEY) key = EVP_RSA_gen (SIGNER_RSA_BITS);
  g_autoptr (X509) certificate =
      key == NULL ? NULL
                  : new_leaf (key, "Slipway deployment signer", "codeSigning", &issuer, ambient);
  if (certificate == NULL || X509_sign (certificate, ca_key, EVP_sha256 ()) == 0)
    return fail (error, "make the signer's key and certificate");
  g_autofree char *cert_pem = certificate_text (certificate);
  char *key_pem = key_text (key);
  if (cert_pem == NULL || key_pem == NULL) {
    g_free (key_pem);
    return fail (error, "write the signer's key and certificate as text");
  }
  *out_cert_pem = g_steal_pointer (&cert_pem);
  *out_key_pem = key_pem;
  return TRUE;
}

static void
wipe (char *text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

void
pki_free (Pki *pki)
{
  if (pki == NULL)
    return;
  g_free (pki->ca_cert_pem);
  g_free (pki->server_cert_pem);
  wipe (pki->ca_key_pem);
  wipe (pki->server_key_pem);
  g_free (pki);
}
