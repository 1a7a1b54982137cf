#include "core/revision.h"

#define HELLO_SHA256 "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

static const RevisionInput s3_tgz = {
  .revision_type = "S3",
  .s3 = { .given = TRUE, .bucket = "releases", .key = "shop/1.tgz", .bundle_type = "tgz" },
};

static Revision
accept (Arena *arena, const RevisionInput *input, ComputePlatform platform)
{
  g_autoptr (GError) error = NULL;
  Revision revision;

  g_assert_true (revision_from_input (input, platform, arena, &revision, &error));
  g_assert_no_error (error);
  return revision;
}

static void
refuse (const RevisionInput *input, ComputePlatform platform, RevisionError expected)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  Revision revision;

  g_assert_false (revision_from_input (input, platform, arena, &revision, &error));
  g_assert_error (error, REVISION_ERROR, (gint)expected);
}

static void
test_nothing_given_is_required (void)
{
  const RevisionInput nothing = { 0 };
  const RevisionInput empty_type = { .revision_type = "" };

  refuse (&nothing, COMPUTE_PLATFORM_SERVER, REVISION_ERROR_REQUIRED);
  refuse (&empty_type, COMPUTE_PLATFORM_SERVER, REVISION_ERROR_REQUIRED);
}

static void
test_type_and_member_must_agree (void)
{
  RevisionInput input = s3_tgz;

  input.revision_type = NULL;
  refuse (&input, COMPUTE_PLATFORM_SERVER, REVISION_ERROR_INVALID);
  input.revision_type = "s3";
  refuse (&input, COMPUTE_PLATFORM_SERVER, REVISION_ERROR_INVALID);
  input.revision_type = "GitHub";
  refuse (&input, COMPUTE_PLATFORM_SERVER, REVISION_ERROR_INVALID);

  /* An extra member beside the right one is ignored. */
  input = s3_tgz;
  input.github.given = TRUE;
  g_autoptr (Arena) arena = arena_new ();
  accept (arena, &input, COMPUTE_PLATFORM_SERVER);
}

static void
test_s3_members (void)
{
  RevisionInput input = s3_tgz;

  input.s3.bucket = "";
  refuse (&input, COMPUTE_PLATFORM_SERVER, REVISION_ERROR_INVALID);
  input = s3_tgz;
  input.s3.bucket = "no/slash";
  refuse (&input, COMPUTE_PLATFORM_SERVER, REVISION_ERROR_INVALID);
  input = s3_tgz;
  input.s3.key = NULL;
  refuse (&input, COMPUTE_PLATFORM_SERVER, REVISION_ERROR_INVALID);
  input = s3_tgz;
  input.s3.bundle_type = NULL;
  refuse (&input, COMPUTE_PLATFORM_SERVER, REVISION_ERROR_INVALID);
  input.s3.bundle_type = "rar";
  refuse (&input, COMPUTE_PLATFORM_SERVER, REVISION_ERROR_INVALID);
}

static void
test_bundle_types_belong_to_platforms (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  RevisionInput input = s3_tgz;
  Revision revision;

  g_assert_false (revision_from_input (&input, COMPUTE_PLATFORM_LAMBDA, arena, &revision, &error));
  g_assert_cmpstr (error->message, ==, "BundleType must be either YAML or JSON");
  refuse (&input, COMPUTE_PLATFORM_ECS, REVISION_ERROR_INVALID);
  input.s3.bundle_type = "yaml";
  refuse (&input, COMPUTE_PLATFORM_SERVER, REVISION_ERROR_INVALID);
  revision = accept (arena, &input, COMPUTE_PLATFORM_ECS);
  g_assert_cmpstr (revision_bundle_name (revision.s3.bundle), ==, "YAML");
  input.s3.bundle_type = "ZIP";
  revision = accept (arena, &input, COMPUTE_PLATFORM_SERVER);
  g_assert_cmpstr (revision_bundle_name (revision.s3.bundle), ==, "zip");
}

static void
test_github (void)
{
  g_autoptr (Arena) arena = arena_new ();
  RevisionInput input = { .revision_type = "GitHub",
                          .github = {
                              .given = TRUE, .repository = "owner/shop", .commit_id = "0a1b" } };
  Revision revision = accept (arena, &input, COMPUTE_PLATFORM_SERVER);

  g_assert_cmpstr (revision.github.repository, ==, "owner/shop");
  refuse (&input, COMPUTE_PLATFORM_LAMBDA, REVISION_ERROR_INVALID);
  input.github.repository = "shop";
  refuse (&input, COMPUTE_PLATFORM_SERVER, REVISION_ERROR_INVALID);
  input.github.repository = "owner/shop";
  input.github.commit_id = NULL;
  refuse (&input, COMPUTE_PLATFORM_SERVER, REVISION_ERROR_INVALID);
}

