#include "server/integrations/haproxy.h"

#include "server/integrations/haproxy-socket.h"
#include "server/integrations/test-haproxy.h"

#define ASKED_MS G_GINT64_CONSTANT (1790000000000)

typedef struct {
  TestHaproxy *haproxy, *other; /* other: the second of a pair; NULL: none */
  const char *sockets[3];
  BalancerSettings settings;
  BalancerAsk ask;
  BalancerSaid said;
  Arena *arena;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->haproxy = test_haproxy_start ();
  f->sockets[0] = f->haproxy->path;
  f->settings = (BalancerSettings){ .name = "front",
                                    .driver = BALANCER_DRIVER_HAPROXY,
                                    .sockets = f->sockets,
                                    .backend = "web",
                                    .server = "{instance}",
                                    .drain_s = 60 };
  f->ask = (BalancerAsk){ .balancer = &f->settings,
                          .instance = "web-01",
                          .asked_ms = ASKED_MS,
                          .now_ms = ASKED_MS,
                          .end_us = G_MAXINT64 };
  f->arena = arena_new ();
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  test_haproxy_stop (f->haproxy);
  if (f->other != NULL)
    test_haproxy_stop (f->other);
  arena_free (f->arena);
}

static void
ask (Fixture *f, void (*what) (gpointer, const BalancerAsk *, Arena *, BalancerSaid *))
{
  what ((gpointer)ambient_system (), &f->ask, f->arena, &f->said);
  f->ask.since_ms = f->said.since_ms;
}

static void
expect_told (TestHaproxy *haproxy, const char *commands)
{
  g_autofree char *told = test_haproxy_take_told (haproxy);
  g_assert_cmpstr (told, ==, commands);
}

static void
expect_waits (Fixture *f, const char *message)
{
  g_assert_cmpint (f->said.outcome, ==, ERRAND_NOT_YET);
  g_assert_cmpstr (f->said.message, ==, message);
  g_assert_cmpint (f->said.again_ms, >, 0);
}

static void
expect_refused (Fixture *f, DeploymentError code, const char *message)
{
  g_assert_cmpint (f->said.outcome, ==, ERRAND_REFUSED);
  g_assert_cmpint (f->said.code, ==, code);
  g_assert_cmpstr (f->said.message, ==, message);
}

static void
test_block (Fixture *f, gconstpointer data)
{
  f->haproxy->sessions = 3;
  ask (f, haproxy_balancer.block);
  expect_waits (f, "HAProxy backend web: web-01 is drained of its connections");
  expect_told (f->haproxy, "set server web/web-01 state drain");
  f->ask.now_ms += 10000;
  ask (f, haproxy_balancer.block);
  expect_waits (
      f, "HAProxy backend web: 3 connections of web-01 are still open, which may take 50 s more");
  f->haproxy->sessions = 1;
  ask (f, haproxy_balancer.block);
  expect_waits (
      f, "HAProxy backend web: 1 connection of web-01 is still open, which may take 50 s more");
  expect_told (f->haproxy, "");
  f->haproxy->sessions = 0;
  ask (f, haproxy_balancer.block);
  g_assert_cmpint (f->said.outcome, ==, ERRAND_DONE);
  g_assert_null (f->said.message);
  expect_told (f->haproxy, "set server web/web-01 state maint");
  /* Whoever did not hear that it was done asks again. */
  ask (f, haproxy_balancer.block);
  g_assert_cmpint (f->said.outcome, ==, ERRAND_DONE);
  expect_told (f->haproxy, "");
}

static void
test_drain_time_is_over (Fixture *f, gconstpointer data)
{
  f->haproxy->sessions = 2;
  ask (f, haproxy_balancer.block);
  f->ask.now_ms += 60000;
  expect_told (f->haproxy, "set server web/web-01 state drain");
  ask (f, haproxy_balancer.block);
  g_assert_cmpint (f->said.outcome, ==, ERRAND_DONE);
  g_assert_cmpstr (f->said.message, ==,
                   "HAProxy backend web: 2 connections of web-01 are cut off after 60 s");
  expect_told (f->haproxy, "set server web/web-01 state maint;shutdown sessions server web/web-01");
}

