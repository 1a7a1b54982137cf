#include "server/peer-count.h"

#include <netinet/in.h>

#include "server/http-listener.h"

static void
test_peers_are_addresses_and_networks (void)
{
  static const struct {
    const char *address, *peer;
  } cases[] = {
    { "192.0.2.7:80", "192.0.2.7" },
    { "127.0.0.1:65535", "127.0.0.1" },
    { "[2001:db8:0:1:a:b:c:d]:80", "2001:db8:0:1::/64" },
    { "[2001:db8:0:1::]:443", "2001:db8:0:1::/64" },
    { "[2001:db8:0:2::1]:443", "2001:db8:0:2::/64" },
    { "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:1", "ffff:ffff:ffff:ffff::/64" },
    { "[::1]:80", "::/64" },
    { "[::ffff:192.0.2.7]:80", "192.0.2.7" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    struct sockaddr_storage address;
    socklen_t size;
    char peer[PEER_TEXT_SIZE];
    g_assert_true (http_listener_parse_address (cases[i].address, &address, &size));
    peer_format ((const struct sockaddr *)&address, peer);
    g_assert_cmpstr (peer, ==, cases[i].peer);
  }
}

static void
test_what_is_no_ip_address_is_one_peer (void)
{
  const struct sockaddr other = { .sa_family = AF_UNIX };
  char peer[PEER_TEXT_SIZE];
  peer_format (&other, peer);
  g_assert_cmpstr (peer, ==, "?");
}

static void
test_each_peer_has_its_count (void)
{
  g_autoptr (PeerCount) peers = peer_count_new ();
  g_assert_cmpuint (peer_count_get (peers, "a"), ==, 0);
  peer_count_add (peers, "a");
  peer_count_add (peers, "a");
  peer_count_add (peers, "b");
  g_assert_cmpuint (peer_count_get (peers, "a"), ==, 2);
  g_assert_cmpuint (peer_count_get (peers, "b"), ==, 1);
  peer_count_remove (peers, "a");
  peer_count_remove (peers, "b");
  g_assert_cmpuint (peer_count_get (peers, "a"), ==, 1);
  g_assert_cmpuint (peer_count_get (peers, "b"), ==, 0);
  peer_count_remove (peers, "a");
  g_assert_cmpuint (peer_count_get (peers, "a"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/peer-count/peers-are-addresses-and-networks",
                   test_peers_are_addresses_and_networks);
  g_test_add_func ("/peer-count/what-is-no-ip-address-is-one-peer",
                   test_what_is_no_ip_address_is_one_peer);
  g_test_add_func ("/peer-count/each-peer-has-its-count", test_each_peer_has_its_count);
  return g_test_run ();
}
