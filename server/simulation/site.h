#pragma once

#include "server/api-call.h"
#include "server/engine/engine.h"
#include "server/engine/errands.h"
#include "server/notifications/delivery.h"
#include "server/simulation/chance.h"
#include "server/simulation/ledger.h"
#include "server/simulation/tally.h"
#include "store/faulty-store.h"

/* The server of a simulated world: the real store, engine, hub and actions, all on one thread, and on a clock that the world moves. Killing it loses what is in memory; opening it again reads what is not.
 *
 * Each of its commits is shown to the ledger before it is made; what becomes of its works is drawn by the profile's rates.
 *
 * Threads: one, the world's. */

typedef struct Site Site;

typedef struct {
  const Profile *profile;
  guint64 seed;
  EngineTimes times;
  Ledger *ledger; /* borrowed */
  Tally *tally;   /* likewise */
  gint64 start_ms;
  const char *const *sinks; /* who hears of everything; NULL-terminated */
  gint64 kill_at; /* the work, counted from the storm on, at whose commit it is killed; 0: none */
  StoreFault kill_with;      /* FULL: right before; UNKNOWN_KEPT: right after */
  StoreFault sabotage_fault; /* instead of what is drawn, once in a while; NONE */
} SiteConfig;

Site *site_new (const SiteConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void site_free (Site *site); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Site, site_free)

gint64 site_now_ms (const Site *site);
void site_set_now_ms (Site *site, gint64 now_ms);

/* A commit has killed it: nothing comes from it any more; what is to do is site_shut. */
gboolean site_is_dying (const Site *site);
/* Between site_shut and site_open. */
gboolean site_is_down (const Site *site);
void site_shut (Site *site);
gboolean site_open (Site *site, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Works that wanted to write, since the storm began. */
gint64 site_n_works (const Site *site);
/* At first nothing fails; from a storm on, what the profile says; then nothing again. */
void site_storm (Site *site);
void site_calm (Site *site);

/* When it wants to be run next by site_run. */
gint64 site_next_ms (const Site *site);
void site_run (Site *site);

CommandHub *site_hub (Site *site);
/* NULL with *error: it was not taken. */
gboolean site_report (Site *site, const char *host_arn, const char *command_id, EngineReport report,
                      EngineAnswer *out_answer, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Changes whenever it is opened. */
guint64 site_life (const Site *site);
/* When an errand is due, as far as the engine has told; G_MAXINT64: none is known of. */
gint64 site_next_errand_ms (const Site *site);
/* Errands that are due, for a lease; in arena. */
gboolean site_claim (Site *site, gint64 lease_ms, Arena *arena, ErrandRecordList *out,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean site_settle (Site *site, const ErrandRecord *errand, const ErrandResult *result,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of notifications, as the courier does. */
#define SITE_LETTER_LEASE_MS (90 * 1000)
#define SITE_PATIENCE_MS     (40 * 60 * 1000)
#define SITE_PATIENCE_TRIES  12
gint64 site_next_letter_ms (const Site *site);
gboolean site_claim_letters (Site *site, Arena *arena, NotificationRecordList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean site_settle_letter (Site *site, const NotificationRecord *letter, const char *failure,
                             Arena *arena, DeliveryResult *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Calls an operation as the administrator. *out_body: the answer, in arena. Errors: API_ERROR, STORE_ERROR. */
gboolean site_call (Site *site, const char *operation, const char *json, Arena *arena,
                    const char **out_body, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Beside the server, on its database: never fails by the profile, is not looked at. */
gboolean site_beside (Site *site, StoreMode mode, StoreWork work, gpointer data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
