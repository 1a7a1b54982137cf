#include "server/host-commands/command-hub.h"

#include <string.h>

#define WEB1 "arn:aws:iam::123456789012:user/web-1"
#define WEB2 "arn:aws:iam::123456789012:user/web-2"

typedef struct {
  int answers;
  char *command_id; /* of the last answer; NULL: nothing */
  gboolean gone;
} Poller;

typedef struct {
  AmbientFake fake;
  Ambient ambient;
  Metrics *metrics;
  CommandHub *hub;
  Poller one, other;
} Fixture;

static void
set_up (Fixture *f, gconstpointer unused)
{
  f->fake = (AmbientFake){ .now_ms = 1000000, .seed = 1 };
  f->ambient = ambient_fake (&f->fake);
  f->metrics = metrics_new ();
  const CommandHubConfig config = {
    .ambient = &f->ambient, .poll_wait_ms = 50000, .lease_ms = 15000, .metrics = f->metrics
  };
  f->hub = command_hub_new (&config);
}

static void
tear_down (Fixture *f, gconstpointer unused)
{
  command_hub_close (f->hub);
  command_hub_free (f->hub);
  g_free (f->one.command_id);
  g_free (f->other.command_id);
  metrics_free (f->metrics);
}

static void
take_answer (gpointer data, const HubCommand *command)
{
  Poller *poller = data;
  poller->answers++;
  g_free (poller->command_id);
  poller->command_id = command != NULL ? g_strdup (command->command_id) : NULL;
}

static gboolean
is_gone (gpointer data)
{
  return ((const Poller *)data)->gone;
}

static void
poll_as (Fixture *f, const char *host, Poller *poller)
{
  command_hub_poll (f->hub, host, &(HubPoll){ take_answer, is_gone, poller });
}

static void
offer (Fixture *f, const char *host, const char *id)
{
  const HubCommand command = { host, id, "d-ABCDEFGHI", "Install" };
  command_hub_offer (f->hub, &command);
}

static void
test_an_offer_wakes_its_host_only (Fixture *f, gconstpointer unused)
{
  poll_as (f, WEB1, &f->one);
  poll_as (f, WEB2, &f->other);
  g_assert_cmpint (metrics_get (f->metrics, METRIC_POLLS_PARKED), ==, 2);
  offer (f, WEB2, "b");
  g_assert_cmpint (f->one.answers, ==, 0);
  g_assert_cmpstr (f->other.command_id, ==, "b");
  g_assert_cmpuint (command_hub_n_parked (f->hub), ==, 1);
}

static void
test_an_offer_waits_for_its_host (Fixture *f, gconstpointer unused)
{
  offer (f, WEB1, "a");
  poll_as (f, WEB1, &f->one);
  g_assert_cmpint (f->one.answers, ==, 1);
  g_assert_cmpstr (f->one.command_id, ==, "a");
}

static void
test_an_empty_poll_ends_in_time (Fixture *f, gconstpointer unused)
{
  g_assert_cmpint (command_hub_tick (f->hub), ==, -1);
  poll_as (f, WEB1, &f->one);
  f->fake.now_ms += 49999;
  g_assert_cmpint (command_hub_tick (f->hub), ==, 1);
  g_assert_cmpint (f->one.answers, ==, 0);
  f->fake.now_ms += 1;
  g_assert_cmpint (command_hub_tick (f->hub), ==, -1);
  g_assert_cmpint (f->one.answers, ==, 1);
  g_assert_null (f->one.command_id);
}

/* 166 */
static void
test_delivered_again_after_the_lease_only (Fixture *f, gconstpointer unused)
{
  offer (f, WEB1, "a");
  poll_as (f, WEB1, &f->one);
  poll_as (f, WEB1, &f->other);
  f->fake.now_ms += 14999;
  command_hub_tick (f->hub);
  g_assert_cmpint (f->other.answers, ==, 0);
  f->fake.now_ms += 1;
  command_hub_tick (f->hub);
  g_assert_cmpstr (f->other.command_id, ==, "a");
  /* and once more, when nobody was there at the time */
  f->fake.now_ms += 20000;
  command_hub_tick (f->hub);
  poll_as (f, WEB1, &f->other);
  g_assert_cmpint (f->other.answers, ==, 2);
}

static void
test_acknowledged_is_not_delivered_again (Fixture *f, gconstpointer unused)
{
  offer (f, WEB1, "a");
  poll_as (f, WEB1, &f->one);
  command_hub_withdraw (f->hub, WEB1, "other");
  g_assert_cmpuint (command_hub_n_offered (f->hub), ==, 1);
  command_hub_withdraw (f->hub, WEB1, "a");
  g_assert_cmpuint (command_hub_n_offered (f->hub), ==, 0);
  poll_as (f, WEB1, &f->one);
  f->fake.now_ms += 20000;
  command_hub_tick (f->hub);
  g_assert_cmpint (f->one.answers, ==, 1);
  offer (f, WEB1, "b");
  g_assert_cmpstr (f->one.command_id, ==, "b");
}

