#include "server/peer-count.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define NETWORK_BYTES 8 /* of an IPv6 address */

struct PeerCount {
  GMutex lock;
  GHashTable *by_peer; /* text, owned -> how many */
};

static void
format_ipv6 (const struct in6_addr *address, char out[PEER_TEXT_SIZE])
{
  char text[INET6_ADDRSTRLEN] = "?";
  if (IN6_IS_ADDR_V4MAPPED (address)) {
    inet_ntop (AF_INET, address->s6_addr + 12, out, PEER_TEXT_SIZE);
    return;
  }
  struct in6_addr network = { 0 };
  memcpy (network.s6_addr, address->s6_addr, NETWORK_BYTES);
  inet_ntop (AF_INET6, &network, text, sizeof text);
  g_snprintf (out, PEER_TEXT_SIZE, "%s/64", text);
}

void
peer_format (const struct sockaddr *address, char out[PEER_TEXT_SIZE])
{
  g_strlcpy (out, "?", PEER_TEXT_SIZE);
  if (address->sa_family == AF_INET)
    inet_ntop (AF_INET, &((const struct sockaddr_in *)address)->sin_addr, out, PEER_TEXT_SIZE);
  else if (address->sa_family == AF_INET6)
    format_ipv6 (&((const struct sockaddr_in6 *)address)->sin6_addr, out);
}

PeerCount *
peer_count_new (void)
{
  PeerCount *peers = g_new0 (PeerCount, 1);
  g_mutex_init (&peers->lock);
  peers->by_peer = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return peers;
}

void
peer_count_free (PeerCount *peers)
{
  if (peers == NULL)
    return;
  g_hash_table_unref (peers->by_peer);
  g_mutex_clear (&peers->lock);
  g_free (peers);
}

static guint
count_locked (PeerCount *peers, const char *peer)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (peers->by_peer, peer));
}

void
peer_count_add (PeerCount *peers, const char *peer)
{
  g_mutex_lock (&peers->lock);
  guint n = count_locked (peers, peer);
  g_hash_table_replace (peers->by_peer, g_strdup (peer), GUINT_TO_POINTER (n + 1));
  g_mutex_unlock (&peers->lock);
}

void
peer_count_remove (PeerCount *peers, const char *peer)
{
  g_mutex_lock (&peers->lock);
  guint n = count_locked (peers, peer);
  g_assert (n > 0);
  if (n == 1)
    g_hash_table_remove (peers->by_peer, peer);
  else
    g_hash_table_replace (peers->by_peer, g_strdup (peer), GUINT_TO_POINTER (n - 1));
  g_mutex_unlock (&peers->lock);
}

guint
peer_count_get (PeerCount *peers, const char *peer)
{
  g_mutex_lock (&peers->lock);
  guint n = count_locked (peers, peer);
  g_mutex_unlock (&peers->lock);
  return n;
}
