#include "agent/installer.h"

#include <unistd.h>

#include "agent/fs-atomic.h"
#include "agent/install-commit.h"
#include "agent/install-instructions.h"
#include "agent/install-journal.h"
#include "agent/install-lock.h"
#include "agent/install-permissions.h"
#include "agent/install-stage.h"
#include "agent/install-tree.h"
#include "agent/leftovers.h"
#include "core/install-layout.h"

typedef struct {
  const AgentHost *host;
  const DeploymentSpec *spec;
  Arena *arena;
  const char *archive_dir;
  const AppSpec *appspec;
  const InstallCleanup *cleanup; /* of the previous deployment; never NULL once read */
  const InstallPlan *plan;
} Install;

static gboolean
load_appspec (Install *install, GError **error)
{
  const DeploymentSpec *spec = install->spec;
  gsize n = 0;

  g_autofree char *text =
      host_read_appspec (install->archive_dir, spec->appspec_filename, &n, error);
  if (text == NULL)
    return FALSE;
  install->appspec = appspec_parse (text, n, install->arena, error);
  if (install->appspec == NULL) {
    g_prefix_error (error,
                    "the AppSpec file \"%s\" in \"%s\" is not valid: ", spec->appspec_filename,
                    install->archive_dir);
    return FALSE;
  }
  return install_plan_check_events (install->appspec, spec->possible_events,
                                    spec->n_possible_events, error);
}

static gboolean
compute_plan (Install *install, GError **error)
{
  InstallTree revision = install_tree_below (install->archive_dir);
  InstallTree on_host = install_tree_host ();
  InstallPlanInput input = {
    .appspec = install->appspec,
    .file_exists = install->spec->file_exists,
    .revision = &revision,
    .host = &on_host,
    .cleanup = install->cleanup,
  };
  install->plan = install_plan_compute (&input, install->arena, error);
  return install->plan != NULL;
}

static gboolean
read_cleanup (Install *install, GError **error)
{
  static const InstallCleanup nothing = { 0 };
  const char *path = host_cleanup_path (install->host, install->spec->group_id, install->arena);

  if (!host_read_cleanup (path, install->arena, &install->cleanup, error))
    return FALSE;
  if (install->cleanup == NULL)
    install->cleanup = &nothing;
  return TRUE;
}

static gboolean
write_instructions (const Install *install, GError **error)
{
  const char *path =
      host_instructions_file (install->host, install->spec->group_id, install->arena);
  return install_instructions_write (path, install->plan, install->archive_dir, error);
}

/* On the way of a failure, which is the one to tell. */
static void
forget_journal (const AgentHost *host, const char *group_id)
{
  g_autoptr (GError) ignored = NULL;
  if (!install_journal_remove (host, group_id, &ignored))
    agent_log (host->log, AGENT_LOG_WARN, "%s", ignored->message);
}

/* To the end, whatever fails on the way: then the journal is "done", or, of an Install that failed, gone. */
static gboolean
roll_forward (const InstallCommit *what, GError **error)
{
  const char *group_id = what->journal->group_id;
  g_autoptr (GError) ignored = NULL;

  if (!install_commit (what, error)) {
    forget_journal (what->host, group_id);
    return FALSE;
  }
  /* all is in place; a journal that still says "placed" leads to the same end */
  if (!install_journal_advance (what->host, group_id, INSTALL_JOURNAL_PLACED, INSTALL_JOURNAL_DONE,
                                &ignored))
    agent_log (what->host->log, AGENT_LOG_WARN, "%s", ignored->message);
  return TRUE;
}

static gboolean
stage (const AgentHost *host, const InstallStaging *staging, GArray *out_marks, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (install_stage (staging, out_marks, &problem))
    return TRUE;
  if (g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_EXIST)) {
    /* left over under our own hidden names, from an attempt that could not be taken back */
    install_stage_undo (host, staging->journal, staging->layout);
    g_clear_error (&problem);
    if (install_stage (staging, out_marks, &problem))
      return TRUE;
  }
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static gboolean
stage_and_commit (const Install *install, const InstallJournal *journal, GHashTable *owners,
                  GError **error)
{
  const AgentHost *host = install->host;
  const InstallLayout *layout =
      install_layout_compute (journal->plan, journal->old, install->arena);
  g_autoptr (GArray) marks = g_array_new (FALSE, FALSE, sizeof (InstallMark));
  InstallStaging staging = { host, journal, layout, install->archive_dir, owners };

  if (!install_journal_begin (host, journal, error)) {
    forget_journal (host, journal->group_id);
    return FALSE;
  }
  if (!stage (host, &staging, marks, error) ||
      !install_journal_commit (host, journal, marks, error)) {
    install_stage_undo (host, journal, layout);
    forget_journal (host, journal->group_id);
    return FALSE;
  }
  InstallCommit commit = { host, journal, layout, marks, INSTALL_COMMIT_FIRST };
  return roll_forward (&commit, error);
}

