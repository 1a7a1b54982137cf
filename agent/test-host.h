#pragma once

#include <string.h>

#include "agent/fs-atomic.h"
#include "agent/host.h"

/* For tests: a host whose folders are in a temporary one, with a log and the system's clock. */
typedef struct {
  char *folder;
  Arena *arena;
  AgentHost host;
} TestHost;

static inline void
test_host_set_up (TestHost *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("agent-test-XXXXXX", NULL);
  f->arena = arena_new ();
  const char *text =
      arena_printf (f->arena, "root_dir: %s/root\npid_dir: %s/pid\n", f->folder, f->folder);
  AgentLogSettings log = { .directory = f->folder,
                           .program_name = "test",
                           .ambient = ambient_system () };
  f->host.config = agent_config_parse (text, strlen (text), f->arena, NULL);
  f->host.log = agent_log_new (&log, NULL);
  f->host.ambient = ambient_system ();
}

static inline void
test_host_tear_down (TestHost *f, gconstpointer data)
{
  agent_log_free (f->host.log);
  arena_free (f->arena);
  g_assert_true (fs_remove_tree (f->folder, NULL));
  g_free (f->folder);
}
