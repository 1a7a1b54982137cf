/* A signed specification as an agent receives it, verified for its integrity alone (no trust anchor). */
#include "proto/cms.h"
#include "fuzz/fuzz-target.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CmsVerifier) verifier = cms_verifier_new (NULL, &error);
  g_autofree char *pem = g_strndup ((const char *)data, size);
  g_autofree char *content = NULL;
  gsize n = 0;

  g_assert_no_error (error);
  content = cms_verify (verifier, pem == NULL ? "" : pem, &n, &error);
  FUZZ_CHECK (content != NULL, error);
  return 0;
}
