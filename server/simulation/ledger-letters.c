#include "server/simulation/ledger-private.h"
#include "server/simulation/site.h"

#include <string.h>

/* Notifications: which changes have to be announced follows from rows of targets and deployments alone, and is held against the
 * notifications that the same commit writes; what receivers hear of is held against those. */

/* Whoever gives one up may be so much ahead of the time that it was written at. */
#define CLOCK_SLACK_MS (30 * 60 * 1000)

gboolean
letters_prepare (StoreTx *tx, GError **error)
{
  static const char *const statements[] = {
    "CREATE TEMP TABLE letters (n INTEGER PRIMARY KEY, what TEXT NOT NULL, id TEXT NOT NULL,"
    " deployment_id TEXT NOT NULL, sink TEXT NOT NULL, event TEXT NOT NULL, instance TEXT)",
    "CREATE TEMP TRIGGER letter_put AFTER INSERT ON main.notification BEGIN INSERT INTO letters"
    " (what, id, deployment_id, sink, event, instance) VALUES ('put', NEW.id, NEW.deployment_id,"
    " NEW.sink, NEW.event, json_extract (NEW.fact_json, '$.instanceId')); END",
    "CREATE TEMP TRIGGER letter_gone AFTER DELETE ON main.notification BEGIN INSERT INTO letters"
    " (what, id, deployment_id, sink, event) VALUES ('gone', OLD.id, OLD.deployment_id, OLD.sink,"
    " OLD.event); END",
    "CREATE TEMP TRIGGER letter_dead AFTER UPDATE ON main.notification"
    " WHEN NEW.dead_ms IS NOT OLD.dead_ms BEGIN INSERT INTO letters"
    " (what, id, deployment_id, sink, event) VALUES"
    " (CASE WHEN NEW.dead_ms IS NULL THEN 'anew' ELSE 'dead' END, NEW.id, NEW.deployment_id,"
    " NEW.sink, NEW.event); END",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (statements); i++)
    if (!store_exec (tx, statements[i], STORE_NO_ARGS, NULL, error))
      return FALSE;
  return TRUE;
}

/* ---- what is known of them ---- */

static void
letter_free (gpointer data)
{
  g_free (((LedgerLetter *)data)->id);
  g_free (data);
}

static void
line_free (gpointer data)
{
  LedgerLine *line = data;
  g_free (line->deployment_id);
  g_free (line->sink);
  g_ptr_array_unref (line->letters);
  g_free (line);
}

void
letters_init (Ledger *ledger)
{
  ledger->letters = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, letter_free);
  ledger->lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, line_free);
  ledger->graveyard = g_ptr_array_new ();
  ledger->changes = g_array_new (FALSE, FALSE, sizeof (LedgerChange));
}

void
letters_clear (Ledger *ledger)
{
  g_hash_table_unref (ledger->lines);
  g_hash_table_unref (ledger->letters);
  g_array_unref (ledger->changes);
  g_ptr_array_unref (ledger->graveyard);
}

void
ledger_expect_letters (Ledger *ledger, const char *sink)
{
  ledger->everything = g_intern_string (sink);
}

static LedgerLine *
line_of (Ledger *ledger, const char *deployment_id, const char *sink)
{
  g_autofree char *key = g_strdup_printf ("%s %s", deployment_id, sink);
  LedgerLine *line = g_hash_table_lookup (ledger->lines, key);
  if (line != NULL)
    return line;
  line = g_new0 (LedgerLine, 1);
  line->deployment_id = g_strdup (deployment_id);
  line->sink = g_strdup (sink);
  line->letters = g_ptr_array_new ();
  g_hash_table_insert (ledger->lines, g_steal_pointer (&key), line);
  return line;
}

static gboolean
is_done (const LedgerLetter *letter)
{
  return letter->state != LETTER_WAITS || letter->touched;
}

/* The first one of its line that nobody has heard of yet; NULL: there is none. */
static const LedgerLetter *
first_open (LedgerLine *line)
{
  while (line->n_done < line->letters->len &&
         is_done (g_ptr_array_index (line->letters, line->n_done)))
    line->n_done++;
  return line->n_done < line->letters->len ? g_ptr_array_index (line->letters, line->n_done) : NULL;
}

static gboolean
waits (const LedgerLetter *letter)
{
  return letter->is_there && letter->state == LETTER_WAITS;
}

