#pragma once

/* For the actions' tests only: a server without its HTTP edge, and without asking whether the caller may (but of
 * hosts; see server/authorize-test.c). A step is decoded, run in a transaction on an in-memory store, and encoded, by the functions that the server uses; then the answer is compared with a pattern.
 *
 * Steps are rows; those with the same case number, one after the other, make one case on a fresh store, called
 * /<suite>/<number>-<name>. Numbers below 1000 are lines of the conformance checklist (api.md 9).
 *
 * Input: JSON, with ' for ". In it {{3*ab}} is "ababab", {{1..3|'n#'}} is "'n1','n2','n3'", <x> is the value that was
 * caught as x.
 * Expectation: "!Name" or "!Name: part of the message"; "" for an empty body; else JSON that the answer must contain:
 * of an object the members named (null: absent), of a list all elements in order; "~re" a matching text or number;
 * "<x>" catches the value the first time and must equal it later. "= {...}" is the whole body, byte by byte.
 * Operation "@later" moves the clock on by the milliseconds in input and runs what is due; "@quota" sets "name value", "@setting" a number among
 * the settings; "@outside" tells what services outside say from then on: "KIND PART RESULT" of errands of the kind with the part in
 * their request, where RESULT is an answer, "? why" (not yet) or "! CODE why" (refused); "@as" signs as the
 * administrator, or as the host, user or session whose ARN was caught under the name.
 */

#include "core/ambient.h"
#include "proto/api-error.h"
#include "proto/json-doc.h"
#include "server/actions/registry.h"
#include "server/api-call.h"
#include "server/audit.h"
#include "server/authorize.h"
#include "server/engine/engine.h"
#include "server/errand-reader.h"
#include "server/host-commands/command-hub.h"
#include "server/keyring.h"
#include "store/test-database.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  guint number;
  const char *name; /* of the case; on its first step */
  const char *operation;
  const char *input;
  const char *expect;
} Step;

/* What is heard from outside. */
typedef struct {
  ErrandKind kind;
  char *part;
  ErrandResult result;
} HarnessWord;

typedef struct {
  Store *store;
  AmbientFake fake;
  Ambient ambient;
  Quotas quotas;
  Settings settings;
  ApiEnv env;
  Arena *arena; /* as the harness lives */
  Principal principal;
  Identity identity; /* of the principal, as the store has it at each step */
  gint64 issue_ms;   /* of the temporary key that it signs with; 0: one without an end */
  Caller caller;     /* as the principal */
  Keyring *keyring;
  CommandHub *hub;
  Engine *engine;       /* without its thread: "@later" runs what has become due */
  GHashTable *caught;   /* name -> text */
  ErrandReader *reader; /* NULL: nothing was told of outside */
  GArray *words;        /* HarnessWord; the latest that fits counts */
  GMutex lock;
  GCond answered;
  gboolean has_answer;
} Harness;

G_GNUC_UNUSED static void
harness_add_engine (Harness *harness)
{
  EngineConfig config = { .store = harness->store,
                          .ambient = &harness->ambient,
                          .arn = &harness->env.arn,
                          .quotas = &harness->quotas };
  const CommandHubConfig hub = { .ambient = &harness->ambient };
  harness->hub = command_hub_new (&hub);
  config.hub = harness->hub;
  engine_times_init (&config.times);
  harness->engine = engine_new (&config);
  harness->env.engine = harness->engine;
  harness->env.hub = harness->hub;
}

static const Principal harness_administrator = { .arn = "arn:aws:iam::123456789012:user/admin",
                                                 .kind = PRINCIPAL_ADMINISTRATOR,
                                                 .path = "/",
                                                 .name = "admin" };

