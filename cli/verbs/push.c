#include "cli/push.h"

#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/positional.h"
#include "cli/s3-url.h"
#include "cli/verb.h"

static void
print_pushed (const char *application, const Pushed *pushed, Arena *arena)
{
  g_autofree char *size = g_format_size ((guint64)pushed->size_bytes);
  const char *url = s3_url_describe (pushed->revision, arena);
  printf ("Pushed %u file%s (%s) as %s\n", pushed->n_files, pushed->n_files == 1 ? "" : "s", size,
          url);
  printf ("  slipway deploy --application %s --group GROUP --revision '%s' --wait\n", application,
          url);
}

static int
run (Session *session, char **argv, GError **error)
{
  g_autofree char *application = NULL, *bucket = NULL, *key = NULL, *type = NULL,
                  *description = NULL;
  gboolean ignore_hidden = FALSE, unchecked = FALSE;
  const GOptionEntry entries[] = {
    { "application", 'a', 0, G_OPTION_ARG_STRING, &application, "The application (needed)",
      "NAME" },
    { "bucket", 0, 0, G_OPTION_ARG_STRING, &bucket, "Upload there [the server's default bucket]",
      "NAME" },
    { "key", 0, 0, G_OPTION_ARG_STRING, &key, "Upload under this key [APPLICATION/HASH.TYPE]",
      "KEY" },
    { "type", 0, 0, G_OPTION_ARG_STRING, &type, "zip or tgz [zip]", "TYPE" },
    { "description", 0, 0, G_OPTION_ARG_STRING, &description, "Kept with the revision", "TEXT" },
    { "ignore-hidden-files", 0, 0, G_OPTION_ARG_NONE, &ignore_hidden,
      "Leave out names that begin with a dot", NULL },
    { "no-validate", 0, 0, G_OPTION_ARG_NONE, &unchecked, "Push it whatever is wrong with it",
      NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_push, entries, argv, &rest, error) ||
      !positional_exactly (&verb_push, rest, 1, error) ||
      !positional_needs (&verb_push, "--application", application, error)) {
    return CLI_EXIT_USAGE;
  }
  gboolean tgz = g_strcmp0 (type, "tgz") == 0;
  if (type != NULL && !tgz && !g_str_equal (type, "zip")) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE, "--type is zip or tgz, not \"%s\"", type);
    return CLI_EXIT_USAGE;
  }

  g_autoptr (Arena) arena = arena_new ();
  const PushRequest request = { .folder = rest[0],
                                .application = application,
                                .bucket = bucket,
                                .key = key,
                                .description = description,
                                .type = tgz ? REVISION_BUNDLE_TGZ : REVISION_BUNDLE_ZIP,
                                .flags = ignore_hidden ? BUNDLE_SKIP_HIDDEN : BUNDLE_DEFAULT,
                                .check = unchecked ? PUSH_UNCHECKED : PUSH_CHECKED };
  Pushed pushed;
  if (!push_folder (session, &request, arena, &pushed, error)) {
    return CLI_EXIT_INPUT;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_json (json_pack ("{s:s, s:o, s:s, s:I, s:s}", "applicationName", application,
                                   "revision",
                                   shape_encode (&api_shape_revision_location, pushed.revision),
                                   "url", s3_url_describe (pushed.revision, arena), "sizeBytes",
                                   (json_int_t)pushed.size_bytes, "sha256", pushed.sha256));
  } else {
    print_pushed (application, &pushed, arena);
  }
  return CLI_EXIT_OK;
}

const Verb verb_push = { "push", "FOLDER",
                         "Checks a folder (see validate), uploads it and registers the revision.",
                         run };
