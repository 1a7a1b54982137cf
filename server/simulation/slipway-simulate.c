#include "server/simulation/simulation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The simulator's program: runs seeds, one after the other or several at a time, and tells what they found. */

typedef struct {
  gint64 first, count;
  int jobs;
  gint64 kill_each, kill_at;
  gboolean trace, tap, counts, small, kill_before;
  char *profile, *sabotage;
} Options;

typedef struct {
  const Options *options;
  const Profile *profile;
  const Sabotage *sabotage;
  GMutex lock; /* of all below, and of the output */
  gint64 next;
  gint64 n_failed, n_done;
  gint64 host_ms;
  LedgerCounts counts;
  Tally tally;
  guint64 hash;
} Session;

static void
print_failure (const Session *session, guint64 seed, const SimulationResult *result)
{
  const Options *options = session->options;
  printf ("%s", result->last_lines);
  printf ("\nseed %" G_GUINT64_FORMAT " (%s) breaks \"%s\":\n  %s\n", seed, result->profile->name,
          rule_name (result->broken), result->how);
  if (result->kill.work != 0)
    printf ("the server was killed at work %" G_GINT64_FORMAT
            ": add --short --kill-at %" G_GINT64_FORMAT "%s\n",
            result->kill.work, result->kill.work,
            result->kill.with == STORE_FAULT_FULL ? " --before" : "");
  printf ("again: slipway-simulate --seed %" G_GUINT64_FORMAT "%s%s%s%s%s --trace\n", seed,
          options->small && result->kill.work == 0 ? " --short" : "",
          options->profile != NULL ? " --profile " : "",
          options->profile != NULL ? options->profile : "",
          options->sabotage != NULL ? " --sabotage " : "",
          options->sabotage != NULL ? options->sabotage : "");
}

static void
add_counts (Session *session, const SimulationResult *result)
{
  LedgerCounts *sum = &session->counts;
  sum->deployments += result->counts.deployments;
  sum->succeeded += result->counts.succeeded;
  sum->failed += result->counts.failed;
  sum->stopped += result->counts.stopped;
  sum->rollbacks += result->counts.rollbacks;
  sum->replaced += result->counts.replaced;
  sum->moved_back += result->counts.moved_back;
  sum->targets += result->counts.targets;
  sum->events += result->counts.events;
  sum->follow_ups += result->counts.follow_ups;
  sum->copies += result->counts.copies;
  sum->retired += result->counts.retired;
  sum->letters += result->counts.letters;
  sum->heard += result->counts.heard;
  sum->dead += result->counts.dead;
  sum->commits += result->counts.commits;
#define ADD(name, what) session->tally.name += result->tally.name;
  PROFILE_RATE_LIST (ADD)
  TALLY_MORE_LIST (ADD)
#undef ADD
  session->host_ms += result->host_ms;
  session->hash += result->hash; /* in any order the same */
  session->n_done++;
}

static gint64
run_one (Session *session, guint64 seed, SimulationKill kill)
{
  const Options *options = session->options;
  const Profile *profile = session->profile != NULL ? session->profile : profile_of_seed (seed);
  const Profile small = simulation_short_profile (profile);
  const SimulationConfig config = { .seed = seed,
                                    .profile = options->small ? &small : profile,
                                    .kill = kill,
                                    .sabotage = session->sabotage,
                                    .mode = options->trace ? SIMULATION_TRACE : SIMULATION_QUIET };
  g_auto (SimulationResult) result = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean run = simulation_run (&config, &result, &error);
  g_mutex_lock (&session->lock);
  if (!run) {
    printf ("seed %" G_GUINT64_FORMAT ": %s\n", seed, error->message);
    session->n_failed++;
  } else {
    if (result.broken != RULE_NONE) {
      print_failure (session, seed, &result);
      session->n_failed++;
    }
    add_counts (session, &result);
  }
  fflush (stdout);
  g_mutex_unlock (&session->lock);
  return run ? result.n_works : 0;
}

/* A world again and again, killed at one commit each time: right after it, and right before. */
static void
sweep (Session *session, guint64 seed)
{
  const Options *options = session->options;
  gint64 n = run_one (session, seed, (SimulationKill){ .work = 0 });
  for (gint64 i = 1; i <= n && session->n_failed == 0; i += options->kill_each) {
    run_one (session, seed, (SimulationKill){ i, STORE_FAULT_UNKNOWN_KEPT });
    run_one (session, seed, (SimulationKill){ i, STORE_FAULT_FULL });
  }
}

static gpointer
run_seeds (gpointer data)
{
  Session *session = data;
  const Options *options = session->options;
  for (;;) {
    g_mutex_lock (&session->lock);
    gint64 seed = session->next++;
    gboolean over = seed >= options->first + options->count || session->n_failed >= 5;
    g_mutex_unlock (&session->lock);
    if (over)
      return NULL;
    if (options->kill_each > 0)
      sweep (session, (guint64)seed);
    else
      run_one (session, (guint64)seed,
               (SimulationKill){ options->kill_at, options->kill_before
                                                       ? STORE_FAULT_FULL
                                                       : STORE_FAULT_UNKNOWN_KEPT });
  }
}

