#pragma once

#include <glib.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * A server for the tests of HTTP clients: one thread accepts on loopback, one thread per connection reads requests and
 * asks a function of the test for the bytes to send back. With TLS it shows a certificate for 127.0.0.1 that its own
 * ca_pem signed. Included by tests only, so everything is static.
 */
typedef struct {
  char *head; /* request line and headers, as they came */
  GByteArray *body;
} TestRequest;

/* What to send, or NULL to close the connection without a word. */
typedef char *(*TestAnswer) (const TestRequest *request, gsize *out_length, gpointer data);

typedef struct {
  int listener;
  guint16 port;
  TestAnswer answer;
  gpointer data;
  SSL_CTX *tls;
  char *ca_pem;
  GThread *acceptor;
  GPtrArray *connections; /* of GThread */
  int n_connections;      /* atomic */
} TestServer;

typedef struct {
  TestServer *server;
  int fd;
  SSL *ssl;
} TestConnection;

static gssize
test_connection_read (TestConnection *c, char *buffer, gsize size)
{
  return c->ssl != NULL ? SSL_read (c->ssl, buffer, (int)size) : read (c->fd, buffer, size);
}

static void
test_connection_write (TestConnection *c, const char *bytes, gsize length)
{
  while (length > 0) {
    gssize n = c->ssl != NULL ? SSL_write (c->ssl, bytes, (int)length)
                              : send (c->fd, bytes, length, MSG_NOSIGNAL);
    if (n <= 0)
      return;
    bytes += n;
    length -= (gsize)n;
  }
}

static gsize
test_content_length (const char *head)
{
  g_autofree char *lower = g_ascii_strdown (head, -1);
  const char *field = strstr (lower, "\r\ncontent-length:");

  return field != NULL ? g_ascii_strtoull (field + 17, NULL, 10) : 0;
}

/* One request off the connection; bytes read beyond it stay in `pending`. */
static gboolean
test_read_request (TestConnection *c, GByteArray *pending, TestRequest *request)
{
  char buffer[16384];

  for (;;) {
    const char *end =
        pending->len >= 4 ? memmem (pending->data, pending->len, "\r\n\r\n", 4) : NULL;
    if (end != NULL) {
      gsize head_length = (gsize)(end + 4 - (const char *)pending->data);
      g_autofree char *head = g_strndup ((const char *)pending->data, head_length);
      gsize body_length = test_content_length (head);
      if (pending->len >= head_length + body_length) {
        request->head = g_steal_pointer (&head);
        request->body = g_byte_array_new ();
        g_byte_array_append (request->body, pending->data + head_length, (guint)body_length);
        g_byte_array_remove_range (pending, 0, (guint)(head_length + body_length));
        return TRUE;
      }
    }
    gssize n = test_connection_read (c, buffer, sizeof buffer);
    if (n <= 0)
      return FALSE;
    g_byte_array_append (pending, (const guint8 *)buffer, (guint)n);
    if (pending->data[0] == 0x16) /* TLS where plain text was expected */
      return FALSE;
  }
}

static gpointer
test_serve_connection (gpointer data)
{
  TestConnection *c = data;
  sigset_t pipe_only;

  sigemptyset (&pipe_only);
  sigaddset (&pipe_only, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &pipe_only, NULL);
  g_autoptr (GByteArray) pending = g_byte_array_new ();
  TestRequest request;

  if (c->ssl == NULL || SSL_accept (c->ssl) == 1) {
    while (test_read_request (c, pending, &request)) {
      gsize length = 0;
      g_autofree char *answer = c->server->answer (&request, &length, c->server->data);
      gboolean last = answer == NULL || strstr (answer, "X-Test-Close") != NULL;
      if (answer != NULL)
        test_connection_write (c, answer, length);
      g_free (request.head);
      g_byte_array_unref (request.body);
      if (last)
        break;
    }
  }
  if (c->ssl != NULL)
    SSL_free (c->ssl);
  close (c->fd);
  g_free (c);
  return NULL;
}

