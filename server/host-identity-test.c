#include "server/host-identity.h"

static const ArnScope scope = { .partition = "aws",
                                .region = "eu-west-3",
                                .account_id = "123456789012" };

static void
test_who_is_which_host (void)
{
  static const struct {
    PrincipalKind kind;
    const char *name, *expected; /* NULL: the principal's ARN */
  } rows[] = {
    { PRINCIPAL_SESSION, "i-0123456789abcdef0",
      "arn:aws:ec2:eu-west-3:123456789012:instance/i-0123456789abcdef0" },
    { PRINCIPAL_SESSION, "i-01234567", "arn:aws:ec2:eu-west-3:123456789012:instance/i-01234567" },
    { PRINCIPAL_SESSION, "i-0123456", NULL },
    { PRINCIPAL_SESSION, "i-0123456789abcdefg", NULL },
    { PRINCIPAL_SESSION, "i-0123456789ABCDEF0", NULL },
    { PRINCIPAL_SESSION, "web-1", NULL },
    { PRINCIPAL_HOST, "i-0123456789abcdef0", NULL },
    { PRINCIPAL_USER, "i-0123456789abcdef0", NULL },
  };
  g_autoptr (Arena) arena = arena_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    const Principal principal = { .arn = "arn:p", .kind = rows[i].kind, .name = rows[i].name };
    const char *expected = rows[i].expected != NULL ? rows[i].expected : "arn:p";
    g_assert_cmpstr (host_identity_of (&principal, &scope, arena), ==, expected);
    g_assert_cmpint (host_identity_is_instance (&principal), ==, rows[i].expected != NULL);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host-identity/who-is-which-host", test_who_is_which_host);
  return g_test_run ();
}
