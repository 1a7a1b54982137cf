#include "proto/api-operation.h"
#include "server/actions/registry.h"
#include "server/audit.h"
#include "server/simulation/site-private.h"

#include <string.h>

/* What a simulated server is asked. */

/* ---- by hosts ---- */

typedef struct {
  Site *site;
  const char *host_arn, *command_id;
  EngineReport report;
  EngineAnswer answer;
} Report;

static gboolean
report_work (StoreTx *tx, gpointer data, GError **error)
{
  static const EventDiagnostics fine = { DIAGNOSTICS_SUCCESS, "", "Succeeded: ", "" };
  static const EventDiagnostics broken = { DIAGNOSTICS_SCRIPT_FAILED, "scripts/check.sh",
                                           "failed with exit code 3", "[stderr]no\n" };
  Report *report = data;
  const EventDiagnostics *diagnostics = report->report == ENGINE_REPORT_SUCCEEDED ? &fine
                                        : report->report == ENGINE_REPORT_FAILED  ? &broken
                                                                                  : NULL;
  return engine_report (report->site->engine, tx, report->host_arn, report->command_id,
                        report->report, diagnostics, report->site->fake.now_ms, &report->answer,
                        error);
}

gboolean
site_report (Site *site, const char *host_arn, const char *command_id, EngineReport report,
             EngineAnswer *out_answer, GError **error)
{
  Report work = { .site = site, .host_arn = host_arn, .command_id = command_id, .report = report };
  if (!store_run (site->store, STORE_WRITE, report_work, &work, error))
    return FALSE;
  *out_answer = work.answer;
  return TRUE;
}

/* ---- by who performs errands ---- */

guint64
site_life (const Site *site)
{
  return site->life;
}

gint64
site_next_errand_ms (const Site *site)
{
  return site_is_down (site) ? G_MAXINT64 : site->errand_ms;
}

#define ERRANDS_AT_ONCE          16
#define ERRANDS_LONGEST_SLEEP_MS (10 * 1000)
#define LETTERS_LONGEST_SLEEP_MS (60 * 1000)
/* After a failure of the store. */
#define ERRANDS_AGAIN_MS 1000

typedef struct {
  Site *site;
  gint64 lease_ms, next_ms;
  Arena *arena;
  ErrandRecordList claimed;
  const ErrandRecord *errand;
  const ErrandResult *result;
} Errands;

static gboolean
claim_work (StoreTx *tx, gpointer data, GError **error)
{
  Errands *work = data;
  const ErrandClaim claim = { ERRAND_ALL_KINDS, ERRANDS_AT_ONCE, work->site->fake.now_ms,
                              work->lease_ms };
  return engine_errands_claim (work->site->engine, tx, &claim, work->arena, &work->claimed,
                               &work->next_ms, error);
}

gboolean
site_claim (Site *site, gint64 lease_ms, Arena *arena, ErrandRecordList *out, GError **error)
{
  Errands work = { .site = site, .lease_ms = lease_ms, .arena = arena };
  site->errand_ms = G_MAXINT64;
  if (!store_run (site->store, STORE_WRITE, claim_work, &work, error)) {
    site_wake_for_errand (site, site->fake.now_ms + ERRANDS_AGAIN_MS);
    return FALSE;
  }
  *out = work.claimed;
  if (work.next_ms >= 0)
    site_wake_for_errand (site, work.next_ms);
  /* Of a commit whose answer was lost nobody is told. */
  site_wake_for_errand (site, site->fake.now_ms + ERRANDS_LONGEST_SLEEP_MS);
  return TRUE;
}

static gboolean
settle_work (StoreTx *tx, gpointer data, GError **error)
{
  Errands *work = data;
  return engine_errand_settle (work->site->engine, tx, work->errand, work->result,
                               work->site->fake.now_ms, error);
}

gboolean
site_settle (Site *site, const ErrandRecord *errand, const ErrandResult *result, GError **error)
{
  Errands work = { .site = site, .errand = errand, .result = result };
  return store_run (site->store, STORE_WRITE, settle_work, &work, error);
}

/* ---- by who delivers notifications ---- */

gint64
site_next_letter_ms (const Site *site)
{
  return site_is_down (site) ? G_MAXINT64 : site->letter_ms;
}

