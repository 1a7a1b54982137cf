#include "store/job-queue.h"

struct JobQueue {
  JobQueueKind kind;
  GPtrArray *threads; /* GThread */

  GMutex lock; /* guards all that follows */
  GCond write_cond;
  GCond read_cond;
  GCond idle_cond;
  JobList writes;
  JobList reads;
  guint64 unfinished; /* submitted and done not yet returned */
  gboolean stopping;
  StoreStats stats;
};

void
job_list_append (JobList *list, Job *job)
{
  job->next = NULL;
  if (list->tail != NULL)
    list->tail->next = job;
  else
    list->head = job;
  list->tail = job;
  list->length++;
}

Job *
job_list_take (JobList *list)
{
  Job *job = list->head;
  if (job == NULL)
    return NULL;
  list->head = job->next;
  if (list->head == NULL)
    list->tail = NULL;
  list->length--;
  job->next = NULL;
  return job;
}

/* --- one job --- */

void
job_on_commit (Job *job, void (*fn) (gpointer), gpointer data, GDestroyNotify destroy)
{
  if (job->hooks == NULL)
    job->hooks = g_array_new (FALSE, FALSE, sizeof (CommitHook));
  CommitHook hook = { .fn = fn, .data = data, .destroy = destroy };
  g_array_append_val (job->hooks, hook);
}

static void
job_drop_hooks (Job *job)
{
  if (job->hooks == NULL)
    return;
  for (guint i = 0; i < job->hooks->len; i++) {
    CommitHook *hook = &g_array_index (job->hooks, CommitHook, i);
    if (hook->destroy != NULL)
      hook->destroy (hook->data);
  }
  g_clear_pointer (&job->hooks, g_array_unref);
}

void
job_forget_attempt (Job *job)
{
  job_drop_hooks (job);
  g_clear_error (&job->error);
}

/* --- the queue --- */

JobQueue *
job_queue_new (JobQueueKind kind)
{
  JobQueue *queue = g_new0 (JobQueue, 1);
  queue->kind = kind;
  queue->threads = g_ptr_array_new ();
  g_mutex_init (&queue->lock);
  g_cond_init (&queue->write_cond);
  g_cond_init (&queue->read_cond);
  g_cond_init (&queue->idle_cond);
  return queue;
}

void
job_queue_free (JobQueue *queue)
{
  if (queue == NULL)
    return;
  g_ptr_array_unref (queue->threads);
  g_mutex_clear (&queue->lock);
  g_cond_clear (&queue->write_cond);
  g_cond_clear (&queue->read_cond);
  g_cond_clear (&queue->idle_cond);
  g_free (queue);
}

void
job_queue_start_thread (JobQueue *queue, const char *name, GThreadFunc main, gpointer data)
{
  g_ptr_array_add (queue->threads, g_thread_new (name, main, data));
}

gboolean
job_queue_owns_thread (JobQueue *queue)
{
  return g_ptr_array_find (queue->threads, g_thread_self (), NULL);
}

void
job_queue_stop (JobQueue *queue)
{
  g_mutex_lock (&queue->lock);
  while (queue->unfinished > 0)
    g_cond_wait (&queue->idle_cond, &queue->lock);
  queue->stopping = TRUE;
  g_cond_broadcast (&queue->write_cond);
  g_cond_broadcast (&queue->read_cond);
  g_mutex_unlock (&queue->lock);
  for (guint i = 0; i < queue->threads->len; i++)
    g_thread_join (g_ptr_array_index (queue->threads, i));
  g_ptr_array_set_size (queue->threads, 0);
}

static Job *
job_new (StoreMode mode, StoreWork work, StoreDone done, gpointer data)
{
  Job *job = g_new0 (Job, 1);
  *job = (Job){ .mode = mode, .work = work, .done = done, .data = data };
  return job;
}

