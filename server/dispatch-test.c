#include "server/dispatch.h"

typedef struct {
  const char *authorization;
  const char *service; /* NULL: it does not say */
} Row;

static const Row rows[] = {
  { "AWS4-HMAC-SHA256 Credential=AKIA/20261123/us-east-1/codedeploy/aws4_request, SignedHeaders=a",
    "codedeploy" },
  { "AWS4-HMAC-SHA256 SignedHeaders=a,Credential=AKIA/20261123/us-east-1/s3/aws4_request", "s3" },
  { "AWS4-HMAC-SHA256 Credential=AKIA/20261123/us-east-1/s3", NULL },
  { "AWS4-HMAC-SHA256 Credential=AKIA/20261123/us-east-1//aws4_request", NULL },
  { "AWS4-HMAC-SHA256 Credential=AKIA/2026, x/us-east-1/s3/aws4_request", NULL },
  { "AWS4-HMAC-SHA256 Credential=", NULL },
  { "Basic abc", NULL },
  { "", NULL },
  { NULL, NULL },
  { "Credential=a/b/c/0123456789012345678901234567890123456789012345678901234567890123456789/x",
    NULL },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  char buffer[64];
  g_assert_cmpstr (dispatch_signed_service (row->authorization, buffer, sizeof buffer), ==,
                   row->service);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *path = g_strdup_printf ("/dispatch/signed-service/%zu", i);
    g_test_add_data_func (path, &rows[i], test_row);
  }
  return g_test_run ();
}
