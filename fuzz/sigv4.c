/*
 * A request as on the wire: "METHOD /path?query", header lines, an empty line, the body. Three times over, for both dialects:
 *
 *   as it is          it is refused, for nobody has signed with the key
 *   signature put in  the one that the verifier wants to see; then it is accepted, and any bit changed is refused
 *   signed by us      its method, path, query, headers and body, in the header form and presigned; accepted, and refused when
 *                     anything that the signature covers is changed on the way
 */
#include "core/sigv4.h"
#include "core/sigv4-canonical.h"
#include "core/sigv4-parse.h"
#include "core/sigv4-sign.h"
#include "fuzz/fuzz-target.h"

#include <string.h>

#define MAX_HEADERS 64
#define SECRET      "a secret that no input was signed with"
#define NOW_MS      G_GINT64_CONSTANT (1440938160000) /* 20150830T123600Z */
#define EXPIRES_S   60

typedef struct {
  Sigv4Request request;
  Sigv4Header headers[MAX_HEADERS + 8]; /* with room for what signing adds */
  const char *body;
  guint8 body_sha256[DIGEST_SHA256_SIZE];
  char body_hex[DIGEST_SHA256_HEX_SIZE];
  guint8 key[SIGV4_KEY_SIZE]; /* of the scope that it is signed for */
} Message;

/* ---- reading one ---- */

/* Cuts a line off; its end is NUL-terminated in place. */
static char *
take_line (char **rest)
{
  char *line = *rest;
  char *end = strchr (line, '\n');

  if (end != NULL)
    *end++ = '\0';
  *rest = end == NULL ? line + strlen (line) : end;
  return line;
}

static gboolean
read_message (char *text, Message *out)
{
  char *line = take_line (&text);
  char *blank = strchr (line, ' ');
  char *mark;

  if (blank == NULL)
    return FALSE;
  *blank = '\0';
  *out = (Message){ .request = { .method = line, .path = blank + 1, .headers = out->headers } };
  if ((mark = strchr (blank + 1, '?')) != NULL) {
    *mark = '\0';
    out->request.query = mark + 1;
  }
  while (out->request.n_headers < MAX_HEADERS && *(line = take_line (&text)) != '\0') {
    char *colon = strchr (line, ':');

    if (colon != NULL)
      *colon++ = '\0';
    out->headers[out->request.n_headers++] = (Sigv4Header){ line, colon == NULL ? "" : colon };
  }
  out->body = text;
  digest_sha256 (text, strlen (text), out->body_sha256);
  digest_hex (out->body_sha256, sizeof out->body_sha256, out->body_hex);
  return TRUE;
}

/* ---- the verifier, as the server calls it ---- */

static Sigv4Rules
rules_of (Sigv4Dialect dialect)
{
  return (Sigv4Rules){ dialect, NULL, NULL, SIGV4_MAX_SKEW_JSON_S };
}

static gboolean
accepts_parsed (const Message *message, const Sigv4Auth *auth, Sigv4Dialect dialect, gint64 now_ms)
{
  const Sigv4Rules rules = rules_of (dialect);
  g_autoptr (GError) error = NULL;
  gboolean accepted;

  accepted = sigv4_verify (&message->request, auth, &rules, message->key, now_ms,
                           message->body_sha256, &error);
  FUZZ_CHECK (accepted, error);
  return accepted;
}

static gboolean
accepts (const Message *message, Sigv4Dialect dialect, gint64 now_ms, Arena *arena)
{
  g_autoptr (GError) error = NULL;
  Sigv4Auth auth;
  gboolean parsed = sigv4_parse (&message->request, arena, &auth, &error);

  FUZZ_CHECK (parsed, error);
  return parsed && accepts_parsed (message, &auth, dialect, now_ms);
}

/* ---- the signature put in ---- */