static gpointer
test_accept (gpointer data)
{
  TestServer *server = data;
  int fd;

  while ((fd = accept (server->listener, NULL, NULL)) >= 0) {
    TestConnection *c = g_new0 (TestConnection, 1);
    struct timeval patience = { .tv_sec = 20 };
    setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    c->server = server;
    c->fd = fd;
    if (server->tls != NULL) {
      c->ssl = SSL_new (server->tls);
      SSL_set_fd (c->ssl, fd);
    }
    g_atomic_int_inc (&server->n_connections);
    g_ptr_array_add (server->connections, g_thread_new ("connection", test_serve_connection, c));
  }
  return NULL;
}

static X509 *
test_certificate (EVP_PKEY *key, const char *extension, int nid)
{
  X509 *certificate = X509_new ();
  X509_NAME *name = X509_get_subject_name (certificate);

  X509_set_version (certificate, 2);
  ASN1_INTEGER_set (X509_get_serialNumber (certificate), 1);
  X509_gmtime_adj (X509_getm_notBefore (certificate), -3600);
  X509_gmtime_adj (X509_getm_notAfter (certificate), 3600);
  X509_set_pubkey (certificate, key);
  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_ASC, (const unsigned char *)"test server", -1,
                              -1, 0);
  X509_set_issuer_name (certificate, name);
  X509_EXTENSION *made = X509V3_EXT_conf_nid (NULL, NULL, nid, extension);
  X509_add_ext (certificate, made, -1);
  X509_EXTENSION_free (made);
  X509_sign (certificate, key, EVP_sha256 ());
  return certificate;
}

static void
test_server_use_tls (TestServer *server, const char *names)
{
  EVP_PKEY *key = EVP_RSA_gen (2048);
  X509 *certificate = test_certificate (key, names, NID_subject_alt_name);
  BIO *bio = BIO_new (BIO_s_mem ());
  char *bytes = NULL;

  server->tls = SSL_CTX_new (TLS_server_method ());
  SSL_CTX_use_certificate (server->tls, certificate);
  SSL_CTX_use_PrivateKey (server->tls, key);
  PEM_write_bio_X509 (bio, certificate);
  long length = BIO_get_mem_data (bio, &bytes);
  server->ca_pem = g_strndup (bytes, (gsize)length);
  BIO_free (bio);
  X509_free (certificate);
  EVP_PKEY_free (key);
}

/* tls_names: "IP:127.0.0.1" or the like; NULL for plain HTTP. */
static TestServer *
test_server_start (TestAnswer answer, gpointer data, const char *tls_names)
{
  TestServer *server = g_new0 (TestServer, 1);
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;

  server->answer = answer;
  server->data = data;
  server->connections = g_ptr_array_new ();
  if (tls_names != NULL)
    test_server_use_tls (server, tls_names);
  server->listener = socket (AF_INET, SOCK_STREAM, 0);
  g_assert_cmpint (bind (server->listener, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (listen (server->listener, 16), ==, 0);
  getsockname (server->listener, (struct sockaddr *)&address, &length);
  server->port = ntohs (address.sin_port);
  server->acceptor = g_thread_new ("acceptor", test_accept, server);
  return server;
}

/* The client must be gone: connections are waited for. */
static void
test_server_stop (TestServer *server)
{
  shutdown (server->listener, SHUT_RDWR);
  g_thread_join (server->acceptor);
  close (server->listener);
  for (guint i = 0; i < server->connections->len; i++)
    g_thread_join (g_ptr_array_index (server->connections, i));
  g_ptr_array_unref (server->connections);
  if (server->tls != NULL)
    SSL_CTX_free (server->tls);
  g_free (server->ca_pem);
  g_free (server);
}

static char *
test_answer (const char *status, const char *headers, gconstpointer body, gsize body_length,
             gsize *out_length)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "HTTP/1.1 %s\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n%s\r\n",
                          status, body_length, headers);
  g_string_append_len (text, body, (gssize)body_length);
  *out_length = text->len;
  return g_string_free (text, FALSE);
}
