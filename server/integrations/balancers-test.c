#include "server/integrations/balancers.h"

#include <string.h>

#define NOW_MS G_GINT64_CONSTANT (1790000000000)

/* Drivers that say what the test tells them to, by the balancer's name. */
typedef struct {
  AmbientFake fake;
  Ambient ambient;
  Integrations *integrations;
  Balancers *balancers;
  Arena *arena;
  ErrandRecord errand;
  ErrandResult result;
  gint64 end_us;
  gint64 takes_ms; /* each question */
  GString *asked;
  GHashTable *says; /* name -> const BalancerSaid */
} Fixture;

static void
say (Fixture *f, const char *wish, const BalancerAsk *ask, BalancerSaid *out)
{
  const BalancerSaid *said = g_hash_table_lookup (f->says, ask->balancer->name);
  g_string_append_printf (f->asked, "%s %s %s%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", wish,
                          ask->balancer->name, ask->instance, ask->is_ec2 ? " ec2" : "",
                          ask->now_ms - ask->asked_ms, ask->since_ms);
  *out = said != NULL ? *said : (BalancerSaid){ .outcome = ERRAND_DONE };
  g_assert_cmpint (ask->end_us, ==, f->end_us);
  f->fake.now_ms += f->takes_ms;
}

static void
say_block (gpointer ctx, const BalancerAsk *ask, Arena *arena, BalancerSaid *out)
{
  say (ctx, "block", ask, out);
}

static void
say_allow (gpointer ctx, const BalancerAsk *ask, Arena *arena, BalancerSaid *out)
{
  say (ctx, "allow", ask, out);
}

static const BalancerOps saying = { say_block, say_allow };

#define FILE_TEXT                                                                                  \
  "balancers:\n  web: {driver: haproxy, socket: /s}\n  api: {driver: haproxy, socket: /s}\n"

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  f->fake = (AmbientFake){ .now_ms = NOW_MS };
  f->ambient = ambient_fake (&f->fake);
  f->integrations = integrations_parse (FILE_TEXT, strlen (FILE_TEXT), "x.yml", "/d", "r", &error);
  g_assert_no_error (error);
  BalancersConfig config = { .integrations = f->integrations, .ambient = &f->ambient };
  for (gsize i = 0; i < G_N_ELEMENTS (config.drivers); i++)
    config.drivers[i] = (BalancerSlot){ &saying, f };
  f->balancers = balancers_new (&config);
  f->arena = arena_new ();
  f->asked = g_string_new (NULL);
  f->says = g_hash_table_new (g_str_hash, g_str_equal);
  f->errand = (ErrandRecord){ .owner_id = "d-1",
                              .kind = ERRAND_BLOCK_TRAFFIC,
                              .create_ms = NOW_MS - 5000,
                              .request_json = "{\"targetId\":\"web-01\",\"targetArn\":\"arn:x\","
                                              "\"balancers\":["
                                              "{\"kind\":\"targetGroup\",\"name\":\"web\"},"
                                              "{\"kind\":\"elb\",\"name\":\"api\"}],"
                                              "\"autoScaling\":false}" };
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  balancers_free (f->balancers);
  integrations_free (f->integrations);
  arena_free (f->arena);
  g_string_free (f->asked, TRUE);
  g_hash_table_unref (f->says);
}

static void
perform (Fixture *f)
{
  g_string_truncate (f->asked, 0);
  f->end_us = ambient_monotonic_us (&f->ambient) + 60 * G_USEC_PER_SEC;
  balancers_perform (f->balancers, &f->errand, f->end_us, f->arena, &f->result);
}

static void
test_all_agree (Fixture *f, gconstpointer data)
{
  perform (f);
  g_assert_cmpint (f->result.outcome, ==, ERRAND_DONE);
  g_assert_cmpstr (f->asked->str, ==, "block web web-01 5000 0\nblock api web-01 5000 0\n");
  g_assert_null (f->result.state_json);
  f->errand.kind = ERRAND_ALLOW_TRAFFIC;
  f->errand.request_json = "{\"targetId\":\"i-0abc\",\"targetArn\":\"arn:x\",\"balancers\":["
                           "{\"kind\":\"targetGroup\",\"name\":\"web\"}]}";
  perform (f);
  g_assert_cmpstr (f->asked->str, ==, "allow web i-0abc ec2 5000 0\n");
}

static void
test_one_is_awaited (Fixture *f, gconstpointer data)
{
  BalancerSaid waits = { .outcome = ERRAND_NOT_YET,
                         .again_ms = 700,
                         .message = "api: 3 connections of web-01 are still open",
                         .since_ms = NOW_MS - 1 };
  g_hash_table_insert (f->says, (gpointer) "api", &waits);
  perform (f);
  g_assert_cmpint (f->result.outcome, ==, ERRAND_NOT_YET);
  g_assert_cmpstr (f->result.message, ==, waits.message);
  g_assert_cmpint (f->result.again_ms, ==, 700);
  g_assert_cmpstr (f->result.state_json, ==, "{\"since\":{\"api\":1789999999999}}");
  f->errand.state_json = f->result.state_json;
  perform (f);
  g_assert_cmpstr (f->asked->str, ==,
                   "block web web-01 5000 0\nblock api web-01 5000 1789999999999\n");
}

