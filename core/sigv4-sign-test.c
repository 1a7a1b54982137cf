#include "core/sigv4-sign.h"

#include "core/sigv4-canonical.h"
#include "core/time-iso8601.h"

#include <string.h>

/* The cases of AWS's published Signature Version 4 test suite: GET or POST, path, headers beside Host and X-Amz-Date, signature. */
typedef struct {
  const char *name;
  const char *method;
  const char *target;
  Sigv4Header headers[4];
  const char *body;
  const char *signature;
} SuiteCase;

#define VANILLA_GET  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
#define VANILLA_POST "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
#define UNRESERVED   "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static const SuiteCase suite[] = {
  { "get-vanilla", "GET", "/", { { 0 } }, "", VANILLA_GET },
  { "get-vanilla-query", "GET", "/?", { { 0 } }, "", VANILLA_GET },
  { "get-vanilla-empty-query-key",
    "GET",
    "/?Param1=value1",
    { { 0 } },
    "",
    "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb" },
  { "get-vanilla-query-order-key-case",
    "GET",
    "/?Param2=value2&Param1=value1",
    { { 0 } },
    "",
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
  { "get-vanilla-query-unreserved",
    "GET",
    "/?" UNRESERVED "=" UNRESERVED,
    { { 0 } },
    "",
    "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197" },
  { "get-vanilla-utf8-query",
    "GET",
    "/?\xe1\x88\xb4=bar",
    { { 0 } },
    "",
    "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04" },
  { "get-unreserved",
    "GET",
    "/" UNRESERVED,
    { { 0 } },
    "",
    "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f" },
  { "get-utf8",
    "GET",
    "/\xe1\x88\xb4",
    { { 0 } },
    "",
    "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
  { "get-space",
    "GET",
    "/example space/",
    { { 0 } },
    "",
    "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741" },
  { "get-relative", "GET", "/example/..", { { 0 } }, "", VANILLA_GET },
  { "get-relative-relative", "GET", "/example1/example2/../..", { { 0 } }, "", VANILLA_GET },
  { "get-slash", "GET", "//", { { 0 } }, "", VANILLA_GET },
  { "get-slash-dot-slash", "GET", "/./", { { 0 } }, "", VANILLA_GET },
  { "get-slash-pointless-dot",
    "GET",
    "/./example",
    { { 0 } },
    "",
    "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5" },
  { "get-slashes",
    "GET",
    "//example//",
    { { 0 } },
    "",
    "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84" },
  { "get-header-key-duplicate",
    "GET",
    "/",
    { { "My-Header1", "value2" }, { "My-Header1", "value2" }, { "My-Header1", "value1" } },
    "",
    "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea" },
  { "get-header-value-order",
    "GET",
    "/",
    { { "My-Header1", "value4" },
      { "My-Header1", "value1" },
      { "My-Header1", "value3" },
      { "My-Header1", "value2" } },
    "",
    "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01" },
  { "get-header-value-trim",
    "GET",
    "/",
    { { "My-Header1", " value1" }, { "My-Header2", " \"a   b   c\"" } },
    "",
    "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736" },
  { "post-vanilla", "POST", "/", { { 0 } }, "", VANILLA_POST },
  { "post-header-key-sort",
    "POST",
    "/",
    { { "My-Header1", "value1" } },
    "",
    "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c" },
  { "post-header-value-case",
    "POST",
    "/",
    { { "My-Header1", "VALUE1" } },
    "",
    "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d" },
  { "post-vanilla-query",
    "POST",
    "/?Param1=value1",
    { { 0 } },
    "",
    "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11" },
  { "post-x-www-form-urlencoded",
    "POST",
    "/",
    { { "Content-Type", "application/x-www-form-urlencoded" } },
    "Param1=value1",
    "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a" },
  { "post-x-www-form-urlencoded-parameters",
    "POST",
    "/",
    { { "Content-Type", "application/x-www-form-urlencoded; charset=utf8" } },
    "Param1=value1",
    "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe" },
};

static const Sigv4Credentials suite_credentials = { "AKIDEXAMPLE",
                                                    "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                                    NULL };

static gint64
instant (const char *amz_date)
{
  gint64 time_ms;

  g_assert_true (time_parse_amz (amz_date, &time_ms));
  return time_ms;
}

static const char *
header_of (const Sigv4Signature *signature, const char *name)
{
  for (gsize i = 0; i < signature->n; i++)
    if (g_ascii_strcasecmp (signature->headers[i].name, name) == 0)
      return signature->headers[i].value;
  return NULL;
}

static void
test_suite_case (gconstpointer data)
{
  const SuiteCase *test = data;
  g_autoptr (Arena) arena = arena_new ();
  g_auto (GStrv) target = g_strsplit (test->target, "?", 2);
  const Sigv4Signer signer = { &suite_credentials, SIGV4_DIALECT_JSON, "us-east-1", "service",
                               instant ("20150830T123600Z") };
  Sigv4Header headers[5] = { { "Host", "example.amazonaws.com" } };
  Sigv4Request request = { test->method, target[0], target[1], headers, 1 };
  char payload[DIGEST_SHA256_HEX_SIZE];
  Sigv4Signature signature;
  char hex[DIGEST_SHA256_HEX_SIZE];

  for (gsize i = 0; i < G_N_ELEMENTS (test->headers) && test->headers[i].name != NULL; i++)
    headers[request.n_headers++] = test->headers[i];
  digest_sha256_hex (test->body, strlen (test->body), payload);
  sigv4_sign_headers (&signer, &request, payload, arena, &signature);
  digest_hex (signature.signature, sizeof signature.signature, hex);
  g_assert_cmpstr (hex, ==, test->signature);
  g_assert_true (g_str_has_suffix (header_of (&signature, "Authorization"), hex));
}

static void
test_authorization_header (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const Sigv4Signer signer = { &suite_credentials, SIGV4_DIALECT_JSON, "us-east-1", "service",
                               instant ("20150830T123600Z") };
  const Sigv4Header headers[] = { { "Host", "example.amazonaws.com" },
                                  { "User-Agent", "x" },
                                  { "Connection", "close" } };
  const Sigv4Request request = { "GET", "/", NULL, headers, 3 };
  Sigv4Signature signature;

  sigv4_sign_headers (&signer, &request, NULL, arena, &signature);
  g_assert_cmpstr (
      header_of (&signature, "authorization"), ==,
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
      "SignedHeaders=host;x-amz-date, Signature=" VANILLA_GET);
  g_assert_cmpstr (header_of (&signature, "x-amz-date"), ==, "20150830T123600Z");
  g_assert_null (header_of (&signature, "x-amz-content-sha256"));
  g_assert_null (header_of (&signature, "x-amz-security-token"));
}

/* The suite's post-sts-header-before: the token is one of the signed headers. */
static void
test_session_token_is_signed (void)
{
  static const char token[] =
      "AQoDYXdzEPT//////////"
      "wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfI"
      "eoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/"
      "kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0"
      "wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+"
      "scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
  const Sigv4Credentials credentials = { suite_credentials.access_key_id,
                                         suite_credentials.secret_access_key, token };
  g_autoptr (Arena) arena = arena_new ();
  const Sigv4Signer signer = { &credentials, SIGV4_DIALECT_JSON, "us-east-1", "service",
                               instant ("20150830T123600Z") };
  const Sigv4Header headers[] = { { "Host", "example.amazonaws.com" } };
  const Sigv4Request request = { "POST", "/", NULL, headers, 1 };
  Sigv4Signature signature;
  char hex[DIGEST_SHA256_HEX_SIZE];

  sigv4_sign_headers (&signer, &request, NULL, arena, &signature);
  digest_hex (signature.signature, sizeof signature.signature, hex);
  g_assert_cmpstr (hex, ==, "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead");
}

/* The examples of the S3 developer guide, "Signature calculations for the Authorization header". */
static const Sigv4Credentials s3_credentials = { "AKIAIOSFODNN7EXAMPLE",
                                                 "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", NULL };

static void
assert_s3_signature (const Sigv4Request *request, const char *payload, const char *expected)
{
  g_autoptr (Arena) arena = arena_new ();
  const Sigv4Signer signer = { &s3_credentials, SIGV4_DIALECT_S3, "us-east-1", "s3",
                               instant ("20130524T000000Z") };
  Sigv4Signature signature;
  char hex[DIGEST_SHA256_HEX_SIZE];

  sigv4_sign_headers (&signer, request, payload, arena, &signature);
  digest_hex (signature.signature, sizeof signature.signature, hex);
  g_assert_cmpstr (hex, ==, expected);
}

static void
test_s3_examples (void)
{
  const Sigv4Header range[] = { { "Host", "examplebucket.s3.amazonaws.com" },
                                { "Range", "bytes=0-9" } };
  const Sigv4Header put[] = { { "Host", "examplebucket.s3.amazonaws.com" },
                              { "Date", "Fri, 24 May 2013 00:00:00 GMT" },
                              { "x-amz-storage-class", "REDUCED_REDUNDANCY" } };
  const Sigv4Request get_object = { "GET", "/test.txt", NULL, range, 2 };
  const Sigv4Request put_object = { "PUT", "/test%24file.text", NULL, put, 3 };
  const Sigv4Request put_object_raw = { "PUT", "/test$file.text", NULL, put, 3 };
  const Sigv4Request lifecycle = { "GET", "/", "lifecycle", range, 1 };
  const Sigv4Request list = { "GET", "/", "max-keys=2&prefix=J", range, 1 };
  char hash[DIGEST_SHA256_HEX_SIZE];

  digest_sha256_hex ("Welcome to Amazon S3.", 21, hash);
  assert_s3_signature (&get_object, NULL,
                       "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  assert_s3_signature (&put_object, hash,
                       "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  assert_s3_signature (&put_object_raw, hash,
                       "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  assert_s3_signature (&lifecycle, NULL,
                       "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  assert_s3_signature (&list, NULL,
                       "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

static void
test_s3_presigned_example (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const Sigv4Signer signer = { &s3_credentials, SIGV4_DIALECT_S3, "us-east-1", "s3",
                               instant ("20130524T000000Z") };
  const Sigv4Header host[] = { { "Host", "examplebucket.s3.amazonaws.com" } };
  const Sigv4Request request = { "GET", "/test.txt", NULL, host, 1 };

  g_assert_cmpstr (
      sigv4_presign_query (&signer, &request, NULL, 86400, arena), ==,
      "X-Amz-Algorithm=AWS4-HMAC-SHA256"
      "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
      "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
      "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (suite); i++) {
    g_autofree char *path = g_strconcat ("/sigv4-sign/suite/", suite[i].name, NULL);

    g_test_add_data_func (path, &suite[i], test_suite_case);
  }
  g_test_add_func ("/sigv4-sign/authorization-header", test_authorization_header);
  g_test_add_func ("/sigv4-sign/session-token-is-signed", test_session_token_is_signed);
  g_test_add_func ("/sigv4-sign/s3-examples", test_s3_examples);
  g_test_add_func ("/sigv4-sign/s3-presigned-example", test_s3_presigned_example);
  return g_test_run ();
}
