#pragma once

#include "core/arena.h"

/*
 * A script inside an unpacked revision: found from the revision's folder downwards, so that no link in it can lead to a file
 * elsewhere, looked at, and made executable (agent.md 5.4).
 *
 * It is looked at and changed by descriptor; it is executed by name, because the name is what the script finds in $0 and
 * its neighbours beside. Only who may write in the revision could exchange it in between, and could as well write another script.
 *
 * Thread rule: any thread; blocks on the disk.
 */
typedef enum {
  HOOK_SCRIPT_LINKS_INSIDE,
  HOOK_SCRIPT_LINKS_ANYWHERE /* the configuration trusts revisions with that */
} HookScriptLinks;

typedef struct {
  const char *path; /* absolute */
  gboolean
      must_be_readable; /* somebody has to read it to run it: no program of its own, as far as can be told */
  gboolean made_executable; /* it was not */
  const char *interpreter;  /* the first word of its first line; NULL: it has no such line */
  gboolean
      has_cr_lf; /* its first line ends as on Windows: the interpreter gets a CR that it does not know */
} HookScript;

#define HOOK_SCRIPT_ERROR (hook_script_error_quark ())
GQuark hook_script_error_quark (void);
typedef enum {
  HOOK_SCRIPT_ERROR_MISSING,       /* or not a file, or not inside the revision */
  HOOK_SCRIPT_ERROR_NOT_EXECUTABLE /* and could not be made so */
} HookScriptError;

/* location: as the AppSpec has it. Errors complete "script X ...". Texts are in arena. */
gboolean hook_script_find (const char *archive_dir, const char *location, HookScriptLinks links,
                           Arena *arena, HookScript *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