static void
test_a_newer_poll_replaces_the_older (Fixture *f, gconstpointer unused)
{
  poll_as (f, WEB1, &f->one);
  poll_as (f, WEB1, &f->other);
  g_assert_cmpint (f->one.answers, ==, 1);
  g_assert_null (f->one.command_id);
  offer (f, WEB1, "a");
  g_assert_cmpstr (f->other.command_id, ==, "a");
}

/* Nobody holds the command then: the host's next poll has it at once, and its lease begins there. */
static void
test_a_caller_that_is_gone_gets_no_command (Fixture *f, gconstpointer unused)
{
  poll_as (f, WEB1, &f->one);
  f->one.gone = TRUE;
  offer (f, WEB1, "a");
  g_assert_cmpint (f->one.answers, ==, 1);
  g_assert_null (f->one.command_id);
  g_assert_cmpuint (command_hub_n_parked (f->hub), ==, 0);
  g_assert_cmpint (metrics_get (f->metrics, METRIC_COMMANDS_DELIVERED), ==, 0);
  poll_as (f, WEB1, &f->other);
  g_assert_cmpstr (f->other.command_id, ==, "a");
  g_assert_cmpint (metrics_get (f->metrics, METRIC_COMMANDS_DELIVERED), ==, 1);

  /* The same when its lease is over. */
  poll_as (f, WEB1, &f->one);
  f->fake.now_ms += 15000;
  command_hub_tick (f->hub);
  g_assert_cmpint (f->one.answers, ==, 2);
  g_assert_null (f->one.command_id);
  f->one.gone = FALSE;
  poll_as (f, WEB1, &f->one);
  g_assert_cmpstr (f->one.command_id, ==, "a");
}

static const char *
taken (Fixture *f, const char *host)
{
  g_autoptr (Arena) arena = arena_new ();
  const HubCommand *command = command_hub_take (f->hub, host, arena);
  g_free (f->other.command_id);
  f->other.command_id = command != NULL ? g_strdup (command->command_id) : NULL;
  return f->other.command_id;
}

static void
test_the_answer_to_a_report_takes_what_is_there (Fixture *f, gconstpointer unused)
{
  g_assert_null (taken (f, WEB1));
  offer (f, WEB1, "a");
  g_assert_null (taken (f, WEB2));
  g_assert_cmpstr (taken (f, WEB1), ==, "a");
  g_assert_cmpint (metrics_get (f->metrics, METRIC_COMMANDS_DELIVERED), ==, 1);
  /* Its lease has begun: no poll has it until that is over. */
  poll_as (f, WEB1, &f->one);
  g_assert_cmpint (f->one.answers, ==, 0);
  f->fake.now_ms += 15000;
  command_hub_tick (f->hub);
  g_assert_cmpstr (f->one.command_id, ==, "a");
}

/* A host that reports has not seen the answer that brought it the command. */
static void
test_an_answer_that_was_lost_is_given_again (Fixture *f, gconstpointer unused)
{
  offer (f, WEB1, "a");
  g_assert_cmpstr (taken (f, WEB1), ==, "a");
  f->fake.now_ms += 10000;
  g_assert_cmpstr (taken (f, WEB1), ==, "a");
  /* and the lease is counted from there */
  poll_as (f, WEB1, &f->one);
  f->fake.now_ms += 14999;
  command_hub_tick (f->hub);
  g_assert_cmpint (f->one.answers, ==, 0);
  f->fake.now_ms += 1;
  command_hub_tick (f->hub);
  g_assert_cmpint (f->one.answers, ==, 1);
  command_hub_withdraw (f->hub, WEB1, "a");
  g_assert_null (taken (f, WEB1));
}

/* What a poll has been handed is its own: an answer beside it would bring it twice. */
static void
test_what_a_poll_has_no_answer_takes (Fixture *f, gconstpointer unused)
{
  poll_as (f, WEB1, &f->one);
  offer (f, WEB1, "a");
  g_assert_cmpstr (f->one.command_id, ==, "a");
  g_assert_null (taken (f, WEB1));
  f->fake.now_ms += 15000;
  command_hub_tick (f->hub);
  g_assert_cmpstr (taken (f, WEB1), ==, "a");
}

