#include "core/sigv4-parse.h"

#include "core/sigv4-fixture.h"

static void
test_unsigned_request_misses_its_token (void)
{
  g_auto (Fixture) f;

  fixture_init (&f);
  g_assert_false (sigv4_is_signed (&f.request));
  refuse (&f, SIGV4_ERROR_MISSING_TOKEN);
  fixture_add (&f, "Authorization", "  ");
  refuse (&f, SIGV4_ERROR_MISSING_TOKEN);
}

static void
test_unreadable_authorization_is_incomplete (void)
{
  static const char *const bad[] = {
    "AWS AKIDEXAMPLE:c2lnbmF0dXJl",
    "Bearer abc",
    "AWS4-HMAC-SHA256",
    "AWS4-HMAC-SHA256Credential=a/" GOOD_SCOPE ", SignedHeaders=host, Signature=" GOOD_SIGNATURE,
    "AWS4-ECDSA-P256-SHA256 Credential=a/" GOOD_SCOPE
    ", SignedHeaders=host, Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 Credential=a/" GOOD_SCOPE ", Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 Credential=a/" GOOD_SCOPE ", SignedHeaders=host",
    "AWS4-HMAC-SHA256 Credential=a/" GOOD_SCOPE " SignedHeaders=host Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 Credential=a/" GOOD_SCOPE ", Credential=a/" GOOD_SCOPE
    ", SignedHeaders=host, Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 Credential=a/" GOOD_SCOPE ", SignedHeaders=host, Signature=" GOOD_SIGNATURE
    ", Extra=1",
    "AWS4-HMAC-SHA256 Credential=a/" GOOD_SCOPE ", SignedHeaders=host, Signature=" GOOD_SIGNATURE
    ",",
    "AWS4-HMAC-SHA256 Credential=, SignedHeaders=host, Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE, SignedHeaders=host, Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 Credential=a/20150830/eu-central-1/aws4_request, SignedHeaders=host, "
    "Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 Credential=a/b/" GOOD_SCOPE ", SignedHeaders=host, Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 Credential=a/" GOOD_SCOPE "/, SignedHeaders=host, Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 Credential=/" GOOD_SCOPE ", SignedHeaders=host, Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 Credential=a/20150830//codedeploy/aws4_request, SignedHeaders=host, "
    "Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 Credential=a/" GOOD_SCOPE ", SignedHeaders=, Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 Credential=a/" GOOD_SCOPE ", SignedHeaders=host;, Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 Credential=a/" GOOD_SCOPE
    ", SignedHeaders=host;;x, Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 Credential=a/" GOOD_SCOPE ", SignedHeaders=Host, Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 Credential=a/" GOOD_SCOPE
    ", SignedHeaders=host;host, Signature=" GOOD_SIGNATURE,
    "AWS4-HMAC-SHA256 Credential=\xff\xff/x, SignedHeaders=host, Signature=" GOOD_SIGNATURE,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_auto (Fixture) f;

    fixture_init (&f);
    fixture_add (&f, "X-Amz-Date", "20150830T123600Z");
    fixture_add (&f, "Authorization", bad[i]);
    g_autofree char *shown = g_strescape (bad[i], NULL);
    g_test_message ("%s", shown);
    refuse (&f, SIGV4_ERROR_INCOMPLETE);
  }
}

static void
test_parts_come_in_any_order_and_spacing (void)
{
  static const char *const forms[] = {
    "AWS4-HMAC-SHA256 %1$s, %2$s, %3$s",
    "AWS4-HMAC-SHA256 %3$s,%2$s,%1$s",
    "AWS4-HMAC-SHA256   %2$s ,\t%1$s ,\r\n %3$s  ",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++) {
    g_auto (Fixture) f;
    Sigv4Header *authorization;
    g_auto (GStrv) parts = NULL;
    g_autofree char *text = NULL;

    fixture_init (&f);
    fixture_sign (&f);
    authorization = fixture_header (&f, "Authorization");
    parts = g_strsplit (authorization->value + strlen ("AWS4-HMAC-SHA256 "), ", ", 3);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    text = g_strdup_printf (forms[i], parts[0], parts[1], parts[2]);
#pragma GCC diagnostic pop
    authorization->value = text;
    accept (&f);
  }
}

