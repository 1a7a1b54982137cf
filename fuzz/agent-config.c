/*
 * The agent's two files: the first byte chooses codedeployagent.yml or the on-premises file. What is accepted says where revisions are
 * kept, or who the host is.
 */
#include "agent/identity.h"
#include "fuzz/fuzz-target.h"

#include <string.h>

static void
check_config (const char *bytes, gsize n, Arena *arena)
{
  g_autoptr (GError) error = NULL;
  const AgentConfig *config = agent_config_parse (bytes, n, arena, &error);
  FUZZ_CHECK (config != NULL, error);
  if (config == NULL)
    return;
  g_assert (config->root_dir != NULL && strcmp (config->root_dir, "/") != 0);
  g_assert (strchr (config->program_name, '/') == NULL);
  g_assert (config->max_revisions >= 1 && config->http_read_timeout_s >= 1);
  g_assert (config->archive_max_extraction_bytes >= 0 && config->archive_max_entries >= 0);
  g_assert (config->download_pause_first_ms >= 0 && config->hook_term_grace_ms >= 0);
  AgentIdentity identity = { .region = "us-east-1" };
  const char *endpoint = agent_identity_endpoint (&identity, config, arena, &error);
  FUZZ_CHECK (endpoint != NULL, error);
  const char *s3 = agent_identity_s3_endpoint (&identity, config, arena);
  g_assert (s3 != NULL && !g_str_has_suffix (s3, "/"));
}

static void
check_identity (const char *bytes, gsize n, Arena *arena)
{
  static const char *const environment[] = { "AWS_REGION=us-east-1", "AWS_HOST_IDENTIFIER=h",
                                             NULL };
  g_autoptr (GError) error = NULL;
  IdentityKeys keys = { NULL, NULL };
  const AgentIdentity *identity =
      agent_identity_parse (bytes, n, environment, &keys, arena, &error);
  FUZZ_CHECK (identity != NULL, error);
  if (identity == NULL)
    return;
  g_assert (identity->region != NULL && identity->host_identifier != NULL);
  if (identity->mode == IDENTITY_STATIC_KEYS)
    g_assert (keys.access_key_id != NULL && keys.secret_access_key != NULL);
  if (identity->mode == IDENTITY_CREDENTIALS_FILE)
    g_assert (identity->credentials_file != NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();

  if (size < 1)
    return 0;
  if (data[0] % 2 == 0)
    check_config ((const char *)data + 1, size - 1, arena);
  else
    check_identity ((const char *)data + 1, size - 1, arena);
  return 0;
}
