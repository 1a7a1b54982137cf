#include "server/host-commands/command-hub.h"

#include <string.h>

#define SEEN_AT_LEAST 1024

/* A command and its texts; shared between the hub and an answer that is on its way. */
typedef struct {
  HubCommand view;
  char *host_arn, *command_id, *deployment_id, *name;
} Offer;

/* A host that polls or has a command; others are not here. */
typedef struct {
  char *arn;
  Offer *offer;        /* NULL: no command */
  gint64 delivered_ms; /* when it was handed out; counts while leased */
  gboolean leased;     /* handed out and not yet acknowledged */
  gboolean by_answer;  /* the lease began with the answer to a report */
  HubPoll poll;        /* answer NULL: none is parked */
  gint64 deadline_ms;
  GList parked_link, leased_link; /* in the hub's queues; data is the host itself */
} Host;

struct CommandHub {
  CommandHubConfig config;
  GMutex lock; /* of all below */
  GHashTable *hosts;
  GQueue parked;      /* by deadline: every poll waits for the same time */
  GQueue leased;      /* by delivery */
  GHashTable *seen;   /* host's ARN -> gint64 of its last poll */
  guint seen_at_most; /* with more than so many, those that were not seen for long are forgotten */
  gint64 since_ms;
  gboolean closed;
};

/* What is said once the lock is released. */
typedef struct {
  HubAnswer answer;
  gpointer data;
  Offer *offer;
} Saying;

static void
offer_clear (gpointer data)
{
  Offer *offer = data;
  g_free (offer->host_arn);
  g_free (offer->command_id);
  g_free (offer->deployment_id);
  g_free (offer->name);
}

static Offer *
offer_new (const HubCommand *command)
{
  Offer *offer = g_atomic_rc_box_new0 (Offer);
  offer->host_arn = g_strdup (command->host_arn);
  offer->command_id = g_strdup (command->command_id);
  offer->deployment_id = g_strdup (command->deployment_id);
  offer->name = g_strdup (command->name);
  offer->view =
      (HubCommand){ offer->host_arn, offer->command_id, offer->deployment_id, offer->name };
  return offer;
}

static void
offer_unref (Offer *offer)
{
  if (offer != NULL)
    g_atomic_rc_box_release_full (offer, offer_clear);
}

static void
host_free (gpointer data)
{
  Host *host = data;
  offer_unref (host->offer);
  g_free (host->arn);
  g_free (host);
}

CommandHub *
command_hub_new (const CommandHubConfig *config)
{
  CommandHub *hub = g_new0 (CommandHub, 1);
  hub->config = *config;
  g_mutex_init (&hub->lock);
  hub->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, host_free);
  hub->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  hub->seen_at_most = SEEN_AT_LEAST;
  hub->since_ms = ambient_now_ms (config->ambient);
  g_queue_init (&hub->parked);
  g_queue_init (&hub->leased);
  return hub;
}

void
command_hub_free (CommandHub *hub)
{
  if (hub == NULL)
    return;
  g_assert (hub->parked.length == 0);
  g_hash_table_unref (hub->hosts);
  g_hash_table_unref (hub->seen);
  g_mutex_clear (&hub->lock);
  g_free (hub);
}

static Host *
get_host (CommandHub *hub, const char *host_arn)
{
  Host *host = g_hash_table_lookup (hub->hosts, host_arn);
  if (host == NULL) {
    host = g_new0 (Host, 1);
    host->arn = g_strdup (host_arn);
    host->parked_link.data = host->leased_link.data = host;
    g_hash_table_insert (hub->hosts, host->arn, host);
  }
  return host;
}

static void
forget_if_idle (CommandHub *hub, Host *host)
{
  if (host->offer == NULL && host->poll.answer == NULL)
    g_hash_table_remove (hub->hosts, host->arn);
}

static void
end_lease (CommandHub *hub, Host *host)
{
  if (!host->leased)
    return;
  g_queue_unlink (&hub->leased, &host->leased_link);
  host->leased = FALSE;
}

/* Ends the parked poll; what to say to it goes to sayings. */
static void
unpark (CommandHub *hub, Host *host, Offer *offer, GArray *sayings)
{
  const Saying saying = { host->poll.answer, host->poll.data,
                          offer != NULL ? g_atomic_rc_box_acquire (offer) : NULL };
  g_array_append_val (sayings, saying);
  g_queue_unlink (&hub->parked, &host->parked_link);
  host->poll = (HubPoll){ NULL };
  metrics_add (hub->config.metrics, METRIC_POLLS_PARKED, -1);
}

