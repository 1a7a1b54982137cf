#include "core/sigv4-parse.h"

#include "core/failure.h"
#include "core/time-iso8601.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

/* Longer ones do not exist; the bounds keep the string to sign in a buffer of fixed size. */
#define MAX_ACCESS_KEY_ID 128
#define MAX_SCOPE_PART    64
#define MAX_TOKEN         8192

#define BLANKS " \t\r\n"

#define fail(error, code, ...) failure_set ((error), SIGV4_ERROR, (code), __VA_ARGS__)

/* ---- Finding things in the request ---- */

/* The one header of this name; *out NULL when there is none. Two of them would leave open which one was meant. */
static gboolean
find_header (const Sigv4Request *request, const char *name, const char **out, GError **error)
{
  *out = NULL;
  for (gsize i = 0; i < request->n_headers; i++)
    if (g_ascii_strcasecmp (request->headers[i].name, name) == 0) {
      if (*out != NULL)
        return fail (error, SIGV4_ERROR_INCOMPLETE, "the header %s is given twice", name);
      *out = request->headers[i].value;
    }
  return TRUE;
}

/* The raw value of a query parameter (its length in *out_n), or NULL. Names that start with X-Amz need no decoding. */
static const char *
find_parameter (const char *query, const char *name, gsize *out_n)
{
  gsize name_length = strlen (name);

  for (const char *pair = query == NULL ? "" : query; *pair != '\0';) {
    gsize n = strcspn (pair, "&");

    if (n >= name_length && memcmp (pair, name, name_length) == 0 &&
        (n == name_length || pair[name_length] == '=')) {
      *out_n = n == name_length ? 0 : n - name_length - 1;
      return pair + n - *out_n;
    }
    pair += n;
    if (*pair == '&')
      pair++;
  }
  return NULL;
}

/* The decoded value of a parameter, or NULL when it is absent or hides a NUL. */
static const char *
decode_parameter (const Sigv4Request *request, const char *name, Arena *arena)
{
  gsize n = 0;
  const char *raw = find_parameter (request->query, name, &n);
  char *text, *end;

  if (raw == NULL)
    return NULL;
  text = end = arena_strndup (arena, raw, n);
  for (gsize i = 0; i < n; i++) {
    char c = raw[i];

    if (c == '%' && i + 2 < n && g_ascii_isxdigit (raw[i + 1]) && g_ascii_isxdigit (raw[i + 2])) {
      c = (char)(g_ascii_xdigit_value (raw[i + 1]) << 4 | g_ascii_xdigit_value (raw[i + 2]));
      i += 2;
    }
    if (c == '\0')
      return NULL;
    *end++ = c;
  }
  *end = '\0';
  return text;
}

static gboolean
is_given_twice (const char *query, const char *name)
{
  gsize n = 0;
  const char *value = find_parameter (query, name, &n);

  return value != NULL && find_parameter (value + n, name, &n) != NULL;
}

static gboolean
is_presigned (const Sigv4Request *request)
{
  gsize n;

  return find_parameter (request->query, "X-Amz-Algorithm", &n) != NULL ||
         find_parameter (request->query, "X-Amz-Signature", &n) != NULL;
}

gboolean
sigv4_is_signed (const Sigv4Request *request)
{
  for (gsize i = 0; i < request->n_headers; i++)
    if (g_ascii_strcasecmp (request->headers[i].name, "Authorization") == 0)
      return TRUE;
  return is_presigned (request);
}

/* ---- Taking the credentials apart ---- */

