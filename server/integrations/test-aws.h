#pragma once

/* For the tests of what calls AWS: a service on loopback that holds every request's signature against the keys in its own
 * credentials file, keeps what it was asked, and answers what the test's function says. Included by tests only, so everything is static. */

#include <glib/gstdio.h>
#include <stdio.h>

#include "core/sigv4-parse.h"
#include "proto/test-http-server.h"
#include "server/files.h"
#include "server/integrations/aws-client.h"

#define TEST_AWS_KEYS "[default]\naws_access_key_id = AKIDTEST\naws_secret_access_key = hush\n"

/* A request whose signature held. */
typedef struct {
  const char *service, *region; /* that it was signed for */
  const char *action;           /* of the Query protocol; else X-Amz-Target */
  const char *body;
  GHashTable *form; /* name -> value, decoded; NULL for JSON */
} TestAwsCall;

/* The answer's body, which is freed; *status is 200 before. */
typedef char *(*TestAwsAnswer) (const TestAwsCall *call, guint *status, gpointer data);

typedef struct {
  TestServer *server;
  TestAwsAnswer answer;
  gpointer data;
  gint64 now_ms; /* requests are judged at this time */
  GMutex lock;
  GPtrArray *calls; /* "elasticloadbalancing Action=..." of each request, refused ones too */
  char *dir, *keys_path, *url;
  AwsEndpoint endpoints[6];
  AwsSettings settings;
} TestAws;

G_GNUC_UNUSED static const char *
test_aws_parameter (const TestAwsCall *call, const char *name)
{
  return call->form == NULL ? NULL : g_hash_table_lookup (call->form, name);
}

static GHashTable *
test_aws_form (const char *body)
{
  GHashTable *form = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) pairs = g_strsplit (body, "&", -1);
  for (char **pair = pairs; *pair != NULL; pair++) {
    char *equals = strchr (*pair, '=');
    g_assert_nonnull (equals);
    *equals = '\0';
    g_hash_table_insert (form, g_uri_unescape_string (*pair, NULL),
                         g_uri_unescape_string (equals + 1, NULL));
  }
  return form;
}

/* Headers of a request, and its line's parts. */
typedef struct {
  char **lines, **first;
  Sigv4Header headers[32];
  Sigv4Request request;
} TestAwsHead;

static void
test_aws_split (const TestRequest *request, TestAwsHead *out)
{
  gsize n = 0;
  out->lines = g_strsplit (request->head, "\r\n", -1);
  out->first = g_strsplit (out->lines[0], " ", 3);
  for (guint i = 1; out->lines[i] != NULL && *out->lines[i] != '\0'; i++) {
    char *colon = strchr (out->lines[i], ':');
    g_assert_true (colon != NULL && n < G_N_ELEMENTS (out->headers));
    *colon = '\0';
    out->headers[n++] = (Sigv4Header){ out->lines[i], g_strstrip (colon + 1) };
  }
  out->request = (Sigv4Request){ out->first[0], out->first[1], NULL, out->headers, n };
}

static const char *
test_aws_header (const TestAwsHead *head, const char *name)
{
  for (gsize i = 0; i < head->request.n_headers; i++)
    if (g_ascii_strcasecmp (head->headers[i].name, name) == 0)
      return head->headers[i].value;
  return NULL;
}

static gboolean
test_aws_verify (const TestAws *aws, const TestAwsHead *head, const TestRequest *request,
                 Arena *arena, Sigv4Auth *auth, GError **error)
{
  const Sigv4Rules rules = { .dialect = SIGV4_DIALECT_JSON, .max_skew_s = SIGV4_MAX_SKEW_JSON_S };
  guint8 key[SIGV4_KEY_SIZE], hash[DIGEST_SHA256_SIZE];
  digest_sha256 (request->body->data, request->body->len, hash);
  if (!sigv4_parse (&head->request, arena, auth, error))
    return FALSE;
  sigv4_derive_key ("hush", auth->date, auth->region, auth->service, key);
  return strcmp (auth->access_key_id, "AKIDTEST") == 0 &&
         sigv4_verify (&head->request, auth, &rules, key, aws->now_ms, hash, error);
}

static char *
test_aws_reply (guint status, const char *body, gsize *out_length)
{
  g_autofree char *line = g_strdup_printf ("%u Status", status);
  return test_answer (line, "", body, strlen (body), out_length);
}

/* With SLIPWAY_TEST_AWS_CALLS, a file, every call goes there with its answer, for tests/e2e/aws_calls_test.py to hold against AWS's
 * service models. */