/* The time counts from the first drain, not from when HAProxy could not be reached. */
static void
test_drain_time_begins_with_it (Fixture *f, gconstpointer data)
{
  f->ask.asked_ms = ASKED_MS - 600000;
  f->haproxy->sessions = 2;
  ask (f, haproxy_balancer.block);
  ask (f, haproxy_balancer.block);
  expect_waits (
      f, "HAProxy backend web: 2 connections of web-01 are still open, which may take 60 s more");
}

static void
test_allow (Fixture *f, gconstpointer data)
{
  f->haproxy->admin = 1;
  ask (f, haproxy_balancer.allow);
  expect_waits (f, "HAProxy backend web: web-01 waits for its health checks");
  expect_told (f->haproxy, "set server web/web-01 state drain;set server web/web-01 health "
                           "down;set server web/web-01 state ready");
  f->haproxy->check = "L4CON";
  ask (f, haproxy_balancer.allow);
  expect_waits (f,
                "HAProxy backend web: 0 of 3 health checks of web-01 passed; the last one: L4CON");
  f->haproxy->health = 2;
  ask (f, haproxy_balancer.allow);
  expect_waits (f, "HAProxy backend web: 2 of 3 health checks of web-01 passed");
  expect_told (f->haproxy, "");
  f->haproxy->health = 3;
  ask (f, haproxy_balancer.allow);
  g_assert_cmpint (f->said.outcome, ==, ERRAND_DONE);
}

/* One that only drains was checked all the time; one without checks would stay down for ever. */
static void
test_allow_without_going_down (Fixture *f, gconstpointer data)
{
  f->haproxy->admin = 8;
  ask (f, haproxy_balancer.allow);
  expect_told (f->haproxy, "set server web/web-01 state ready");
  ask (f, haproxy_balancer.allow);
  g_assert_cmpint (f->said.outcome, ==, ERRAND_DONE);
  f->haproxy->admin = 1;
  f->haproxy->checked = FALSE;
  ask (f, haproxy_balancer.allow);
  expect_told (f->haproxy, "set server web/web-01 state ready");
  ask (f, haproxy_balancer.allow);
  g_assert_cmpint (f->said.outcome, ==, ERRAND_DONE);
}

static void
test_names (Fixture *f, gconstpointer data)
{
  g_autofree char *message = g_strdup_printf (
      "HAProxy at %s has the backends web, other; it has no backend shop", f->haproxy->path);
  f->ask.instance = "web-02";
  ask (f, haproxy_balancer.block);
  expect_refused (f, DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE,
                  "HAProxy backend web has no server web-02; it has web-01");
  f->ask.instance = "web@02";
  ask (f, haproxy_balancer.block);
  expect_refused (f, DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE,
                  "HAProxy backend web can have no server for web@02: HAProxy's names are letters, "
                  "digits and -_.:");
  f->ask.instance = "01";
  f->settings.server = "web-{instance}";
  ask (f, haproxy_balancer.block);
  expect_told (f->haproxy, "set server web/web-01 state drain");
  f->settings.backend = "shop";
  ask (f, haproxy_balancer.allow);
  expect_refused (f, DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID, message);
}

static void
test_not_let_in (Fixture *f, gconstpointer data)
{
  g_autofree char *message = g_strdup_printf (
      "HAProxy at %s gives no permission; the \"stats socket\" needs \"level admin\"",
      f->haproxy->path);
  f->haproxy->denies = "Permission denied\n\n";
  ask (f, haproxy_balancer.block);
  expect_refused (f, DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID, message);
}

