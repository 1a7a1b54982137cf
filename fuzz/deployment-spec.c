/*
 * A specification's document, and the envelope that it comes in: the first line is the envelope's format, the rest its payload or,
 * when the line is empty, the document itself. What is accepted names folders and files that stay where they belong.
 */
#include "agent/spec-envelope.h"
#include "fuzz/fuzz-target.h"

#include <string.h>

static void
check_folder_name (const char *name)
{
  g_assert (name[0] != '\0' && name[0] != '.' && strchr (name, '/') == NULL &&
            strchr (name, '\n') == NULL);
}

static void
check (const DeploymentSpec *spec)
{
  check_folder_name (spec->deployment_id);
  check_folder_name (spec->group_id);
  g_auto (GStrv) parts = g_strsplit (spec->appspec_filename, "/", -1);
  for (char **part = parts; *part != NULL; part++)
    g_assert (**part != '\0' && strcmp (*part, ".") != 0 && strcmp (*part, "..") != 0);
  g_assert (spec->group_name != NULL && spec->application_name != NULL && spec->type != NULL &&
            spec->creator != NULL && spec->file_exists != NULL);
  for (gsize i = 0; i < spec->n_possible_events; i++)
    g_assert (spec->possible_events[i] != NULL);
  switch (spec->revision.type) {
  case SPEC_REVISION_S3:
    g_assert (spec->revision.bucket != NULL && spec->revision.key != NULL);
    break;
  case SPEC_REVISION_GITHUB:
    g_assert (spec->revision.account != NULL && spec->revision.repository != NULL &&
              spec->revision.commit_id != NULL);
    break;
  default:
    g_assert (spec->revision.location != NULL && spec->revision.bundle_type != NULL);
  }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const guint8 *newline = size > 0 ? memchr (data, '\n', size) : NULL;
  const DeploymentSpec *spec;

  if (newline == NULL)
    return 0;
  const char *rest = (const char *)newline + 1;
  gsize n = size - (gsize)(newline + 1 - data);
  if (newline == data) {
    spec = deployment_spec_parse (rest, n, arena, &error);
  } else {
    g_autoptr (CmsVerifier) verifier = cms_verifier_new (NULL, NULL);
    ApiSpecificationEnvelope envelope = {
      .format = arena_strndup (arena, (const char *)data, (gsize)(newline - data)),
      .payload = arena_strndup (arena, rest, n),
    };
    ApiDeploymentSpecification specification = { .generic_envelope = &envelope };
    ApiGetDeploymentSpecificationOutput answer = { "CodeDeploy", &specification };
    spec = spec_envelope_open (&answer, verifier, arena, &error);
  }
  FUZZ_CHECK (spec != NULL, error);
  if (spec != NULL)
    check (spec);
  return 0;
}
