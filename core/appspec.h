#pragma once

#include "core/arena.h"
#include "core/enum-names.h"
#include "core/yaml-tree.h"

/*
 * The AppSpec of a revision for servers: YAML text in, a checked value out (agent.md 4.1 to 4.5, 4.10). One parser, asked in two
 * ways: appspec_parse is the agent's, which wants the value or the first error in the order version, os, hooks, files, permissions,
 * file_exists_behavior; appspec_check is for whoever wrote the text, and tells everything with line and column. Scalars are read as
 * they are written, so that "mode: 0644" means 0644. Unknown keys are ignored; aliases are allowed.
 *
 * What it does not do: look at a file (install-plan.h does that), or refuse a hook of an event that nobody runs.
 *
 * Thread rule: any thread; the value belongs to its arena.
 */
#define APPSPEC_FILE_EXISTS_LIST(X)                                                                \
  X (APPSPEC_FILE_EXISTS_DISALLOW, "DISALLOW")                                                     \
  X (APPSPEC_FILE_EXISTS_OVERWRITE, "OVERWRITE")                                                   \
  X (APPSPEC_FILE_EXISTS_RETAIN, "RETAIN")
ENUM_NAMES_TYPE (AppSpecFileExists, APPSPEC_FILE_EXISTS_LIST);
ENUM_NAMES_DECLARE (AppSpecFileExists, appspec_file_exists)

#define APPSPEC_ACL_TYPE_LIST(X)                                                                   \
  X (APPSPEC_ACL_USER, "user")                                                                     \
  X (APPSPEC_ACL_GROUP, "group")                                                                   \
  X (APPSPEC_ACL_MASK, "mask")                                                                     \
  X (APPSPEC_ACL_OTHER, "other")
ENUM_NAMES_TYPE (AppSpecAclType, APPSPEC_ACL_TYPE_LIST);
ENUM_NAMES_DECLARE (AppSpecAclType, appspec_acl_type)

typedef struct {
  const char *source;      /* inside the revision, normalised; "" is the whole revision */
  const char *destination; /* absolute, normalised: a folder on the host */
  guint line;
  YamlPlace source_at;
} AppSpecFile;

typedef struct {
  gboolean is_default; /* for folders only */
  AppSpecAclType type;
  const char *name;  /* NULL for a base entry */
  guint permissions; /* bits rwx: 0 .. 7 */
} AppSpecAcl;

typedef struct {
  const char *user;  /* SELinux user; NULL: not given */
  const char *type;  /* never NULL */
  const char *range; /* canonical; NULL: not given */
} AppSpecContext;

typedef enum {
  APPSPEC_TYPE_FILE = 1 << 0,
  APPSPEC_TYPE_DIRECTORY = 1 << 1
} AppSpecTypes;

#define APPSPEC_NO_MODE G_MAXUINT

typedef struct {
  const char *object;  /* absolute, normalised */
  const char *pattern; /* "**": everything below, at any depth */
  gsize n_except;
  const char **except;
  AppSpecTypes types;
  const char *owner, *group; /* NULL: left as it is */
  guint mode;                /* 0 .. 07777, or APPSPEC_NO_MODE */
  gsize n_acls;
  const AppSpecAcl *acls;
  const AppSpecContext *context; /* NULL: none */
  guint line;
  YamlPlace object_at;
} AppSpecPermission;

typedef struct {
  const char *location; /* as written, blanks around it removed; relative to the revision */
  gint64 timeout_s;     /* > 0; 3600 when not given */
  const char *runas;    /* NULL: the agent's own user */
  gboolean sudo;
  guint line;
  YamlPlace location_at;
} AppSpecScript;

typedef struct {
  const char *event;
  gsize n_scripts;
  const AppSpecScript *scripts;
} AppSpecHook;

typedef struct {
  gsize n_files;
  const AppSpecFile *files;
  gsize n_permissions;
  const AppSpecPermission *permissions;
  gsize n_hooks;
  const AppSpecHook *hooks;
  const AppSpecFileExists *file_exists; /* NULL: the deployment's own behaviour applies */
} AppSpec;

#define APPSPEC_ERROR (appspec_error_quark ())
GQuark appspec_error_quark (void);
typedef enum {
  APPSPEC_ERROR_SYNTAX,  /* not YAML, too large, or empty */
  APPSPEC_ERROR_VERSION, /* missing, or not 0.0 */
  APPSPEC_ERROR_OS,      /* missing, or not linux */
  APPSPEC_ERROR_HOOKS,
  APPSPEC_ERROR_FILES,
  APPSPEC_ERROR_PERMISSIONS,
  APPSPEC_ERROR_FILE_EXISTS
} AppSpecError;

/* Errors read "line 7: ..." so that callers prefix the file's name. NULL is returned if and only if error is set. */
const AppSpec *appspec_parse (const char *bytes, gsize n, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  APPSPEC_SEVERITY_ERROR, /* an agent refuses the AppSpec */
  APPSPEC_SEVERITY_MISTAKE, /* it is taken, but cannot be meant: a hook whose event is misspelt never runs */
  APPSPEC_SEVERITY_WARNING /* it is taken, and probably not what was wanted */
} AppSpecSeverity;

typedef struct {
  AppSpecSeverity severity;
  AppSpecError part;
  YamlPlace place;  /* line 0: the text as a whole */
  const char *text; /* UTF-8, one line, without its place */
} AppSpecFinding;

/* Whose AppSpec it is. */
typedef enum {
  APPSPEC_PLATFORM_SERVER,
  APPSPEC_PLATFORM_ECS,
  APPSPEC_PLATFORM_LAMBDA,
  APPSPEC_PLATFORM_SERVICE /* one of the last two, but it does not say which */
} AppSpecPlatform;

#define APPSPEC_MAX_FINDINGS 200 /* more are counted, not told */

typedef struct {
  AppSpecPlatform platform;
  const AppSpec *
      appspec; /* what could be read: items with errors are left out; NULL: nothing, or not for servers */
  guint n_errors; /* all of them */
  gsize n_findings;
  const AppSpecFinding *findings; /* in the order of the text */
} AppSpecReport;

/* Never NULL. AppSpecs of ECS and Lambda, YAML or JSON, are recognised by their "Resources" and checked too. */
const AppSpecReport *appspec_check (const char *bytes, gsize n, Arena *arena);

/* The scripts of an event; NULL when the AppSpec has none for it (an empty list counts as none). */
const AppSpecHook *appspec_hook (const AppSpec *appspec, const char *event);

/* Canonical text of an ACL entry: [default:]type:name:rwx. */
char *appspec_acl_text (const AppSpecAcl *acl, Arena *arena);