static gboolean
take_credential (const char *credential, Arena *arena, Sigv4Auth *out, GError **error)
{
  char *text = arena_strdup (arena, credential);
  char *parts[5];
  gsize n = 0;

  for (char *part = text; part != NULL; n++) {
    char *slash = strchr (part, '/');

    if (n == G_N_ELEMENTS (parts))
      break;
    parts[n] = part;
    if (n == 0 && slash != NULL)
      out->scope = arena_strdup (arena, slash + 1);
    if (slash != NULL)
      *slash++ = '\0';
    part = slash;
  }
  if (n != G_N_ELEMENTS (parts) ||
      strlen (parts[4]) + (gsize)(parts[4] - text) != strlen (credential))
    return fail (error, SIGV4_ERROR_INCOMPLETE,
                 "Credential must have exactly 5 slash-delimited elements, e.g. "
                 "keyid/date/region/service/term, got '%.200s'",
                 credential);
  for (gsize i = 0; i < n; i++)
    if (parts[i][0] == '\0' || strlen (parts[i]) > (i == 0 ? MAX_ACCESS_KEY_ID : MAX_SCOPE_PART))
      return fail (error, SIGV4_ERROR_INCOMPLETE,
                   "part %" G_GSIZE_FORMAT " of Credential is empty or too long", i + 1);
  out->access_key_id = parts[0];
  out->date = parts[1];
  out->region = parts[2];
  out->service = parts[3];
  out->terminator = parts[4];
  return TRUE;
}

/* A header's name in the one form that SignedHeaders may have. */
static gboolean
is_lower_token (const char *name)
{
  for (const char *c = name; *c != '\0'; c++)
    if (!g_ascii_islower (*c) && !g_ascii_isdigit (*c) && strchr ("-_.!#$%&'*+^`|~", *c) == NULL)
      return FALSE;
  return name[0] != '\0';
}

static gboolean
take_signed_headers (const char *list, Arena *arena, Sigv4Auth *out, GError **error)
{
  char *text = arena_strdup (arena, list);
  const char **names;
  gsize n = 1;

  for (const char *c = list; *c != '\0'; c++)
    n += *c == ';';
  if (n > SIGV4_MAX_SIGNED_HEADERS)
    return fail (error, SIGV4_ERROR_INCOMPLETE, "SignedHeaders names more than %d headers",
                 SIGV4_MAX_SIGNED_HEADERS);
  names = arena_new0_n (arena, const char *, n);
  for (gsize i = 0; i < n; i++) {
    char *end = strchr (text, ';');

    if (end != NULL)
      *end = '\0';
    if (!is_lower_token (text))
      return fail (error, SIGV4_ERROR_INCOMPLETE,
                   "SignedHeaders must list header names in lower case, not \"%.200s\"", list);
    for (gsize j = 0; j < i; j++)
      if (strcmp (names[j], text) == 0)
        return fail (error, SIGV4_ERROR_INCOMPLETE, "SignedHeaders names %.100s twice", text);
    names[i] = text;
    text = end == NULL ? text : end + 1;
  }
  out->signed_headers = names;
  out->n_signed_headers = n;
  out->signed_headers_text = arena_strdup (arena, list);
  return TRUE;
}

/* A signature of another form is simply a wrong one. */
static gboolean
take_signature (const char *text, Sigv4Auth *out, GError **error)
{
  if (strlen (text) == 2 * sizeof out->signature &&
      digest_unhex (text, out->signature, sizeof out->signature))
    return TRUE;
  return fail (error, SIGV4_ERROR_MISMATCH, "Signature is not 64 hex digits");
}

static gboolean
take_amz_date (const char *text, const char *where, Arena *arena, Sigv4Auth *out, GError **error)
{
  if (!time_parse_amz (text, &out->time_ms))
    return fail (error, SIGV4_ERROR_INCOMPLETE,
                 "%s must have the form yyyymmddThhmmssZ, not \"%.50s\"", where, text);
  out->amz_date = arena_strdup (arena, text);
  return TRUE;
}

#define NEEDS_DATE                                                                                 \
  "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."

static char *
trimmed (Arena *arena, const char *text)
{
  gsize start = strspn (text, BLANKS);
  gsize n = strlen (text + start);

  while (n > 0 && strchr (BLANKS, text[start + n - 1]) != NULL)
    n--;
  return arena_strndup (arena, text + start, n);
}

