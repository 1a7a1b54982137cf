#include "cli/revision-plan.h"

#include <string.h>

#include "agent/install-tree.h"
#include "core/install-plan.h"

#define MAX_PROBLEMS 20

/* ---- a host with nothing on it ---- */

static gboolean
empty_kind (gpointer ctx, const char *path, InstallKind *out, GError **error)
{
  *out = g_str_equal (path, "/") ? INSTALL_DIRECTORY : INSTALL_ABSENT;
  return TRUE;
}

static gboolean
empty_list (gpointer ctx, const char *path, Arena *arena, InstallNames *out, GError **error)
{
  *out = (InstallNames){ 0 };
  return TRUE;
}

static const InstallTree empty_host = { empty_kind, empty_kind, empty_list, NULL };

/* ---- the items that are planned ---- */

/* Files, then permissions, as one list: those that plan, without those that were found wrong. */
typedef struct {
  AppSpec appspec; /* its two lists are the ones below */
  AppSpecFile *files;
  AppSpecPermission *permissions;
  InstallTree revision;
} Items;

static gsize
n_items (const Items *items)
{
  return items->appspec.n_files + items->appspec.n_permissions;
}

/* The plan of the first n items. */
static const InstallPlan *
plan_first (const Items *items, gsize n, Arena *arena, GError **error)
{
  AppSpec some = items->appspec;
  some.n_files = MIN (n, items->appspec.n_files);
  some.n_permissions = n - some.n_files;
  const InstallPlanInput input = {
    .appspec = &some, .file_exists = "DISALLOW", .revision = &items->revision, .host = &empty_host
  };
  return install_plan_compute (&input, arena, error);
}

static gboolean
plans (const Items *items, gsize n)
{
  g_autoptr (Arena) arena = arena_new ();
  return plan_first (items, n, arena, NULL) != NULL;
}

/* The planner ends at the first thing that is wrong, whose item is the last of the shortest list that does not plan. */
static gsize
find_culprit (const Items *items)
{
  gsize good = 0, bad = n_items (items);
  while (bad - good > 1) {
    gsize middle = good + (bad - good) / 2;
    if (plans (items, middle)) {
      good = middle;
    } else {
      bad = middle;
    }
  }
  return good;
}

static YamlPlace
place_of (const Items *items, gsize at)
{
  return at < items->appspec.n_files ? items->files[at].source_at
                                     : items->permissions[at - items->appspec.n_files].object_at;
}

static void
leave_out (Items *items, gsize at)
{
  gsize n_files = items->appspec.n_files;
  if (at < n_files) {
    memmove (items->files + at, items->files + at + 1, (n_files - at - 1) * sizeof *items->files);
    items->appspec.n_files--;
    return;
  }
  at -= n_files;
  memmove (items->permissions + at, items->permissions + at + 1,
           (items->appspec.n_permissions - at - 1) * sizeof *items->permissions);
  items->appspec.n_permissions--;
}

/* "permissions, line 7: ..." of the planner, whose place is told apart here. */
static const char *
without_place (const char *message)
{
  const char *colon = strstr (message, ": ");
  gboolean has_place = g_str_has_prefix (message, "permissions, line ") ||
                       g_str_has_prefix (message, "files, line ");
  return has_place && colon != NULL ? colon + 2 : message;
}

static void
warn_of_idle_permissions (const Items *items, const InstallPlan *plan, const char *appspec_file,
                          RevisionReport *report)
{
  gsize n = items->appspec.n_permissions;
  g_autofree gboolean *used = g_new0 (gboolean, n + 1);
  for (gsize i = 0; i < plan->n; i++) {
    const AppSpecPermission *permission = plan->instructions[i].permission;
    if (permission != NULL) {
      used[permission - items->permissions] = TRUE;
    }
  }
  for (gsize i = 0; i < n; i++) {
    const AppSpecPermission *item = &items->permissions[i];
    gboolean sets = item->owner != NULL || item->group != NULL || item->mode != APPSPEC_NO_MODE ||
                    item->n_acls > 0 || item->context != NULL;
    if (sets && !used[i]) {
      revision_report_add (report, REVISION_SEVERITY_WARNING, appspec_file, item->object_at,
                           "this item changes nothing: nothing that is installed below \"%s\" "
                           "matches, and the object itself never does",
                           item->object);
    }
  }
}

void
revision_plan_check (const AppSpec *appspec, const char *root, const char *appspec_file,
                     RevisionReport *report)
{
  g_autofree AppSpecFile *files =
      g_memdup2 (appspec->files, appspec->n_files * sizeof (AppSpecFile));
  g_autofree AppSpecPermission *permissions =
      g_memdup2 (appspec->permissions, appspec->n_permissions * sizeof (AppSpecPermission));
  Items items = { *appspec, files, permissions, install_tree_below (root) };
  items.appspec.files = files;
  items.appspec.permissions = permissions;

  for (int i = 0; i < MAX_PROBLEMS; i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    const InstallPlan *plan = plan_first (&items, n_items (&items), arena, &error);
    if (plan != NULL) {
      warn_of_idle_permissions (&items, plan, appspec_file, report);
      return;
    }
    gsize culprit = find_culprit (&items);
    revision_report_add (report, REVISION_SEVERITY_ERROR, appspec_file, place_of (&items, culprit),
                         "%s", without_place (error->message));
    leave_out (&items, culprit);
  }
}