static void
test_it_knows_whose_commands_it_has (Fixture *f, gconstpointer unused)
{
  g_assert_false (command_hub_knows (f->hub, WEB1, "d-ABCDEFGHI"));
  offer (f, WEB1, "a");
  g_assert_true (command_hub_knows (f->hub, WEB1, "d-ABCDEFGHI"));
  g_assert_false (command_hub_knows (f->hub, WEB1, "d-ABCDEFGHJ"));
  g_assert_false (command_hub_knows (f->hub, WEB2, "d-ABCDEFGHI"));
  poll_as (f, WEB1, &f->one);
  g_assert_true (command_hub_knows (f->hub, WEB1, "d-ABCDEFGHI"));
  command_hub_withdraw (f->hub, WEB1, "a");
  g_assert_false (command_hub_knows (f->hub, WEB1, "d-ABCDEFGHI"));
}

static void
test_one_that_is_gone_is_dismissed (Fixture *f, gconstpointer unused)
{
  command_hub_dismiss (f->hub, WEB1); /* nobody waits */
  poll_as (f, WEB1, &f->one);
  poll_as (f, WEB2, &f->other);
  command_hub_dismiss (f->hub, WEB1);
  offer (f, WEB1, "a");
  g_assert_cmpint (f->one.answers, ==, 1);
  g_assert_null (f->one.command_id);
  g_assert_cmpint (f->other.answers, ==, 0);
}

static void
test_when_hosts_were_seen (Fixture *f, gconstpointer unused)
{
  gint64 since_ms = command_hub_since (f->hub);
  g_assert_cmpint (command_hub_last_seen (f->hub, WEB1), ==, 0);
  poll_as (f, WEB1, &f->one);
  f->fake.now_ms += 40000;
  g_assert_cmpint (command_hub_last_seen (f->hub, WEB1), ==, since_ms + 40000); /* it is there */
  f->fake.now_ms += 20000;
  command_hub_tick (f->hub);
  g_assert_cmpint (command_hub_last_seen (f->hub, WEB1), ==, since_ms);
}

/* Instances that come, poll once and are gone. */
static void
test_who_was_not_seen_for_long_is_forgotten (Fixture *f, gconstpointer unused)
{
  poll_as (f, WEB1, &f->one);
  f->fake.now_ms += HUB_REMEMBERS_MS + 1;
  command_hub_tick (f->hub);
  poll_as (f, WEB2, &f->one);
  f->fake.now_ms += 60000;
  command_hub_tick (f->hub);
  gint64 web2_ms = command_hub_last_seen (f->hub, WEB2);
  for (int i = 0; i < 2000; i++) {
    g_autofree char *arn = g_strdup_printf ("arn:aws:ec2:eu-west-3:1:instance/i-%08x", i);
    poll_as (f, arn, &f->one);
  }
  g_assert_cmpint (command_hub_last_seen (f->hub, WEB1), ==, 0);
  g_assert_cmpint (command_hub_last_seen (f->hub, WEB2), ==, web2_ms);
  g_assert_cmpint (web2_ms, >, 0);
}

static void
test_closing_lets_all_go (Fixture *f, gconstpointer unused)
{
  poll_as (f, WEB1, &f->one);
  command_hub_close (f->hub);
  g_assert_cmpint (f->one.answers, ==, 1);
  poll_as (f, WEB1, &f->one);
  g_assert_cmpint (f->one.answers, ==, 2);
  g_assert_cmpint (metrics_get (f->metrics, METRIC_POLLS_PARKED), ==, 0);
  offer (f, WEB2, "b");
  g_assert_null (taken (f, WEB2));
}

#define ADD(name, test) g_test_add ("/command-hub/" name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("an-offer-wakes-its-host-only", test_an_offer_wakes_its_host_only);
  ADD ("an-offer-waits-for-its-host", test_an_offer_waits_for_its_host);
  ADD ("an-empty-poll-ends-in-time", test_an_empty_poll_ends_in_time);
  ADD ("166-delivered-again-after-the-lease-only", test_delivered_again_after_the_lease_only);
  ADD ("acknowledged-is-not-delivered-again", test_acknowledged_is_not_delivered_again);
  ADD ("a-newer-poll-replaces-the-older", test_a_newer_poll_replaces_the_older);
  ADD ("a-caller-that-is-gone-gets-no-command", test_a_caller_that_is_gone_gets_no_command);
  ADD ("the-answer-to-a-report-takes-what-is-there",
       test_the_answer_to_a_report_takes_what_is_there);
  ADD ("an-answer-that-was-lost-is-given-again", test_an_answer_that_was_lost_is_given_again);
  ADD ("what-a-poll-has-no-answer-takes", test_what_a_poll_has_no_answer_takes);
  ADD ("it-knows-whose-commands-it-has", test_it_knows_whose_commands_it_has);
  ADD ("one-that-is-gone-is-dismissed", test_one_that_is_gone_is_dismissed);
  ADD ("when-hosts-were-seen", test_when_hosts_were_seen);
  ADD ("who-was-not-seen-for-long-is-forgotten", test_who_was_not_seen_for_long_is_forgotten);
  ADD ("closing-lets-all-go", test_closing_lets_all_go);
  return g_test_run ();
}
