#pragma once

/* For tests only: what stands between a store and its PostgreSQL server, and cuts them off at chosen moments. It listens on a
 * socket of its own folder and passes everything on until it is told otherwise. */

#include <glib.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "store/test-database.h"

#define RELAY_PORT  "5432"
#define RELAY_PAIRS 32

typedef enum {
  RELAY_PASS,
  RELAY_REFUSE,            /* who connects is cut off, who was connected too */
  RELAY_CUT_BEFORE_COMMIT, /* the next COMMIT does not reach the server */
  RELAY_CUT_AFTER_COMMIT   /* the next COMMIT does, and its answer is lost */
} RelayMode;

typedef struct {
  int client, server; /* -1: none */
} RelayPair;

typedef struct {
  char *folder;
  struct sockaddr_un here, there;
  int listener;
  int stop[2];
  GThread *thread;
  gint mode, then; /* RelayMode; atomic. then: the mode after a cut */
  gint n_early;    /* so many who connect are told that the server is starting; atomic */
  RelayPair pairs[RELAY_PAIRS];
} Relay;

static int
relay_connect (const struct sockaddr_un *address)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (fd, >=, 0);
  if (connect (fd, (const struct sockaddr *)address, sizeof *address) == 0)
    return fd;
  close (fd);
  return -1;
}

static void
relay_close (RelayPair *pair)
{
  if (pair->client >= 0)
    close (pair->client);
  if (pair->server >= 0)
    close (pair->server);
  *pair = (RelayPair){ -1, -1 };
}

static gboolean
relay_write (int fd, const char *bytes, gssize size)
{
  for (gssize at = 0; at < size;) {
    gssize n = send (fd, bytes + at, (gsize)(size - at), MSG_NOSIGNAL);
    if (n <= 0)
      return FALSE;
    at += n;
  }
  return TRUE;
}

/* As PostgreSQL says it: an error with its fields, each ended by a NUL. */
static void
relay_say_starting (int client)
{
  static const char fields[] = "SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0";
  const guint32 size = g_htonl ((guint32)(sizeof (guint32) + sizeof fields));
  char startup[4096];
  g_assert_cmpint (recv (client, startup, sizeof startup, 0), >, 0);
  if (relay_write (client, "E", 1) && relay_write (client, (const char *)&size, sizeof size))
    (void)relay_write (client, fields, sizeof fields);
  close (client);
}

static void
relay_accept (Relay *relay)
{
  int client = accept4 (relay->listener, NULL, NULL, SOCK_CLOEXEC);
  g_assert_cmpint (client, >=, 0);
  if (g_atomic_int_get (&relay->n_early) > 0) {
    g_atomic_int_add (&relay->n_early, -1);
    relay_say_starting (client);
    return;
  }
  for (int i = 0; i < RELAY_PAIRS; i++) {
    RelayPair *pair = &relay->pairs[i];
    if (pair->client >= 0)
      continue;
    *pair = (RelayPair){ client, relay_connect (&relay->there) };
    if (pair->server < 0 || g_atomic_int_get (&relay->mode) == RELAY_REFUSE)
      relay_close (pair);
    return;
  }
  g_assert_not_reached ();
}

/* What the client says; a statement of ours never spans two reads of this size. */
static void
relay_from_client (Relay *relay, RelayPair *pair)
{
  char bytes[65536];
  gssize n = recv (pair->client, bytes, sizeof bytes, 0);
  int mode = g_atomic_int_get (&relay->mode);
  gboolean commits = n > 0 && memmem (bytes, (gsize)n, "COMMIT", 7) != NULL;
  gboolean cuts = commits && (mode == RELAY_CUT_BEFORE_COMMIT || mode == RELAY_CUT_AFTER_COMMIT);
  if (n <= 0 || (cuts && mode == RELAY_CUT_BEFORE_COMMIT) ||
      !relay_write (pair->server, bytes, n)) {
    relay_close (pair);
  } else if (cuts) {
    char answer[4096];
    g_assert_cmpint (recv (pair->server, answer, sizeof answer, 0), >, 0);
    relay_close (pair);
  }
  if (cuts)
    g_atomic_int_set (&relay->mode, g_atomic_int_get (&relay->then));
}

static void
relay_from_server (RelayPair *pair)
{
  char bytes[65536];
  gssize n = recv (pair->server, bytes, sizeof bytes, 0);
  if (n <= 0 || !relay_write (pair->client, bytes, n))
    relay_close (pair);
}