static gboolean
take_date_headers (const Sigv4Request *request, Arena *arena, Sigv4Auth *out, GError **error)
{
  const char *amz_date, *date;
  char formatted[TIME_AMZ_SIZE];

  if (!find_header (request, "X-Amz-Date", &amz_date, error))
    return FALSE;
  if (amz_date != NULL)
    return take_amz_date (trimmed (arena, amz_date), "X-Amz-Date", arena, out, error);
  if (!find_header (request, "Date", &date, error))
    return FALSE;
  if (date == NULL)
    return fail (error, SIGV4_ERROR_INCOMPLETE, NEEDS_DATE);
  date = trimmed (arena, date);
  if (!time_parse_http (date, &out->time_ms))
    return take_amz_date (date, "Date", arena, out, error);
  time_format_amz (out->time_ms, formatted);
  out->amz_date = arena_strdup (arena, formatted);
  return TRUE;
}

static void
take_payload (const char *text, Sigv4Auth *out)
{
  out->payload_text = text;
  if (text == NULL)
    out->payload = SIGV4_PAYLOAD_ABSENT;
  else if (strlen (text) == 2 * DIGEST_SHA256_SIZE &&
           digest_unhex (text, out->payload_sha256, DIGEST_SHA256_SIZE))
    out->payload = SIGV4_PAYLOAD_HASH;
  else if (!sigv4_payload_from_name (text, &out->payload) || out->payload == SIGV4_PAYLOAD_ABSENT ||
           out->payload == SIGV4_PAYLOAD_HASH)
    out->payload = SIGV4_PAYLOAD_OTHER;
}

typedef struct {
  const char *credential;
  const char *signed_headers;
  const char *signature;
} AuthParts;

/* "Key=value, Key=value, ...": each of the three once, in any order. text is cut up. */
static gboolean
split_authorization (char *text, AuthParts *out, GError **error)
{
  for (char *part = text; part != NULL;) {
    char *comma = strchr (part, ',');
    const char **slot = NULL;
    char *equals;
    gsize n;

    if (comma != NULL)
      *comma++ = '\0';
    part += strspn (part, BLANKS);
    n = strlen (part);
    while (n > 0 && strchr (BLANKS, part[n - 1]) != NULL)
      part[--n] = '\0';
    equals = strchr (part, '=');
    if (equals != NULL) {
      *equals = '\0';
      slot = strcmp (part, "Credential") == 0      ? &out->credential
             : strcmp (part, "SignedHeaders") == 0 ? &out->signed_headers
             : strcmp (part, "Signature") == 0     ? &out->signature
                                                   : NULL;
    }
    if (slot == NULL || *slot != NULL)
      return fail (error, SIGV4_ERROR_INCOMPLETE,
                   "Authorization must hold Credential, SignedHeaders and Signature, each once");
    *slot = equals + 1;
    part = comma;
  }
  return TRUE;
}

/* All that is missing in one answer, in the order that AWS names them. */
static gboolean
fail_missing_parts (const AuthParts *parts, GError **error)
{
#define REQUIRES(name) "Authorization header requires '" name "' parameter. "
  return fail (error, SIGV4_ERROR_INCOMPLETE, "%s%s%s",
               parts->credential == NULL ? REQUIRES ("Credential") : "",
               parts->signature == NULL ? REQUIRES ("Signature") : "",
               parts->signed_headers == NULL ? REQUIRES ("SignedHeaders") : "");
}

static gboolean
parse_header_form (const Sigv4Request *request, const char *authorization, Arena *arena,
                   Sigv4Auth *out, GError **error)
{
  const gsize algorithm_length = strlen (ALGORITHM);
  char *text = trimmed (arena, authorization);
  AuthParts parts = { 0 };
  const char *token, *payload;

  if (text[0] == '\0')
    return fail (error, SIGV4_ERROR_MISSING_TOKEN, "Request is missing Authentication Token");
  if (strncmp (text, ALGORITHM, algorithm_length) != 0 || text[algorithm_length] == '\0' ||
      strchr (BLANKS, text[algorithm_length]) == NULL)
    return fail (error, SIGV4_ERROR_INCOMPLETE, "Authorization must start with " ALGORITHM);
  if (!split_authorization (text + algorithm_length, &parts, error))
    return FALSE;
  if (parts.credential == NULL || parts.signed_headers == NULL || parts.signature == NULL)
    return fail_missing_parts (&parts, error);
  if (!take_credential (parts.credential, arena, out, error) ||
      !take_signed_headers (parts.signed_headers, arena, out, error) ||
      !take_date_headers (request, arena, out, error) ||
      !take_signature (parts.signature, out, error) ||
      !find_header (request, "X-Amz-Security-Token", &token, error) ||
      !find_header (request, "X-Amz-Content-Sha256", &payload, error))
    return FALSE;
  out->session_token = token == NULL ? NULL : trimmed (arena, token);
  take_payload (payload == NULL ? NULL : trimmed (arena, payload), out);
  return TRUE;
}

