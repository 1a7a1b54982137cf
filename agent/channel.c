#include "agent/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for more than the one that is allowed, so that a peer that passes several is seen and not silently cut. */
#define MAX_PASSED 4

struct Channel {
  int fd;
  ChannelRoute incoming, outgoing;
  /* the frame that is coming in */
  guint8 header[CHANNEL_HEADER_BYTES];
  gsize header_have, body_have;
  ChannelHeader expected;
  guint8 *body;
  int passed; /* -1: none */

  GMutex send_lock;
};

gboolean
channel_pair (int *out_one, int *out_other, GError **error)
{
  int fds[2] = { -1, -1 };
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    g_set_error (error, CHANNEL_ERROR, CHANNEL_ERROR_FAILED, "cannot make a socket pair: %s",
                 g_strerror (errno));
  *out_one = fds[0];
  *out_other = fds[1];
  return fds[0] >= 0;
}

Channel *
channel_new (int fd, ChannelRoute incoming, ChannelRoute outgoing)
{
  Channel *channel = g_new0 (Channel, 1);
  channel->fd = fd;
  channel->incoming = incoming;
  channel->outgoing = outgoing;
  channel->passed = -1;
  g_mutex_init (&channel->send_lock);
  return channel;
}

void
channel_free (Channel *channel)
{
  if (channel == NULL)
    return;
  close (channel->fd);
  if (channel->passed >= 0)
    close (channel->passed);
  g_mutex_clear (&channel->send_lock);
  g_free (channel->body);
  g_free (channel);
}

int
channel_fd (const Channel *channel)
{
  return channel->fd;
}

gboolean
channel_set_nonblocking (Channel *channel, GError **error)
{
  if (fcntl (channel->fd, F_SETFL, O_NONBLOCK) == 0)
    return TRUE;
  g_set_error (error, CHANNEL_ERROR, CHANNEL_ERROR_FAILED, "cannot set up a channel: %s",
               g_strerror (errno));
  return FALSE;
}

void
channel_shut_down (Channel *channel)
{
  shutdown (channel->fd, SHUT_RDWR);
}

/* Keeps the first descriptor of a header, closes all others. FALSE: there was more than the one that may be. */
static gboolean
take_descriptors (Channel *channel, struct msghdr *message)
{
  gboolean proper = (message->msg_flags & MSG_CTRUNC) == 0;

  for (struct cmsghdr *control = CMSG_FIRSTHDR (message); control != NULL;
       control = CMSG_NXTHDR (message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
      continue;
    gsize n = (control->cmsg_len - CMSG_LEN (0)) / sizeof (int);
    for (gsize i = 0; i < n; i++) {
      int fd;
      memcpy (&fd, CMSG_DATA (control) + i * sizeof fd, sizeof fd);
      if (channel->passed < 0) {
        channel->passed = fd;
      } else {
        close (fd);
        proper = FALSE;
      }
    }
  }
  return proper;
}

/* As read(2), but of a socket, and whatever descriptor comes with the bytes is taken. */
static gssize
receive_header (Channel *channel)
{
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (MAX_PASSED * sizeof (int))];
  } control;
  struct iovec place = { channel->header + channel->header_have,
                         CHANNEL_HEADER_BYTES - channel->header_have };
  struct msghdr message = { .msg_iov = &place,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof control.bytes };
  gssize n = recvmsg (channel->fd, &message, MSG_CMSG_CLOEXEC);
  if (n > 0 && !take_descriptors (channel, &message)) {
    errno = EBADMSG;
    return -1;
  }
  return n;
}

static ChannelReceived
after_failure (gssize n, gsize have, GError **error)
{
  int saved_errno = errno;

  if (n < 0 && (saved_errno == EAGAIN || saved_errno == EWOULDBLOCK))
    return CHANNEL_NOTHING;
  if ((n == 0 && have == 0) || (n < 0 && saved_errno == ECONNRESET))
    return CHANNEL_ENDED;
  if (n == 0)
    g_set_error_literal (error, CHANNEL_ERROR, CHANNEL_ERROR_FORBIDDEN,
                         "a message that is cut short");
  else
    g_set_error (error, CHANNEL_ERROR,
                 saved_errno == EBADMSG ? CHANNEL_ERROR_FORBIDDEN : CHANNEL_ERROR_FAILED,
                 "cannot receive: %s",
                 saved_errno == EBADMSG ? "descriptors that nobody asked for"
                                        : g_strerror (saved_errno));
  return CHANNEL_BROKEN;
}