G_GNUC_UNUSED static Harness *
harness_new (void)
{
  Harness *harness = g_new0 (Harness, 1);
  g_autoptr (GError) error = NULL;
  harness->store = test_store_new ();
  g_assert_no_error (error);
  harness->fake = (AmbientFake){ .now_ms = G_GINT64_CONSTANT (1700000000123), .seed = 42 };
  harness->ambient = ambient_fake (&harness->fake);
  quotas_init (&harness->quotas);
  harness->settings.default_bucket = "slipway";
  harness->arena = arena_new ();
  harness->principal = harness_administrator;
  harness->caller = (Caller){ .principal = &harness->principal,
                              .identity = &harness->identity,
                              .access_key_id = "AKIAHARNESS",
                              .source_ip = "192.0.2.1",
                              .user_agent = "harness" };
  static const guint8 master[KEYRING_MASTER_SIZE] = { 1 };
  harness->keyring = keyring_new (master, &harness->ambient);
  harness->env =
      (ApiEnv){ .arn = { .partition = "aws", .region = "eu-west-3", .account_id = "123456789012" },
                .settings = &harness->settings,
                .quotas = &harness->quotas,
                .ambient = &harness->ambient,
                .store = harness->store,
                .keyring = harness->keyring,
                .ca_pem = "CA",
                .signer_ca_pem = "SIGNER CA" };
  harness_add_engine (harness);
  github_vault_init (&harness->env.github, master);
  memset (harness->env.page_key.bytes, 7, PAGE_TOKEN_KEY_SIZE);
  harness->caught = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  harness->words = g_array_new (FALSE, FALSE, sizeof (HarnessWord));
  g_mutex_init (&harness->lock);
  g_cond_init (&harness->answered);
  return harness;
}

G_GNUC_UNUSED static void
harness_free (Harness *harness)
{
  errand_reader_stop (harness->reader);
  store_close (harness->store);
  errand_reader_free (harness->reader);
  g_array_unref (harness->words);
  g_mutex_clear (&harness->lock);
  g_cond_clear (&harness->answered);
  engine_free (harness->engine);
  command_hub_free (harness->hub);
  keyring_free (harness->keyring);
  g_hash_table_unref (harness->caught);
  arena_free (harness->arena);
  g_free (harness);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Harness, harness_free)

/* --- inputs --- */

/* What stands between {{ and }}. */
G_GNUC_UNUSED static void
harness_expand_braces (const char *inside, GString *out)
{
  char *rest;
  gint64 first = g_ascii_strtoll (inside, &rest, 10);
  if (*rest == '*') {
    for (gint64 i = 0; i < first; i++)
      g_string_append (out, rest + 1);
    return;
  }
  g_assert_true (g_str_has_prefix (rest, ".."));
  gint64 last = g_ascii_strtoll (rest + 2, &rest, 10);
  g_assert_true (*rest == '|');
  for (gint64 i = first; i <= last; i++) {
    g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, i);
    g_auto (GStrv) parts = g_strsplit (rest + 1, "#", -1);
    g_autofree char *item = g_strjoinv (number, parts);
    g_string_append_printf (out, "%s%s", i > first ? "," : "", item);
  }
}

