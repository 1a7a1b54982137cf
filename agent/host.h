#pragma once

#include "agent/identity.h"
#include "agent/log.h"
#include "agent/wire-log.h"
#include "core/install-plan.h"

/*
 * What everything in the agent is given: configuration, identity, log, clock; and the names and small files under
 * root_dir, in the official agent's layout and formats (agent.md 3.2, 3.12, 4.8), so that either agent can take over
 * from the other. All files are replaced atomically.
 *
 * Thread rule: the struct is filled by main before threads start and not changed after. The functions may be called from any thread
 * and block on the disk; two commands of one deployment group must not run at once (the server sees to that).
 */
typedef struct {
  const AgentConfig *config;
  const AgentIdentity *identity;
  AgentLog *log;
  const Ambient *ambient;
  const struct ScriptWatcher *watcher; /* agent/script-watcher.h; NULL: nobody looks on */
  WireLog *wire;                       /* NULL: requests are not traced */
} AgentHost;

char *host_group_dir (const AgentHost *host, const char *group_id, Arena *arena);
char *host_deployment_dir (const AgentHost *host, const char *group_id, const char *deployment_id,
                           Arena *arena);
char *host_archive_dir (const char *deployment_dir, Arena *arena);
char *host_instructions_file (const AgentHost *host, const char *group_id, Arena *arena);
char *host_cleanup_path (const AgentHost *host, const char *group_id, Arena *arena);
/* deployment-instructions: what is in it belongs to one group each, but for the installer's lock. */
char *host_instructions_dir (const AgentHost *host, Arena *arena);
/* NULL when the configuration switches it off. */
char *host_deployments_log (const AgentHost *host, Arena *arena);

typedef enum {
  HOST_LAST_SUCCESSFUL,
  HOST_MOST_RECENT
} HostPointer;

/* The deployment folder a pointer file names. *out is NULL when there is none (or an empty or damaged one). */
gboolean host_read_pointer (const AgentHost *host, const char *group_id, HostPointer which,
                            Arena *arena, const char **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean host_write_pointer (const AgentHost *host, const char *group_id, HostPointer which,
                             const char *deployment_dir, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The clean-up file: NULL in *out when there is none. An unterminated last line is ignored, a name's trailing blanks are kept. */
gboolean host_read_cleanup (const char *path, Arena *arena, const InstallCleanup **out,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Exact text of the AppSpec of an archive folder, by agent.md 3.9: the named file, else appspec.yaml, else appspec.yml. */
char *host_read_appspec (const char *archive_dir, const char *filename, gsize *out_length,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

#define HOST_ERROR (host_error_quark ())
GQuark host_error_quark (void);
typedef enum {
  HOST_ERROR_NO_APPSPEC,
  HOST_ERROR_FAILED
} HostError;
