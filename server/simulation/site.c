#include "server/simulation/site-private.h"

#include "server/keyring.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUB_POLL_MS (50 * 1000)

/* ---- what becomes of works ---- */

static StoreFault
draw_fault (Site *site)
{
  const Profile *profile = site->config.profile;
  Tally *tally = site->config.tally;
  gint64 sabotages = 0;
  const struct {
    gint64 rate;
    StoreFault fault;
    gint64 *counter;
    gboolean kills;
  } rows[] = {
    { profile->kill_before, STORE_FAULT_FULL, &tally->kill_before, TRUE },
    { profile->kill_after, STORE_FAULT_UNKNOWN_KEPT, &tally->kill_after, TRUE },
    { profile->store_busy, STORE_FAULT_BUSY, &tally->store_busy, FALSE },
    { profile->store_full, STORE_FAULT_FULL, &tally->store_full, FALSE },
    { profile->store_again, STORE_FAULT_AGAIN, &tally->store_again, FALSE },
    { profile->store_unknown / 2, STORE_FAULT_UNKNOWN_KEPT, &tally->store_unknown, FALSE },
    { profile->store_unknown / 2, STORE_FAULT_UNKNOWN_LOST, &tally->store_unknown, FALSE },
    { site->config.sabotage_fault != STORE_FAULT_NONE ? 100 : 0, site->config.sabotage_fault,
      &sabotages, FALSE },
  };
  gint64 drawn = chance_below (&site->chance, 10000);
  if (++site->n_works == site->config.kill_at) {
    site->dying = TRUE;
    tally->kill_before += site->config.kill_with == STORE_FAULT_FULL;
    tally->kill_after += site->config.kill_with != STORE_FAULT_FULL;
    return site->config.kill_with;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (drawn < rows[i].rate) {
      site->dying = rows[i].kills;
      (*rows[i].counter)++;
      return rows[i].fault;
    }
    drawn -= rows[i].rate;
  }
  return STORE_FAULT_NONE;
}

static StoreFault
choose (gpointer owner, StoreMode mode)
{
  Site *site = owner;
  if (site->dying)
    return STORE_FAULT_BUSY;
  if (site->calm)
    return STORE_FAULT_NONE;
  if (mode == STORE_WRITE)
    return draw_fault (site);
  if (!chance_hits (&site->chance, site->config.profile->store_busy))
    return STORE_FAULT_NONE;
  site->config.tally->store_busy++;
  return STORE_FAULT_BUSY;
}

static gboolean
before_commit (gpointer owner, StoreTx *tx, StoreFault fault, GError **error)
{
  Site *site = owner;
  /* Who is killed loses what is in memory anyway, and reads it again. */
  LedgerEffects effects = fault == STORE_FAULT_UNKNOWN_KEPT && !site->dying ? LEDGER_EFFECTS_LOST
                                                                            : LEDGER_EFFECTS_HAPPEN;
  return ledger_look (site->config.ledger, tx, effects, site->fake.now_ms, error);
}

/* ---- opening and shutting ---- */

static gboolean
prepare (StoreTx *tx, gpointer data, GError **error)
{
  return ledger_prepare (tx, error);
}

static gboolean
compare (StoreTx *tx, gpointer data, GError **error)
{
  return ledger_compare (data, tx, error);
}

static gboolean
open_database (Site *site, GError **error)
{
  g_autofree char *url = site->folder != NULL
                             ? g_strdup_printf ("sqlite-here:%s/store.db", site->folder)
                             : g_strdup ("sqlite-here::memory:");
  if (site->base != NULL)
    return TRUE;
  site->base = store_open (url, error);
  return site->base != NULL && store_run (site->base, STORE_WRITE, prepare, NULL, error);
}

void
site_wake_for_errand (gpointer ctx, gint64 due_ms)
{
  Site *site = ctx;
  site->errand_ms = MIN (site->errand_ms, due_ms);
}

void
site_wake_for_letter (gpointer ctx, gint64 due_ms)
{
  Site *site = ctx;
  site->letter_ms = MIN (site->letter_ms, due_ms);
}

/* But for one topic, which was deleted. */
static gboolean
reaches (gpointer ctx, const char *target_arn)
{
  return !g_str_has_suffix (target_arn, ":gone");
}

/* As HAProxy does. */
static gboolean
carries_all (gpointer ctx, const char *kind, const char *name)
{
  return TRUE;
}

gboolean
site_open (Site *site, GError **error)
{
  const StoreFaults faults = { choose, before_commit, site };
  const CommandHubConfig hub = { .ambient = &site->ambient,
                                 .poll_wait_ms = HUB_POLL_MS,
                                 .lease_ms = COMMAND_HUB_DEFAULT_LEASE_MS };
  gboolean calm = site->calm;
  if (!open_database (site, error) ||
      !store_run (site->base, STORE_READ, compare, site->config.ledger, error))
    return FALSE;
  site->dying = FALSE;
  site->calm = TRUE; /* a server that cannot be started is not there yet */
  site->store = faulty_store_new (site->base, &faults);
  site->hub = command_hub_new (&hub);
  const EngineConfig config = { .store = site->store,
                                .hub = site->hub,
                                .ambient = &site->ambient,
                                .arn = &site->env.arn,
                                .quotas = &site->quotas,
                                .times = site->config.times,
                                .carries_registered_hosts = carries_all,
                                .errand_wake = site_wake_for_errand,
                                .errand_ctx = site,
                                .audience = &site->audience,
                                .lists_instances = site->config.profile->fleets_max > 0,
                                .log = site->log };
  site->engine = engine_new (&config);
  site->env.store = site->store;
  site->env.hub = site->hub;
  site->env.engine = site->engine;
  if (!engine_load (site->engine, error))
    return FALSE;
  ledger_restarted (site->config.ledger);
  site->hub_ms = site->errand_ms = site->letter_ms = site->fake.now_ms;
  site->life++;
  site->calm = calm;
  return TRUE;
}