typedef struct {
  Site *site;
  Arena *arena;
  NotificationRecordList claimed;
  gint64 next_ms;
  const NotificationRecord *letter;
  const char *failure;
  DeliveryResult result;
} Letters;

static gboolean
claim_letters_work (StoreTx *tx, gpointer data, GError **error)
{
  Letters *work = data;
  return delivery_claim (tx, ERRANDS_AT_ONCE, work->site->fake.now_ms, SITE_LETTER_LEASE_MS,
                         work->arena, &work->claimed, &work->next_ms, error);
}

gboolean
site_claim_letters (Site *site, Arena *arena, NotificationRecordList *out, GError **error)
{
  Letters work = { .site = site, .arena = arena };
  site->letter_ms = G_MAXINT64;
  if (!store_run (site->store, STORE_WRITE, claim_letters_work, &work, error)) {
    site_wake_for_letter (site, site->fake.now_ms + ERRANDS_AGAIN_MS);
    return FALSE;
  }
  *out = work.claimed;
  if (work.claimed.n > 0) /* there may be more, and more in these lines */
    work.next_ms = site->fake.now_ms + ERRANDS_AGAIN_MS;
  if (work.next_ms >= 0)
    site_wake_for_letter (site, work.next_ms);
  site_wake_for_letter (site, site->fake.now_ms + LETTERS_LONGEST_SLEEP_MS);
  return TRUE;
}

static gboolean
settle_letter_work (StoreTx *tx, gpointer data, GError **error)
{
  static const DeliveryPatience patience = { SITE_PATIENCE_MS, SITE_PATIENCE_TRIES };
  Letters *work = data;
  return delivery_settle (tx, &patience, &work->site->ambient, work->letter, work->failure,
                          SITE_LETTER_LEASE_MS, work->site->fake.now_ms, work->arena, &work->result,
                          error);
}

gboolean
site_settle_letter (Site *site, const NotificationRecord *letter, const char *failure, Arena *arena,
                    DeliveryResult *out, GError **error)
{
  Letters work = { .site = site, .arena = arena, .letter = letter, .failure = failure };
  if (!store_run (site->store, STORE_WRITE, settle_letter_work, &work, error))
    return FALSE;
  *out = work.result;
  if (out->end == DELIVERY_PUT_OFF)
    site_wake_for_letter (site, out->again_ms);
  else if (out->next == NULL)
    site_wake_for_letter (site, site->fake.now_ms);
  return TRUE;
}

/* ---- by people ---- */

typedef struct {
  Site *site;
  ApiCall call;
  const ActionRow *row;
  gpointer output;
} Call;

static gboolean
call_work (StoreTx *tx, gpointer data, GError **error)
{
  Call *work = data;
  Site *site = work->site;
  return identity_load (tx, &site->principal, NULL, work->call.arena, &site->identity, error) &&
         work->row->action (&work->call, tx, work->output, error) &&
         (!audit_is_recorded (work->call.op, work->row->mode) ||
          audit_write_call (&work->call, work->output, NULL, tx, error));
}

gboolean
site_call (Site *site, const char *operation, const char *json, Arena *arena, const char **out_body,
           GError **error)
{
  const ApiOperation *op = api_operation_by_name (operation);
  gpointer input;
  gsize length;
  g_assert (op != NULL);
  if (!api_decode_input (op, json, strlen (json), arena, &input, error))
    return FALSE;
  Call work = { .site = site,
                .call = { .op = op,
                          .principal = &site->principal,
                          .caller = &site->caller,
                          .input = input,
                          .arena = arena,
                          .request_id = "00000000-0000-4000-8000-000000000000",
                          .now_ms = site->fake.now_ms,
                          .env = &site->env },
                .row = action_registry_row (op->id),
                .output = api_new_output (op, arena) };
  if (!store_run (site->store, work.row->mode, call_work, &work, error))
    return FALSE;
  g_autofree char *body = api_encode_output (op, work.output, &length);
  *out_body = arena_strdup (arena, body);
  return TRUE;
}

gboolean
site_beside (Site *site, StoreMode mode, StoreWork work, gpointer data, GError **error)
{
  return store_run (site->base, mode, work, data, error);
}
