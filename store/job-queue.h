#pragma once

#include "store/store.h"

/* The works that a store has been given and has not finished: what all drivers have in common. Private to store/.
 *
 * A driver starts its threads here; each takes jobs, runs them in transactions of its database, and gives them back to
 * job_queue_finish, which runs the commit hooks and done. What a transaction is, how many works share one and what is
 * tried again is the driver's.
 *
 * Threads: job_queue_* any, but where it says otherwise. A Job belongs to the thread that took it. */

typedef struct {
  void (*fn) (gpointer data);
  gpointer data;
  GDestroyNotify destroy;
} CommitHook;

/* A submitted work until its done has returned. */
typedef struct Job Job;
struct Job {
  Job *next;
  StoreMode mode;
  StoreWork work;
  StoreDone done;
  gpointer data;
  GArray *hooks; /* CommitHook; NULL: none */
  GError *error; /* the verdict of the last attempt; NULL: committed */
};

void job_on_commit (Job *job, void (*fn) (gpointer data), gpointer data, GDestroyNotify destroy);
/* Before the work is run again: without its hooks and its verdict. */
void job_forget_attempt (Job *job);

typedef struct {
  Job *head;
  Job *tail;
  guint length;
} JobList;

void job_list_append (JobList *list, Job *job);
/* The first, or NULL. */
Job *job_list_take (JobList *list);

typedef struct JobQueue JobQueue;

typedef enum {
  JOB_QUEUE_READS_APART,      /* reads have threads of their own */
  JOB_QUEUE_READS_WITH_WRITES /* reads are taken as writes, in the order of submission */
} JobQueueKind;

JobQueue *job_queue_new (JobQueueKind kind) G_GNUC_WARN_UNUSED_RESULT;
/* Its threads have ended. NULL is fine. */
void job_queue_free (JobQueue *queue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JobQueue, job_queue_free)

void job_queue_start_thread (JobQueue *queue, const char *name, GThreadFunc main, gpointer data);
gboolean job_queue_owns_thread (JobQueue *queue);
/* Waits until nothing is unfinished, then ends the threads and waits for them. */
void job_queue_stop (JobQueue *queue);

void job_queue_submit (JobQueue *queue, StoreMode mode, StoreWork work, StoreDone done,
                       gpointer data);

/* A job that is not queued: who submits it runs it at once, and gives it to job_queue_finish. */
Job *job_queue_admit (JobQueue *queue, StoreMode mode, StoreWork work, StoreDone done,
                      gpointer data);

typedef enum {
  JOB_TAKE_WAITING, /* NULL only when the queue stops */
  JOB_TAKE_PRESENT  /* NULL when there is none now */
} JobTake;
Job *job_queue_take_write (JobQueue *queue, JobTake how);
Job *job_queue_take_read (JobQueue *queue);

/* Counts the job by its verdict; then hooks and done. The job is gone afterwards. */
void job_queue_finish (JobQueue *queue, Job *job);
/* The same for all of them, in order: all are counted before the first done is called. */
void job_queue_finish_all (JobQueue *queue, JobList *jobs);

void job_queue_count_commit (JobQueue *queue);
/* A commit that was sent and never answered. */
void job_queue_count_uncertain (JobQueue *queue);
void job_queue_get_stats (JobQueue *queue, StoreStats *out_stats);