static ChannelReceived
fill_header (Channel *channel, GError **error)
{
  while (channel->header_have < CHANNEL_HEADER_BYTES) {
    gssize n = receive_header (channel);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return after_failure (n, channel->header_have, error);
    channel->header_have += (gsize)n;
  }
  if (channel->body != NULL)
    return CHANNEL_GOT;
  if (!channel_header_decode (channel->incoming, channel->header, &channel->expected, error))
    return CHANNEL_BROKEN;
  if (channel->expected.carries_descriptor != (channel->passed >= 0)) {
    g_set_error (error, CHANNEL_ERROR, CHANNEL_ERROR_FORBIDDEN, "a message %s %s a descriptor",
                 channel_kind_name (channel->expected.kind),
                 channel->passed >= 0 ? "with" : "without");
    return CHANNEL_BROKEN;
  }
  channel->body = g_malloc (channel->expected.body_bytes + 1);
  return CHANNEL_GOT;
}

static ChannelReceived
fill_body (Channel *channel, GError **error)
{
  while (channel->body_have < channel->expected.body_bytes) {
    /* without room for control data: the kernel closes descriptors that come with a body */
    gssize n = recv (channel->fd, channel->body + channel->body_have,
                     channel->expected.body_bytes - channel->body_have, 0);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return after_failure (n, CHANNEL_HEADER_BYTES, error);
    channel->body_have += (gsize)n;
  }
  return CHANNEL_GOT;
}

ChannelReceived
channel_receive (Channel *channel, Arena *arena, ChannelMessage *out, int *out_fd, GError **error)
{
  ChannelReceived received = fill_header (channel, error);
  if (received == CHANNEL_GOT)
    received = fill_body (channel, error);
  if (received != CHANNEL_GOT)
    return received;
  g_autofree guint8 *body = g_steal_pointer (&channel->body);
  channel->header_have = channel->body_have = 0;
  gboolean decoded = channel_body_decode (&channel->expected, body, arena, out, error);
  explicit_bzero (body, channel->expected.body_bytes); /* some are keys */
  if (!decoded)
    return CHANNEL_BROKEN;
  *out_fd = channel->passed;
  channel->passed = -1;
  return CHANNEL_GOT;
}

static gboolean
send_frame (Channel *channel, const GByteArray *frame, int fd, GError **error)
{
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control = { 0 };

  for (gsize sent = 0; sent < frame->len;) {
    struct iovec place = { frame->data + sent, frame->len - sent };
    struct msghdr message = { .msg_iov = &place, .msg_iovlen = 1 };
    if (fd >= 0 && sent == 0) {
      message.msg_control = control.bytes;
      message.msg_controllen = sizeof control.bytes;
      struct cmsghdr *rights = CMSG_FIRSTHDR (&message);
      rights->cmsg_level = SOL_SOCKET;
      rights->cmsg_type = SCM_RIGHTS;
      rights->cmsg_len = CMSG_LEN (sizeof fd);
      memcpy (CMSG_DATA (rights), &fd, sizeof fd);
    }
    gssize n = sendmsg (channel->fd, &message, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      int saved_errno = errno;
      gboolean ended = saved_errno == EPIPE || saved_errno == ECONNRESET;
      g_set_error (error, CHANNEL_ERROR, ended ? CHANNEL_ERROR_ENDED : CHANNEL_ERROR_FAILED,
                   "cannot send to another process of the agent: %s", g_strerror (saved_errno));
      return FALSE;
    }
    sent += (gsize)n;
  }
  return TRUE;
}

gboolean
channel_send (Channel *channel, const ChannelMessage *message, int fd, GError **error)
{
  g_assert ((fd >= 0) == channel_kind_carries_descriptor (message->kind));
  g_autoptr (GByteArray) frame = channel_message_encode (channel->outgoing, message, error);
  if (frame == NULL)
    return FALSE;
  g_mutex_lock (&channel->send_lock);
  gboolean sent = send_frame (channel, frame, fd, error);
  g_mutex_unlock (&channel->send_lock);
  explicit_bzero (frame->data, frame->len);
  return sent;
}