/* Changes one, and how many wait. */
static void
set_letter (Ledger *ledger, LedgerLetter *letter, LedgerLetterState state, gboolean is_there)
{
  ledger->n_waiting -= waits (letter);
  letter->state = state;
  letter->is_there = is_there;
  ledger->n_waiting += waits (letter);
}

/* ---- what receivers hear ---- */

static gboolean
is_end (Announcement what)
{
  return what == ANNOUNCEMENT_DEPLOYMENT_SUCCESS || what == ANNOUNCEMENT_DEPLOYMENT_FAILURE ||
         what == ANNOUNCEMENT_DEPLOYMENT_STOP;
}

void
ledger_heard (Ledger *ledger, const char *notification_id)
{
  LedgerLetter *letter = g_hash_table_lookup (ledger->letters, notification_id);
  if (letter == NULL) {
    ledger_break (ledger, RULE_TOLD, "notification %s was delivered, and nobody has written it",
                  notification_id);
    return;
  }
  const LedgerLetter *open = first_open (letter->line);
  gboolean skips = !is_done (letter) && open != letter;
  if (skips)
    ledger_break (ledger, is_end (letter->what) ? RULE_TOLD_END_LAST : RULE_TOLD_IN_ORDER,
                  "%s heard of the %s of %s before its %s", letter->line->sink,
                  announcement_name (letter->what), letter->line->deployment_id,
                  announcement_name (open->what));
  if (letter->state == LETTER_HEARD)
    return;
  ledger->counts.heard++;
  set_letter (ledger, letter, LETTER_HEARD, letter->is_there);
}

void
ledger_not_told (Ledger *ledger, const char *notification_id)
{
  LedgerLetter *letter = g_hash_table_lookup (ledger->letters, notification_id);
  if (letter != NULL)
    letter->n_failed++;
}

const char *
ledger_touch_dead (Ledger *ledger, guint64 number)
{
  if (ledger->graveyard->len == 0)
    return NULL;
  LedgerLetter *letter = g_ptr_array_index (ledger->graveyard, number % ledger->graveyard->len);
  letter->touched = TRUE;
  return letter->id;
}

gboolean
ledger_has_letters (const Ledger *ledger)
{
  return ledger->n_waiting > 0;
}

void
ledger_expect_no_letters (Ledger *ledger)
{
  if (ledger->n_waiting != 0)
    ledger_break (ledger, RULE_TOLD, "%" G_GINT64_FORMAT " notifications still wait",
                  ledger->n_waiting);
}

/* ---- one commit ---- */

void
letters_expect (Ledger *ledger, const LedgerDeployment *deployment, Announcement what,
                const char *target)
{
  const LedgerChange change = { deployment, what, target };
  g_array_append_val (ledger->changes, change);
}

/* A change is announced once for each who hears of everything. */
static void
take_change (Ledger *ledger, const char *deployment_id, Announcement what, const char *target)
{
  for (guint i = 0; i < ledger->changes->len; i++) {
    const LedgerChange *change = &g_array_index (ledger->changes, LedgerChange, i);
    if (change->what != what || strcmp (change->deployment->id, deployment_id) != 0 ||
        g_strcmp0 (change->target, target) != 0)
      continue;
    g_array_remove_index_fast (ledger->changes, i);
    return;
  }
  ledger_break (ledger, RULE_TOLD, "the %s of %s %s is announced, and did not happen",
                announcement_name (what), deployment_id, target != NULL ? target : "itself");
}

static void
put (Ledger *ledger, const char *id, const char *deployment_id, const char *sink, Announcement what,
     const char *target, gint64 now_ms)
{
  LedgerLetter *letter = g_new0 (LedgerLetter, 1);
  letter->id = g_strdup (id);
  letter->line = line_of (ledger, deployment_id, sink);
  letter->what = what;
  letter->put_ms = now_ms;
  if (letter->line->ended && !is_end (what)) /* of two triggers of one topic each has its own */
    ledger_break (ledger, RULE_TOLD_END_LAST, "the %s of %s is announced after its end",
                  announcement_name (what), deployment_id);
  letter->line->ended |= is_end (what);
  g_ptr_array_add (letter->line->letters, letter);
  g_hash_table_insert (ledger->letters, letter->id, letter);
  set_letter (ledger, letter, LETTER_WAITS, TRUE);
  ledger->counts.letters++;
  if (g_strcmp0 (sink, ledger->everything) == 0)
    take_change (ledger, deployment_id, what, target);
}