static void
test_not_there (Fixture *f, gconstpointer data)
{
  g_autofree char *message =
      g_strdup_printf ("HAProxy at %s: cannot connect: Connection refused", f->haproxy->path);
  test_haproxy_hang_up (f->haproxy);
  ask (f, haproxy_balancer.block);
  expect_waits (f, message);
}

static void
test_late (Fixture *f, gconstpointer data)
{
  g_autofree char *message =
      g_strdup_printf ("HAProxy at %s was not asked in time", f->haproxy->path);
  f->ask.end_us = 0;
  ask (f, haproxy_balancer.block);
  expect_waits (f, message);
  expect_told (f->haproxy, "");
}

/* An operator's maintenance: connections that are told to be cut off are. */
static void
test_maintenance_with_connections (Fixture *f, gconstpointer data)
{
  f->haproxy->admin = 1;
  f->haproxy->sessions = 2;
  ask (f, haproxy_balancer.block);
  g_assert_cmpint (f->said.outcome, ==, ERRAND_NOT_YET);
  f->ask.now_ms += 60000;
  ask (f, haproxy_balancer.block);
  g_assert_cmpint (f->said.outcome, ==, ERRAND_DONE);
  expect_told (f->haproxy, "set server web/web-01 state maint;shutdown sessions server web/web-01");
}

static void
test_pair (Fixture *f, gconstpointer data)
{
  f->other = test_haproxy_start ();
  f->sockets[1] = f->other->path;
  f->other->sessions = 1;
  ask (f, haproxy_balancer.block);
  expect_told (f->haproxy, "set server web/web-01 state drain");
  expect_told (f->other, "set server web/web-01 state drain");
  ask (f, haproxy_balancer.block);
  expect_told (f->haproxy, "set server web/web-01 state maint");
  g_autofree char *message = g_strdup_printf (
      "HAProxy at %s, backend web: 1 connection of web-01 is still open, which may take 60 s more",
      f->other->path);
  expect_waits (f, message);
  f->other->sessions = 0;
  ask (f, haproxy_balancer.block);
  g_assert_cmpint (f->said.outcome, ==, ERRAND_DONE);
  expect_told (f->other, "set server web/web-01 state maint");
}

static void
test_socket_addresses (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = haproxy_socket_ask (f->haproxy->path, "show backend", 5000, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (answer, ==, "# name\nweb\nother\n\n");
  static const char *const nowhere[] = { "/nonexistent/socket", "127.0.0.1:1", "[::1]:1" };
  for (gsize i = 0; i < G_N_ELEMENTS (nowhere); i++) {
    g_assert_null (haproxy_socket_ask (nowhere[i], "show backend", 5000, &error));
    g_assert_error (error, HAPROXY_SOCKET_ERROR, HAPROXY_SOCKET_ERROR_UNREACHABLE);
    g_assert_nonnull (strstr (error->message, nowhere[i]));
    g_clear_error (&error);
  }
  g_autofree char *long_path = g_strnfill (200, '/');
  g_assert_null (haproxy_socket_ask (long_path, "show backend", 5000, &error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/haproxy/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("blocking-drains-and-then-rests", test_block);
  ADD ("draining-has-its-time", test_drain_time_is_over);
  ADD ("draining-s-time-begins-with-it", test_drain_time_begins_with_it);
  ADD ("allowing-waits-for-health-checks", test_allow);
  ADD ("allowing-what-was-checked-or-never-is", test_allow_without_going_down);
  ADD ("unknown-names-are-refused-with-the-known-ones", test_names);
  ADD ("a-socket-of-too-low-a-level-is-refused", test_not_let_in);
  ADD ("one-that-is-not-there-is-waited-for", test_not_there);
  ADD ("one-that-there-is-no-time-for", test_late);
  ADD ("maintenance-with-connections", test_maintenance_with_connections);
  ADD ("both-of-a-pair-must-agree", test_pair);
  ADD ("addresses-of-sockets", test_socket_addresses);
  return g_test_run ();
}
