#include "core/sigv4.h"

#include "core/sigv4-fixture.h"
#include "core/time-iso8601.h"

static const char *const s3_services[] = { "s3", NULL };
static const Sigv4Rules s3_rules = { SIGV4_DIALECT_S3, s3_services, NULL, SIGV4_MAX_SKEW_S3_S };

static void
test_signed_request_is_accepted (void)
{
  g_auto (Fixture) f;

  fixture_init (&f);
  fixture_sign (&f);
  g_assert_true (sigv4_is_signed (&f.request));
  accept (&f);
}

/* AWS's own example of deriving a signing key. */
static void
test_derived_key_is_the_published_one (void)
{
  guint8 key[SIGV4_KEY_SIZE];
  char hex[DIGEST_SHA256_HEX_SIZE];

  sigv4_derive_key ("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830", "us-east-1", "iam",
                    key);
  digest_hex (key, sizeof key, hex);
  g_assert_cmpstr (hex, ==, "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

static void
test_wrong_signature_or_secret (void)
{
  static const Sigv4Credentials other = { "AKIDEXAMPLE", "another secret", NULL };
  g_auto (Fixture) f, g;
  g_autofree char *text = NULL;
  Sigv4Header *authorization;

  fixture_init (&f);
  fixture_sign_as (&f, &other, "eu-central-1", "codedeploy", NOW_MS);
  refuse (&f, SIGV4_ERROR_MISMATCH);

  fixture_init (&g);
  fixture_sign (&g);
  authorization = fixture_header (&g, "Authorization");
  text = g_strdup (authorization->value);
  authorization->value = text;
  text[strlen (text) - 1] ^= 1;
  refuse (&g, SIGV4_ERROR_MISMATCH);
  text[strlen (text) - 1] = '\0';
  refuse (&g, SIGV4_ERROR_MISMATCH);
}

/* Every byte that the signature covers. */
static void
test_changes_after_signing_are_noticed (void)
{
  static const struct {
    const char *header, *value;
  } changes[] = {
    { "Host", "127.0.0.1" },
    { "X-Amz-Target", "CodeDeploy_20141006.DeleteApplication" },
    { "Content-Type", "text/plain" },
    { "X-Amz-Date", "20150830T123601Z" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_auto (Fixture) f;

    fixture_init (&f);
    fixture_sign (&f);
    fixture_header (&f, changes[i].header)->value = changes[i].value;
    refuse (&f, SIGV4_ERROR_MISMATCH);
  }
  for (guint i = 0; i < 4; i++) {
    g_auto (Fixture) f;

    fixture_init (&f);
    fixture_sign (&f);
    if (i == 0)
      f.request.method = "PUT";
    else if (i == 1)
      f.request.path = "/x";
    else if (i == 2)
      f.request.query = "a=1";
    else
      f.body = "{\"applicationName\":\"shoq\"}";
    refuse (&f, SIGV4_ERROR_MISMATCH);
  }
}

static void
test_headers_that_are_not_signed_may_change (void)
{
  g_auto (Fixture) f;

  fixture_init (&f);
  fixture_sign (&f);
  fixture_add (&f, "User-Agent", "aws-cli");
  fixture_add (&f, "X-Amzn-Trace-Id", "Root=1");
  fixture_add (&f, "Connection", "keep-alive");
  accept (&f);
}

static void
test_amz_headers_and_host_must_be_signed (void)
{
  g_auto (Fixture) f, g, h;
  g_autofree char *text = NULL;
  Sigv4Header *authorization;

  fixture_init (&f);
  fixture_sign (&f);
  fixture_add (&f, "X-AMZ-Meta", "late");
  refuse (&f, SIGV4_ERROR_UNSIGNED_HEADER);

  fixture_init (&g);
  g.headers[0].name = "Not-Host";
  fixture_sign (&g);
  g.headers[0].name = "Host";
  refuse (&g, SIGV4_ERROR_UNSIGNED_HEADER);

  fixture_init (&h);
  fixture_sign (&h);
  authorization = fixture_header (&h, "Authorization");
  text = g_strdup (authorization->value);
  authorization->value = text;
  fixture_add (&h, "Host", "127.0.0.1:8600");
  refuse (&h, SIGV4_ERROR_UNSIGNED_HEADER);
}

static void
test_scope_must_fit (void)
{
  static const struct {
    const char *region, *service;
  } cases[] = {
    { "eu-west-1", "codedeploy" },
    { "eu-central-1", "s3" },
    { "eu-central-1", "codedeploy-commands" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (Fixture) f;

    fixture_init (&f);
    fixture_sign_as (&f, &credentials, cases[i].region, cases[i].service, NOW_MS);
    refuse (&f, SIGV4_ERROR_SCOPE);
  }
}

static void
test_any_region_when_none_are_listed (void)
{
  const Sigv4Rules rules = { SIGV4_DIALECT_JSON, services, NULL, SIGV4_MAX_SKEW_JSON_S };
  g_autoptr (GError) error = NULL;
  g_auto (Fixture) f;

  fixture_init (&f);
  fixture_sign_as (&f, &credentials, "mars-north-1", "codedeploy", NOW_MS);
  g_assert_true (fixture_verify_at (&f, &rules, NOW_MS, &error));
  g_assert_no_error (error);
}

static void
test_scope_date_and_terminator_must_fit (void)
{
  static const char *const scopes[] = {
    "20150829/eu-central-1/codedeploy/aws4_request",
    "2015083/eu-central-1/codedeploy/aws4_request",
    "201508300/eu-central-1/codedeploy/aws4_request",
    "20150830/eu-central-1/codedeploy/aws5_request",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (scopes); i++) {
    g_auto (Fixture) f;
    g_autofree char *text =
        g_strdup_printf ("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/%s, "
                         "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" GOOD_SIGNATURE,
                         scopes[i]);

    fixture_init (&f);
    fixture_add (&f, "X-Amz-Date", "20150830T123600Z");
    fixture_add (&f, "Authorization", text);
    refuse (&f, SIGV4_ERROR_SCOPE);
  }
}

/* Checklist 25-27, with the texts that SDKs look for. */
static void
test_texts_are_those_of_aws (void)
{
  static const struct {
    const char *region, *service;
    gint64 offset_s;
    const char *text;
  } cases[] = {
    { "eu-central-1", "s3", 0, "Credential should be scoped to correct service: 'codedeploy'." },
    { "mars-1", "codedeploy", 0, "Credential should be scoped to a valid region, not 'mars-1'." },
    { "eu-central-1", "codedeploy", 301,
      "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z "
      "- 5 min.)" },
    { "eu-central-1", "codedeploy", -301,
      "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z "
      "(20150830T123059Z + 5 min.)" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_auto (Fixture) f;

    fixture_init (&f);
    fixture_sign_as (&f, &credentials, cases[i].region, cases[i].service, NOW_MS);
    g_assert_false (fixture_verify_at (&f, &json_rules, NOW_MS + cases[i].offset_s * 1000, &error));
    g_assert_cmpstr (error->message, ==, cases[i].text);
  }
}

static void
test_clock (void)
{
  static const struct {
    gint64 offset_s;
    int expected; /* -1: accepted */
    const char *message;
  } cases[] = {
    { 0, -1, NULL },
    { 299, -1, NULL },
    { 300, -1, NULL },
    { -299, -1, NULL },
    { -300, -1, NULL },
    { 301, SIGV4_ERROR_EXPIRED,
      "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z "
      "- 5 min.)" },
    { -301, SIGV4_ERROR_NOT_YET_CURRENT,
      "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z "
      "(20150830T123059Z + 5 min.)" },
    { 86400, SIGV4_ERROR_EXPIRED, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_auto (Fixture) f;
    gboolean accepted;

    fixture_init (&f);
    fixture_sign (&f);
    accepted = fixture_verify_at (&f, &json_rules, NOW_MS + cases[i].offset_s * 1000, &error);
    g_assert_cmpint (accepted, ==, cases[i].expected < 0);
    if (!accepted)
      g_assert_error (error, SIGV4_ERROR, cases[i].expected);
    if (cases[i].message != NULL)
      g_assert_cmpstr (error->message, ==, cases[i].message);
  }
}

/* Ruby and JavaScript sign the body's hash as a header; it must be the truth (checklist 33). */
static void
test_content_sha256_must_be_the_bodys (void)
{
  g_auto (Fixture) f, g, h;
  char hash[DIGEST_SHA256_HEX_SIZE];

  digest_sha256_hex (BODY, strlen (BODY), hash);
  fixture_init (&f);
  fixture_add (&f, "x-amz-content-sha256", hash);
  fixture_sign (&f);
  accept (&f);

  fixture_init (&g);
  fixture_add (&g, "x-amz-content-sha256", GOOD_SIGNATURE);
  fixture_sign (&g);
  refuse (&g, SIGV4_ERROR_PAYLOAD);

  fixture_init (&h);
  fixture_add (&h, "x-amz-content-sha256", "UNSIGNED-PAYLOAD");
  fixture_sign (&h);
  refuse (&h, SIGV4_ERROR_PAYLOAD_KIND);
  fixture_header (&h, "x-amz-content-sha256")->value = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
  refuse (&h, SIGV4_ERROR_PAYLOAD_KIND);
  fixture_header (&h, "x-amz-content-sha256")->value = "";
  refuse (&h, SIGV4_ERROR_PAYLOAD_KIND);
}

/* Checklist 35, 39: what JavaScript's SDK signs, and inner blanks. */
static void
test_javascript_header_set (void)
{
  g_auto (Fixture) f;

  fixture_init (&f);
  fixture_add (&f, "amz-sdk-invocation-id", "5e2d1b3c-0000-4000-8000-000000000000");
  fixture_add (&f, "amz-sdk-request", "attempt=1; max=3");
  fixture_add (&f, "content-length", "26");
  fixture_add (&f, "x-amz-user-agent", "aws-sdk-js/3.1  os/linux   lang/js");
  fixture_sign (&f);
  accept (&f);
  fixture_header (&f, "x-amz-user-agent")->value = " aws-sdk-js/3.1 os/linux lang/js ";
  accept (&f);
}

static void
test_session_token_is_handed_on (void)
{
  static const Sigv4Credentials session = { "ASIAEXAMPLE", SECRET, "the/token==" };
  g_autoptr (GError) error = NULL;
  g_auto (Fixture) f;
  Sigv4Auth auth;

  fixture_init (&f);
  fixture_sign_as (&f, &session, "eu-central-1", "codedeploy", NOW_MS);
  accept (&f);
  g_assert_true (sigv4_parse (&f.request, f.arena, &auth, &error));
  g_assert_cmpstr (auth.access_key_id, ==, "ASIAEXAMPLE");
  g_assert_cmpstr (auth.session_token, ==, "the/token==");
  g_assert_cmpstr (auth.region, ==, "eu-central-1");
  g_assert_cmpstr (auth.service, ==, "codedeploy");
  g_assert_cmpstr (auth.scope, ==, GOOD_SCOPE);
  fixture_header (&f, "X-Amz-Security-Token")->value = "another";
  refuse (&f, SIGV4_ERROR_MISMATCH);
}

/* ---- S3 ---- */

static void
s3_fixture (Fixture *f, const char *path, const char *payload)
{
  const Sigv4Signer signer = { &credentials, SIGV4_DIALECT_S3, "eu-central-1", "s3", NOW_MS };
  Sigv4Signature signature;

  memset (f, 0, sizeof *f);
  f->arena = arena_new ();
  f->request = (Sigv4Request){ "PUT", path, NULL, f->headers, 0 };
  f->body = "";
  fixture_add (f, "Host", "releases.s3.localhost:8600");
  sigv4_sign_headers (&signer, &f->request, payload, f->arena, &signature);
  for (gsize i = 0; i < signature.n; i++)
    fixture_add (f, signature.headers[i].name, signature.headers[i].value);
}

/* Without the body: what can be said while it has not arrived. */
static gboolean
s3_verify (Fixture *f, gint64 now_ms, Sigv4Auth *auth, GError **error)
{
  guint8 key[SIGV4_KEY_SIZE];

  if (!sigv4_parse (&f->request, f->arena, auth, error))
    return FALSE;
  sigv4_derive_key (SECRET, auth->date, auth->region, auth->service, key);
  return sigv4_verify (&f->request, auth, &s3_rules, key, now_ms, NULL, error);
}

static void
test_s3_payload_kinds (void)
{
  static const struct {
    const char *text;
    Sigv4Payload payload;
  } cases[] = {
    { "UNSIGNED-PAYLOAD", SIGV4_PAYLOAD_UNSIGNED },
    { "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", SIGV4_PAYLOAD_CHUNKS },
    { "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", SIGV4_PAYLOAD_CHUNKS_TRAILER },
    { "STREAMING-UNSIGNED-PAYLOAD-TRAILER", SIGV4_PAYLOAD_UNSIGNED_TRAILER },
    { GOOD_SIGNATURE, SIGV4_PAYLOAD_HASH },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_auto (Fixture) f;
    Sigv4Auth auth;

    s3_fixture (&f, "/my%20key//x", cases[i].text);
    g_assert_true (s3_verify (&f, NOW_MS + 800000, &auth, &error));
    g_assert_no_error (error);
    g_assert_cmpint (auth.payload, ==, cases[i].payload);
  }
}

static void
test_s3_refuses_unknown_payloads_and_missing_hash (void)
{
  g_autoptr (GError) unknown = NULL, missing = NULL;
  g_auto (Fixture) f, g;
  Sigv4Auth auth;

  s3_fixture (&f, "/key", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD");
  g_assert_false (s3_verify (&f, NOW_MS, &auth, &unknown));
  g_assert_error (unknown, SIGV4_ERROR, SIGV4_ERROR_PAYLOAD_KIND);

  s3_fixture (&g, "/key", "UNSIGNED-PAYLOAD");
  fixture_header (&g, "x-amz-content-sha256")->name = "gone";
  g_assert_false (s3_verify (&g, NOW_MS, &auth, &missing));
  g_assert_error (missing, SIGV4_ERROR, SIGV4_ERROR_PAYLOAD_KIND);
}

static void
presigned_fixture (Fixture *f, gint64 expires_s)
{
  static const Sigv4Credentials session = { "ASIAEXAMPLE", SECRET, "a+b/c==" };
  const Sigv4Signer signer = { &session, SIGV4_DIALECT_S3, "eu-central-1", "s3", NOW_MS };

  memset (f, 0, sizeof *f);
  f->arena = arena_new ();
  f->request = (Sigv4Request){ "GET", "/releases/shop%2B1.tgz", "versionId=3", f->headers, 0 };
  fixture_add (f, "Host", "localhost:8600");
  f->request.query = sigv4_presign_query (&signer, &f->request, NULL, expires_s, f->arena);
}

static void
test_presigned_is_accepted_until_it_expires (void)
{
  static const struct {
    gint64 offset_s;
    int expected;
  } cases[] = {
    { 0, -1 },
    { 3600, -1 },
    { 3601, SIGV4_ERROR_PRESIGNED_EXPIRED },
    { -900, -1 },
    { -901, SIGV4_ERROR_NOT_YET_CURRENT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_auto (Fixture) f;
    Sigv4Auth auth;
    gboolean accepted;

    presigned_fixture (&f, 3600);
    g_assert_true (sigv4_is_signed (&f.request));
    accepted = s3_verify (&f, NOW_MS + cases[i].offset_s * 1000, &auth, &error);
    g_assert_cmpint (accepted, ==, cases[i].expected < 0);
    if (!accepted)
      g_assert_error (error, SIGV4_ERROR, cases[i].expected);
    g_assert_true (auth.presigned);
    g_assert_cmpint (auth.expires_s, ==, 3600);
    g_assert_cmpstr (auth.session_token, ==, "a+b/c==");
  }
}

/* JSON services: the body counts, and so do the headers that say what is asked (api.md 1.6). */
static void
presigned_json_fixture (Fixture *f)
{
  const Sigv4Signer signer = { &credentials, SIGV4_DIALECT_JSON, "eu-central-1", "codedeploy",
                               NOW_MS };
  char payload[DIGEST_SHA256_HEX_SIZE];

  fixture_init (f);
  digest_sha256_hex (f->body, strlen (f->body), payload);
  f->request.query = sigv4_presign_query (&signer, &f->request, payload, 60, f->arena);
}

static void
test_presigned_json_requests (void)
{
  g_autoptr (GError) expired = NULL;
  g_auto (Fixture) good, body, target, unsigned_header;

  presigned_json_fixture (&good);
  accept (&good);
  g_assert_true (fixture_verify_at (&good, &json_rules, NOW_MS + 60000, NULL));
  g_assert_false (fixture_verify_at (&good, &json_rules, NOW_MS + 60001, &expired));
  g_assert_error (expired, SIGV4_ERROR, SIGV4_ERROR_PRESIGNED_EXPIRED);
  g_assert_true (g_str_has_prefix (expired->message, "Signature expired: "));

  presigned_json_fixture (&body);
  body.body = "{}";
  refuse (&body, SIGV4_ERROR_MISMATCH);

  presigned_json_fixture (&target);
  fixture_header (&target, "X-Amz-Target")->value = "CodeDeploy_20141006.DeleteApplication";
  refuse (&target, SIGV4_ERROR_MISMATCH);

  presigned_json_fixture (&unsigned_header);
  fixture_add (&unsigned_header, "X-Amz-User-Agent", "x");
  refuse (&unsigned_header, SIGV4_ERROR_UNSIGNED_HEADER);
}

static void
test_presigned_changes_are_noticed (void)
{
  static const struct {
    const char *from, *to;
    Sigv4Error expected;
  } changes[] = {
    { "versionId=3", "versionId=4", SIGV4_ERROR_MISMATCH },
    { "X-Amz-Expires=3600", "X-Amz-Expires=604800", SIGV4_ERROR_MISMATCH },
    { "X-Amz-Expires=3600", "X-Amz-Expires=604801", SIGV4_ERROR_INCOMPLETE },
    { "X-Amz-Expires=3600", "X-Amz-Expires=3600&X-Amz-Expires=1", SIGV4_ERROR_INCOMPLETE },
    { "X-Amz-Signature=", "X-Amz-Signature=00&X-Amz-Signature=", SIGV4_ERROR_INCOMPLETE },
    { "X-Amz-Expires=3600", "X-Amz-Expires=0", SIGV4_ERROR_INCOMPLETE },
    { "X-Amz-Expires=3600", "X-Amz-Expires=1h", SIGV4_ERROR_INCOMPLETE },
    { "X-Amz-Expires=3600", "Expires=3600", SIGV4_ERROR_INCOMPLETE },
    { "X-Amz-Signature=", "Signature=", SIGV4_ERROR_INCOMPLETE },
    { "X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Algorithm=MD5", SIGV4_ERROR_INCOMPLETE },
    { "X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=date", SIGV4_ERROR_UNSIGNED_HEADER },
    { "X-Amz-Date=20150830T123600Z", "X-Amz-Date=x%00y", SIGV4_ERROR_INCOMPLETE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autoptr (GError) error = NULL;
    g_auto (Fixture) f;
    g_autoptr (GString) query = NULL;
    Sigv4Auth auth;

    presigned_fixture (&f, 3600);
    query = g_string_new (f.request.query);
    g_assert_cmpuint (g_string_replace (query, changes[i].from, changes[i].to, 0), ==, 1);
    f.request.query = query->str;
    g_assert_false (s3_verify (&f, NOW_MS, &auth, &error));
    g_assert_error (error, SIGV4_ERROR, (gint)changes[i].expected);
  }
}

static void
test_signed_twice_is_refused (void)
{
  g_autoptr (GError) error = NULL;
  g_auto (Fixture) f;
  Sigv4Auth auth;

  s3_fixture (&f, "/key", "UNSIGNED-PAYLOAD");
  f.request.query = "X-Amz-Signature=00";
  g_assert_false (s3_verify (&f, NOW_MS, &auth, &error));
  g_assert_error (error, SIGV4_ERROR, SIGV4_ERROR_INCOMPLETE);
}

/* A measurement, with -m perf: the budget is 20,000 signed requests a second on one core; verifying must be a small part of that. */
static void
test_verification_is_fast (void)
{
  const guint rounds = 20000;
  g_auto (Fixture) f;
  g_autoptr (Arena) arena = arena_new ();
  guint8 key[SIGV4_KEY_SIZE];
  gint64 start;
  double seconds;

  fixture_init (&f);
  fixture_sign (&f);
  sigv4_derive_key (SECRET, "20150830", "eu-central-1", "codedeploy", key);
  start = g_get_monotonic_time ();
  for (guint i = 0; i < rounds; i++) {
    guint8 body_sha256[DIGEST_SHA256_SIZE];
    Sigv4Auth auth;

    g_assert_true (sigv4_parse (&f.request, arena, &auth, NULL));
    digest_sha256 (f.body, strlen (f.body), body_sha256);
    g_assert_true (sigv4_verify (&f.request, &auth, &json_rules, key, NOW_MS, body_sha256, NULL));
    arena_reset (arena);
  }
  seconds = (double)(g_get_monotonic_time () - start) / 1e6;
  g_test_maximized_result (rounds / seconds, "%.0f verifications/s", rounds / seconds);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(path, function) g_test_add_func ("/sigv4/" path, function)
  TEST ("signed-request-is-accepted", test_signed_request_is_accepted);
  TEST ("derived-key-is-the-published-one", test_derived_key_is_the_published_one);
  TEST ("wrong-signature-or-secret", test_wrong_signature_or_secret);
  TEST ("changes-after-signing-are-noticed", test_changes_after_signing_are_noticed);
  TEST ("headers-that-are-not-signed-may-change", test_headers_that_are_not_signed_may_change);
  TEST ("amz-headers-and-host-must-be-signed", test_amz_headers_and_host_must_be_signed);
  TEST ("scope-must-fit", test_scope_must_fit);
  TEST ("any-region-when-none-are-listed", test_any_region_when_none_are_listed);
  TEST ("scope-date-and-terminator-must-fit", test_scope_date_and_terminator_must_fit);
  TEST ("texts-are-those-of-aws", test_texts_are_those_of_aws);
  TEST ("clock", test_clock);
  TEST ("content-sha256-must-be-the-bodys", test_content_sha256_must_be_the_bodys);
  TEST ("javascript-header-set", test_javascript_header_set);
  TEST ("session-token-is-handed-on", test_session_token_is_handed_on);
  TEST ("s3-payload-kinds", test_s3_payload_kinds);
  TEST ("s3-refuses-unknown-payloads-and-missing-hash",
        test_s3_refuses_unknown_payloads_and_missing_hash);
  TEST ("presigned-is-accepted-until-it-expires", test_presigned_is_accepted_until_it_expires);
  TEST ("presigned-json-requests", test_presigned_json_requests);
  TEST ("presigned-changes-are-noticed", test_presigned_changes_are_noticed);
  TEST ("signed-twice-is-refused", test_signed_twice_is_refused);
  if (g_test_perf ())
    TEST ("verification-is-fast", test_verification_is_fast);
  return g_test_run ();
}