static gboolean
execute_plan (const Install *install, GError **error)
{
  g_autoptr (GError) problem = NULL;
  InstallPlan plan = *install->plan;
  InstallJournal journal = { .deployment_id = install->spec->deployment_id,
                             .group_id = install->spec->group_id,
                             .plan = &plan,
                             .old = install->cleanup };

  /* what comes after an unknown owner is not done; the copies are (agent.md 10.5, line 108) */
  g_autoptr (GHashTable) owners = install_permissions_resolve (install->plan, &plan.n, &problem);
  if (problem != NULL)
    journal.failure = problem->message;
  agent_log (install->host->log, AGENT_LOG_INFO,
             "installing %" G_GSIZE_FORMAT " files and folders; %" G_GSIZE_FORMAT
             " entries of the previous deployment go",
             plan.n_created, journal.old->n);
  return stage_and_commit (install, &journal, owners, error);
}

/* Of an Install that was cut off in this state. */
static gboolean
recover_commit (const AgentHost *host, const InstallJournal *journal, const InstallLayout *layout,
                InstallJournalState state, GError **error)
{
  g_autoptr (GArray) marks = install_journal_read_marks (host, journal->group_id, state, error);
  if (marks == NULL)
    return FALSE;
  InstallCommit commit = { host, journal, layout, marks,
                           state == INSTALL_JOURNAL_PLACED ? INSTALL_COMMIT_PLACED
                                                           : INSTALL_COMMIT_AGAIN };
  if (state != INSTALL_JOURNAL_BACK)
    return roll_forward (&commit, error);
  gboolean ok = install_commit_undo (&commit, error);
  forget_journal (host, journal->group_id);
  return ok;
}

static gboolean
recover_group (const AgentHost *host, const char *group_id, InstallJournalState state,
               InstallRecovery *out, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();

  *out = state == INSTALL_JOURNAL_DONE ? INSTALL_FINISHED : INSTALL_NOTHING_LEFT;
  if (state == INSTALL_JOURNAL_DONE)
    return TRUE;
  if (state == INSTALL_JOURNAL_NONE) /* a removal may have been cut off */
    return group_id == NULL || install_journal_remove (host, group_id, error);
  const InstallJournal *journal = install_journal_read (host, group_id, arena, error);
  if (journal == NULL)
    return FALSE;
  const InstallLayout *layout = install_layout_compute (journal->plan, journal->old, arena);
  gboolean goes_back = state == INSTALL_JOURNAL_STAGING || state == INSTALL_JOURNAL_BACK;
  agent_log (host->log, AGENT_LOG_WARN, "an Install that was cut off is %s",
             goes_back ? "taken back" : "finished");
  *out = goes_back ? INSTALL_ROLLED_BACK : INSTALL_FINISHED;
  if (state != INSTALL_JOURNAL_STAGING)
    return recover_commit (host, journal, layout, state, error);
  install_stage_undo (host, journal, layout);
  return install_journal_remove (host, group_id, error);
}

/* What an Install of the group left that nobody has recovered. */
static gboolean
clear_the_way (const Install *install, GError **error)
{
  const AgentHost *host = install->host;
  const char *group_id = install->spec->group_id;
  InstallJournalState state;
  InstallRecovery recovery;
  g_autoptr (GError) problem = NULL;

  if (!install_journal_state (host, group_id, &state, error))
    return FALSE;
  if (!recover_group (host, group_id, state, &recovery, &problem))
    agent_log (host->log, AGENT_LOG_WARN, "an earlier Install failed: %s", problem->message);
  return install_journal_remove (host, group_id, error);
}

static gboolean
run_locked (Install *install, GError **error)
{
  return clear_the_way (install, error) && load_appspec (install, error) &&
         read_cleanup (install, error) && compute_plan (install, error) &&
         write_instructions (install, error) && execute_plan (install, error);
}

gboolean
installer_run (const AgentHost *host, const DeploymentSpec *spec, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  Install install = { .host = host, .spec = spec, .arena = arena };

  const char *deployment_dir =
      host_deployment_dir (host, spec->group_id, spec->deployment_id, arena);
  g_autofree char *absolute =
      g_canonicalize_filename (host_archive_dir (deployment_dir, arena), NULL);
  install.archive_dir = absolute;
  int lock_fd = install_lock_hold (host, error);
  if (lock_fd < 0)
    return FALSE;
  gboolean ok = run_locked (&install, error);
  close (lock_fd);
  return ok;
}

gboolean
installer_recover (const AgentHost *host, const char *deployment_id, InstallRecovery *out,
                   GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  InstallJournalState state;
  const char *group_id = NULL;

  int lock_fd = install_lock_hold (host, error);
  if (lock_fd < 0)
    return FALSE;
  leftovers_remove_of_install (host);
  gboolean ok = install_journal_find (host, deployment_id, arena, &state, &group_id, error) &&
                recover_group (host, group_id, state, out, error);
  close (lock_fd);
  return ok;
}

gboolean
installer_settle (const AgentHost *host, const char *deployment_id, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  InstallJournalState state;
  const char *group_id;

  if (!install_journal_find (host, deployment_id, arena, &state, &group_id, error))
    return FALSE;
  return state == INSTALL_JOURNAL_NONE || install_journal_remove (host, group_id, error);
}