Job *
job_queue_admit (JobQueue *queue, StoreMode mode, StoreWork work, StoreDone done, gpointer data)
{
  g_mutex_lock (&queue->lock);
  g_assert (!queue->stopping);
  queue->unfinished++;
  g_mutex_unlock (&queue->lock);
  return job_new (mode, work, done, data);
}

void
job_queue_submit (JobQueue *queue, StoreMode mode, StoreWork work, StoreDone done, gpointer data)
{
  Job *job = job_new (mode, work, done, data);
  g_mutex_lock (&queue->lock);
  g_assert (!queue->stopping);
  queue->unfinished++;
  if (mode == STORE_READ && queue->kind == JOB_QUEUE_READS_APART) {
    job_list_append (&queue->reads, job);
    g_cond_signal (&queue->read_cond);
  } else {
    job_list_append (&queue->writes, job);
    g_cond_signal (&queue->write_cond);
  }
  g_mutex_unlock (&queue->lock);
}

Job *
job_queue_take_write (JobQueue *queue, JobTake how)
{
  g_mutex_lock (&queue->lock);
  while (how == JOB_TAKE_WAITING && queue->writes.head == NULL && !queue->stopping)
    g_cond_wait (&queue->write_cond, &queue->lock);
  Job *job = job_list_take (&queue->writes);
  g_mutex_unlock (&queue->lock);
  return job;
}

Job *
job_queue_take_read (JobQueue *queue)
{
  g_mutex_lock (&queue->lock);
  while (queue->reads.head == NULL && !queue->stopping)
    g_cond_wait (&queue->read_cond, &queue->lock);
  Job *job = job_list_take (&queue->reads);
  g_mutex_unlock (&queue->lock);
  return job;
}

/* --- the end of a job --- */

static void
count_job (JobQueue *queue, const Job *job)
{
  if (job->mode == STORE_READ)
    queue->stats.reads++;
  else if (job->error == NULL)
    queue->stats.works++;
  else
    queue->stats.rolled_back++;
}

static void
end_job (JobQueue *queue, Job *job)
{
  if (job->error == NULL && job->hooks != NULL) {
    for (guint i = 0; i < job->hooks->len; i++) {
      CommitHook *hook = &g_array_index (job->hooks, CommitHook, i);
      hook->fn (hook->data);
    }
  }
  job_drop_hooks (job);
  if (job->done != NULL)
    job->done (job->data, job->error);
  g_mutex_lock (&queue->lock);
  if (--queue->unfinished == 0)
    g_cond_broadcast (&queue->idle_cond);
  g_mutex_unlock (&queue->lock);
  g_clear_error (&job->error);
  g_free (job);
}

void
job_queue_finish (JobQueue *queue, Job *job)
{
  g_mutex_lock (&queue->lock);
  count_job (queue, job);
  g_mutex_unlock (&queue->lock);
  end_job (queue, job);
}

void
job_queue_finish_all (JobQueue *queue, JobList *jobs)
{
  g_mutex_lock (&queue->lock);
  for (const Job *job = jobs->head; job != NULL; job = job->next)
    count_job (queue, job);
  g_mutex_unlock (&queue->lock);
  Job *job;
  while ((job = job_list_take (jobs)) != NULL)
    end_job (queue, job);
}

/* --- counting --- */

void
job_queue_count_commit (JobQueue *queue)
{
  g_mutex_lock (&queue->lock);
  queue->stats.commits++;
  g_mutex_unlock (&queue->lock);
}

void
job_queue_count_uncertain (JobQueue *queue)
{
  g_mutex_lock (&queue->lock);
  queue->stats.uncertain++;
  g_mutex_unlock (&queue->lock);
}

void
job_queue_get_stats (JobQueue *queue, StoreStats *out_stats)
{
  g_mutex_lock (&queue->lock);
  *out_stats = queue->stats;
  out_stats->queued = queue->writes.length + queue->reads.length;
  g_mutex_unlock (&queue->lock);
}
