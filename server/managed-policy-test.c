#include "server/managed-policy.h"

#include <string.h>

#include "proto/policy-document.h"

static const ArnScope scope = { "aws", "eu-west-3", "123456789012" };

static void
every_document_can_be_read (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *before = "";
  for (gsize i = 0; managed_policy_row (i) != NULL; i++) {
    const ManagedPolicy *row = managed_policy_row (i);
    g_autoptr (GError) error = NULL;
    g_assert_cmpint (strcmp (before, row->name), <, 0);
    g_assert_nonnull (policy_document_parse (row->document, strlen (row->document),
                                             POLICY_DOCUMENT_IDENTITY, POLICY_DOCUMENT_MANAGED_MAX,
                                             arena, &error));
    g_assert_no_error (error);
    g_assert_true (managed_policy_by_arn (managed_policy_arn (row, &scope, arena)) == row);
    before = row->name;
  }
}

static void
arns_are_awss (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const ManagedPolicy *role =
      managed_policy_by_arn ("arn:aws:iam::aws:policy/service-role/AWSCodeDeployRole");
  g_assert_nonnull (role);
  g_assert_cmpstr (role->name, ==, "AWSCodeDeployRole");
  g_assert_true (
      managed_policy_by_arn ("arn:aws-cn:iam::aws:policy/service-role/AWSCodeDeployRole") == role);
  g_assert_null (managed_policy_by_arn ("arn:aws:iam::aws:policy/AWSCodeDeployRole"));
  g_assert_null (managed_policy_by_arn ("arn:aws:iam::123456789012:policy/AdministratorAccess"));
  g_assert_null (managed_policy_by_arn ("AdministratorAccess"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/managed-policy/every-document-can-be-read", every_document_can_be_read);
  g_test_add_func ("/managed-policy/arns-are-awss", arns_are_awss);
  return g_test_run ();
}
