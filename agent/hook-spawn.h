#pragma once

#include <glib.h>
#include <sys/types.h>

/*
 * Starts a script as a child process (agent.md 5.3, 5.4), in two steps: the process is made and set up, its parent is told its number and
 * may write it down, and only then the process becomes the script. A parent that dies in between takes the process with it, so
 * there is no script that nobody knows of.
 *
 * What a script finds, whatever the agent was started with:
 *
 *  - a process group and nothing else of its own: no session, no terminal;
 *  - standard input at its end (/dev/null), its two outputs, and no other descriptor;
 *  - "/" as its working directory: it is there for ever, and is what the official agent's unit gives;
 *  - umask 0022, all signals at their defaults and none blocked.
 *
 * As another user (user not NULL; the caller is root): the user's id, group and supplementary groups, switched by system calls. There is
 * no su in between, so neither the user's shell nor PAM has a say: a locked or expired account runs, and limits.conf, pam_env and
 * session modules do not apply; the script has the agent's limits. (A setting brings su back: see agent/config.h.) Whether that user may get
 * at the script is asked of the kernel, as that user, folder by folder, so that a refusal names the folder.
 *
 * A file without an interpreter line is run by /bin/sh.
 *
 * Thread rule: any thread, several at once. Blocks until the process has become the script or failed to.
 */
typedef struct {
  uid_t uid;
  gid_t gid;
  gsize n_groups;
  const gid_t *groups; /* all of them, gid among them */
} HookSpawnUser;

typedef struct {
  const char *const *argv; /* argv[0] is looked up on the agent's PATH when it has no slash */
  const char *const *envp;
  int stdout_fd, stderr_fd;  /* borrowed */
  const HookSpawnUser *user; /* NULL: as who runs this */
  int access; /* of argv[0], an absolute path, for user: R_OK, X_OK or both; 0: not asked beforehand */
  void (*started) (gpointer ctx,
                   pid_t pid); /* NULL: none; the process exists and leads its group, and waits */
  gpointer ctx;
} HookSpawn;

typedef enum {
  HOOK_SPAWN_PREPARING, /* pipes, memory, the process itself */
  HOOK_SPAWN_BECOMING_USER,
  HOOK_SPAWN_REACHING, /* the user may not pass a folder or use the file: the first refused_length bytes of argv[0] */
  HOOK_SPAWN_EXECUTING
} HookSpawnStage;

typedef struct {
  HookSpawnStage stage;
  int saved_errno;
  gsize refused_length;
} HookSpawnFailure;

/* The process's number, to be waited for by the caller; -1 with out_failure filled in (then nothing is left to wait for). */
pid_t hook_spawn (const HookSpawn *spawn, HookSpawnFailure *out_failure) G_GNUC_WARN_UNUSED_RESULT;
