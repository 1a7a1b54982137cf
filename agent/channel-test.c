#include "agent/channel.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
  Arena *arena;
  int network; /* the peer's bare descriptor: what a hostile one writes */
  Channel *master;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  int fd;
  g_assert_true (channel_pair (&fd, &f->network, NULL));
  f->master = channel_new (fd, CHANNEL_NETWORK_TO_MASTER, CHANNEL_MASTER_TO_NETWORK);
  f->arena = arena_new ();
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  channel_free (f->master);
  if (f->network >= 0)
    close (f->network);
  arena_free (f->arena);
}

static void
write_frame (const Fixture *f, const ChannelMessage *message, gsize from, gsize n)
{
  g_autoptr (GByteArray) frame = channel_message_encode (CHANNEL_NETWORK_TO_MASTER, message, NULL);
  gsize end = MIN (frame->len, n == 0 ? frame->len : from + n);
  g_assert_cmpint (write (f->network, frame->data + from, end - from), ==, end - from);
}

static ChannelReceived
receive (Fixture *f, ChannelMessage *out, GError **error)
{
  int fd = -2;
  ChannelReceived received = channel_receive (f->master, f->arena, out, &fd, error);
  if (received == CHANNEL_GOT)
    g_assert_cmpint (fd, ==, -1);
  return received;
}

static void
assert_broken (Fixture *f, const char *word)
{
  g_autoptr (GError) error = NULL;
  ChannelMessage out;
  g_assert_cmpint (receive (f, &out, &error), ==, CHANNEL_BROKEN);
  g_assert_error (error, CHANNEL_ERROR, CHANNEL_ERROR_FORBIDDEN);
  g_assert_nonnull (strstr (error->message, word));
}

static void
test_in_order (Fixture *f, gconstpointer data)
{
  ChannelMessage out;
  for (guint32 i = 0; i < 3; i++) {
    ChannelMessage want = { .kind = CHANNEL_WANT_WORKER, .serial = i };
    write_frame (f, &want, 0, 0);
  }
  for (guint32 i = 0; i < 3; i++) {
    g_assert_cmpint (receive (f, &out, NULL), ==, CHANNEL_GOT);
    g_assert_cmpuint (out.serial, ==, i);
  }
  close (f->network);
  f->network = -1;
  g_assert_cmpint (receive (f, &out, NULL), ==, CHANNEL_ENDED);
}

static void
test_in_pieces (Fixture *f, gconstpointer data)
{
  ChannelMessage out, want = { .kind = CHANNEL_WANT_KEYS, .serial = 0x01020304 };
  g_assert_true (channel_set_nonblocking (f->master, NULL));
  for (gsize i = 0; i < CHANNEL_HEADER_BYTES + 4; i++) {
    g_assert_cmpint (receive (f, &out, NULL), ==, CHANNEL_NOTHING);
    write_frame (f, &want, i, 1);
  }
  g_assert_cmpint (receive (f, &out, NULL), ==, CHANNEL_GOT);
  g_assert_cmpuint (out.serial, ==, want.serial);
}

static void
test_cut_off (Fixture *f, gconstpointer data)
{
  ChannelMessage want = { .kind = CHANNEL_WANT_KEYS, .serial = 0x01020304 };
  write_frame (f, &want, 0, GPOINTER_TO_SIZE (data));
  close (f->network);
  f->network = -1;
  assert_broken (f, "cut short");
}

static void
test_garbage (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (write (f->network, "GET / HTTP/1.1\r\n", 16), ==, 16);
  assert_broken (f, "no kind");
}

static void
pass (int to, int n, const ChannelMessage *message, ChannelRoute route)
{
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (10 * sizeof (int))];
  } control = { 0 };
  g_autoptr (GByteArray) frame = channel_message_encode (route, message, NULL);
  struct iovec place = { frame->data, frame->len };
  struct msghdr header = { .msg_iov = &place,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = CMSG_SPACE ((gsize)n * sizeof (int)) };
  struct cmsghdr *rights = CMSG_FIRSTHDR (&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN ((gsize)n * sizeof (int));
  for (int i = 0; i < n; i++)
    memcpy (CMSG_DATA (rights) + (gsize)i * sizeof to, &to, sizeof to);
  g_assert_cmpint (sendmsg (to, &header, 0), ==, frame->len);
}

static guint
open_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* The network process cannot hand a descriptor to a privileged one, and cannot fill its table either. */
static void
test_unwanted_descriptors (Fixture *f, gconstpointer data)
{
  ChannelMessage want = { .kind = CHANNEL_WANT_WORKER, .serial = 1 };
  guint before = open_descriptors ();
  pass (f->network, GPOINTER_TO_INT (data), &want, CHANNEL_NETWORK_TO_MASTER);
  assert_broken (f, "descriptor");
  channel_free (f->master);
  g_assert_cmpuint (open_descriptors (), ==, before - 1);
  int unused;
  g_assert_true (channel_pair (&unused, &f->network, NULL));
  f->master = channel_new (unused, CHANNEL_NETWORK_TO_MASTER, CHANNEL_MASTER_TO_NETWORK);
}