static void
go (Ledger *ledger, LedgerLetter *letter)
{
  if (letter->state == LETTER_WAITS && !letter->touched)
    ledger_break (ledger, RULE_TOLD, "the %s of %s is gone, and %s has not heard of it",
                  announcement_name (letter->what), letter->line->deployment_id,
                  letter->line->sink);
  if (letter->state == LETTER_DEAD && !letter->touched)
    ledger_break (ledger, RULE_DEAD_LETTERS, "the %s of %s was given up, and is gone",
                  announcement_name (letter->what), letter->line->deployment_id);
  g_ptr_array_remove (ledger->graveyard, letter);
  set_letter (ledger, letter, letter->state, FALSE);
}

static void
die (Ledger *ledger, LedgerLetter *letter, gint64 now_ms)
{
  gint64 tried_ms = now_ms - letter->put_ms;
  if (letter->n_failed < SITE_PATIENCE_TRIES && tried_ms < SITE_PATIENCE_MS - CLOCK_SLACK_MS)
    ledger_break (ledger, RULE_DEAD_LETTERS,
                  "the %s of %s was given up after %" G_GINT64_FORMAT
                  " failures in %" G_GINT64_FORMAT " s",
                  announcement_name (letter->what), letter->line->deployment_id, letter->n_failed,
                  tried_ms / 1000);
  ledger->counts.dead++;
  g_ptr_array_add (ledger->graveyard, letter);
  set_letter (ledger, letter, letter->state == LETTER_HEARD ? LETTER_HEARD : LETTER_DEAD, TRUE);
}

static void
try_anew (Ledger *ledger, LedgerLetter *letter, gint64 now_ms)
{
  letter->put_ms = now_ms;
  letter->n_failed = 0;
  g_ptr_array_remove (ledger->graveyard, letter);
  set_letter (ledger, letter, letter->state == LETTER_HEARD ? LETTER_HEARD : LETTER_WAITS, TRUE);
}

static gboolean
take_row (Ledger *ledger, StoreRows *rows, gint64 now_ms)
{
  const char *what = store_rows_text (rows, 0), *id = store_rows_text (rows, 1);
  Announcement announced;
  LedgerLetter *letter = g_hash_table_lookup (ledger->letters, id);
  if (!announcement_from_name (store_rows_text (rows, 4), &announced))
    return FALSE;
  if (strcmp (what, "put") == 0)
    put (ledger, id, store_rows_text (rows, 2), store_rows_text (rows, 3), announced,
         store_rows_text (rows, 5), now_ms);
  else if (letter == NULL)
    return FALSE;
  else if (strcmp (what, "gone") == 0)
    go (ledger, letter);
  else if (strcmp (what, "dead") == 0)
    die (ledger, letter, now_ms);
  else
    try_anew (ledger, letter, now_ms);
  return TRUE;
}

gboolean
letters_look (Ledger *ledger, StoreTx *tx, gint64 now_ms, GError **error)
{
  static const char read[] =
      "SELECT what, id, deployment_id, sink, event, instance FROM temp.letters ORDER BY n";
  g_autoptr (GError) failure = NULL;
  gsize n = 0;
  g_autoptr (StoreRows) rows = store_query (tx, read, STORE_NO_ARGS, error);
  if (rows == NULL)
    return FALSE;
  for (; store_rows_next (rows, &failure); n++)
    if (!take_row (ledger, rows, now_ms))
      ledger_break (ledger, RULE_TOLD, "notification %s is of nothing", store_rows_text (rows, 1));
  g_clear_pointer (&rows, store_rows_free);
  if (failure != NULL) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  if (ledger->everything != NULL && ledger->changes->len > 0) {
    const LedgerChange *change = &g_array_index (ledger->changes, LedgerChange, 0);
    ledger_break (ledger, RULE_TOLD, "the %s of %s %s is not announced",
                  announcement_name (change->what), change->deployment->id,
                  change->target != NULL ? change->target : "itself");
  }
  return n == 0 || store_exec (tx, "DELETE FROM temp.letters", STORE_NO_ARGS, NULL, error);
}
