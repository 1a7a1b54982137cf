#pragma once

#include <glib.h>
#include <sys/socket.h>

/* How many connections each peer has. A peer is what one customer usually has: an IPv4 address, or the first 64 bits of an
 * IPv6 address ("192.0.2.7", "2001:db8:0:1::/64"); an IPv4 address mapped into IPv6 counts as itself.
 *
 * Memory is bounded by the connections that are open. Thread rule: any thread. */
typedef struct PeerCount PeerCount;

#define PEER_TEXT_SIZE 50

/* The peer's text; "?" for what is no IP address. */
void peer_format (const struct sockaddr *address, char out[PEER_TEXT_SIZE]);

PeerCount *peer_count_new (void);
void peer_count_free (PeerCount *peers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PeerCount, peer_count_free)

/* One more, one less; each add is followed by one remove. */
void peer_count_add (PeerCount *peers, const char *peer);
void peer_count_remove (PeerCount *peers, const char *peer);
guint peer_count_get (PeerCount *peers, const char *peer);
