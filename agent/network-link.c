#include "agent/network-link.h"

#include <glib/gstdio.h>
#include <unistd.h>

#define PATIENCE_US  (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define FRESH_FOR_MS 5000 /* the master looks whether the file has changed; asking costs little */

/* One that waits for its answer; borrowed by the link until then. */
typedef struct {
  guint32 serial;
  gint64 patient_until_us;
  gboolean answered;
  ChannelKind kind;
  int fd; /* of WORKER; -1 */
  Credentials *keys;
  char *text; /* of REFUSED */
} Question;

struct NetworkLinkWorker {
  NetworkLink *link;
  Question question;
};

struct NetworkLink {
  Channel *channel;
  GMutex lock; /* all below */
  GCond changed;
  gboolean ended;
  guint32 last_serial;
  GPtrArray *questions; /* borrowed from the threads that wait */
};

NetworkLink *
network_link_new (Channel *channel)
{
  NetworkLink *link = g_new0 (NetworkLink, 1);
  link->channel = channel;
  g_mutex_init (&link->lock);
  g_cond_init (&link->changed);
  link->questions = g_ptr_array_new ();
  return link;
}

void
network_link_free (NetworkLink *link)
{
  if (link == NULL)
    return;
  g_ptr_array_unref (link->questions);
  g_cond_clear (&link->changed);
  g_mutex_clear (&link->lock);
  g_free (link);
}

static Question *
find_question (NetworkLink *link, guint32 serial)
{
  for (guint i = 0; i < link->questions->len; i++) {
    Question *question = g_ptr_array_index (link->questions, i);
    if (question->serial == serial)
      return question;
  }
  return NULL;
}

void
network_link_take (NetworkLink *link, const ChannelMessage *answer, int fd)
{
  g_mutex_lock (&link->lock);
  Question *question = find_question (link, answer->serial);
  if (question != NULL && !question->answered) {
    question->answered = TRUE;
    question->kind = answer->kind;
    question->fd = fd;
    fd = -1;
    if (answer->kind == CHANNEL_KEYS)
      question->keys =
          credentials_new (answer->access_key_id, answer->secret_access_key, answer->session_token);
    question->text = g_strdup (answer->text);
    g_cond_broadcast (&link->changed);
  }
  g_mutex_unlock (&link->lock);
  if (fd >= 0) /* whoever asked waits no more */
    close (fd);
}

void
network_link_end (NetworkLink *link)
{
  g_mutex_lock (&link->lock);
  link->ended = TRUE;
  g_cond_broadcast (&link->changed);
  g_mutex_unlock (&link->lock);
}

/* Sends a question of that kind. When it is sent, it has to be awaited. */
static gboolean
ask (NetworkLink *link, ChannelKind kind, Question *question, GError **error)
{
  g_mutex_lock (&link->lock);
  *question = (Question){ .serial = ++link->last_serial,
                          .patient_until_us = g_get_monotonic_time () + PATIENCE_US,
                          .fd = -1 };
  g_ptr_array_add (link->questions, question);
  g_mutex_unlock (&link->lock);

  ChannelMessage message = { .kind = kind, .serial = question->serial };
  if (channel_send (link->channel, &message, -1, error))
    return TRUE;
  g_mutex_lock (&link->lock);
  g_ptr_array_remove_fast (link->questions, question);
  g_mutex_unlock (&link->lock);
  return FALSE;
}

/* TRUE: it is answered with the kind that is wanted. */
static gboolean
await (NetworkLink *link, Question *question, ChannelKind wanted, GError **error)
{
  g_mutex_lock (&link->lock);
  while (!question->answered && !link->ended)
    if (!g_cond_wait_until (&link->changed, &link->lock, question->patient_until_us))
      break;
  g_ptr_array_remove_fast (link->questions, question);
  g_mutex_unlock (&link->lock);

  if (question->answered && question->kind == wanted)
    return TRUE;
  if (question->kind == CHANNEL_REFUSED)
    g_set_error (error, CHANNEL_ERROR, CHANNEL_ERROR_FAILED, "%s", question->text);
  else
    g_set_error_literal (error, CHANNEL_ERROR, CHANNEL_ERROR_ENDED,
                         "the agent's main process does not answer");
  return FALSE;
}

static void
question_clear (Question *question)
{
  g_clear_pointer (&question->text, g_free);
  g_clear_pointer (&question->keys, credentials_free);
  if (question->fd >= 0)
    close (question->fd);
  question->fd = -1;
}

Channel *
network_link_conversation (int fd)
{
  return channel_new (fd, CHANNEL_WORKER_TO_NETWORK, CHANNEL_NETWORK_TO_WORKER);
}

NetworkLinkWorker *
network_link_ask_worker (NetworkLink *link, GError **error)
{
  NetworkLinkWorker *worker = g_new0 (NetworkLinkWorker, 1);
  worker->link = link;
  if (ask (link, CHANNEL_WANT_WORKER, &worker->question, error))
    return worker;
  g_free (worker);
  return NULL;
}

Channel *
network_link_await_worker (NetworkLinkWorker *worker, GError **error)
{
  Question *question = &worker->question;
  Channel *channel = NULL;

  if (await (worker->link, question, CHANNEL_WORKER, error))
    channel = network_link_conversation (g_steal_fd (&question->fd));
  question_clear (question);
  g_free (worker);
  return channel;
}

typedef struct {
  NetworkLink *link;
  NetworkLinkKeys which;
  const Ambient *ambient;
} KeysContext;

static gboolean
fetch_keys (gpointer ctx, CredentialsAnswer *out, GError **error)
{
  const KeysContext *context = ctx;
  Question question;
  g_autoptr (GError) problem = NULL;
  gboolean ok = ask (context->link, CHANNEL_WANT_KEYS, &question, &problem) &&
                await (context->link, &question, CHANNEL_KEYS, &problem);

  if (ok) {
    *out = (CredentialsAnswer){ g_steal_pointer (&question.keys),
                                ambient_now_ms (context->ambient) + FRESH_FOR_MS, 0 };
  } else {
    gboolean none =
        question.kind == CHANNEL_REFUSED && context->which == NETWORK_LINK_OTHERS_FOLLOW;
    g_set_error_literal (error, CREDENTIALS_SOURCE_ERROR,
                         none ? CREDENTIALS_SOURCE_ERROR_NONE : CREDENTIALS_SOURCE_ERROR_FAILED,
                         problem->message);
  }
  question_clear (&question);
  return ok;
}

CredentialsProvider
network_link_keys (NetworkLink *link, NetworkLinkKeys which, const Ambient *ambient)
{
  KeysContext *context = g_new0 (KeysContext, 1);
  *context = (KeysContext){ link, which, ambient };
  return (CredentialsProvider){
    .name = "this host's files", .fetch = fetch_keys, .free_ctx = g_free, .ctx = context
  };
}
