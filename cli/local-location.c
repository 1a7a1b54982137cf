#include "cli/local-location.h"

#include <string.h>

#define GITHUB_HOST     "github.com"
#define GITHUB_API_HOST "api.github.com"

G_DEFINE_QUARK (local - location - error - quark, local_location_error)

static void
set_other (LocalLocation *out, const char *problem)
{
  out->kind = LOCAL_LOCATION_OTHER;
  out->problem = problem;
}

/* The rest of a URI is taken apart still encoded, so that an encoded "/" or "?" is part of a name. */
static char *
decoded (const char *text, Arena *arena)
{
  g_autofree char *plain = g_uri_unescape_string (text, NULL);
  return arena_strdup (arena, plain);
}

static gboolean
read_s3_query (const char *query, LocalLocation *out, Arena *arena)
{
  g_autoptr (GHashTable) values = g_uri_parse_params (query, -1, "&", G_URI_PARAMS_NONE, NULL);
  GHashTableIter each;
  gpointer name, value;

  if (values == NULL) {
    return FALSE;
  }
  g_hash_table_iter_init (&each, values);
  while (g_hash_table_iter_next (&each, &name, &value)) {
    if (g_str_equal (name, "versionId")) {
      out->revision.version = arena_strdup (arena, value);
    } else if (g_str_equal (name, "etag")) {
      out->revision.etag = arena_strdup (arena, value);
    } else {
      return FALSE;
    }
  }
  return TRUE;
}

static void
read_s3 (GUri *uri, LocalLocation *out, Arena *arena)
{
  const char *bucket = g_uri_get_host (uri);
  const char *path = g_uri_get_path (uri);
  const char *query = g_uri_get_query (uri);

  out->kind = LOCAL_LOCATION_S3;
  out->revision.type = SPEC_REVISION_S3;
  if (bucket == NULL || bucket[0] == '\0' || path[0] != '/' || path[1] == '\0') {
    set_other (out, "an S3 location is s3://BUCKET/KEY");
  } else if (query != NULL && !read_s3_query (query, out, arena)) {
    set_other (out, "an S3 location has nothing behind \"?\" but versionId and etag");
  }
  out->revision.bucket = arena_strdup (arena, bucket);
  out->revision.key = path[0] == '/' ? decoded (path + 1, arena) : NULL;
}

/* The words of a path, empty ones left out. */
static char **
path_words (const char *path, Arena *arena, gsize *out_n)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  char **words = arena_new0_n (arena, char *, g_strv_length (parts) + 1);
  *out_n = 0;
  for (gsize i = 0; parts[i] != NULL; i++) {
    if (parts[i][0] != '\0') {
      words[(*out_n)++] = decoded (parts[i], arena);
    }
  }
  return words;
}

static void
set_github (LocalLocation *out, char **words, const char *commit, const char *bundle_type,
            Arena *arena)
{
  gboolean is_git = g_str_has_suffix (words[1], ".git");
  out->kind = LOCAL_LOCATION_GITHUB;
  out->revision.type = SPEC_REVISION_GITHUB;
  out->revision.account = words[0];
  out->revision.repository =
      is_git ? arena_strndup (arena, words[1], strlen (words[1]) - strlen (".git")) : words[1];
  out->revision.commit_id = commit;
  out->revision.bundle_type = bundle_type;
}

/* A branch's name may have slashes in it. */
static const char *
join_rest (char **words, Arena *arena)
{
  g_autofree char *rest = g_strjoinv ("/", words);
  return arena_strdup (arena, rest);
}

/* https://github.com/OWNER/REPO[/tree/REF|/commit/SHA] */
static void
read_github (char **words, gsize n, const char *type, LocalLocation *out, Arena *arena)
{
  if (n == 2) {
    set_github (out, words, "HEAD", type, arena);
  } else if (n >= 4 && g_str_equal (words[2], "tree")) {
    set_github (out, words, join_rest (words + 3, arena), type, arena);
  } else if (n == 4 && g_str_equal (words[2], "commit")) {
    set_github (out, words, words[3], type, arena);
  } else {
    set_other (out,
               "a GitHub location is https://github.com/OWNER/REPOSITORY (or another server's, by "
               "the agent's github_endpoint), with /tree/REF or /commit/SHA behind it or not");
  }
}

/* ENDPOINT/repos/OWNER/REPO/(tarball|zipball)/REF; words from "repos" on. */
static void
read_github_api (char **words, gsize n, const char *type, LocalLocation *out, Arena *arena)
{
  gboolean tar = n >= 5 && g_str_equal (words[3], "tarball");
  gboolean zip = n >= 5 && g_str_equal (words[3], "zipball");
  if ((tar || zip) && g_str_equal (words[0], "repos")) {
    set_github (out, words + 1, join_rest (words + 4, arena),
                type != NULL ? type : (tar ? "tar" : "zip"), arena);
  } else {
    set_other (out,
               "a location in GitHub's API is .../repos/OWNER/REPOSITORY/tarball/REF, or zipball");
  }
}

