#pragma once

#include "agent/host.h"
#include "core/install-plan.h"

/*
 * Where an Install is, on disk, so that one that was cut off can be taken back or finished (agent.md 6.5). The files are in
 * deployment-instructions, of one group each, named after the state and ours alone:
 *
 *   <group>-journal             what is going to be done; written before anything is
 *   <group>-journal-committed   everything is staged, and is being put in place
 *   <group>-journal-back        something could not be put in place: all is being taken back
 *   <group>-journal-placed      everything is in place: what the old revision had besides goes
 *   <group>-journal-done        nothing is left to do; the command's result may not be recorded yet
 *
 * Each step is one rename, and on disk before the next thing happens. The last four are one file, which tells what must be known of things
 * on the host to repeat the way: which of them is which.
 *
 * Thread rule: any thread; a group's files belong to the one that runs its command. All functions block on the disk.
 */
typedef enum {
  INSTALL_JOURNAL_NONE,
  INSTALL_JOURNAL_STAGING,
  INSTALL_JOURNAL_COMMITTED,
  INSTALL_JOURNAL_BACK,
  INSTALL_JOURNAL_PLACED,
  INSTALL_JOURNAL_DONE
} InstallJournalState;

typedef struct {
  const char *deployment_id;
  const char *group_id;
  const char *failure; /* why the Install fails although all is put in place; NULL: it does not */
  const InstallPlan *plan;   /* read back: creations without their sources, and contexts */
  const InstallCleanup *old; /* never NULL */
} InstallJournal;

/* A thing on the host: no other has the same identity while it is there. */
typedef struct {
  guint64 device, inode;
} InstallIdentity;

typedef enum {
  INSTALL_MARK_ROOT, /* index of a creation: the folder that was staged for it */
  INSTALL_MARK_REMOVAL /* index of an entry of the old clean-up list: what was there when all was staged */
} InstallMarkKind;

typedef struct {
  InstallMarkKind kind;
  gsize index;
  InstallIdentity identity;
} InstallMark;

gboolean install_journal_begin (const AgentHost *host, const InstallJournal *journal,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* marks: InstallMark elements. */
gboolean install_journal_commit (const AgentHost *host, const InstallJournal *journal,
                                 const GArray *marks, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* From COMMITTED to BACK or PLACED, from PLACED to DONE. */
gboolean install_journal_advance (const AgentHost *host, const char *group_id,
                                  InstallJournalState from, InstallJournalState to, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

gboolean install_journal_state (const AgentHost *host, const char *group_id,
                                InstallJournalState *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Looks through all groups for the deployment's. out_group (in arena) is set when there is a file of it, whatever the state. */
gboolean install_journal_find (const AgentHost *host, const char *deployment_id, Arena *arena,
                               InstallJournalState *out, const char **out_group, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* In all states but DONE. NULL if and only if error is set: a damaged journal is an error. */
const InstallJournal *install_journal_read (const AgentHost *host, const char *group_id,
                                            Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* state: the one it is in, from COMMITTED on. InstallMark elements; the caller unrefs the array. */
GArray *install_journal_read_marks (const AgentHost *host, const char *group_id,
                                    InstallJournalState state, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The group's journal goes, in whatever state, with what a crash left of one half written; fine when there is none. */
gboolean install_journal_remove (const AgentHost *host, const char *group_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