static void
test_twice_given_headers_are_incomplete (void)
{
  static const char *const names[] = { "Authorization", "X-Amz-Date", "X-Amz-Security-Token",
                                       "X-Amz-Content-Sha256" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_auto (Fixture) f;

    fixture_init (&f);
    fixture_sign (&f);
    fixture_add (&f, names[i], "20150830T123600Z");
    fixture_add (&f, names[i], "20150830T123600Z");
    refuse (&f, SIGV4_ERROR_INCOMPLETE);
  }
}

static void
test_dates (void)
{
  g_auto (Fixture) f;
  Sigv4Header *date;

  fixture_init (&f);
  fixture_sign (&f);
  date = fixture_header (&f, "X-Amz-Date");
  date->value = "2015-08-30T12:36:00Z";
  refuse (&f, SIGV4_ERROR_INCOMPLETE);
  date->value = "";
  refuse (&f, SIGV4_ERROR_INCOMPLETE);
  date->name = "Something";
  refuse (&f, SIGV4_ERROR_INCOMPLETE);
}

/* Checklist 40. A signer that knows only Date signs it, and the string to sign has its instant. */
static void
test_date_header_stands_in_for_amz_date (void)
{
  g_auto (Fixture) f;
  g_autoptr (GError) error = NULL;
  Sigv4Auth auth;

  fixture_init (&f);
  fixture_add (&f, "Date", "Sun, 30 Aug 2015 12:36:00 GMT");
  fixture_add (&f, "Authorization",
               "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/" GOOD_SCOPE
               ", SignedHeaders=date;host;x-amz-target, Signature="
               "0000000000000000000000000000000000000000000000000000000000000000");
  g_assert_true (sigv4_parse (&f.request, f.arena, &auth, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (auth.amz_date, ==, "20150830T123600Z");
  g_assert_cmpint (auth.time_ms, ==, NOW_MS);
  refuse (&f, SIGV4_ERROR_MISMATCH);
}

/* api.md 1.4: the answer names what is missing, as AWS does. */
static void
test_texts_name_what_is_wrong (void)
{
  static const struct {
    const char *authorization, *text;
  } cases[] = {
    { "AWS4-HMAC-SHA256 Credential=a/" GOOD_SCOPE ", SignedHeaders=host",
      "Authorization header requires 'Signature' parameter. " },
    { "AWS4-HMAC-SHA256 Signature=" GOOD_SIGNATURE,
      "Authorization header requires 'Credential' parameter. Authorization header requires "
      "'SignedHeaders' parameter. " },
    { "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/codedeploy, SignedHeaders=host, "
      "Signature=" GOOD_SIGNATURE,
      "Credential must have exactly 5 slash-delimited elements, e.g. "
      "keyid/date/region/service/term, got 'AKIDEXAMPLE/20150830/us-east-1/codedeploy'" },
    { "AWS4-HMAC-SHA256 Credential=a/" GOOD_SCOPE ", SignedHeaders=host, Signature=" GOOD_SIGNATURE,
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header." },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_auto (Fixture) f;
    Sigv4Auth auth;

    fixture_init (&f);
    fixture_add (&f, "Authorization", cases[i].authorization);
    g_assert_false (sigv4_parse (&f.request, f.arena, &auth, &error));
    g_assert_error (error, SIGV4_ERROR, SIGV4_ERROR_INCOMPLETE);
    g_assert_cmpstr (error->message, ==, cases[i].text);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(path, function) g_test_add_func ("/sigv4-parse/" path, function)
  TEST ("unsigned-request-misses-its-token", test_unsigned_request_misses_its_token);
  TEST ("unreadable-authorization-is-incomplete", test_unreadable_authorization_is_incomplete);
  TEST ("parts-come-in-any-order-and-spacing", test_parts_come_in_any_order_and_spacing);
  TEST ("twice-given-headers-are-incomplete", test_twice_given_headers_are_incomplete);
  TEST ("dates", test_dates);
  TEST ("date-header-stands-in-for-amz-date", test_date_header_stands_in_for_amz_date);
  TEST ("texts-name-what-is-wrong", test_texts_name_what_is_wrong);
  return g_test_run ();
}