G_GNUC_UNUSED static char *
harness_expand (Harness *harness, const char *text)
{
  g_autoptr (GString) out = g_string_new (NULL);
  while (*text != '\0') {
    const char *end;
    if (g_str_has_prefix (text, "{{") && (end = strstr (text, "}}")) != NULL) {
      while (end[2] == '}') /* the item may end in a brace itself */
        end++;
      g_autofree char *inside = g_strndup (text + 2, (gsize)(end - text) - 2);
      g_strdelimit (inside, "'", '"');
      harness_expand_braces (inside, out);
      text = end + 2;
    } else if (*text == '<' && (end = strchr (text, '>')) != NULL) {
      g_autofree char *name = g_strndup (text + 1, (gsize)(end - text) - 1);
      const char *value = g_hash_table_lookup (harness->caught, name);
      if (value != NULL)
        g_string_append (out, value);
      else
        g_string_append_len (out, text, end + 1 - text);
      text = end + 1;
    } else {
      g_string_append_c (out, *text == '\'' ? '"' : *text);
      text++;
    }
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* --- what is heard from outside --- */

G_GNUC_UNUSED static void
harness_perform (gpointer ctx, const ErrandRecord *errand, gint64 end_us, Arena *arena,
                 ErrandResult *out)
{
  const Harness *harness = ctx;
  for (guint i = harness->words->len; i-- > 0;) {
    const HarnessWord *word = &g_array_index (harness->words, HarnessWord, i);
    if (word->kind == errand->kind && strstr (errand->request_json, word->part) != NULL) {
      *out = word->result;
      return;
    }
  }
  *out = (ErrandResult){ .outcome = ERRAND_NOT_YET, .message = "the test says nothing of it" };
}

G_GNUC_UNUSED static ErrandResult
harness_read_result (Harness *harness, const char *text)
{
  ErrandResult result = { .outcome = ERRAND_DONE };
  if (text[0] == '?') {
    result.outcome = ERRAND_NOT_YET;
    result.message = arena_strdup (harness->arena, text + 2);
  } else if (text[0] == '!') {
    g_auto (GStrv) words = g_strsplit (text + 2, " ", 2);
    result.outcome = ERRAND_REFUSED;
    g_assert_true (deployment_error_from_name (words[0], &result.code));
    result.message = arena_strdup (harness->arena, words[1]);
  } else {
    g_autofree char *json = g_strdelimit (g_strdup (text), "'", '"');
    result.answer_json = arena_strdup (harness->arena, json);
  }
  return result;
}

G_GNUC_UNUSED static void
harness_hear (Harness *harness, const char *input)
{
  g_auto (GStrv) words = g_strsplit (input, " ", 3);
  HarnessWord word = { .part = arena_strdup (harness->arena, words[1]),
                       .result = harness_read_result (harness, words[2]) };
  g_assert_true (errand_kind_from_name (words[0], &word.kind));
  g_array_append_val (harness->words, word);
  if (harness->reader != NULL)
    return;
  ErrandPerformer performers[ERRAND_N_KINDS];
  for (guint i = 0; i < ERRAND_N_KINDS; i++)
    performers[i] = (ErrandPerformer){ harness_perform, harness };
  const ErrandReaderConfig config = {
    .performers = performers, .n_threads = 2, .wait_ms = 60 * 1000, .ambient = &harness->ambient
  };
  harness->env.reader = harness->reader = errand_reader_new (&config);
}

G_GNUC_UNUSED static void
harness_answered (gpointer data)
{
  Harness *harness = data;
  g_mutex_lock (&harness->lock);
  harness->has_answer = TRUE;
  g_cond_signal (&harness->answered);
  g_mutex_unlock (&harness->lock);
}

/* As the server does with an action that asks. */
G_GNUC_UNUSED static void
harness_ask (Harness *harness, ApiCall *call)
{
  harness->has_answer = FALSE;
  errand_reader_ask (harness->reader, call->questions, call->arena, harness_answered, harness);
  g_mutex_lock (&harness->lock);
  while (!harness->has_answer)
    g_cond_wait (&harness->answered, &harness->lock);
  g_mutex_unlock (&harness->lock);
  call->readings = g_steal_pointer (&call->questions);
}

/* --- running --- */

typedef enum {
  HARNESS_ACTION,         /* without asking whether the caller may */
  HARNESS_WHOLE_CALL,     /* as the server does it */
  HARNESS_PERMISSION_ONLY /* the answer of a success has no members */
} HarnessPart;

typedef struct {
  Harness *harness;
  HarnessPart part;
  ApiCall call;
  const ActionRow *row;
  gpointer output;
} HarnessWork;

G_GNUC_UNUSED static gboolean
harness_work (StoreTx *tx, gpointer data, GError **error)
{
  HarnessWork *work = data;
  Harness *harness = work->harness;
  if (!identity_load (tx, &harness->principal, NULL, work->call.arena, &harness->identity, error))
    return FALSE;
  harness->identity.issue_ms = harness->issue_ms;
  if (work->part != HARNESS_ACTION && !authorize_call (&work->call, tx, error))
    return FALSE;
  if (work->part == HARNESS_PERMISSION_ONLY)
    return TRUE;
  return work->row->action (&work->call, tx, work->output, error) &&
         (!audit_is_recorded (work->call.op, work->row->mode) ||
          audit_write_call (&work->call, work->output, NULL, tx, error));
}

G_GNUC_UNUSED static char *
harness_run_part (Harness *harness, HarnessPart part, const char *operation, const char *body,
                  char **out_name)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const ApiOperation *op = api_operation_by_name (operation);
  g_assert_nonnull (op);
  gsize length;
  gpointer input;
  *out_name = NULL;
  if (api_decode_input (op, body, strlen (body), arena, &input, &error)) {
    HarnessWork work = { .harness = harness,
                         .part = part,
                         .call = { .op = op,
                                   .principal = &harness->principal,
                                   .caller = &harness->caller,
                                   .input = input,
                                   .arena = arena,
                                   .request_id = "00000000-0000-4000-8000-000000000000",
                                   .now_ms = harness->fake.now_ms,
                                   .env = &harness->env },
                         .row = action_registry_row (op->id),
                         .output = api_new_output (op, arena) };
    g_assert_nonnull (work.row);
    gboolean ok = store_run (harness->store, work.row->mode, harness_work, &work, &error);
    if (ok && work.call.questions != NULL) {
      harness_ask (harness, &work.call);
      ok = store_run (harness->store, work.row->mode, harness_work, &work, &error);
    }
    if (ok)
      return api_encode_output (op, work.output, &length);
  }
  if (error->domain != API_ERROR)
    g_test_message ("%s", error->message);
  *out_name = g_strdup (api_error_name (api_error_code (error)));
  if (error->domain == API_ERROR && op->n_errors > 0 &&
      !api_operation_lists_error (op, api_error_code (error)))
    g_test_message ("%s does not list %s", operation, *out_name);
  return api_error_to_body (error, &length);
}

/* The answer's body; *out_name the exception's name, NULL for a success. */
G_GNUC_UNUSED static char *
harness_run (Harness *harness, const char *operation, const char *body, char **out_name)
{
  const ApiOperation *op = api_operation_by_name (operation);
  g_assert_nonnull (op);
  return harness_run_part (
      harness, op->service == API_SERVICE_HOST_COMMANDS ? HARNESS_WHOLE_CALL : HARNESS_ACTION,
      operation, body, out_name);
}

/* --- comparing --- */

G_GNUC_UNUSED static char *
harness_text_of (const json_t *value)
{
  if (json_is_string (value))
    return g_strdup (json_string_value (value));
  char *dumped = json_dumps (value, JSON_COMPACT | JSON_ENCODE_ANY);
  char *copy = g_strdup (dumped);
  free (dumped);
  return copy;
}

G_GNUC_UNUSED static gboolean
harness_matches (Harness *harness, const json_t *pattern, const json_t *value, GString *path)
{
  gsize path_length = path->len;
  if (json_is_null (pattern))
    return value == NULL;
  if (value == NULL)
    return FALSE;
  if (json_is_object (pattern)) {
    const char *key;
    json_t *member;
    json_object_foreach ((json_t *)pattern, key, member)
    {
      g_string_append_printf (path, ".%s", key);
      if (!harness_matches (harness, member, json_object_get (value, key), path))
        return FALSE;
      g_string_truncate (path, path_length);
    }
    return json_is_object (value);
  }
  if (json_is_array (pattern)) {
    if (!json_is_array (value) || json_array_size (value) != json_array_size (pattern))
      return FALSE;
    for (size_t i = 0; i < json_array_size (pattern); i++) {
      g_string_append_printf (path, "[%zu]", i);
      if (!harness_matches (harness, json_array_get (pattern, i), json_array_get (value, i), path))
        return FALSE;
      g_string_truncate (path, path_length);
    }
    return TRUE;
  }
  const char *text = json_string_value (pattern);
  g_autofree char *actual = harness_text_of (value);
  if (text != NULL && text[0] == '~')
    return g_regex_match_simple (text + 1, actual, 0, 0);
  if (text != NULL && text[0] == '<') {
    g_autofree char *name = g_strndup (text + 1, strlen (text) - 2);
    const char *before = g_hash_table_lookup (harness->caught, name);
    if (before != NULL)
      return g_str_equal (before, actual);
    g_hash_table_insert (harness->caught, g_steal_pointer (&name), g_steal_pointer (&actual));
    return TRUE;
  }
  return json_equal (pattern, value);
}

G_GNUC_UNUSED static void
harness_check (Harness *harness, const Step *step, const char *body, const char *exception)
{
  if (step->expect[0] == '!') {
    const char *colon = strstr (step->expect, ": ");
    g_autofree char *name =
        g_strndup (step->expect + 1,
                   colon != NULL ? (gsize)(colon - step->expect) - 1 : strlen (step->expect));
    if (g_strcmp0 (exception, name) != 0 || (colon != NULL && strstr (body, colon + 2) == NULL))
      g_error ("%s %.400s\n expected %s\n      got %.1000s", step->operation, step->input,
               step->expect, body);
    return;
  }
  g_autofree char *wanted = harness_expand (harness, step->expect);
  gboolean good;
  g_autoptr (GString) path = g_string_new (NULL);
  if (exception != NULL) {
    good = FALSE;
  } else if (wanted[0] == '=' || wanted[0] == '\0') {
    good = g_str_equal (body, wanted[0] == '=' ? wanted + 2 : wanted);
  } else {
    g_autoptr (json_t) pattern = json_loads (wanted, 0, NULL);
    g_autoptr (json_t) value = json_loads (body, 0, NULL);
    if (pattern == NULL)
      g_error ("not JSON: %s", wanted);
    good = harness_matches (harness, pattern, value, path);
  }
  if (!good)
    g_error ("%s %.400s\n expected %s\n      got %.2000s\n   differs at answer%s", step->operation,
             step->input, wanted, body, path->str);
}

typedef struct {
  const char *arn;
  Arena *arena;
  Principal *found;
} HarnessLookup;

G_GNUC_UNUSED static gboolean
harness_look_up (StoreTx *tx, gpointer data, GError **error)
{
  HarnessLookup *lookup = data;
  return principal_record_by_arn (tx, lookup->arn, lookup->arena, &lookup->found, error);
}

/* whom: "administrator", or the name that an ARN was caught under. One that is not in the store is a host. */
G_GNUC_UNUSED static void
harness_become (Harness *harness, const char *whom)
{
  if (g_str_equal (whom, "administrator")) {
    harness->principal = harness_administrator;
    return;
  }
  HarnessLookup lookup = { .arn = g_hash_table_lookup (harness->caught, whom),
                           .arena = harness->arena };
  g_autoptr (GError) error = NULL;
  g_assert_nonnull (lookup.arn);
  if (!store_run (harness->store, STORE_READ, harness_look_up, &lookup, &error))
    g_error ("%s", error->message);
  harness->principal =
      lookup.found != NULL
          ? *lookup.found
          : (Principal){ .arn = lookup.arn, .kind = PRINCIPAL_HOST, .path = "/", .name = "host" };
}

G_GNUC_UNUSED static void
harness_step (Harness *harness, const Step *step)
{
  if (g_str_equal (step->operation, "@later")) {
    g_autoptr (GError) error = NULL;
    harness->fake.now_ms += g_ascii_strtoll (step->input, NULL, 10);
    if (!engine_run_due (harness->engine, NULL, &error))
      g_error ("%s", error->message);
    return;
  }
  if (g_str_equal (step->operation, "@as")) {
    harness_become (harness, step->input);
    return;
  }
  if (g_str_equal (step->operation, "@outside")) {
    harness_hear (harness, step->input);
    return;
  }
  if (g_str_equal (step->operation, "@quota")) {
    g_auto (GStrv) words = g_strsplit (step->input, " ", 2);
    g_autoptr (GError) error = NULL;
    if (!quotas_set (&harness->quotas, words[0], g_ascii_strtoll (words[1], NULL, 10), &error))
      g_error ("%s", error->message);
    return;
  }
  if (g_str_equal (step->operation, "@setting")) {
    g_auto (GStrv) words = g_strsplit (step->input, " ", 2);
    g_autoptr (Arena) arena = arena_new (); /* for texts, which no step sets */
    g_autoptr (GError) error = NULL;
    if (!settings_set (&harness->settings, words[0], words[1], arena, &error))
      g_error ("%s", error->message);
    return;
  }
  g_autofree char *input = harness_expand (harness, step->input);
  g_autofree char *exception = NULL;
  g_autofree char *body = harness_run (harness, step->operation, input, &exception);
  harness_check (harness, step, body, exception);
}

/* Runs the case that begins with this step. */
G_GNUC_UNUSED static void
harness_case (gconstpointer data)
{
  const Step *first = data;
  g_autoptr (Harness) harness = harness_new ();
  for (const Step *step = first;
       step->number == first->number && (step == first || step->name == NULL); step++)
    harness_step (harness, step);
}

/* Adds every case of a table that ends with a row of zeroes. */
G_GNUC_UNUSED static void
harness_add (const char *suite, const Step *steps)
{
  for (const Step *step = steps; step->number != 0; step++)
    if (step->name != NULL) {
      g_autofree char *path = g_strdup_printf ("/%s/%03u-%s", suite, step->number, step->name);
      g_test_add_data_func (path, step, harness_case);
    }
}