static void
test_content_and_its_hash (void)
{
  g_autoptr (Arena) arena = arena_new ();
  RevisionInput input = { .revision_type = "AppSpecContent",
                          .app_spec_content = { .given = TRUE, .content = "hello" } };
  Revision revision = accept (arena, &input, COMPUTE_PLATFORM_ECS);

  g_assert_cmpstr (revision.content.sha256, ==, HELLO_SHA256);
  input.app_spec_content.sha256 = HELLO_SHA256;
  accept (arena, &input, COMPUTE_PLATFORM_LAMBDA);
  refuse (&input, COMPUTE_PLATFORM_SERVER, REVISION_ERROR_INVALID);
  input.app_spec_content.content = "hello!";
  refuse (&input, COMPUTE_PLATFORM_LAMBDA, REVISION_ERROR_INVALID);
  input.app_spec_content.content = NULL;
  refuse (&input, COMPUTE_PLATFORM_LAMBDA, REVISION_ERROR_INVALID);

  RevisionInput text = { .revision_type = "String",
                         .string = { .given = TRUE, .content = "hello" } };
  accept (arena, &text, COMPUTE_PLATFORM_LAMBDA);
  refuse (&text, COMPUTE_PLATFORM_ECS, REVISION_ERROR_INVALID);
  refuse (&text, COMPUTE_PLATFORM_SERVER, REVISION_ERROR_INVALID);
}

static void
test_lookup_by_hash_alone (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const RevisionInput by_hash = { .revision_type = "AppSpecContent",
                                  .app_spec_content = { .given = TRUE, .sha256 = HELLO_SHA256 } };
  const RevisionInput by_content = { .revision_type = "AppSpecContent",
                                     .app_spec_content = { .given = TRUE, .content = "hello" } };
  Revision a, b;

  g_assert_true (revision_from_input_any (&by_hash, arena, &a, &error));
  g_assert_true (revision_from_input_any (&by_content, arena, &b, &error));
  g_assert_true (revision_equal (&a, &b));
}

/* api.md 4.2: all five members count, as given, absent equals absent. */
static void
test_identity_of_s3_locations (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const struct {
    const char *bucket, *key, *bundle, *version, *etag;
  } different[] = {
    { "releases", "shop/1.tgz", "tgz", NULL, NULL },
    { "release", "sshop/1.tgz", "tgz", NULL, NULL },
    { "releases", "shop/2.tgz", "tgz", NULL, NULL },
    { "releases", "shop/1.tgz", "tar", NULL, NULL },
    { "releases", "shop/1.tgz", "tgz", "v1", NULL },
    { "releases", "shop/1.tgz", "tgz", NULL, "v1" },
    { "releases", "shop/1.tgz", "tgz", NULL, "abc" },
    { "releases", "shop/1.tgz", "tgz", NULL, "\"abc\"" },
    { "releases", "shop/1.tgz", "tgz", "v1", "abc" },
  };
  Revision revisions[G_N_ELEMENTS (different)];

  for (gsize i = 0; i < G_N_ELEMENTS (different); i++) {
    RevisionInput input = s3_tgz;

    input.s3.bucket = different[i].bucket;
    input.s3.key = different[i].key;
    input.s3.bundle_type = different[i].bundle;
    input.s3.version = different[i].version;
    input.s3.etag = different[i].etag;
    revisions[i] = accept (arena, &input, COMPUTE_PLATFORM_SERVER);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (different); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (different); j++)
      g_assert_cmpint (revision_equal (&revisions[i], &revisions[j]), ==, i == j);
}

/* The store keeps identities: this value may never change. */
static void
test_identity_is_stable (void)
{
  g_autoptr (Arena) arena = arena_new ();
  Revision revision = accept (arena, &s3_tgz, COMPUTE_PLATFORM_SERVER);
  char identity[REVISION_IDENTITY_SIZE];

  revision_identity (&revision, identity);
  g_autofree char *expected =
      g_compute_checksum_for_string (G_CHECKSUM_SHA256, "2:S38:releases10:shop/1.tgz3:tgz--", -1);
  g_assert_cmpstr (identity, ==, expected);
}

static void
test_description (void)
{
  g_autoptr (Arena) arena = arena_new ();
  Revision revision = accept (arena, &s3_tgz, COMPUTE_PLATFORM_SERVER);

  g_assert_cmpstr (revision_describe (&revision, arena), ==, "s3://releases/shop/1.tgz (tgz)");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/revision/nothing-given-is-required", test_nothing_given_is_required);
  g_test_add_func ("/revision/type-and-member-must-agree", test_type_and_member_must_agree);
  g_test_add_func ("/revision/s3-members", test_s3_members);
  g_test_add_func ("/revision/bundle-types-belong-to-platforms",
                   test_bundle_types_belong_to_platforms);
  g_test_add_func ("/revision/github", test_github);
  g_test_add_func ("/revision/content-and-its-hash", test_content_and_its_hash);
  g_test_add_func ("/revision/lookup-by-hash-alone", test_lookup_by_hash_alone);
  g_test_add_func ("/revision/identity-of-s3-locations", test_identity_of_s3_locations);
  g_test_add_func ("/revision/identity-is-stable", test_identity_is_stable);
  g_test_add_func ("/revision/description", test_description);
  return g_test_run ();
}
