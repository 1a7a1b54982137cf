/* An AppSpec. What is accepted keeps the header's promises: paths are absolute or inside, numbers are in range. The report agrees with
 * what the agent makes of it, and is bounded text. */
#include "core/appspec.h"
#include "fuzz/fuzz-target.h"

#include <string.h>

static void
check_components (const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);

  for (char **part = parts; *part != NULL; part++)
    g_assert (**part != '\0' && strcmp (*part, ".") != 0 && strcmp (*part, "..") != 0);
}

/* "" or "a/b" */
static void
check_inside (const char *path)
{
  if (path[0] != '\0')
    check_components (path);
}

/* "/" or "/a/b" */
static void
check_absolute (const char *path)
{
  g_assert (path[0] == '/');
  check_inside (path + 1);
}

static void
check_report (const guint8 *data, gsize size, gboolean accepted)
{
  g_autoptr (Arena) arena = arena_new ();
  const AppSpecReport *report = appspec_check ((const char *)data, size, arena);

  g_assert (report->platform != APPSPEC_PLATFORM_SERVER || (report->n_errors == 0) == accepted);
  g_assert (report->n_findings <= APPSPEC_MAX_FINDINGS);
  for (gsize i = 0; i < report->n_findings; i++) {
    g_assert (g_utf8_validate (report->findings[i].text, -1, NULL));
    g_assert (i == 0 || report->findings[i - 1].place.line <= report->findings[i].place.line);
  }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const AppSpec *appspec = appspec_parse ((const char *)data, size, arena, &error);

  FUZZ_CHECK (appspec != NULL, error);
  check_report (data, size, appspec != NULL);
  if (appspec == NULL)
    return 0;
  for (gsize i = 0; i < appspec->n_files; i++) {
    check_inside (appspec->files[i].source);
    check_absolute (appspec->files[i].destination);
  }
  for (gsize i = 0; i < appspec->n_permissions; i++) {
    const AppSpecPermission *permission = &appspec->permissions[i];

    check_absolute (permission->object);
    g_assert (permission->mode <= 07777 || permission->mode == APPSPEC_NO_MODE);
    for (gsize j = 0; j < permission->n_acls; j++)
      g_assert (appspec_acl_text (&permission->acls[j], arena) != NULL);
  }
  for (gsize i = 0; i < appspec->n_hooks; i++)
    for (gsize j = 0; j < appspec->hooks[i].n_scripts; j++) {
      g_assert (appspec->hooks[i].scripts[j].timeout_s > 0);
      g_assert (appspec->hooks[i].scripts[j].location != NULL);
    }
  return 0;
}
