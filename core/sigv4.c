#include "core/sigv4.h"

#include "core/failure.h"
#include "core/sigv4-canonical.h"
#include "core/time-iso8601.h"

ENUM_NAMES_DEFINE (Sigv4Payload, sigv4_payload, SIGV4_PAYLOAD_LIST)

G_DEFINE_QUARK (slipway_sigv4_error, sigv4_error)

#define TERMINATOR "aws4_request"
#define MAX_SECRET 256

#define fail(error, code, ...) failure_set ((error), SIGV4_ERROR, (code), __VA_ARGS__)

void
sigv4_derive_key (const char *secret, const char *date, const char *region, const char *service,
                  guint8 out[SIGV4_KEY_SIZE])
{
  const char *const steps[] = { date, region, service, TERMINATOR };
  char first[MAX_SECRET + 5];
  gsize n = strlen (secret);

  g_assert (n <= MAX_SECRET);
  memcpy (first, "AWS4", 4);
  memcpy (first + 4, secret, n);
  digest_hmac_sha256 (first, n + 4, steps[0], strlen (steps[0]), out);
  explicit_bzero (first, sizeof first);
  for (gsize i = 1; i < G_N_ELEMENTS (steps); i++)
    digest_hmac_sha256 (out, SIGV4_KEY_SIZE, steps[i], strlen (steps[i]), out);
}

