#include "core/install-layout.h"

#include <string.h>

#include "core/pathname.h"

#define MAX_SHOWN_ID "64" /* bytes of a deployment's identifier in a name */

typedef struct {
  const InstallPlan *plan;
  InstallPlacement *placements;
  GHashTable *folders; /* path -> index + 1 of its MKDIR */
  GString *parent;     /* of the path that was looked at last, and where it is staged */
  gsize parent_root;   /* index + 1; 0: it is no new folder */
} Placer;

/* The root that what is in path's folder appears with: index + 1, 0 when that folder is not a new one. Siblings come in runs. */
static gsize
root_of_parent (Placer *placer, const char *path)
{
  gsize length = (gsize)(pathname_basename (path) - path);
  if (placer->parent->len == length && memcmp (placer->parent->str, path, length) == 0)
    return placer->parent_root;

  g_string_truncate (placer->parent, 0);
  g_string_append_len (placer->parent, path, (gssize)length);
  g_autofree char *folder = g_strndup (path, length > 1 ? length - 1 : length);
  gsize folder_at = GPOINTER_TO_SIZE (g_hash_table_lookup (placer->folders, folder));
  placer->parent_root = folder_at == 0 ? 0 : placer->placements[folder_at - 1].root + 1;
  return placer->parent_root;
}

static void
place_all (Placer *placer)
{
  const InstallPlan *plan = placer->plan;
  for (gsize i = 0; i < plan->n_created; i++) {
    const char *path = plan->instructions[i].path;
    gsize root = root_of_parent (placer, path);
    placer->placements[i].root = root == 0 ? i : root - 1;
    if (plan->instructions[i].kind == INSTALL_MKDIR)
      g_hash_table_insert (placer->folders, (gpointer)path, GSIZE_TO_POINTER (i + 1));
  }
  for (gsize i = plan->n_created; i < plan->n; i++)
    placer->placements[plan->instructions[i].created].permission = plan->instructions[i].permission;
}

/* Is path a root, or in one? */
static gboolean
is_covered (GHashTable *roots, const char *path, GString *scratch)
{
  g_string_assign (scratch, path);
  while (scratch->len > 1) {
    if (g_hash_table_contains (roots, scratch->str))
      return TRUE;
    gsize parent = (gsize)(strrchr (scratch->str, '/') - scratch->str);
    g_string_truncate (scratch, parent);
  }
  return FALSE;
}

static void
list_removals (InstallLayout *layout, const InstallPlan *plan, const InstallCleanup *cleanup,
               Arena *arena)
{
  g_autoptr (GHashTable) roots = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GArray) removals = g_array_new (FALSE, FALSE, sizeof (gsize));
  g_autoptr (GString) scratch = g_string_new (NULL);
  g_autoptr (Arena) passing = arena_new ();

  for (gsize i = 0; i < layout->n; i++)
    if (layout->placements[i].root == i)
      g_hash_table_add (roots, (gpointer)plan->instructions[i].path);
  for (gsize i = cleanup->n; i-- > 0;) {
    if (cleanup->entries[i].is_semanage)
      continue;
    const char *path = pathname_normalise_absolute (cleanup->entries[i].path, passing);
    if (path != NULL && strcmp (path, "/") != 0 && !is_covered (roots, path, scratch))
      g_array_append_val (removals, i);
    arena_reset (passing);
  }
  layout->n_removals = removals->len;
  layout->removals = arena_memdup (arena, removals->data, removals->len * sizeof (gsize));
}

const InstallLayout *
install_layout_compute (const InstallPlan *plan, const InstallCleanup *cleanup, Arena *arena)
{
  InstallLayout *layout = arena_new0 (arena, InstallLayout);
  g_autoptr (GHashTable) folders = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GString) parent = g_string_new (NULL);
  Placer placer = { .plan = plan,
                    .placements = arena_new0_n (arena, InstallPlacement, plan->n_created),
                    .folders = folders,
                    .parent = parent };

  place_all (&placer);
  layout->n = plan->n_created;
  layout->placements = placer.placements;
  if (cleanup != NULL)
    list_removals (layout, plan, cleanup, arena);
  return layout;
}

char *
install_layout_staged_name (const char *deployment_id, gsize index, Arena *arena)
{
  return arena_printf (arena, ".slipway-%." MAX_SHOWN_ID "s-%" G_GSIZE_FORMAT, deployment_id,
                       index);
}

GHashTable *
install_layout_old_paths (const InstallCleanup *cleanup, Arena *arena)
{
  GHashTable *paths = g_hash_table_new (g_str_hash, g_str_equal);

  for (gsize i = 0; cleanup != NULL && i < cleanup->n; i++) {
    if (cleanup->entries[i].is_semanage)
      continue;
    char *path = pathname_normalise_absolute (cleanup->entries[i].path, arena);
    if (path != NULL)
      g_hash_table_add (paths, path);
  }
  return paths;
}