static const char *
payload_of (const Message *message, const Sigv4Auth *auth, Sigv4Dialect dialect)
{
  if (auth->payload != SIGV4_PAYLOAD_ABSENT)
    return auth->payload_text;
  return dialect == SIGV4_DIALECT_S3 && auth->presigned ? "UNSIGNED-PAYLOAD" : message->body_hex;
}

static void
put_signature (const Message *message, Sigv4Auth *auth, Sigv4Dialect dialect)
{
  g_autoptr (GString) canonical = g_string_new (NULL);

  sigv4_canonical_request (&message->request, dialect, auth->signed_headers, auth->n_signed_headers,
                           payload_of (message, auth, dialect), canonical);
  sigv4_signature (message->key, auth->amz_date, auth->scope, canonical, auth->signature);
}

static void
check_put_in (const Message *message, Sigv4Auth auth, Sigv4Dialect dialect)
{
  const Sigv4Rules rules = rules_of (dialect);
  gint64 last_ms = auth.time_ms + (auth.presigned ? auth.expires_s : rules.max_skew_s) * 1000;
  gboolean good = sigv4_check (&message->request, &auth, &rules, auth.time_ms, NULL);
  gboolean whole = auth.payload != SIGV4_PAYLOAD_HASH ||
                   memcmp (auth.payload_sha256, message->body_sha256, DIGEST_SHA256_SIZE) == 0;
  guint bit = strlen (message->body) % (8 * sizeof auth.signature);

  g_assert_false (accepts_parsed (message, &auth, dialect, auth.time_ms));
  put_signature (message, &auth, dialect);
  g_assert (accepts_parsed (message, &auth, dialect, auth.time_ms) == (good && whole));
  g_assert (accepts_parsed (message, &auth, dialect, last_ms) == (good && whole));
  g_assert_false (accepts_parsed (message, &auth, dialect, last_ms + 1));
  g_assert_false (
      accepts_parsed (message, &auth, dialect, auth.time_ms - rules.max_skew_s * 1000 - 1));
  auth.signature[bit / 8] ^= (guint8)(1 << bit % 8);
  g_assert_false (accepts_parsed (message, &auth, dialect, auth.time_ms));
}

/* ---- signed by us ---- */