static void
begin_lease (CommandHub *hub, Host *host, gboolean by_answer)
{
  host->delivered_ms = ambient_now_ms (hub->config.ambient);
  host->leased = TRUE;
  host->by_answer = by_answer;
  g_queue_push_tail_link (&hub->leased, &host->leased_link);
  metrics_add (hub->config.metrics, METRIC_COMMANDS_DELIVERED, 1);
}

/* Hands the host's command to its parked poll, if there are both and it is not out already. It stays when nobody is there
 * to take it. */
static void
deliver (CommandHub *hub, Host *host, GArray *sayings)
{
  if (host->offer == NULL || host->poll.answer == NULL || host->leased)
    return;
  if (host->poll.is_gone != NULL && host->poll.is_gone (host->poll.data)) {
    unpark (hub, host, NULL, sayings);
    return;
  }
  unpark (hub, host, host->offer, sayings);
  begin_lease (hub, host, FALSE);
}

static GArray *
lock (CommandHub *hub)
{
  g_mutex_lock (&hub->lock);
  return g_array_new (FALSE, FALSE, sizeof (Saying));
}

static void
unlock_and_say (CommandHub *hub, GArray *sayings)
{
  g_mutex_unlock (&hub->lock);
  for (guint i = 0; i < sayings->len; i++) {
    Saying *saying = &g_array_index (sayings, Saying, i);
    saying->answer (saying->data, saying->offer != NULL ? &saying->offer->view : NULL);
    offer_unref (saying->offer);
  }
  g_array_unref (sayings);
}

static gboolean
was_seen_before (gpointer host_arn, gpointer seen_ms, gpointer ms)
{
  return *(const gint64 *)seen_ms < *(const gint64 *)ms;
}

/* Instances come and go: they are not remembered for ever. As many again must come until it is looked anew. */
static void
forget_unseen (CommandHub *hub)
{
  gint64 before_ms = ambient_now_ms (hub->config.ambient) - HUB_REMEMBERS_MS;
  if (g_hash_table_size (hub->seen) < hub->seen_at_most)
    return;
  g_hash_table_foreach_remove (hub->seen, was_seen_before, &before_ms);
  hub->seen_at_most = MAX (SEEN_AT_LEAST, 2 * g_hash_table_size (hub->seen));
}

static void
note_seen (CommandHub *hub, const char *host_arn)
{
  gint64 *seen_ms = g_hash_table_lookup (hub->seen, host_arn);
  if (seen_ms == NULL) {
    forget_unseen (hub);
    seen_ms = g_new (gint64, 1);
    g_hash_table_insert (hub->seen, g_strdup (host_arn), seen_ms);
  }
  *seen_ms = ambient_now_ms (hub->config.ambient);
}

gint64
command_hub_last_seen (CommandHub *hub, const char *host_arn)
{
  g_mutex_lock (&hub->lock);
  const Host *host = g_hash_table_lookup (hub->hosts, host_arn);
  const gint64 *seen_ms = g_hash_table_lookup (hub->seen, host_arn);
  gint64 last_ms = host != NULL && host->poll.answer != NULL ? ambient_now_ms (hub->config.ambient)
                   : seen_ms != NULL                         ? *seen_ms
                                                             : 0;
  g_mutex_unlock (&hub->lock);
  return last_ms;
}

gint64
command_hub_since (const CommandHub *hub)
{
  return hub->since_ms;
}

void
command_hub_poll (CommandHub *hub, const char *host_arn, const HubPoll *poll)
{
  GArray *sayings = lock (hub);
  if (hub->closed) {
    const Saying saying = { poll->answer, poll->data, NULL };
    g_array_append_val (sayings, saying);
  } else {
    Host *host = get_host (hub, host_arn);
    note_seen (hub, host_arn);
    if (host->poll.answer != NULL)
      unpark (hub, host, NULL, sayings);
    host->poll = *poll;
    host->deadline_ms = ambient_now_ms (hub->config.ambient) + hub->config.poll_wait_ms;
    g_queue_push_tail_link (&hub->parked, &host->parked_link);
    metrics_add (hub->config.metrics, METRIC_POLLS_PARKED, 1);
    deliver (hub, host, sayings);
  }
  unlock_and_say (hub, sayings);
}

void
command_hub_offer (CommandHub *hub, const HubCommand *command)
{
  GArray *sayings = lock (hub);
  Host *host = get_host (hub, command->host_arn);
  end_lease (hub, host);
  offer_unref (host->offer);
  host->offer = offer_new (command);
  deliver (hub, host, sayings);
  unlock_and_say (hub, sayings);
}