void
site_shut (Site *site)
{
  if (site->hub == NULL)
    return;
  command_hub_close (site->hub);
  g_clear_pointer (&site->store, store_close);
  g_clear_pointer (&site->engine, engine_free);
  g_clear_pointer (&site->hub, command_hub_free);
  if (site->folder != NULL)
    g_clear_pointer (&site->base, store_close);
}

static void
set_up_env (Site *site)
{
  static const guint8 master[KEYRING_MASTER_SIZE] = { 1 };
  quotas_init (&site->quotas);
  site->quotas.instances_per_deployment = site->quotas.concurrent_instances = 1000000;
  site->settings.default_bucket = "slipway";
  site->principal = (Principal){ .arn = "arn:aws:iam::123456789012:user/admin",
                                 .kind = PRINCIPAL_ADMINISTRATOR,
                                 .path = "/",
                                 .name = "admin" };
  site->caller = (Caller){ .principal = &site->principal,
                           .identity = &site->identity,
                           .access_key_id = "AKIASIMULATION",
                           .source_ip = "192.0.2.1",
                           .user_agent = "simulation" };
  site->keyring = keyring_new (master, &site->ambient);
  site->env =
      (ApiEnv){ .arn = { .partition = "aws", .region = "eu-west-3", .account_id = "123456789012" },
                .settings = &site->settings,
                .quotas = &site->quotas,
                .ambient = &site->ambient,
                .log = site->log,
                .keyring = site->keyring,
                .ca_pem = "CA",
                .signer_ca_pem = "SIGNER CA" };
  github_vault_init (&site->env.github, master);
  site->audience = (EngineAudience){
    .sinks = site->config.sinks, .reaches = reaches, .wake = site_wake_for_letter, .wake_ctx = site
  };
}

Site *
site_new (const SiteConfig *config, GError **error)
{
  g_autoptr (Site) site = g_new0 (Site, 1);
  site->config = *config;
  site->chance = chance_new (config->seed, CHANCE_STORE);
  Chance ids = chance_new (config->seed, CHANCE_SERVER);
  site->fake = (AmbientFake){ .now_ms = config->start_ms, .seed = chance_word (&ids) };
  site->ambient = ambient_fake (&site->fake);
  site->log_fd = memfd_create ("simulated-log", MFD_CLOEXEC);
  if (site->log_fd < 0) {
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "cannot make a log: %s",
                 g_strerror (errno));
    return NULL;
  }
  site->log = log_new (site->log_fd, LOG_LEVEL_ERROR);
  if (config->profile->on_disk) {
    site->folder = g_dir_make_tmp ("slipway-simulation-XXXXXX", error);
    if (site->folder == NULL)
      return NULL;
  }
  set_up_env (site);
  site->calm = TRUE;
  return site_open (site, error) ? g_steal_pointer (&site) : NULL;
}

static void
remove_folder (Site *site)
{
  static const char *const files[] = { "store.db", "store.db-wal", "store.db-shm" };
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (site->folder, files[i], NULL);
    g_unlink (path); /* the last two may be gone with the store */
  }
  g_rmdir (site->folder);
}

void
site_free (Site *site)
{
  if (site == NULL)
    return;
  site_shut (site);
  store_close (site->base);
  if (site->folder != NULL)
    remove_folder (site);
  keyring_free (site->keyring);
  log_free (site->log);
  if (site->log_fd >= 0)
    close (site->log_fd);
  g_free (site->folder);
  g_free (site);
}

/* ---- its clock and its life ---- */

gint64
site_now_ms (const Site *site)
{
  return site->fake.now_ms;
}

void
site_set_now_ms (Site *site, gint64 now_ms)
{
  site->fake.now_ms = now_ms;
}

gint64
site_n_works (const Site *site)
{
  return site->n_works;
}

gboolean
site_is_dying (const Site *site)
{
  return site->dying;
}

gboolean
site_is_down (const Site *site)
{
  return site->hub == NULL;
}

void
site_storm (Site *site)
{
  site->calm = FALSE;
}

void
site_calm (Site *site)
{
  site->calm = TRUE;
}

CommandHub *
site_hub (Site *site)
{
  return site->hub;
}

gint64
site_next_ms (const Site *site)
{
  if (site_is_down (site))
    return G_MAXINT64;
  return MIN (site->hub_ms, engine_next_ms (site->engine));
}

/* Timers that wait for a store are no fault of the server's; those that fail are. */
static void
read_log (Site *site)
{
  char text[1024];
  ssize_t n = pread (site->log_fd, text, sizeof text - 1, 0);
  if (n <= 0)
    return;
  text[n] = '\0';
  if (ftruncate (site->log_fd, 0) != 0 || lseek (site->log_fd, 0, SEEK_SET) != 0)
    g_assert_not_reached (); /* it is memory */
  char *failure = strstr (text, "event=timer-");
  if (failure != NULL) {
    failure[strcspn (failure, "\n")] = '\0';
    ledger_break (site->config.ledger, RULE_SERVER, "%s", failure);
  }
}

void
site_run (Site *site)
{
  if (engine_next_ms (site->engine) <= site->fake.now_ms)
    engine_look_again (site->engine);
  if (site->hub_ms <= site->fake.now_ms) {
    gint64 wait_ms = command_hub_tick (site->hub);
    site->hub_ms = site->fake.now_ms + (wait_ms > 0 ? wait_ms : 1000);
  }
  read_log (site);
}
