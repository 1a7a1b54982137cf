#include "core/install-layout.h"

#include <string.h>

/* "d/path", "f/path": what a plan makes; "p1" after it: the permission with that line is for the first creation, and so on. */
static const InstallPlan *
plan_of (const char *const *items, Arena *arena)
{
  InstallPlan *plan = arena_new0 (arena, InstallPlan);
  InstallInstruction *instructions = arena_new0_n (arena, InstallInstruction, 20);
  for (; items[plan->n] != NULL; plan->n++) {
    const char *item = items[plan->n];
    InstallInstruction *next = &instructions[plan->n];
    if (item[0] == 'p') {
      AppSpecPermission *permission = arena_new0 (arena, AppSpecPermission);
      next->created = (gsize)(item[1] - '0');
      permission->line = (guint)next->created + 100;
      *next = (InstallInstruction){ INSTALL_CHMOD, .path = instructions[next->created].path,
                                    .permission = permission, .created = next->created };
      continue;
    }
    *next = (InstallInstruction){ item[0] == 'd' ? INSTALL_MKDIR : INSTALL_COPY, .path = item + 1,
                                  .created = plan->n };
    plan->n_created++;
  }
  plan->instructions = instructions;
  return plan;
}

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
assert_layout (const char *const *plan_items, const char *const *cleanup_items,
               const char *expected)
{
  g_autoptr (Arena) arena = arena_new ();
  InstallCleanupEntry entries[20];
  InstallCleanup cleanup = { .entries = entries };
  for (; cleanup_items != NULL && cleanup_items[cleanup.n] != NULL; cleanup.n++)
    entries[cleanup.n] = (InstallCleanupEntry){ .is_semanage = cleanup_items[cleanup.n][0] == '+',
                                                .path = cleanup_items[cleanup.n] +
                                                        (cleanup_items[cleanup.n][0] == '+') };
  const InstallLayout *layout = install_layout_compute (
      plan_of (plan_items, arena), cleanup_items != NULL ? &cleanup : NULL, arena);
  g_autoptr (GString) out = g_string_new (NULL);
  for (gsize i = 0; i < layout->n; i++) {
    g_string_append_printf (out, "%d", (int)layout->placements[i].root);
    if (layout->placements[i].permission != NULL)
      g_string_append_printf (out, "p%u", layout->placements[i].permission->line);
    g_string_append_c (out, ' ');
  }
  g_string_append_c (out, '|');
  for (gsize i = 0; i < layout->n_removals; i++)
    g_string_append_printf (out, " %s", entries[layout->removals[i]].path);
  g_assert_cmpstr (out->str, ==, expected);
}

static void
test_roots (void)
{
  assert_layout (NAMES ("d/srv/app", "f/srv/app/a", "d/srv/app/b", "f/srv/app/b/c"), NULL,
                 "0 0 0 0 |");
  assert_layout (NAMES ("f/srv/a", "d/srv/b", "f/srv/b/c", "f/srv/z"), NULL, "0 1 1 3 |");
  /* a second item of the AppSpec comes back to a folder of the first */
  assert_layout (NAMES ("d/a", "f/a/x", "d/b", "f/b/x", "d/a/c", "f/a/c/x"), NULL, "0 0 2 2 0 0 |");
  /* names that begin alike are not in each other */
  assert_layout (NAMES ("d/srv/app", "f/srv/app2", "d/srv/app.d", "f/srv/app.d/x"), NULL,
                 "0 1 2 2 |");
}

static void
test_permissions (void)
{
  assert_layout (NAMES ("d/a", "f/a/b", "f/a/c", "p0", "p2"), NULL, "0p100 0 0p102 |");
}

static void
test_removals (void)
{
  const char *const *old = NAMES ("/srv/app", "/srv/app/a", "+/srv/app/a", "/srv/app/d",
                                  "/srv/app/d/x", "/srv/app/e", "relative", "/");
  /* the whole folder is replaced */
  assert_layout (NAMES ("d/srv/app", "f/srv/app/a"), old, "0 0 |");
  /* the folder stays: what is not made anew goes, in reverse; what is in a root's place goes with it */
  assert_layout (NAMES ("f/srv/app/a", "d/srv/app/d"), old, "0 1 | /srv/app/e /srv/app");
  assert_layout (NAMES ("f/srv/app/d"), old, "0 | /srv/app/e /srv/app/a /srv/app");
  assert_layout (NAMES ("f/else"), NAMES ("/x//y/../z/", "/elsewhere"),
                 "0 | /elsewhere /x//y/../z/");
}

static void
test_names (void)
{
  g_autoptr (Arena) arena = arena_new ();
  char id[200];
  memset (id, 'x', sizeof id);
  id[sizeof id - 1] = '\0';
  g_assert_cmpstr (install_layout_staged_name ("d-ABC", 7, arena), ==, ".slipway-d-ABC-7");
  g_assert_cmpuint (strlen (install_layout_staged_name (id, G_MAXSIZE, arena)), <, 128);
}

static void
test_old_paths (void)
{
  g_autoptr (Arena) arena = arena_new ();
  InstallCleanupEntry entries[] = { { FALSE, "/a//b/" }, { TRUE, "/c" }, { FALSE, "d" } };
  g_autoptr (GHashTable) paths = install_layout_old_paths (&(InstallCleanup){ 3, entries }, arena);
  g_assert_cmpuint (g_hash_table_size (paths), ==, 1);
  g_assert_true (g_hash_table_contains (paths, "/a/b"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/install-layout/a-new-subtree-is-one-root", test_roots);
  g_test_add_func ("/install-layout/permissions-stand-with-what-they-are-for", test_permissions);
  g_test_add_func ("/install-layout/removals-are-what-no-root-replaces", test_removals);
  g_test_add_func ("/install-layout/staged-names-are-hidden-and-short", test_names);
  g_test_add_func ("/install-layout/old-paths-are-normalised", test_old_paths);
  return g_test_run ();
}