void
command_hub_withdraw (CommandHub *hub, const char *host_arn, const char *command_id)
{
  g_mutex_lock (&hub->lock);
  Host *host = g_hash_table_lookup (hub->hosts, host_arn);
  if (host != NULL && host->offer != NULL && strcmp (host->offer->command_id, command_id) == 0) {
    end_lease (hub, host);
    offer_unref (g_steal_pointer (&host->offer));
    forget_if_idle (hub, host);
  }
  g_mutex_unlock (&hub->lock);
}

const HubCommand *
command_hub_take (CommandHub *hub, const char *host_arn, Arena *arena)
{
  Offer *offer = NULL;
  g_mutex_lock (&hub->lock);
  Host *host = hub->closed ? NULL : g_hash_table_lookup (hub->hosts, host_arn);
  if (host != NULL && host->offer != NULL && (!host->leased || host->by_answer)) {
    offer = g_atomic_rc_box_acquire (host->offer);
    end_lease (hub, host);
    begin_lease (hub, host, TRUE);
  }
  g_mutex_unlock (&hub->lock);
  if (offer == NULL)
    return NULL;
  HubCommand *command = arena_new0 (arena, HubCommand);
  *command = (HubCommand){ .host_arn = arena_strdup (arena, offer->host_arn),
                           .command_id = arena_strdup (arena, offer->command_id),
                           .deployment_id = arena_strdup (arena, offer->deployment_id),
                           .name = arena_strdup (arena, offer->name) };
  offer_unref (offer);
  return command;
}

gboolean
command_hub_knows (CommandHub *hub, const char *host_arn, const char *deployment_id)
{
  g_mutex_lock (&hub->lock);
  const Host *host = g_hash_table_lookup (hub->hosts, host_arn);
  gboolean knows = host != NULL && host->offer != NULL &&
                   strcmp (host->offer->deployment_id, deployment_id) == 0;
  g_mutex_unlock (&hub->lock);
  return knows;
}

void
command_hub_dismiss (CommandHub *hub, const char *host_arn)
{
  GArray *sayings = lock (hub);
  Host *host = g_hash_table_lookup (hub->hosts, host_arn);
  if (host != NULL && host->poll.answer != NULL) {
    unpark (hub, host, NULL, sayings);
    forget_if_idle (hub, host);
  }
  unlock_and_say (hub, sayings);
}

static gint64
until_next (CommandHub *hub, gint64 now_ms)
{
  gint64 next_ms = G_MAXINT64;
  if (hub->parked.head != NULL)
    next_ms = ((Host *)hub->parked.head->data)->deadline_ms;
  if (hub->leased.head != NULL)
    next_ms = MIN (next_ms, ((Host *)hub->leased.head->data)->delivered_ms + hub->config.lease_ms);
  return next_ms == G_MAXINT64 ? -1 : CLAMP (next_ms - now_ms, 1, 1000);
}

gint64
command_hub_tick (CommandHub *hub)
{
  GArray *sayings = lock (hub);
  gint64 now_ms = ambient_now_ms (hub->config.ambient);
  while (hub->leased.head != NULL) {
    Host *host = hub->leased.head->data;
    if (host->delivered_ms + hub->config.lease_ms > now_ms)
      break;
    end_lease (hub, host);
    deliver (hub, host, sayings);
  }
  while (hub->parked.head != NULL) {
    Host *host = hub->parked.head->data;
    if (host->deadline_ms > now_ms)
      break;
    unpark (hub, host, NULL, sayings);
    forget_if_idle (hub, host);
  }
  gint64 wait_ms = until_next (hub, now_ms);
  unlock_and_say (hub, sayings);
  return wait_ms;
}

void
command_hub_close (CommandHub *hub)
{
  GArray *sayings = lock (hub);
  hub->closed = TRUE;
  while (hub->parked.head != NULL) {
    Host *host = hub->parked.head->data;
    unpark (hub, host, NULL, sayings);
    forget_if_idle (hub, host);
  }
  unlock_and_say (hub, sayings);
}

gsize
command_hub_n_parked (CommandHub *hub)
{
  g_mutex_lock (&hub->lock);
  gsize n = hub->parked.length;
  g_mutex_unlock (&hub->lock);
  return n;
}

static void
count_offer (gpointer key, gpointer value, gpointer n)
{
  if (((Host *)value)->offer != NULL)
    ++*(gsize *)n;
}

gsize
command_hub_n_offered (CommandHub *hub)
{
  gsize n = 0;
  g_mutex_lock (&hub->lock);
  g_hash_table_foreach (hub->hosts, count_offer, &n);
  g_mutex_unlock (&hub->lock);
  return n;
}
