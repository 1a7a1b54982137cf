#include "agent/worker-set.h"

#include <unistd.h>

#include "agent/log-file.h"
#include "agent/recovery.h"

typedef struct {
  Part *part;
  WorkerPurpose purpose;
} Worker;

struct WorkerSet {
  WorkerSetSettings settings;
  GArray *workers; /* of Worker */
};

WorkerSet *
worker_set_new (const WorkerSetSettings *settings)
{
  WorkerSet *set = g_new0 (WorkerSet, 1);
  set->settings = *settings;
  set->workers = g_array_new (FALSE, FALSE, sizeof (Worker));
  return set;
}

void
worker_set_free (WorkerSet *set)
{
  if (set == NULL)
    return;
  g_array_unref (set->workers);
  g_free (set);
}

/* What a forked worker has: its channel and the log. */
static void
become_worker (const WorkerSetSettings *settings, int fd)
{
  const AgentHost *host = settings->context.host;
  int kept[1 + 2 * LOG_FILE_DESCRIPTORS] = { fd };
  gsize n = 1;

  if (settings->mode != PARTS_ARE_PROCESSES)
    return;
  g_autofree char *title =
      g_strdup_printf ("codedeploy-agent: worker of master %d", (int)getppid ());
  process_title_set (settings->title, title);
  n += agent_log_descriptors (host->log, kept + n);
  n += wire_log_descriptors (host->wire, kept + n);
  part_keep_only (kept, n);
}

static int
command_worker (gconstpointer ctx, int fd)
{
  const WorkerSetSettings *settings = ctx;
  become_worker (settings, fd);
  return worker_run (&settings->context, worker_channel (fd));
}

static int
first_recovery (gconstpointer ctx, int fd)
{
  const WorkerSetSettings *settings = ctx;
  become_worker (settings, fd);
  return recovery_run (&settings->context, worker_channel (fd), RECOVERY_AT_START);
}

static int
later_recovery (gconstpointer ctx, int fd)
{
  const WorkerSetSettings *settings = ctx;
  become_worker (settings, fd);
  return recovery_run (&settings->context, worker_channel (fd),
                       settings->mode == PARTS_ARE_PROCESSES ? RECOVERY_BESIDE_WORKERS
                                                             : RECOVERY_BESIDE_THREADS);
}

int
worker_set_start (WorkerSet *set, WorkerPurpose purpose, GError **error)
{
  static const PartMain mains[] = {
    [WORKER_FOR_COMMAND] = command_worker,
    [WORKER_FOR_FIRST_RECOVERY] = first_recovery,
    [WORKER_FOR_LATER_RECOVERY] = later_recovery,
  };
  int ours, theirs;

  if (!channel_pair (&ours, &theirs, error))
    return -1;
  Worker worker = { part_start (set->settings.mode, mains[purpose], &set->settings, ours, error),
                    purpose };
  if (worker.part == NULL) {
    close (theirs);
    return -1;
  }
  g_array_append_val (set->workers, worker);
  return theirs;
}

guint
worker_set_commands (const WorkerSet *set)
{
  guint n = 0;
  for (guint i = 0; i < set->workers->len; i++)
    n += g_array_index (set->workers, Worker, i).purpose == WORKER_FOR_COMMAND;
  return n;
}

guint
worker_set_recoveries (const WorkerSet *set)
{
  return set->workers->len - worker_set_commands (set);
}

guint
worker_set_size (const WorkerSet *set)
{
  return set->workers->len;
}

int
worker_set_end_fd (const WorkerSet *set, guint index)
{
  return part_end_fd (g_array_index (set->workers, Worker, index).part);
}

WorkerEnd
worker_set_end (WorkerSet *set, guint index)
{
  Worker worker = g_array_index (set->workers, Worker, index);
  g_array_remove_index_fast (set->workers, index);
  pid_t pid = part_pid (worker.part);
  int status = part_end (worker.part);

  if (status != WORKER_DONE && status != WORKER_LEFT)
    agent_log (set->settings.context.host->log, AGENT_LOG_ERROR,
               "worker %d has ended unexpectedly (%s %d)", (int)pid,
               status >= PART_KILLED ? "signal" : "status",
               status >= PART_KILLED ? status - PART_KILLED : status);
  return (WorkerEnd){ worker.purpose != WORKER_FOR_COMMAND, status != WORKER_DONE };
}
