#pragma once

/* For the tests of signatures only: a request as the AWS CLI sends it, signed, to be bent by a test before it is judged. */

#include "core/sigv4-parse.h"
#include "core/sigv4-sign.h"

#include <string.h>

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define BODY   "{\"applicationName\":\"shop\"}"

static const Sigv4Credentials credentials = { "AKIDEXAMPLE", SECRET, NULL };
static const char *const services[] = { "codedeploy", NULL };
static const char *const regions[] = { "eu-central-1", "us-east-1", NULL };
static const Sigv4Rules json_rules = { SIGV4_DIALECT_JSON, services, regions,
                                       SIGV4_MAX_SKEW_JSON_S };

#define NOW_MS G_GINT64_CONSTANT (1440938160000) /* 2015-08-30T12:36:00Z */

#define GOOD_SIGNATURE "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
#define GOOD_SCOPE     "20150830/eu-central-1/codedeploy/aws4_request"

/* A request as it arrives: changed by a test after it was signed. */
typedef struct {
  Arena *arena;
  Sigv4Header headers[24];
  Sigv4Request request;
  const char *body;
} Fixture;

G_GNUC_UNUSED static void
fixture_add (Fixture *f, const char *name, const char *value)
{
  g_assert (f->request.n_headers < G_N_ELEMENTS (f->headers));
  f->headers[f->request.n_headers++] = (Sigv4Header){ name, value };
  f->request.headers = f->headers;
}

G_GNUC_UNUSED static Sigv4Header *
fixture_header (Fixture *f, const char *name)
{
  for (gsize i = 0; i < f->request.n_headers; i++)
    if (g_ascii_strcasecmp (f->headers[i].name, name) == 0)
      return &f->headers[i];
  return NULL;
}

/* What the AWS CLI sends, unsigned yet. */
G_GNUC_UNUSED static void
fixture_init (Fixture *f)
{
  memset (f, 0, sizeof *f);
  f->arena = arena_new ();
  f->request = (Sigv4Request){ "POST", "/", NULL, f->headers, 0 };
  f->body = BODY;
  fixture_add (f, "Host", "127.0.0.1:8600");
  fixture_add (f, "X-Amz-Target", "CodeDeploy_20141006.GetApplication");
  fixture_add (f, "Content-Type", "application/x-amz-json-1.1; charset=utf-8");
}

G_GNUC_UNUSED static void
fixture_clear (Fixture *f)
{
  arena_free (f->arena);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

G_GNUC_UNUSED static void
fixture_sign_as (Fixture *f, const Sigv4Credentials *with, const char *region, const char *service,
                 gint64 time_ms)
{
  const Sigv4Signer signer = { with, SIGV4_DIALECT_JSON, region, service, time_ms };
  char payload[DIGEST_SHA256_HEX_SIZE];
  Sigv4Signature signature;

  digest_sha256_hex (f->body, strlen (f->body), payload);
  sigv4_sign_headers (&signer, &f->request, payload, f->arena, &signature);
  for (gsize i = 0; i < signature.n; i++)
    fixture_add (f, signature.headers[i].name, signature.headers[i].value);
}

G_GNUC_UNUSED static void
fixture_sign (Fixture *f)
{
  fixture_sign_as (f, &credentials, "eu-central-1", "codedeploy", NOW_MS);
}

G_GNUC_UNUSED static gboolean
fixture_verify_at (Fixture *f, const Sigv4Rules *rules, gint64 now_ms, GError **error)
{
  Sigv4Auth auth;
  guint8 key[SIGV4_KEY_SIZE];
  guint8 body_sha256[DIGEST_SHA256_SIZE];

  if (!sigv4_parse (&f->request, f->arena, &auth, error))
    return FALSE;
  sigv4_derive_key (SECRET, auth.date, auth.region, auth.service, key);
  digest_sha256 (f->body, strlen (f->body), body_sha256);
  return sigv4_verify (&f->request, &auth, rules, key, now_ms, body_sha256, error);
}

G_GNUC_UNUSED static void
accept (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (fixture_verify_at (f, &json_rules, NOW_MS, &error));
  g_assert_no_error (error);
}

G_GNUC_UNUSED static void
refuse (Fixture *f, Sigv4Error expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (fixture_verify_at (f, &json_rules, NOW_MS, &error));
  g_assert_error (error, SIGV4_ERROR, (gint)expected);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}