static gboolean
is_one_of (const char *text, const char *const *list)
{
  if (list == NULL)
    return TRUE;
  for (; *list != NULL; list++)
    if (strcmp (text, *list) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
check_scope (const Sigv4Auth *auth, const Sigv4Rules *rules, GError **error)
{
  if (strcmp (auth->terminator, TERMINATOR) != 0)
    return fail (error, SIGV4_ERROR_SCOPE,
                 "Credential should be scoped with a valid terminator: 'aws4_request', not '%s'.",
                 auth->terminator);
  if (!is_one_of (auth->service, rules->services))
    return fail (error, SIGV4_ERROR_SCOPE, "Credential should be scoped to correct service: '%s'.",
                 rules->services[0]);
  if (!is_one_of (auth->region, rules->regions))
    return fail (error, SIGV4_ERROR_SCOPE,
                 "Credential should be scoped to a valid region, not '%s'.", auth->region);
  if (strncmp (auth->date, auth->amz_date, 8) != 0 || auth->date[8] != '\0')
    return fail (error, SIGV4_ERROR_SCOPE,
                 "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
                 "from HTTP: '%s' != '%.8s', from '%s'.",
                 auth->date, auth->amz_date, auth->amz_date);
  return TRUE;
}

static gboolean
check_clock (const Sigv4Auth *auth, const Sigv4Rules *rules, gint64 now_ms, GError **error)
{
  gint64 skew_ms = rules->max_skew_s * 1000;
  char now[TIME_AMZ_SIZE], limit[TIME_AMZ_SIZE];

  time_format_amz (now_ms, now);
  if (auth->time_ms > now_ms + skew_ms) {
    time_format_amz (now_ms + skew_ms, limit);
    return fail (error, SIGV4_ERROR_NOT_YET_CURRENT,
                 "Signature not yet current: %s is still later than %s (%s + %" G_GINT64_FORMAT
                 " min.)",
                 auth->amz_date, limit, now, rules->max_skew_s / 60);
  }
  if (auth->presigned) {
    if (now_ms <= auth->time_ms + auth->expires_s * 1000)
      return TRUE;
    time_format_amz (auth->time_ms + auth->expires_s * 1000, limit);
    return fail (error, SIGV4_ERROR_PRESIGNED_EXPIRED,
                 "Signature expired: the presigned request was valid until %s, now is %s", limit,
                 now);
  }
  if (now_ms - auth->time_ms > skew_ms) {
    time_format_amz (now_ms - skew_ms, limit);
    return fail (error, SIGV4_ERROR_EXPIRED,
                 "Signature expired: %s is now earlier than %s (%s - %" G_GINT64_FORMAT " min.)",
                 auth->amz_date, limit, now, rules->max_skew_s / 60);
  }
  return TRUE;
}

static gboolean
header_is_signed (const Sigv4Auth *auth, const char *name)
{
  for (gsize i = 0; i < auth->n_signed_headers; i++)
    if (g_ascii_strcasecmp (auth->signed_headers[i], name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
check_signed_headers (const Sigv4Request *request, const Sigv4Auth *auth, GError **error)
{
  gsize n_hosts = 0;

  if (!header_is_signed (auth, "host"))
    return fail (error, SIGV4_ERROR_UNSIGNED_HEADER,
                 "'Host' must be a 'SignedHeader' in the AWS Authorization");
  for (gsize i = 0; i < request->n_headers; i++) {
    const char *name = request->headers[i].name;

    n_hosts += g_ascii_strcasecmp (name, "host") == 0;
    if (g_ascii_strncasecmp (name, "x-amz-", 6) == 0 && !header_is_signed (auth, name))
      return fail (error, SIGV4_ERROR_UNSIGNED_HEADER,
                   "'%.100s' must be a 'SignedHeader' in the AWS Authorization", name);
  }
  if (n_hosts != 1)
    return fail (error, SIGV4_ERROR_UNSIGNED_HEADER, "the request must have one Host header");
  return TRUE;
}

static gboolean
check_payload_kind (const Sigv4Auth *auth, const Sigv4Rules *rules, GError **error)
{
  if (auth->payload == SIGV4_PAYLOAD_ABSENT || auth->payload == SIGV4_PAYLOAD_HASH)
    return TRUE;
  if (auth->payload == SIGV4_PAYLOAD_OTHER || rules->dialect != SIGV4_DIALECT_S3)
    return fail (error, SIGV4_ERROR_PAYLOAD_KIND,
                 "x-amz-content-sha256 is \"%.100s\"; it must be %s", auth->payload_text,
                 rules->dialect == SIGV4_DIALECT_S3
                     ? "a SHA-256 in hex, UNSIGNED-PAYLOAD, or a kind of STREAMING that is known"
                     : "the SHA-256 of the body in hex");
  return TRUE;
}

gboolean
sigv4_check (const Sigv4Request *request, const Sigv4Auth *auth, const Sigv4Rules *rules,
             gint64 now_ms, GError **error)
{
  return check_scope (auth, rules, error) && check_clock (auth, rules, now_ms, error) &&
         check_signed_headers (request, auth, error) && check_payload_kind (auth, rules, error);
}

/* The last line of the canonical request. */
static gboolean
choose_payload (const Sigv4Auth *auth, const Sigv4Rules *rules, const guint8 *body_sha256,
                char buffer[DIGEST_SHA256_HEX_SIZE], const char **out, GError **error)
{
  if (auth->payload == SIGV4_PAYLOAD_HASH && body_sha256 != NULL &&
      !digest_equal (auth->payload_sha256, body_sha256, DIGEST_SHA256_SIZE))
    return fail (error, SIGV4_ERROR_PAYLOAD, "x-amz-content-sha256 is not the SHA-256 of the body");
  if (auth->payload != SIGV4_PAYLOAD_ABSENT)
    *out = auth->payload_text;
  else if (rules->dialect == SIGV4_DIALECT_S3 && auth->presigned)
    *out = sigv4_payload_name (SIGV4_PAYLOAD_UNSIGNED);
  else if (body_sha256 != NULL) {
    digest_hex (body_sha256, DIGEST_SHA256_SIZE, buffer);
    *out = buffer;
  } else
    return fail (error, SIGV4_ERROR_PAYLOAD_KIND,
                 "the request lacks the header x-amz-content-sha256");
  return TRUE;
}

gboolean
sigv4_verify (const Sigv4Request *request, const Sigv4Auth *auth, const Sigv4Rules *rules,
              const guint8 key[SIGV4_KEY_SIZE], gint64 now_ms, const guint8 *body_sha256,
              GError **error)
{
  g_autoptr (GString) canonical = NULL;
  char buffer[DIGEST_SHA256_HEX_SIZE];
  guint8 signature[DIGEST_SHA256_SIZE];
  const char *payload = NULL;

  g_assert (rules->dialect == SIGV4_DIALECT_S3 || body_sha256 != NULL);
  if (!sigv4_check (request, auth, rules, now_ms, error) ||
      !choose_payload (auth, rules, body_sha256, buffer, &payload, error))
    return FALSE;
  canonical = g_string_sized_new (1024);
  sigv4_canonical_request (request, rules->dialect, auth->signed_headers, auth->n_signed_headers,
                           payload, canonical);
  sigv4_signature (key, auth->amz_date, auth->scope, canonical, signature);
  if (!digest_equal (signature, auth->signature, sizeof signature))
    return fail (error, SIGV4_ERROR_MISMATCH,
                 "The request signature we calculated does not match the signature you provided. "
                 "Check your AWS Secret Access Key and signing method.");
  return TRUE;
}