static gboolean
is_token (const char *name)
{
  return name[0] != '\0' &&
         name[strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")] ==
             '\0';
}

/* What a client could send: no signature of another's, one Host. */
static void
make_signable (const Message *from, Message *to)
{
  *to = *from;
  to->request.headers = to->headers;
  to->request.n_headers = 0;
  for (gsize i = 0; i < from->request.n_headers; i++) {
    const char *name = from->headers[i].name;

    if (is_token (name) && g_ascii_strcasecmp (name, "authorization") != 0 &&
        g_ascii_strcasecmp (name, "host") != 0 && g_ascii_strncasecmp (name, "x-amz-", 6) != 0)
      to->headers[to->request.n_headers++] = from->headers[i];
  }
  to->headers[to->request.n_headers++] = (Sigv4Header){ "Host", "localhost:8600" };
  if (to->request.query != NULL && strstr (to->request.query, "X-Amz-") != NULL)
    to->request.query = NULL;
}

static void
refuses_with (const Message *message, const Sigv4Request *changed, Sigv4Dialect dialect,
              Arena *arena)
{
  Message copy = *message;

  copy.request = *changed;
  g_assert_false (accepts (&copy, dialect, NOW_MS, arena));
}

/* None of these leaves the canonical request as it was. */
static void
check_changes (const Message *message, Sigv4Dialect dialect, Arena *arena)
{
  const char *query = message->request.query;
  gsize n = message->request.n_headers;
  Sigv4Request changed = message->request;
  Sigv4Header headers[G_N_ELEMENTS (message->headers)];

  changed.method = arena_printf (arena, "%sX", message->request.method);
  refuses_with (message, &changed, dialect, arena);
  changed = message->request;
  changed.path = arena_printf (arena, "%s/x", message->request.path);
  refuses_with (message, &changed, dialect, arena);
  changed = message->request;
  changed.query = arena_printf (arena, "%s&zz=1", query == NULL ? "" : query);
  refuses_with (message, &changed, dialect, arena);
  changed.query = arena_printf (arena, "%s&X%%2DAmz-Signature=1", query == NULL ? "" : query);
  refuses_with (message, &changed, dialect, arena);

  changed.query = arena_printf (arena, "%s&X-Amz-Signature=1", query == NULL ? "" : query);
  refuses_with (message, &changed, dialect, arena);

  memcpy (headers, message->headers, n * sizeof *headers);
  changed = message->request;
  changed.headers = headers;
  headers[n] = (Sigv4Header){ "X-Amz-Target", "Other.Operation" };
  changed.n_headers = n + 1;
  refuses_with (message, &changed, dialect, arena);
  headers[n] = (Sigv4Header){ "Host", "elsewhere" };
  refuses_with (message, &changed, dialect, arena);
  changed.n_headers = n;
  for (gsize i = 0; i < n; i++)
    if (g_ascii_strcasecmp (headers[i].name, "host") == 0) {
      headers[i].value = "elsewhere";
      refuses_with (message, &changed, dialect, arena);
      headers[i].value = message->headers[i].value;
    }
}

static void
check_body (const Message *message, Sigv4Dialect dialect, Arena *arena)
{
  Message copy = *message;

  copy.request.headers = copy.headers;
  copy.body_sha256[0] ^= 1;
  g_assert_false (accepts (&copy, dialect, NOW_MS, arena));
}

static void
check_signed (const Message *from, Sigv4Dialect dialect, Arena *arena)
{
  const Sigv4Credentials credentials = { "AKIDEXAMPLE", SECRET, NULL };
  const Sigv4Signer signer = { &credentials, dialect, "us-east-1", "service", NOW_MS };
  Sigv4Signature signature;
  Message message;

  make_signable (from, &message);
  sigv4_sign_headers (&signer, &message.request, message.body_hex, arena, &signature);
  for (gsize i = 0; i < signature.n; i++)
    message.headers[message.request.n_headers++] = signature.headers[i];
  memcpy (message.key, signature.key, sizeof message.key);
  g_assert_true (accepts (&message, dialect, NOW_MS, arena));
  check_changes (&message, dialect, arena);
  check_body (&message, dialect, arena);

  make_signable (from, &message);
  memcpy (message.key, signature.key, sizeof message.key);
  message.request.query =
      sigv4_presign_query (&signer, &message.request,
                           dialect == SIGV4_DIALECT_S3 ? NULL : message.body_hex, EXPIRES_S, arena);
  g_assert_true (accepts (&message, dialect, NOW_MS + EXPIRES_S * 1000, arena));
  g_assert_false (accepts (&message, dialect, NOW_MS + EXPIRES_S * 1000 + 1, arena));
  check_changes (&message, dialect, arena);
  if (dialect == SIGV4_DIALECT_JSON)
    check_body (&message, dialect, arena);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const Sigv4Dialect dialects[] = { SIGV4_DIALECT_JSON, SIGV4_DIALECT_S3 };
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  char *text = size == 0 ? NULL : arena_strndup (arena, (const char *)data, size);
  Message message;
  Sigv4Auth auth;
  gboolean parsed;

  if (text == NULL || !read_message (text, &message))
    return 0;
  parsed = sigv4_parse (&message.request, arena, &auth, &error);
  FUZZ_CHECK (parsed, error);
  if (parsed)
    sigv4_derive_key (SECRET, auth.date, auth.region, auth.service, message.key);
  for (gsize i = 0; i < G_N_ELEMENTS (dialects); i++) {
    if (parsed)
      check_put_in (&message, auth, dialects[i]);
    check_signed (&message, dialects[i], arena);
  }
  return 0;
}
