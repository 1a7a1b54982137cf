#include "server/integrations/balancers.h"

#include <string.h>

#include "proto/json-doc.h"

/* Those that were not asked in time are asked after. */
#define LATE_AGAIN_MS 1

struct Balancers {
  BalancersConfig config;
  gint aborted; /* atomic */
};

Balancers *
balancers_new (const BalancersConfig *config)
{
  Balancers *balancers = g_new0 (Balancers, 1);
  balancers->config = *config;
  return balancers;
}

void
balancers_free (Balancers *balancers)
{
  g_free (balancers);
}

void
balancers_abort (Balancers *balancers)
{
  g_atomic_int_set (&balancers->aborted, 1);
}

/* One errand on its way: what the request says, and what was kept of it. */
typedef struct {
  const Balancers *balancers;
  const ErrandRecord *errand;
  gint64 end_us;
  json_t *request;
  json_t *kept;   /* state before; NULL: none */
  json_t *since;  /* to be kept */
  json_t *agreed; /* the same, when there was no time for all */
  Arena *arena;
} Job;

static gboolean
is_late (const Job *job)
{
  return ambient_monotonic_us (job->balancers->config.ambient) >= job->end_us;
}

static gboolean
is_over (const Job *job)
{
  return is_late (job) || g_atomic_int_get (&job->balancers->aborted) != 0;
}

static gint64
kept_since (const Job *job, const char *name)
{
  return json_integer_value (json_object_get (json_object_get (job->kept, "since"), name));
}

static void
ask_driver (const Job *job, const BalancerSettings *settings, BalancerSaid *out)
{
  const BalancerSlot *slot = &job->balancers->config.drivers[settings->driver];
  const char *instance = json_doc_text (job->request, "targetId");
  const BalancerAsk ask = {
    .balancer = settings,
    .instance = instance,
    .is_ec2 = g_str_has_prefix (instance, "i-"), /* no registered host's name begins so (names.h) */
    .asked_ms = job->errand->create_ms,
    .now_ms = ambient_now_ms (job->balancers->config.ambient),
    .end_us = job->end_us,
    .since_ms = kept_since (job, settings->name),
  };
  if (job->errand->kind == ERRAND_BLOCK_TRAFFIC)
    slot->ops->block (slot->ctx, &ask, job->arena, out);
  else
    slot->ops->allow (slot->ctx, &ask, job->arena, out);
  if (out->since_ms != 0)
    json_object_set_new (job->since, settings->name, json_integer (out->since_ms));
}

static void
ask_one (const Job *job, const json_t *entry, BalancerSaid *out)
{
  const char *name = json_doc_text (entry, "name");
  BalancerKind kind;
  BalancerSettings settings;
  g_autoptr (GError) problem = NULL;
  *out = (BalancerSaid){ .outcome = ERRAND_DONE };
  if (name == NULL || !balancer_kind_from_name (json_doc_text (entry, "kind"), &kind))
    balancer_refuse (out, DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID, job->arena,
                     "load balancers of hosts are elbInfoList and targetGroupInfoList");
  else if (!integrations_find_balancer (job->balancers->config.integrations, kind, name, &settings,
                                        &problem))
    balancer_refuse (out, DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID, job->arena, "%s",
                     problem->message);
  else
    ask_driver (job, &settings, out);
}

/* "targetGroup web" */
static const char *
key_of (const Job *job, const json_t *entry)
{
  const char *kind = json_doc_text (entry, "kind"), *name = json_doc_text (entry, "name");
  return arena_printf (job->arena, "%s %s", kind != NULL ? kind : "", name != NULL ? name : "");
}

static gboolean
has_agreed (const Job *job, const char *key)
{
  const json_t *kept = json_object_get (job->kept, "agreed");
  for (size_t i = 0; i < json_array_size (kept); i++)
    if (g_strcmp0 (json_string_value (json_array_get (kept, i)), key) == 0)
      return TRUE;
  return FALSE;
}

static void
note_late (const Job *job, const json_t *entry, BalancerSaid *all)
{
  BalancerSaid said;
  balancer_not_yet (&said, LATE_AGAIN_MS, job->arena, "%s was not asked in time, and is the next",
                    json_doc_text (entry, "name"));
  balancer_join (all, &said, job->arena);
}

/* Every one is asked each time, whatever the others say: none is kept waiting by another. */
static void
ask_all (const Job *job, BalancerSaid *all)
{
  const json_t *list = json_object_get (job->request, "balancers");
  *all = (BalancerSaid){ .outcome = ERRAND_DONE };
  for (size_t i = 0; i < json_array_size (list); i++) {
    const json_t *entry = json_array_get (list, i);
    const char *key = key_of (job, entry);
    BalancerSaid said = { .outcome = ERRAND_DONE };
    if (!has_agreed (job, key) && is_over (job)) {
      note_late (job, entry, all);
      continue;
    }
    if (!has_agreed (job, key))
      ask_one (job, entry, &said);
    if (said.outcome == ERRAND_DONE)
      json_array_append_new (job->agreed, json_string (key));
    balancer_join (all, &said, job->arena);
  }
}

static const char *
state_text (const Job *job)
{
  g_autoptr (json_t) state = json_object ();
  gboolean keeps = is_late (job) || json_object_get (job->kept, "agreed") != NULL;
  if (json_object_size (job->since) > 0)
    json_object_set (state, "since", job->since);
  if (keeps && json_array_size (job->agreed) > 0)
    json_object_set (state, "agreed", job->agreed);
  if (json_object_size (state) == 0)
    return NULL;
  char *text = json_dumps (state, JSON_COMPACT | JSON_SORT_KEYS);
  const char *copy = arena_strdup (job->arena, text);
  free (text);
  return copy;
}

void
balancers_perform (gpointer data, const ErrandRecord *errand, gint64 end_us, Arena *arena,
                   ErrandResult *out)
{
  const char *kept = errand->state_json;
  g_autoptr (json_t) request =
      json_doc_parse (errand->request_json, strlen (errand->request_json), NULL, NULL);
  g_autoptr (json_t) state = kept == NULL ? NULL : json_doc_parse (kept, strlen (kept), NULL, NULL);
  g_autoptr (json_t) since = json_object ();
  g_autoptr (json_t) agreed = json_array ();
  const Job job = { data, errand, end_us, request, state, since, agreed, arena };
  BalancerSaid said;
  if (json_doc_text (request, "targetId") == NULL) { /* the engine wrote it: this is no bad input */
    *out = (ErrandResult){ .outcome = ERRAND_REFUSED,
                           .code = DEPLOYMENT_ERROR_INTERNAL_ERROR,
                           .message = "the errand names no target" };
    return;
  }
  ask_all (&job, &said);
  *out = (ErrandResult){
    .outcome = said.outcome,
    .again_ms = said.again_ms,
    .message = said.message,
    .code = said.code,
    .state_json = state_text (&job),
  };
}