static gboolean
take_expires (const char *text, Sigv4Auth *out, GError **error)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, 10, 1, SIGV4_MAX_EXPIRES_S, &value, NULL))
    return fail (error, SIGV4_ERROR_INCOMPLETE,
                 "X-Amz-Expires must be a number of seconds from 1 to %d, not \"%.50s\"",
                 SIGV4_MAX_EXPIRES_S, text);
  out->expires_s = (gint64)value;
  return TRUE;
}

static gboolean
parse_query_form (const Sigv4Request *request, Arena *arena, Sigv4Auth *out, GError **error)
{
  static const char *const needed[] = {
    "X-Amz-Algorithm", "X-Amz-Credential",    "X-Amz-Date",
    "X-Amz-Expires",   "X-Amz-SignedHeaders", "X-Amz-Signature"
  };
  const char *values[G_N_ELEMENTS (needed)];
  const char *payload;

  for (gsize i = 0; i < G_N_ELEMENTS (needed); i++) {
    if ((values[i] = decode_parameter (request, needed[i], arena)) == NULL)
      return fail (error, SIGV4_ERROR_INCOMPLETE, "the query lacks %s", needed[i]);
    if (is_given_twice (request->query, needed[i]))
      return fail (error, SIGV4_ERROR_INCOMPLETE, "the query holds %s twice", needed[i]);
  }
  if (strcmp (values[0], ALGORITHM) != 0)
    return fail (error, SIGV4_ERROR_INCOMPLETE, "X-Amz-Algorithm must be " ALGORITHM);
  out->presigned = TRUE;
  if (!take_credential (values[1], arena, out, error) ||
      !take_amz_date (values[2], "X-Amz-Date", arena, out, error) ||
      !take_expires (values[3], out, error) ||
      !take_signed_headers (values[4], arena, out, error) ||
      !take_signature (values[5], out, error) ||
      !find_header (request, "X-Amz-Content-Sha256", &payload, error))
    return FALSE;
  out->session_token = decode_parameter (request, "X-Amz-Security-Token", arena);
  /* Some signers put the header into the query when they presign. */
  take_payload (payload != NULL ? trimmed (arena, payload)
                                : decode_parameter (request, "X-Amz-Content-Sha256", arena),
                out);
  return TRUE;
}

gboolean
sigv4_parse (const Sigv4Request *request, Arena *arena, Sigv4Auth *out, GError **error)
{
  Sigv4Auth auth = { 0 };
  const char *authorization;

  if (!find_header (request, "Authorization", &authorization, error))
    return FALSE;
  if (authorization != NULL && is_presigned (request))
    return fail (
        error, SIGV4_ERROR_INCOMPLETE,
        "the request is signed twice, in Authorization and in the query; only one is allowed");
  if (authorization != NULL) {
    if (!parse_header_form (request, authorization, arena, &auth, error))
      return FALSE;
  } else if (is_presigned (request)) {
    if (!parse_query_form (request, arena, &auth, error))
      return FALSE;
  } else
    return fail (error, SIGV4_ERROR_MISSING_TOKEN, "Request is missing Authentication Token");

  if (auth.session_token != NULL && strnlen (auth.session_token, MAX_TOKEN + 1) > MAX_TOKEN)
    return fail (error, SIGV4_ERROR_INCOMPLETE, "X-Amz-Security-Token is longer than %d bytes",
                 MAX_TOKEN);
  *out = auth;
  return TRUE;
}
