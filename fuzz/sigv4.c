/* A request as on the wire: "METHOD /path?query", header lines, an empty line, the body. Parsed, and verified for both dialects. */
#include "core/sigv4.h"
#include "core/sigv4-canonical.h"
#include "fuzz/fuzz-target.h"

#include <string.h>

#define MAX_HEADERS 64

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

static void
check (const Sigv4Request *request, const Sigv4Auth *auth, Sigv4Dialect dialect, const char *body)
{
  const Sigv4Rules rules = { dialect, NULL, NULL, SIGV4_MAX_SKEW_JSON_S };
  g_autoptr (GError) error = NULL;
  guint8 key[SIGV4_KEY_SIZE];
  guint8 hash[DIGEST_SHA256_SIZE];

  sigv4_derive_key ("secret", auth->date, auth->region, auth->service, key);
  digest_sha256 (body, strlen (body), hash);
  FUZZ_CHECK (sigv4_verify (request, auth, &rules, key, auth->time_ms, hash, &error), error);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) canonical = g_string_new (NULL);
  char *rest = arena_strndup (arena, (const char *)data, size);
  char *line = rest == NULL ? NULL : take_line (&rest);
  Sigv4Header headers[MAX_HEADERS];
  Sigv4Request request = { .headers = headers };
  Sigv4Auth auth;
  gboolean parsed;

  if (line == NULL || (request.path = strchr (line, ' ')) == NULL)
    return 0;
  *strchr (line, ' ') = '\0';
  request.method = line;
  request.path++;
  if ((line = strchr (request.path, '?')) != NULL) {
    *line = '\0';
    request.query = line + 1;
  }
  while (request.n_headers < MAX_HEADERS && *(line = take_line (&rest)) != '\0') {
    char *colon = strchr (line, ':');

    if (colon != NULL)
      *colon++ = '\0';
    headers[request.n_headers++] = (Sigv4Header){ line, colon == NULL ? "" : colon };
  }

  sigv4_canonical_request (&request, SIGV4_DIALECT_JSON, NULL, 0, "", canonical);
  parsed = sigv4_parse (&request, arena, &auth, &error);
  FUZZ_CHECK (parsed, error);
  if (parsed) {
    check (&request, &auth, SIGV4_DIALECT_JSON, rest);
    check (&request, &auth, SIGV4_DIALECT_S3, rest);
  }
  return 0;
}