static void
test_two_are_awaited (Fixture *f, gconstpointer data)
{
  BalancerSaid one = { .outcome = ERRAND_NOT_YET, .again_ms = 900, .message = "web: draining" };
  BalancerSaid two = { .outcome = ERRAND_NOT_YET, .again_ms = 700, .message = "api: draining" };
  g_hash_table_insert (f->says, (gpointer) "web", &one);
  g_hash_table_insert (f->says, (gpointer) "api", &two);
  perform (f);
  g_assert_cmpstr (f->result.message, ==, "web: draining; api: draining");
  g_assert_cmpint (f->result.again_ms, ==, 700);
}

/* The others are asked all the same, so that a host that fails is out of as many as possible. */
static void
test_one_refuses (Fixture *f, gconstpointer data)
{
  BalancerSaid refuses = { .outcome = ERRAND_REFUSED,
                           .code = DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE,
                           .message = "web: no such server" };
  BalancerSaid waits = { .outcome = ERRAND_NOT_YET, .again_ms = 700, .message = "api: draining" };
  g_hash_table_insert (f->says, (gpointer) "web", &refuses);
  g_hash_table_insert (f->says, (gpointer) "api", &waits);
  perform (f);
  g_assert_cmpint (f->result.outcome, ==, ERRAND_REFUSED);
  g_assert_cmpint (f->result.code, ==, DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE);
  g_assert_cmpstr (f->result.message, ==, "web: no such server");
  g_assert_cmpstr (f->asked->str, ==, "block web web-01 5000 0\nblock api web-01 5000 0\n");
}

/* Each takes all the time that there is: in the end all have agreed. */
static void
test_too_slow (Fixture *f, gconstpointer data)
{
  f->takes_ms = 60 * 1000;
  perform (f);
  g_assert_cmpint (f->result.outcome, ==, ERRAND_NOT_YET);
  g_assert_cmpstr (f->result.message, ==, "api was not asked in time, and is the next");
  g_assert_cmpstr (f->asked->str, ==, "block web web-01 5000 0\n");
  g_assert_cmpstr (f->result.state_json, ==, "{\"agreed\":[\"targetGroup web\"]}");
  f->errand.state_json = f->result.state_json;

  BalancerSaid waits = { .outcome = ERRAND_NOT_YET, .again_ms = 700, .message = "api: draining" };
  g_hash_table_insert (f->says, (gpointer) "api", &waits);
  f->takes_ms = 0;
  perform (f);
  g_assert_cmpstr (f->asked->str, ==, "block api web-01 65000 0\n");
  g_assert_cmpstr (f->result.message, ==, "api: draining");
  g_assert_cmpstr (f->result.state_json, ==, "{\"agreed\":[\"targetGroup web\"]}");

  g_hash_table_remove (f->says, "api");
  perform (f);
  g_assert_cmpint (f->result.outcome, ==, ERRAND_DONE);
}

static void
test_abort (Fixture *f, gconstpointer data)
{
  balancers_abort (f->balancers);
  perform (f);
  g_assert_cmpint (f->result.outcome, ==, ERRAND_NOT_YET);
  g_assert_cmpstr (f->asked->str, ==, "");
  g_assert_null (f->result.state_json); /* the next server asks all */
}

static void
test_unknown (Fixture *f, gconstpointer data)
{
  f->errand.request_json = "{\"targetId\":\"web-01\",\"balancers\":["
                           "{\"kind\":\"targetGroup\",\"name\":\"shop\"}]}";
  perform (f);
  g_assert_cmpint (f->result.outcome, ==, ERRAND_REFUSED);
  g_assert_cmpint (f->result.code, ==, DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID);
  g_assert_nonnull (strstr (f->result.message, "target group \"shop\" is not known"));
  f->errand.request_json = "{\"targetId\":\"web-01\",\"balancers\":["
                           "{\"kind\":\"targetGroupPair\",\"name\":\"web\"}]}";
  perform (f);
  g_assert_cmpint (f->result.code, ==, DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID);
}

static void
test_again (Fixture *f, gconstpointer data)
{
  BalancerAsk ask = { .asked_ms = NOW_MS, .now_ms = NOW_MS };
  g_assert_cmpint (balancer_again_ms (&ask, 200), ==, 200);
  ask.now_ms += 10000;
  g_assert_cmpint (balancer_again_ms (&ask, 200), ==, 1000);
  ask.now_ms += 10000000;
  g_assert_cmpint (balancer_again_ms (&ask, 200), ==, 5000);
  ask.now_ms = 0; /* a clock that was set back */
  g_assert_cmpint (balancer_again_ms (&ask, 200), ==, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/balancers/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("done-when-all-agree", test_all_agree);
  ADD ("one-is-awaited-and-its-beginning-kept", test_one_is_awaited);
  ADD ("all-that-are-awaited-are-told", test_two_are_awaited);
  ADD ("one-that-refuses-is-enough", test_one_refuses);
  ADD ("there-is-no-time-for-all", test_too_slow);
  ADD ("nothing-more-is-asked-when-the-server-stops", test_abort);
  ADD ("unknown-balancers-are-refused", test_unknown);
  ADD ("looked-at-ever-less-often", test_again);
  return g_test_run ();
}
