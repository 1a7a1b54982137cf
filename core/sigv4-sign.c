#include "core/sigv4-sign.h"

#include "core/sigv4-canonical.h"
#include "core/time-iso8601.h"

#include <string.h>

#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* What proxies and transports change, and what signing itself makes. */
static gboolean
is_left_unsigned (const char *name)
{
  static const char *const names[] = { "authorization", "connection",      "user-agent",
                                       "expect",        "x-amzn-trace-id", "transfer-encoding" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (name, names[i]) == 0)
      return TRUE;
  return FALSE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* Lower-case names of the headers to sign, sorted, each once; in arena. */
static const char **
signed_names (const Sigv4Request *request, Arena *arena, gsize *out_n)
{
  const char **names = arena_new0_n (arena, const char *, request->n_headers);
  gsize n = 0;
  gsize unique = 0;

  for (gsize i = 0; i < request->n_headers; i++)
    if (!is_left_unsigned (request->headers[i].name)) {
      char *name = arena_strdup (arena, request->headers[i].name);

      for (char *c = name; *c != '\0'; c++)
        *c = g_ascii_tolower (*c);
      names[n++] = name;
    }
  if (n > 1)
    qsort (names, n, sizeof *names, compare_names);
  for (gsize i = 0; i < n; i++)
    if (unique == 0 || strcmp (names[unique - 1], names[i]) != 0)
      names[unique++] = names[i];
  *out_n = unique;
  return names;
}

static const char *
join_names (const char *const *names, gsize n, Arena *arena)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < n; i++) {
    if (i > 0)
      g_string_append_c (text, ';');
    g_string_append (text, names[i]);
  }
  return arena_strdup (arena, text->str);
}

/* Everything that depends on when and for what is signed. */
typedef struct {
  char amz_date[TIME_AMZ_SIZE];
  char date[TIME_DATE_SIZE];
  const char *scope;
  guint8 key[SIGV4_KEY_SIZE];
} SigningScope;

static SigningScope
signing_scope (const Sigv4Signer *signer, Arena *arena)
{
  SigningScope scope;

  time_format_amz (signer->time_ms, scope.amz_date);
  time_format_date (signer->time_ms, scope.date);
  scope.scope =
      arena_printf (arena, "%s/%s/%s/aws4_request", scope.date, signer->region, signer->service);
  sigv4_derive_key (signer->credentials->secret_access_key, scope.date, signer->region,
                    signer->service, scope.key);
  return scope;
}

void
sigv4_sign_headers (const Sigv4Signer *signer, const Sigv4Request *request, const char *payload,
                    Arena *arena, Sigv4Signature *out)
{
  SigningScope scope = signing_scope (signer, arena);
  g_autoptr (GString) canonical = g_string_sized_new (1024);
  Sigv4Header *headers =
      arena_new0_n (arena, Sigv4Header, request->n_headers + G_N_ELEMENTS (out->headers));
  Sigv4Request full = *request;
  char hex[DIGEST_SHA256_HEX_SIZE];
  const char **names;
  gsize n_names;

  if (payload == NULL)
    payload = EMPTY_SHA256;
  out->n = 0;
  out->headers[out->n++] = (Sigv4Header){ "X-Amz-Date", arena_strdup (arena, scope.amz_date) };
  if (signer->credentials->session_token != NULL)
    out->headers[out->n++] =
        (Sigv4Header){ "X-Amz-Security-Token",
                       arena_strdup (arena, signer->credentials->session_token) };
  if (signer->dialect == SIGV4_DIALECT_S3)
    out->headers[out->n++] = (Sigv4Header){ "X-Amz-Content-Sha256", arena_strdup (arena, payload) };

  if (request->n_headers > 0)
    memcpy (headers, request->headers, request->n_headers * sizeof *headers);
  memcpy (headers + request->n_headers, out->headers, out->n * sizeof *headers);
  full.headers = headers;
  full.n_headers = request->n_headers + out->n;

  names = signed_names (&full, arena, &n_names);
  sigv4_canonical_request (&full, signer->dialect, names, n_names, payload, canonical);
  sigv4_signature (scope.key, scope.amz_date, scope.scope, canonical, out->signature);
  memcpy (out->key, scope.key, sizeof out->key);
  digest_hex (out->signature, sizeof out->signature, hex);
  out->headers[out->n++] = (Sigv4Header){
    "Authorization",
    arena_printf (arena, "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s",
                  signer->credentials->access_key_id, scope.scope,
                  join_names (names, n_names, arena), hex)
  };
}

static void
append_parameter (GString *query, const char *name, const char *value)
{
  if (query->len > 0)
    g_string_append_c (query, '&');
  g_string_append (query, name);
  g_string_append_c (query, '=');
  sigv4_encode (value, strlen (value), SIGV4_ENCODE_SLASH, query);
}

char *
sigv4_presign_query (const Sigv4Signer *signer, const Sigv4Request *request, const char *payload,
                     gint64 expires_s, Arena *arena)
{
  SigningScope scope = signing_scope (signer, arena);
  g_autoptr (GString) canonical = g_string_sized_new (1024);
  g_autoptr (GString) query = g_string_new (request->query);
  Sigv4Request full = *request;
  guint8 signature[DIGEST_SHA256_SIZE];
  char hex[DIGEST_SHA256_HEX_SIZE];
  const char **names;
  gsize n_names;

  g_assert (expires_s >= 1 && expires_s <= SIGV4_MAX_EXPIRES_S);
  if (payload == NULL)
    payload = signer->dialect == SIGV4_DIALECT_S3 ? sigv4_payload_name (SIGV4_PAYLOAD_UNSIGNED)
                                                  : EMPTY_SHA256;
  names = signed_names (request, arena, &n_names);
  append_parameter (query, "X-Amz-Algorithm", "AWS4-HMAC-SHA256");
  append_parameter (query, "X-Amz-Credential",
                    arena_printf (arena, "%s/%s", signer->credentials->access_key_id, scope.scope));
  append_parameter (query, "X-Amz-Date", scope.amz_date);
  append_parameter (query, "X-Amz-Expires", arena_printf (arena, "%" G_GINT64_FORMAT, expires_s));
  append_parameter (query, "X-Amz-SignedHeaders", join_names (names, n_names, arena));
  if (signer->credentials->session_token != NULL)
    append_parameter (query, "X-Amz-Security-Token", signer->credentials->session_token);

  full.query = query->str;
  sigv4_canonical_request (&full, signer->dialect, names, n_names, payload, canonical);
  sigv4_signature (scope.key, scope.amz_date, scope.scope, canonical, signature);
  digest_hex (signature, sizeof signature, hex);
  append_parameter (query, "X-Amz-Signature", hex);
  return arena_strdup (arena, query->str);
}