static gboolean
is_same_server (GUri *one, GUri *other)
{
  return g_ascii_strcasecmp (g_uri_get_host (one), g_uri_get_host (other)) == 0 &&
         g_uri_get_port (one) == g_uri_get_port (other);
}

/* How many of the words are the endpoint's own path, with "repos" behind it; G_MAXSIZE: they are no address in its API. */
static gsize
words_of_endpoint (GUri *endpoint, char **words, gsize n, Arena *arena)
{
  gsize n_own, i = 0;
  char **own = path_words (g_uri_get_path (endpoint), arena, &n_own);
  while (i < n_own && i < n && g_str_equal (own[i], words[i])) {
    i++;
  }
  return i == n_own && i < n && g_str_equal (words[i], "repos") ? i : G_MAXSIZE;
}

static void
read_https (GUri *uri, const LocalLocationSettings *settings, LocalLocation *out, Arena *arena)
{
  const char *type = settings->type;
  gboolean given = g_str_equal (type, "tar") || g_str_equal (type, "zip");
  gsize n;
  char **words = path_words (g_uri_get_path (uri), arena, &n);
  g_autoptr (GUri) endpoint = g_uri_parse (settings->github_endpoint, G_URI_FLAGS_ENCODED, NULL);
  gboolean usual =
      endpoint == NULL || g_ascii_strcasecmp (g_uri_get_host (endpoint), GITHUB_API_HOST) == 0;
  gboolean same = endpoint != NULL && is_same_server (uri, endpoint);
  gsize n_own = same ? words_of_endpoint (endpoint, words, n, arena) : G_MAXSIZE;

  if (n_own != G_MAXSIZE || (same && usual)) {
    read_github_api (words + (n_own != G_MAXSIZE ? n_own : 0), n_own != G_MAXSIZE ? n - n_own : n,
                     given ? type : NULL, out, arena);
  } else if (usual ? g_ascii_strcasecmp (g_uri_get_host (uri), GITHUB_HOST) == 0 : same) {
    read_github (words, n, given ? type : "zip", out, arena);
  } else {
    set_other (out, usual ? "bundles come from this machine, from S3 or from GitHub"
                          : "bundles come from this machine, from S3 or from the server of the "
                            "agent's github_endpoint");
  }
}

static void
set_path (LocalLocation *out, const char *path, const char *type, Arena *arena)
{
  out->kind = LOCAL_LOCATION_PATH;
  out->revision.location = arena_strdup (arena, path);
  out->revision.bundle_type = arena_strdup (arena, type);
}

/* RFC 3986: a letter, then letters, digits and "+-.". What has none is a path, blanks and all. */
static gboolean
has_scheme (const char *text)
{
  gsize n = strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
  return g_ascii_isalpha (text[0]) && text[n] == ':' &&
         (g_str_has_prefix (text + n, "://") || g_ascii_strncasecmp (text, "file:", 5) == 0);
}

gboolean
local_location_parse (const char *text, const LocalLocationSettings *settings, Arena *arena,
                      LocalLocation *out, GError **error)
{
  const char *type = settings->type;
  g_autoptr (GError) reason = NULL;
  *out = (LocalLocation){ 0 };

  if (!has_scheme (text)) {
    set_path (out, text, type, arena);
    return TRUE;
  }
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_ENCODED, &reason);
  if (uri == NULL) {
    g_set_error (error, LOCAL_LOCATION_ERROR, LOCAL_LOCATION_ERROR_SYNTAX,
                 "the bundle location \"%s\" is neither a path nor a URI: %s", text,
                 reason->message);
    return FALSE;
  }
  const char *scheme = g_uri_get_scheme (uri);
  if (g_str_equal (scheme, "http")) {
    g_set_error (error, LOCAL_LOCATION_ERROR, LOCAL_LOCATION_ERROR_UNENCRYPTED,
                 "the bundle location \"%s\" is not encrypted: use https", text);
    return FALSE;
  }
  if (g_str_equal (scheme, "file")) {
    set_path (out, decoded (g_uri_get_path (uri), arena), type, arena);
  } else if (g_str_equal (scheme, "s3")) {
    read_s3 (uri, out, arena);
  } else if (g_str_equal (scheme, "https")) {
    read_https (uri, settings, out, arena);
  } else {
    set_other (out, "bundles come from this machine, from S3 or from GitHub");
  }
  if (out->kind == LOCAL_LOCATION_S3) {
    out->revision.bundle_type = arena_strdup (arena, type);
  }
  return TRUE;
}