static void
print_sums (const Session *session, double took_s)
{
  const LedgerCounts *sum = &session->counts;
  double host_years = (double)session->host_ms / 1000 / 3600 / 24 / 365;
  printf ("# %" G_GINT64_FORMAT " seeds in %.1f s, %" G_GINT64_FORMAT
          " broken; hash %016" G_GINT64_MODIFIER "x\n",
          session->n_done, took_s, session->n_failed, session->hash);
  printf ("# %" G_GINT64_FORMAT " deployments (%" G_GINT64_FORMAT " succeeded, %" G_GINT64_FORMAT
          " failed, %" G_GINT64_FORMAT " stopped; %" G_GINT64_FORMAT
          " of all were rollbacks), %" G_GINT64_FORMAT " fleets replaced (%" G_GINT64_FORMAT
          " copied, %" G_GINT64_FORMAT " ended) and %" G_GINT64_FORMAT
          " moved back, %" G_GINT64_FORMAT " follow-ups, %" G_GINT64_FORMAT
          " targets, %" G_GINT64_FORMAT " events, %" G_GINT64_FORMAT " commits, %" G_GINT64_FORMAT
          " kills\n",
          sum->deployments, sum->succeeded, sum->failed, sum->stopped, sum->rollbacks,
          sum->replaced, sum->copies, sum->retired, sum->moved_back, sum->follow_ups, sum->targets,
          sum->events, sum->commits, session->tally.kill_before + session->tally.kill_after);
  printf ("# %" G_GINT64_FORMAT " notifications, %" G_GINT64_FORMAT
          " of them heard of and %" G_GINT64_FORMAT " given up\n",
          sum->letters, sum->heard, sum->dead);
  printf ("# %.2f host-years; %.1f deployments and %.3f host-years simulated per second\n",
          host_years, (double)sum->deployments / took_s, host_years / took_s);
}

/* What went wrong; what did not at all may be seen so as well. */
static void
print_tally (const Session *session)
{
#define PRINT(name, what)                                                                          \
  printf ("#   %-20s %10" G_GINT64_FORMAT "  %s\n", #name, session->tally.name, what);
  PROFILE_RATE_LIST (PRINT)
  TALLY_MORE_LIST (PRINT)
#undef PRINT
}

static gboolean
find_names (Session *session)
{
  const Options *options = session->options;
  if (options->profile != NULL && (session->profile = profile_find (options->profile)) == NULL) {
    fprintf (stderr, "there is no profile %s; there are:\n", options->profile);
    for (gsize i = 0; profile_row (i) != NULL; i++)
      fprintf (stderr, "  %-14s %s\n", profile_row (i)->name, profile_row (i)->about);
    return FALSE;
  }
  if (options->sabotage != NULL &&
      (session->sabotage = sabotage_find (options->sabotage)) == NULL) {
    fprintf (stderr, "there is no sabotage %s; there are:\n", options->sabotage);
    for (gsize i = 0; sabotage_row (i) != NULL; i++)
      fprintf (stderr, "  %-14s %s\n", sabotage_row (i)->name, sabotage_row (i)->about);
    return FALSE;
  }
  return TRUE;
}

static gboolean
parse (int argc, char **argv, Options *out)
{
  gint64 seed = -1;
  const GOptionEntry entries[] = {
    { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "run this one", "N" },
    { "first", 0, 0, G_OPTION_ARG_INT64, &out->first, "the first of several; default 1", "N" },
    { "seeds", 0, 0, G_OPTION_ARG_INT64, &out->count, "how many; default 1", "N" },
    { "jobs", 0, 0, G_OPTION_ARG_INT, &out->jobs, "how many at a time; default 1", "N" },
    { "profile", 0, 0, G_OPTION_ARG_STRING, &out->profile,
      "what kind of world; default: by the seed", "NAME" },
    { "sabotage", 0, 0, G_OPTION_ARG_STRING, &out->sabotage, "break something on purpose", "NAME" },
    { "short", 0, 0, G_OPTION_ARG_NONE, &out->small, "worlds of an hour and a few hosts", NULL },
    { "kill-each", 0, 0, G_OPTION_ARG_INT64, &out->kill_each,
      "run each world again and again, killed at each Nth commit", "N" },
    { "kill-at", 0, 0, G_OPTION_ARG_INT64, &out->kill_at, "kill the server at this commit", "N" },
    { "before", 0, 0, G_OPTION_ARG_NONE, &out->kill_before, "right before it, not after", NULL },
    { "counts", 0, 0, G_OPTION_ARG_NONE, &out->counts, "also say how often what went wrong", NULL },
    { "trace", 0, 0, G_OPTION_ARG_NONE, &out->trace, "print everything that happens", NULL },
    { "tap", 0, 0, G_OPTION_ARG_NONE, &out->tap, "speak as a test", NULL },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_option_context_set_summary (context, "Runs the deployment engine in simulated worlds.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc > 1) {
    fprintf (stderr, "%s; see --help\n", error != NULL ? error->message : "too many arguments");
    return FALSE;
  }
  out->small |= out->kill_each > 0;
  if (seed >= 0) {
    out->first = seed;
    out->count = 1;
  }
  return TRUE;
}

int
main (int argc, char **argv)
{
  Options options = { .first = 1, .count = 1, .jobs = 1 };
  if (!parse (argc, argv, &options))
    return 64;
  Session session = { .options = &options, .next = options.first };
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  gint64 start_us = g_get_monotonic_time ();
  if (!find_names (&session))
    return 64;
  g_mutex_init (&session.lock);
  for (int i = 0; i < CLAMP (options.jobs, 1, 64); i++)
    g_ptr_array_add (threads, g_thread_new ("simulation", run_seeds, &session));
  for (guint i = 0; i < threads->len; i++)
    g_thread_join (g_ptr_array_index (threads, i));
  g_mutex_clear (&session.lock);
  print_sums (&session, (double)(g_get_monotonic_time () - start_us) / 1e6);
  if (options.counts)
    print_tally (&session);
  if (options.tap)
    printf ("1..1\n%sok 1 /simulation/seeds-%" G_GINT64_FORMAT "-to-%" G_GINT64_FORMAT "\n",
            session.n_failed > 0 ? "not " : "", options.first, options.first + options.count - 1);
  g_free (options.profile);
  g_free (options.sabotage);
  return session.n_failed > 0 ? 1 : 0;
}