static gpointer
relay_main (gpointer data)
{
  Relay *relay = data;
  for (;;) {
    struct pollfd fds[2 + 2 * RELAY_PAIRS];
    fds[0] = (struct pollfd){ .fd = relay->stop[0], .events = POLLIN };
    fds[1] = (struct pollfd){ .fd = relay->listener, .events = POLLIN };
    for (int i = 0; i < RELAY_PAIRS; i++) {
      fds[2 + 2 * i] = (struct pollfd){ .fd = relay->pairs[i].client, .events = POLLIN };
      fds[3 + 2 * i] = (struct pollfd){ .fd = relay->pairs[i].server, .events = POLLIN };
    }
    g_assert_cmpint (poll (fds, G_N_ELEMENTS (fds), -1), >, 0);
    if (fds[0].revents != 0)
      return NULL;
    for (int i = 0; i < RELAY_PAIRS; i++) {
      if (fds[2 + 2 * i].revents != 0)
        relay_from_client (relay, &relay->pairs[i]);
      if (fds[3 + 2 * i].revents != 0 && relay->pairs[i].server == fds[3 + 2 * i].fd)
        relay_from_server (&relay->pairs[i]);
      if (g_atomic_int_get (&relay->mode) == RELAY_REFUSE)
        relay_close (&relay->pairs[i]);
    }
    if (fds[1].revents != 0)
      relay_accept (relay);
  }
}

/* --- for the test --- */

static void
relay_set (Relay *relay, RelayMode mode, RelayMode then)
{
  g_atomic_int_set (&relay->then, then);
  g_atomic_int_set (&relay->mode, mode);
  if (mode != RELAY_REFUSE)
    return;
  /* wakes the thread, which closes what is open */
  int fd = relay_connect (&relay->here);
  g_assert_cmpint (fd, >=, 0);
  char byte;
  g_assert_cmpint (recv (fd, &byte, 1, 0), <=, 0);
  close (fd);
}

/* In front of the server that url (of test_database_new) is on. */
static Relay *
relay_new (const char *url)
{
  Relay *relay = g_new0 (Relay, 1);
  g_autoptr (GError) error = NULL;
  PQconninfoOption *options = PQconninfoParse (url, NULL);
  const char *host = "", *port = "";
  for (PQconninfoOption *option = options; option->keyword != NULL; option++) {
    if (strcmp (option->keyword, "host") == 0)
      host = option->val;
    if (strcmp (option->keyword, "port") == 0)
      port = option->val;
  }
  relay->there.sun_family = relay->here.sun_family = AF_UNIX;
  g_snprintf (relay->there.sun_path, sizeof relay->there.sun_path, "%s/.s.PGSQL.%s", host, port);
  PQconninfoFree (options);
  relay->folder = g_dir_make_tmp ("slipway-relay-XXXXXX", &error);
  g_assert_no_error (error);
  g_snprintf (relay->here.sun_path, sizeof relay->here.sun_path, "%s/.s.PGSQL." RELAY_PORT,
              relay->folder);
  relay->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (
      bind (relay->listener, (const struct sockaddr *)&relay->here, sizeof relay->here), ==, 0);
  g_assert_cmpint (listen (relay->listener, 32), ==, 0);
  g_assert_cmpint (pipe (relay->stop), ==, 0);
  for (int i = 0; i < RELAY_PAIRS; i++)
    relay->pairs[i] = (RelayPair){ -1, -1 };
  relay->thread = g_thread_new ("relay", relay_main, relay);
  return relay;
}

/* The URL of the database through the relay. The caller frees it. */
static char *
relay_url (const Relay *relay, const char *url)
{
  g_auto (GStrv) parts = g_strsplit (url, "?", 2);
  return g_strdup_printf ("%s?host=%s&port=" RELAY_PORT, parts[0], relay->folder);
}

static void
relay_free (Relay *relay)
{
  g_assert_cmpint (write (relay->stop[1], "", 1), ==, 1);
  g_thread_join (relay->thread);
  for (int i = 0; i < RELAY_PAIRS; i++)
    relay_close (&relay->pairs[i]);
  close (relay->listener);
  close (relay->stop[0]);
  close (relay->stop[1]);
  g_unlink (relay->here.sun_path);
  g_rmdir (relay->folder);
  g_free (relay->folder);
  g_free (relay);
}
