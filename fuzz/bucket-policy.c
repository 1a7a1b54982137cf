/* A bucket's policy. One that is accepted gives nothing to who is not of the account, and nothing outside of the bucket. */
#include "server/objects/bucket-policy.h"
#include "fuzz/fuzz-target.h"
#include "server/objects/s3-error.h"

static gboolean
is_allowed (const Policy *policy, const char *arn, const char *account_id, const char *resource,
            const PolicyContext *context)
{
  const PolicyRequest request = { .action = "s3:GetObject",
                                  .n_resources = 1,
                                  .resources = &resource,
                                  .caller = { .arn = arn, .account_id = account_id },
                                  .context = context };
  PolicyDecision decision = policy_evaluate (&policy, 1, &request);
  return decision == POLICY_ALLOWED || decision == POLICY_DELEGATED;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const ArnScope scope = { .partition = "aws",
                                  .region = "us-east-1",
                                  .account_id = "123456789012" };
  static const char stranger[] = "arn:aws:iam::210987654321:user/eve";
  static const char friend[] = "arn:aws:iam::123456789012:user/ann";
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const Policy *policy =
      bucket_policy_parse ((const char *)data, size, &scope, "bucket", arena, &error);

  FUZZ_CHECK (policy != NULL, error);
  if (policy == NULL) {
    g_assert (error->domain == S3_ERROR);
    return 0;
  }
  PolicyContext *context = policy_context_new (arena);
  policy_context_add (context, "aws:PrincipalAccount", "210987654321");
  policy_context_add (context, "aws:PrincipalArn", stranger);
  g_assert (!is_allowed (policy, stranger, "210987654321", "arn:aws:s3:::bucket/k", context));
  g_assert (!is_allowed (policy, NULL, NULL, "arn:aws:s3:::bucket/k", NULL));
  g_assert (!is_allowed (policy, friend, "123456789012", "arn:aws:s3:::other/k", NULL));
  return 0;
}