static void
test_aws_note (const TestAwsCall *call, guint status, const char *answer)
{
  const char *path = g_getenv ("SLIPWAY_TEST_AWS_CALLS");
  if (path == NULL)
    return;
  g_autofree char *body = g_strescape (call->body, NULL);
  g_autofree char *text = g_strescape (answer, NULL);
  FILE *file = g_fopen (path, "a");
  g_assert_nonnull (file);
  fprintf (file, "%s\t%s\t%u\t%s\t%s\n", call->service, call->action, status, body, text);
  fclose (file);
}

static char *
test_aws_serve (const TestRequest *request, gsize *out_length, gpointer data)
{
  TestAws *aws = data;
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  TestAwsHead head = { 0 };
  Sigv4Auth auth;
  test_aws_split (request, &head);
  g_autofree char *body = g_strndup ((const char *)request->body->data, request->body->len);
  gboolean good = test_aws_verify (aws, &head, request, arena, &auth, &error);
  const char *type = test_aws_header (&head, "Content-Type");
  gboolean query = type != NULL && g_str_has_prefix (type, "application/x-www-form-urlencoded");
  g_autoptr (GHashTable) form = query ? test_aws_form (body) : NULL;

  g_mutex_lock (&aws->lock);
  g_ptr_array_add (aws->calls, g_strdup_printf ("%s %s", good ? auth.service : "unsigned", body));
  g_mutex_unlock (&aws->lock);

  char *answer = NULL;
  if (good) {
    const TestAwsCall call = {
      .service = auth.service,
      .region = auth.region,
      .action =
          query ? g_hash_table_lookup (form, "Action") : test_aws_header (&head, "X-Amz-Target"),
      .body = body,
      .form = form,
    };
    guint status = 200;
    g_autofree char *text = aws->answer (&call, &status, aws->data);
    answer = test_aws_reply (status, text, out_length);
    test_aws_note (&call, status, text);
  } else {
    answer = test_aws_reply (403,
                             "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code>"
                             "<Message>no</Message></Error></ErrorResponse>",
                             out_length);
  }
  g_strfreev (head.lines);
  g_strfreev (head.first);
  return answer;
}

/* now_ms: the clock that the test's ambient shows. */
G_GNUC_UNUSED static TestAws *
test_aws_start (TestAwsAnswer answer, gpointer data, gint64 now_ms)
{
  static const char *const services[] = { "elasticloadbalancing", "autoscaling", "ec2",
                                          "monitoring",           "sns",         "events" };
  g_autoptr (GError) error = NULL;
  TestAws *aws = g_new0 (TestAws, 1);
  aws->answer = answer;
  aws->data = data;
  aws->now_ms = now_ms;
  g_mutex_init (&aws->lock);
  aws->calls = g_ptr_array_new_with_free_func (g_free);
  aws->dir = g_dir_make_tmp ("slipway-aws-XXXXXX", &error);
  g_assert_no_error (error);
  aws->keys_path = g_build_filename (aws->dir, "aws.ini", NULL);
  g_assert_true (files_write_unsynced (aws->keys_path, TEST_AWS_KEYS, -1, 0600, &error));
  aws->server = test_server_start (test_aws_serve, aws, NULL);
  aws->url = g_strdup_printf ("http://127.0.0.1:%u", aws->server->port);
  for (gsize i = 0; i < G_N_ELEMENTS (services); i++)
    aws->endpoints[i] = (AwsEndpoint){ services[i], aws->url };
  aws->settings = (AwsSettings){ .region = "eu-west-3",
                                 .credentials_file = aws->keys_path,
                                 .profile = "default",
                                 .timeout_s = 20,
                                 .n_endpoints = G_N_ELEMENTS (services),
                                 .endpoints = aws->endpoints };
  return aws;
}

/* Its clients must be gone. */
G_GNUC_UNUSED static void
test_aws_stop (TestAws *aws)
{
  test_server_stop (aws->server);
  g_unlink (aws->keys_path);
  g_rmdir (aws->dir);
  g_ptr_array_unref (aws->calls);
  g_mutex_clear (&aws->lock);
  g_free (aws->dir);
  g_free (aws->keys_path);
  g_free (aws->url);
  g_free (aws);
}

/* The requests so far, a line each, and forgets them. The caller frees it. */
G_GNUC_UNUSED static char *
test_aws_take_calls (TestAws *aws)
{
  g_mutex_lock (&aws->lock);
  g_ptr_array_add (aws->calls, NULL);
  char *text = g_strjoinv ("\n", (char **)aws->calls->pdata);
  g_ptr_array_set_size (aws->calls, 0);
  g_mutex_unlock (&aws->lock);
  return text;
}
