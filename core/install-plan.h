#pragma once

#include "core/appspec.h"

/*
 * What Install will do, decided before anything is touched (agent.md 4.6, 4.7): an AppSpec, the revision's tree, the host as it
 * is and the list of what the previous deployment left become an ordered list of instructions, or an error that leaves the
 * host alone. The official agent removes the old revision first and plans afterwards; here the paths that the
 * clean-up is going to remove are worked out on paper (install_plan_removed) and count as absent. How a plan is carried out without the old
 * revision being touched is core/install-layout.h.
 *
 * The two trees are read through small tables of functions, so that plans are tested without a disk. Entries of a folder are
 * planned in byte order.
 *
 * Thread rule: any thread; a plan belongs to its arena.
 */
typedef enum {
  INSTALL_ABSENT,
  INSTALL_FILE, /* anything that is neither of the others */
  INSTALL_DIRECTORY,
  INSTALL_SYMLINK
} InstallKind;

/* An entry of a folder and its kind, links not followed. */
typedef struct {
  const char *name;
  InstallKind kind;
} InstallName;

typedef struct {
  gsize n;
  InstallName *names;
  gboolean
      is_pinned; /* something is mounted on the folder: it can be neither removed nor replaced */
} InstallNames;

/*
 * kind: of the thing itself, links not followed. followed_kind: of what it leads to (a dangling link: absent; never
 * INSTALL_SYMLINK). list: what is in a folder, without "." and "..", in arena. Paths are normalised: relative ones
 * ("" is the root) for the revision, absolute ones for the host. The revision needs no followed_kind.
 */
typedef struct {
  gboolean (*kind) (gpointer ctx, const char *path, InstallKind *out, GError **error);
  gboolean (*followed_kind) (gpointer ctx, const char *path, InstallKind *out, GError **error);
  gboolean (*list) (gpointer ctx, const char *path, Arena *arena, InstallNames *out,
                    GError **error);
  gpointer ctx;
} InstallTree;

/* One line of a group's clean-up file. */
typedef struct {
  gboolean is_semanage; /* the path's SELinux rule, not the path */
  const char *path;
} InstallCleanupEntry;

typedef struct {
  gsize n;
  const InstallCleanupEntry *entries; /* in the order of the file */
} InstallCleanup;

typedef enum {
  INSTALL_MKDIR,   /* path */
  INSTALL_COPY,    /* source -> path */
  INSTALL_CHOWN,   /* owner, group: path */
  INSTALL_CHMOD,   /* mode: path */
  INSTALL_SETFACL, /* acls: path */
  INSTALL_SEMANAGE /* context: path */
} InstallInstructionKind;

typedef struct {
  InstallInstructionKind kind;
  const char *path;
  const char *source;                  /* COPY: inside the revision */
  gboolean is_symlink;                 /* COPY: the source is a link, recreated as one */
  const AppSpecPermission *permission; /* the last four */
  gsize created;                       /* the index of the MKDIR or COPY that made path */
} InstallInstruction;

/* Creations (MKDIR and COPY) come first, a folder before what is in it; then the permissions, those of one path together. */
typedef struct {
  gsize n;
  gsize n_created;
  const InstallInstruction *instructions;
} InstallPlan;

#define INSTALL_PLAN_ERROR (install_plan_error_quark ())
GQuark install_plan_error_quark (void);
typedef enum {
  INSTALL_PLAN_ERROR_SOURCE,     /* files: the source is not in the revision */
  INSTALL_PLAN_ERROR_CONFLICT,   /* two things for one destination */
  INSTALL_PLAN_ERROR_EXISTS,     /* DISALLOW, and there is a file */
  INSTALL_PLAN_ERROR_BEHAVIOUR,  /* an unknown behaviour, and there is a file */
  INSTALL_PLAN_ERROR_PERMISSION, /* a permission item that does not fit what it selects */
  INSTALL_PLAN_ERROR_NAME,       /* a name with a line break, which no clean-up file can hold */
  INSTALL_PLAN_ERROR_EVENTS
} InstallPlanError;

typedef struct {
  const AppSpec *appspec;
  const char *file_exists; /* the deployment's word, upper case; the AppSpec's own wins */
  const InstallTree *revision;
  const InstallTree *host;
  const InstallCleanup *cleanup; /* NULL: the group has none */
} InstallPlanInput;

/* NULL if and only if error is set; errors of the trees come through as they are. */
const InstallPlan *install_plan_compute (const InstallPlanInput *input, Arena *arena,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * The paths (a set: key = path) that executing the clean-up in reverse order will remove: links and files always, a folder if by then
 * nothing is left in it. Strings live in arena; the caller unrefs the table.
 */
GHashTable *install_plan_removed (const InstallCleanup *cleanup, const InstallTree *host,
                                  Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * agent.md 4.9: possible holds the deployment's AllPossibleLifecycleEvents (n_possible 0: no check). agent_events are the hook
 * names that the agent knows by itself.
 */
gboolean install_plan_check_events (const AppSpec *appspec, const char *const *possible,
                                    gsize n_possible, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The completed, canonical ACL for an object with this mode (agent.md 4.5), entries joined by commas. */
char *install_plan_acl (const AppSpecPermission *permission, guint mode, Arena *arena);
