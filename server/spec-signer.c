#include "server/spec-signer.h"

#include <string.h>

#include "proto/cms.h"
#include "server/files.h"
#include "server/pki.h"

G_DEFINE_QUARK (slipway_spec_signer_error, spec_signer_error)

#define MAX_PEM_BYTES (64 * 1024)

struct SpecSigner {
  GMutex lock;
  GCond made;
  gboolean is_making;
  CmsSigner *cms; /* constant once it is there */
  GError *error;  /* instead of it */

  GThread *maker; /* NULL: read from files */
  char *pki_dir;
  const Ambient *ambient;
  const Log *log;
};

static SpecSigner *
signer_alloc (void)
{
  SpecSigner *signer = g_new0 (SpecSigner, 1);
  g_mutex_init (&signer->lock);
  g_cond_init (&signer->made);
  return signer;
}

static CmsSigner *
use (const char *certificate_pem, const char *key_pem, GError **error)
{
  g_autoptr (GError) problem = NULL;
  CmsSigner *cms = cms_signer_new (certificate_pem, key_pem, &problem);
  if (cms == NULL)
    g_set_error (error, SPEC_SIGNER_ERROR, SPEC_SIGNER_ERROR_KEY,
                 "cannot use the key that signs specifications: %s", problem->message);
  return cms;
}

SpecSigner *
spec_signer_new (const char *certificate_pem, const char *key_pem, GError **error)
{
  CmsSigner *cms = use (certificate_pem, key_pem, error);
  if (cms == NULL)
    return NULL;
  SpecSigner *signer = signer_alloc ();
  signer->cms = cms;
  return signer;
}

/* ---- files ---- */

static char *
pki_path (const SpecSigner *signer, const char *name)
{
  return g_build_filename (signer->pki_dir, name, NULL);
}

static gboolean
read_pem (const SpecSigner *signer, const char *name, char **out, GError **error)
{
  g_autofree char *path = pki_path (signer, name);
  g_autoptr (GError) problem = NULL;
  if (files_read (path, MAX_PEM_BYTES, out, NULL, &problem))
    return TRUE;
  g_set_error_literal (error, SPEC_SIGNER_ERROR, SPEC_SIGNER_ERROR_FILE, problem->message);
  return FALSE;
}

static gboolean
write_pem (const SpecSigner *signer, const char *name, const char *text, int mode, GError **error)
{
  g_autofree char *path = pki_path (signer, name);
  return files_write (path, text, -1, mode, error);
}

static void
wipe (char *text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

static CmsSigner *
read_signer (SpecSigner *signer, GError **error)
{
  g_autofree char *certificate = NULL;
  char *key = NULL;
  CmsSigner *cms = NULL;
  if (read_pem (signer, "signer.pem", &certificate, error) &&
      read_pem (signer, "signer.key", &key, error))
    cms = use (certificate, key, error);
  wipe (key);
  return cms;
}

/* The key is written last: its presence says that both are there. */
static CmsSigner *
make_signer (SpecSigner *signer, GError **error)
{
  g_autofree char *ca = NULL;
  char *ca_key = NULL;
  g_autofree char *certificate = NULL;
  char *key = NULL;
  CmsSigner *cms = NULL;
  if (read_pem (signer, "ca.pem", &ca, error) && read_pem (signer, "ca.key", &ca_key, error) &&
      pki_issue_signer (ca, ca_key, signer->ambient, &certificate, &key, error) &&
      write_pem (signer, "signer.pem", certificate, 0644, error) &&
      write_pem (signer, "signer.key", key, 0600, error))
    cms = use (certificate, key, error);
  wipe (ca_key);
  wipe (key);
  return cms;
}

static gpointer
maker_thread (gpointer data)
{
  SpecSigner *signer = data;
  gint64 begin_us = g_get_monotonic_time ();
  GError *error = NULL;
  CmsSigner *cms = make_signer (signer, &error);
  if (cms == NULL)
    log_failure (signer->log, "signer-key-failed", log_error_field (error));
  else
    log_info (signer->log, "signer-key-made",
              log_number ("ms", (g_get_monotonic_time () - begin_us) / 1000));
  g_mutex_lock (&signer->lock);
  signer->cms = cms;
  signer->error = error;
  signer->is_making = FALSE;
  g_cond_broadcast (&signer->made);
  g_mutex_unlock (&signer->lock);
  return NULL;
}

SpecSigner *
spec_signer_open (const char *pki_dir, const Ambient *ambient, const Log *log, GError **error)
{
  g_autoptr (SpecSigner) signer = signer_alloc ();
  signer->pki_dir = g_strdup (pki_dir);
  signer->ambient = ambient;
  signer->log = log;
  g_autofree char *key_path = pki_path (signer, "signer.key");
  if (!g_file_test (key_path, G_FILE_TEST_EXISTS)) {
    signer->is_making = TRUE;
    signer->maker = g_thread_new ("signer-key", maker_thread, signer);
    return g_steal_pointer (&signer);
  }
  signer->cms = read_signer (signer, error);
  return signer->cms == NULL ? NULL : g_steal_pointer (&signer);
}

void
spec_signer_free (SpecSigner *signer)
{
  if (signer == NULL)
    return;
  if (signer->maker != NULL)
    g_thread_join (signer->maker);
  cms_signer_free (signer->cms);
  g_clear_error (&signer->error);
  g_cond_clear (&signer->made);
  g_mutex_clear (&signer->lock);
  g_free (signer->pki_dir);
  g_free (signer);
}

char *
spec_signer_sign (SpecSigner *signer, gconstpointer document, gsize length, GError **error)
{
  g_mutex_lock (&signer->lock);
  while (signer->is_making)
    g_cond_wait (&signer->made, &signer->lock);
  CmsSigner *cms = signer->cms;
  g_mutex_unlock (&signer->lock);
  if (cms == NULL) {
    g_set_error (error, SPEC_SIGNER_ERROR, SPEC_SIGNER_ERROR_KEY,
                 "there is no key to sign specifications with: %s", signer->error->message);
    return NULL;
  }
  return cms_sign (cms, document, length, error);
}
