#include "agent/network-keeper.h"

#include <poll.h>
#include <unistd.h>

#include "agent/test-host.h"

/* A network process that is played by a thread; how long it lives, its part decides. */
typedef struct {
  TestHost on;
  AgentConfig config;
  ServiceNotify *notify;
  NetworkKeeper *keeper;
  int starts; /* atomic */
} Fixture;

static Channel *
its_channel (int fd)
{
  return channel_new (fd, CHANNEL_MASTER_TO_NETWORK, CHANNEL_NETWORK_TO_MASTER);
}

/* Answers until it is told to stop. */
static int
behaves (gconstpointer ctx, int fd)
{
  g_autoptr (Channel) channel = its_channel (fd);
  ChannelMessage message, pong = { .kind = CHANNEL_PONG };
  int none;

  g_atomic_int_inc (&((Fixture *)ctx)->starts);
  for (;;) {
    g_autoptr (Arena) arena = arena_new ();
    if (channel_receive (channel, arena, &message, &none, NULL) != CHANNEL_GOT)
      return 2;
    if (message.kind == CHANNEL_STOP)
      return 0;
    g_assert_true (channel_send (channel, &pong, -1, NULL));
  }
}

static int
ends_at_once (gconstpointer ctx, int fd)
{
  g_atomic_int_inc (&((Fixture *)ctx)->starts);
  close (fd);
  return 1;
}

/* Says what nobody understands, and waits for its end. */
static int
talks_rubbish (gconstpointer ctx, int fd)
{
  char byte;
  g_atomic_int_inc (&((Fixture *)ctx)->starts);
  g_assert_cmpint (write (fd, "rubbish!", 8), ==, 8);
  while (read (fd, &byte, 1) > 0)
    continue;
  close (fd);
  return 3;
}

static void
begin (Fixture *f, PartMain main)
{
  f->config = *f->on.host.config;
  f->config.respawn_first_ms = 10;
  f->on.host.config = &f->config;
  f->notify = service_notify_new_from_environment ();
  f->keeper = network_keeper_new (&(NetworkKeeperSettings){ .host = &f->on.host,
                                                            .notify = f->notify,
                                                            .mode = PARTS_ARE_THREADS,
                                                            .main = main,
                                                            .ctx = f });
  g_assert_true (network_keeper_start (f->keeper, NULL));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  test_host_set_up (&f->on, data);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  network_keeper_free (f->keeper);
  service_notify_free (f->notify);
  test_host_tear_down (&f->on, data);
}

/* One round of what the master does. TRUE and *out: it has said something. */
static gboolean
one_round (Fixture *f, Arena *arena, ChannelMessage *out)
{
  network_keeper_run_timers (f->keeper);
  struct pollfd fds[] = { { network_keeper_channel_fd (f->keeper), POLLIN, 0 },
                          { network_keeper_end_fd (f->keeper), POLLIN, 0 } };
  gint64 wait_us = network_keeper_next_timer_us (f->keeper) - g_get_monotonic_time ();
  poll (fds, G_N_ELEMENTS (fds), (int)(CLAMP (wait_us, 0, G_USEC_PER_SEC) / 1000));
  gboolean said = fds[0].revents != 0 && network_keeper_receive (f->keeper, arena, out);
  if (fds[1].revents != 0)
    network_keeper_end (f->keeper);
  return said;
}

static void
test_asked_and_stopped (Fixture *f, gconstpointer data)
{
  g_autoptr (Arena) arena = arena_new ();
  ChannelMessage said;

  begin (f, behaves);
  while (!one_round (f, arena, &said))
    continue;
  g_assert_cmpint (said.kind, ==, CHANNEL_PONG);
  network_keeper_pong (f->keeper);
  g_assert_true (network_keeper_is_reachable (f->keeper));
  network_keeper_stop (f->keeper);
  while (!network_keeper_has_ended (f->keeper))
    one_round (f, arena, &said);
  g_assert_false (network_keeper_is_reachable (f->keeper));
  g_assert_cmpint (network_keeper_next_timer_us (f->keeper), ==, G_MAXINT64);
  g_assert_false (network_keeper_run_timers (f->keeper));
  g_assert_cmpint (g_atomic_int_get (&f->starts), ==, 1);
}

static void
test_replaced (Fixture *f, gconstpointer data)
{
  static const PartMain mains[] = { ends_at_once, talks_rubbish };
  g_autoptr (Arena) arena = arena_new ();
  ChannelMessage said;

  begin (f, mains[GPOINTER_TO_INT (data)]);
  while (g_atomic_int_get (&f->starts) < 3)
    g_assert_false (one_round (f, arena, &said));
  network_keeper_stop (f->keeper);
  while (!network_keeper_has_ended (f->keeper))
    one_round (f, arena, &said);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/network-keeper/is-asked-how-it-is-and-stopped", Fixture, NULL, set_up,
              test_asked_and_stopped, tear_down);
  g_test_add ("/network-keeper/one-that-ends-is-replaced", Fixture, GINT_TO_POINTER (0), set_up,
              test_replaced, tear_down);
  g_test_add ("/network-keeper/one-that-breaks-the-rules-is-replaced", Fixture, GINT_TO_POINTER (1),
              set_up, test_replaced, tear_down);
  return g_test_run ();
}
