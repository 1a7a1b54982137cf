/* A policy document of unknown origin, read as each kind; what is read has to be decidable. */
#include "proto/policy-document.h"
#include "fuzz/fuzz-target.h"

static void
decide (const Policy *policy, Arena *arena)
{
  static const char *const resources[] = {
    "arn:aws:s3:::bucket/a/b", "arn:aws:codedeploy:eu-west-3:123456789012:application:x"
  };
  PolicyContext *context = policy_context_new (arena);
  policy_context_add (context, "aws:SourceIp", "192.0.2.1");
  policy_context_add (context, "aws:username", "ann");
  policy_context_add (context, "aws:CurrentTime", "2026-01-01T00:00:00Z");
  policy_context_add (context, "aws:TagKeys", "a");
  policy_context_add (context, "aws:TagKeys", "b");
  const PolicyRequest request = {
    .action = "s3:GetObject",
    .n_resources = G_N_ELEMENTS (resources),
    .resources = resources,
    .caller = { "arn:aws:iam::123456789012:user/ann", NULL, "123456789012", NULL },
    .context = context,
  };
  PolicyDecision decision = policy_evaluate (&policy, 1, &request);
  const PolicySources sources = { .identity = { 1, &policy } };
  PolicyVerdict verdict = policy_decide (&sources, &request);
  g_assert_true (verdict.explicit_deny == (decision == POLICY_DENIED));
  g_assert_false (verdict.allowed && verdict.explicit_deny);
  (void)policy_mentions (&policy, 1, "aws:ResourceTag/");
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  for (int kind = POLICY_DOCUMENT_IDENTITY; kind <= POLICY_DOCUMENT_RESOURCE; kind++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    const Policy *policy =
        policy_document_parse ((const char *)data, size, (PolicyDocumentKind)kind,
                               POLICY_DOCUMENT_BUCKET_MAX, arena, &error);

    FUZZ_CHECK (policy != NULL, error);
    if (policy != NULL)
      decide (policy, arena);
  }
  return 0;
}
