/* A shared credentials or config file. An error must not quote the line: it may hold a secret. */
#include "proto/aws-ini.h"
#include "fuzz/fuzz-target.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AwsIni) ini = aws_ini_parse ((const char *)data, size, &error);

  FUZZ_CHECK (ini != NULL, error);
  if (ini != NULL) {
    const char *value = aws_ini_get (ini, "default", "aws_secret_access_key");

    g_assert (value == NULL || value[0] != '\0');
  }
  return 0;
}