static void
test_descriptor_of_a_body (Fixture *f, gconstpointer data)
{
  ChannelMessage out, want = { .kind = CHANNEL_WANT_KEYS, .serial = 0x01020304 };
  ChannelMessage pong = { .kind = CHANNEL_PONG };
  guint before = open_descriptors ();
  write_frame (f, &want, 0, CHANNEL_HEADER_BYTES + 2);
  /* the rest of the frame's body, with a descriptor */
  g_autoptr (GByteArray) frame = channel_message_encode (CHANNEL_NETWORK_TO_MASTER, &want, NULL);
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct iovec place = { frame->data + CHANNEL_HEADER_BYTES + 2,
                         frame->len - CHANNEL_HEADER_BYTES - 2 };
  struct msghdr header = { .msg_iov = &place,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes };
  struct cmsghdr *rights = CMSG_FIRSTHDR (&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN (sizeof (int));
  memcpy (CMSG_DATA (rights), &f->network, sizeof f->network);
  g_assert_cmpint (sendmsg (f->network, &header, 0), >, 0);
  write_frame (f, &pong, 0, 0);

  g_assert_cmpint (receive (f, &out, NULL), ==, CHANNEL_GOT);
  g_assert_cmpint (receive (f, &out, NULL), ==, CHANNEL_GOT);
  g_assert_cmpint (out.kind, ==, CHANNEL_PONG);
  g_assert_cmpuint (open_descriptors (), ==, before);
}

static void
test_passed_descriptor (Fixture *f, gconstpointer data)
{
  g_autoptr (Channel) network =
      channel_new (f->network, CHANNEL_MASTER_TO_NETWORK, CHANNEL_NETWORK_TO_MASTER);
  ChannelMessage out, worker = { .kind = CHANNEL_WORKER, .serial = 3 };
  int fds[2], got = -1;
  char byte;

  f->network = -1;
  g_assert_cmpint (pipe (fds), ==, 0);
  g_assert_true (channel_send (f->master, &worker, fds[1], NULL));
  close (fds[1]);
  g_assert_cmpint (channel_receive (network, f->arena, &out, &got, NULL), ==, CHANNEL_GOT);
  g_assert_cmpuint (out.serial, ==, 3);
  g_assert_cmpint (write (got, "x", 1), ==, 1);
  close (got);
  g_assert_cmpint (read (fds[0], &byte, 1), ==, 1);
  g_assert_cmpint (read (fds[0], &byte, 1), ==, 0);
  close (fds[0]);
}

static void
test_missing_descriptor (Fixture *f, gconstpointer data)
{
  g_autoptr (Channel) network =
      channel_new (f->network, CHANNEL_MASTER_TO_NETWORK, CHANNEL_NETWORK_TO_MASTER);
  g_autoptr (GError) error = NULL;
  ChannelMessage out, worker = { .kind = CHANNEL_WORKER };
  g_autoptr (GByteArray) frame = channel_message_encode (CHANNEL_MASTER_TO_NETWORK, &worker, NULL);
  int got;

  f->network = -1;
  g_assert_cmpint (write (channel_fd (f->master), frame->data, frame->len), ==, frame->len);
  g_assert_cmpint (channel_receive (network, f->arena, &out, &got, &error), ==, CHANNEL_BROKEN);
  g_assert_nonnull (strstr (error->message, "without a descriptor"));
}

/* A peer that does not read cannot hold one that does not wait. */
static void
test_full (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  ChannelMessage ping = { .kind = CHANNEL_PING };
  g_assert_true (channel_set_nonblocking (f->master, NULL));
  int n = 0;
  while (channel_send (f->master, &ping, -1, &error) && n < 1000000)
    n++;
  g_assert_error (error, CHANNEL_ERROR, CHANNEL_ERROR_FAILED);
}

static void
test_peer_gone (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  ChannelMessage ping = { .kind = CHANNEL_PING };
  close (f->network);
  f->network = -1;
  g_assert_false (channel_send (f->master, &ping, -1, &error));
  g_assert_error (error, CHANNEL_ERROR, CHANNEL_ERROR_ENDED);
}

#define ADD(name, data, function)                                                                  \
  g_test_add ("/channel/" name, Fixture, data, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("messages-come-whole-and-in-order", NULL, test_in_order);
  ADD ("a-message-in-pieces-is-put-together", NULL, test_in_pieces);
  ADD ("a-header-cut-off-is-an-error", GSIZE_TO_POINTER (3), test_cut_off);
  ADD ("a-body-cut-off-is-an-error", GSIZE_TO_POINTER (10), test_cut_off);
  ADD ("garbage-is-refused", NULL, test_garbage);
  ADD ("an-unwanted-descriptor-is-closed", GINT_TO_POINTER (1), test_unwanted_descriptors);
  ADD ("so-are-several", GINT_TO_POINTER (2), test_unwanted_descriptors);
  ADD ("so-are-many", GINT_TO_POINTER (10), test_unwanted_descriptors);
  ADD ("a-descriptor-within-a-message-is-closed", NULL, test_descriptor_of_a_body);
  ADD ("a-descriptor-is-passed", NULL, test_passed_descriptor);
  ADD ("a-descriptor-that-is-missing-is-an-error", NULL, test_missing_descriptor);
  ADD ("a-full-channel-does-not-hold-who-will-not-wait", NULL, test_full);
  ADD ("a-peer-that-is-gone-is-told-apart", NULL, test_peer_gone);
  return g_test_run ();
}
