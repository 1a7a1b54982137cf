#include "bench/host-request.h"

#include <string.h>
#include <time.h>

#include "core/sigv4.h"

#define CONTENT_TYPE  "application/x-amz-json-1.1"
#define AGENT_VERSION "OFFICIAL_1.8.0-bench"

static void
set_stamp (RequestScope *scope)
{
  time_t now = time (NULL);
  if (now == scope->stamp_s)
    return;
  struct tm utc;
  gmtime_r (&now, &utc);
  strftime (scope->stamp, sizeof scope->stamp, "%Y%m%dT%H%M%SZ", &utc);
  scope->stamp_s = now;
}

static void
set_key (const RequestScope *scope, RequestIdentity *identity)
{
  if (strncmp (identity->date, scope->stamp, 8) == 0)
    return;
  memcpy (identity->date, scope->stamp, 8);
  identity->date[8] = '\0';
  sigv4_derive_key (identity->secret, identity->date, scope->region, identity->service,
                    identity->key);
}

void
host_request_write (RequestScope *scope, RequestIdentity *identity, const char *target,
                    const char *conversation, const char *body, gsize body_length, GString *out)
{
  char body_hex[DIGEST_SHA256_HEX_SIZE], canonical_hex[DIGEST_SHA256_HEX_SIZE];
  char signature_hex[DIGEST_SHA256_HEX_SIZE], credential[128], text[1024];
  guint8 signature[DIGEST_SHA256_SIZE];
  const char *names = conversation != NULL
                          ? "content-type;host;x-amz-codedeploy-agent-version;x-amz-content-sha256;"
                            "x-amz-date;x-amz-target;x-slipway-conversation"
                          : "content-type;host;x-amz-codedeploy-agent-version;x-amz-content-sha256;"
                            "x-amz-date;x-amz-target";
  set_stamp (scope);
  set_key (scope, identity);
  digest_sha256_hex (body, body_length, body_hex);
  int length = g_snprintf (
      text, sizeof text,
      "POST\n/\n\ncontent-type:" CONTENT_TYPE
      "\nhost:%s\nx-amz-codedeploy-agent-version:" AGENT_VERSION
      "\nx-amz-content-sha256:%s\nx-amz-date:%s\nx-amz-target:%s\n%s%s%s\n%s\n%s",
      scope->host, body_hex, scope->stamp, target,
      conversation != NULL ? "x-slipway-conversation:" : "",
      conversation != NULL ? conversation : "", conversation != NULL ? "\n" : "", names, body_hex);
  digest_sha256_hex (text, (gsize)length, canonical_hex);
  g_snprintf (credential, sizeof credential, "%s/%s/%s/aws4_request", identity->date, scope->region,
              identity->service);
  length = g_snprintf (text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%s\n%s", scope->stamp, credential,
                       canonical_hex);
  digest_hmac_sha256 (identity->key, sizeof identity->key, text, (gsize)length, signature);
  digest_hex (signature, sizeof signature, signature_hex);
  g_string_append_printf (
      out,
      "POST / HTTP/1.1\r\nHost: %s\r\nContent-Type: " CONTENT_TYPE "\r\nX-Amz-Date: %s\r\n"
      "X-Amz-Target: %s\r\nX-Amz-Content-Sha256: "
      "%s\r\nx-amz-codedeploy-agent-version: " AGENT_VERSION
      "\r\n%s%s%sAuthorization: AWS4-HMAC-SHA256 Credential=%s/%s, "
      "SignedHeaders=%s, Signature=%s\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
      scope->host, scope->stamp, target, body_hex,
      conversation != NULL ? "x-slipway-conversation: " : "",
      conversation != NULL ? conversation : "", conversation != NULL ? "\r\n" : "",
      identity->access_key_id, credential, names, signature_hex, body_length);
  g_string_append_len (out, body, (gssize)body_length);
}

gboolean
host_request_find_text (const char *json, gsize length, const char *name, char *out, gsize size)
{
  char quoted[64];
  int n = g_snprintf (quoted, sizeof quoted, "\"%s\":\"", name);
  *out = '\0';
  const char *at = memmem (json, length, quoted, (gsize)n);
  if (at == NULL)
    return FALSE;
  at += n;
  const char *end = memchr (at, '"', length - (gsize)(at - json));
  if (end == NULL || (gsize)(end - at) >= size)
    return FALSE;
  memcpy (out, at, (gsize)(end - at));
  out[end - at] = '\0';
  return TRUE;
}
