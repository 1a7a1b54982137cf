#include "core/install-plan.h"

#include <string.h>

/* The two stand-alone rules of install-plan.h: which event names must be possible, and how an ACL is completed. */

static const char *const agent_hooks[] = {
  "BeforeBlockTraffic", "AfterBlockTraffic", "ApplicationStop",
  "BeforeInstall",      "AfterInstall",      "ApplicationStart",
  "BeforeAllowTraffic", "AfterAllowTraffic", "ValidateService",
};

static gboolean
contains (const char *const *names, gsize n, const char *name)
{
  for (gsize i = 0; i < n; i++)
    if (strcmp (names[i], name) == 0)
      return TRUE;
  return FALSE;
}

static void
append_name (GString *list, const char *name)
{
  g_string_append_printf (list, list->len > 0 ? ", %s" : "%s", name);
}

gboolean
install_plan_check_events (const AppSpec *appspec, const char *const *possible, gsize n_possible,
                           GError **error)
{
  if (n_possible == 0)
    return TRUE;

  g_autoptr (GString) unknown = g_string_new (NULL);
  for (gsize i = 0; i < appspec->n_hooks; i++)
    if (!contains (possible, n_possible, appspec->hooks[i].event))
      append_name (unknown, appspec->hooks[i].event);
  for (gsize i = 0; i < G_N_ELEMENTS (agent_hooks); i++)
    if (!contains (possible, n_possible, agent_hooks[i]) &&
        strstr (unknown->str, agent_hooks[i]) == NULL)
      append_name (unknown, agent_hooks[i]);
  if (unknown->len > 0) {
    g_set_error (error, INSTALL_PLAN_ERROR, INSTALL_PLAN_ERROR_EVENTS,
                 "lifecycle events that the deployment does not know: %s", unknown->str);
    return FALSE;
  }

  g_autoptr (GString) missing = g_string_new (NULL);
  for (gsize i = 0; i < n_possible; i++) {
    const char *name = possible[i];
    gboolean is_default = contains (agent_hooks, G_N_ELEMENTS (agent_hooks), name) ||
                          strcmp (name, "DownloadBundle") == 0 || strcmp (name, "Install") == 0;
    gboolean in_appspec = FALSE;
    for (gsize j = 0; j < appspec->n_hooks; j++)
      in_appspec = in_appspec || strcmp (appspec->hooks[j].event, name) == 0;
    if (!is_default && !in_appspec)
      append_name (missing, name);
  }
  if (missing->len > 0) {
    g_set_error (error, INSTALL_PLAN_ERROR, INSTALL_PLAN_ERROR_EVENTS,
                 "lifecycle events that the AppSpec has no hooks for: %s", missing->str);
    return FALSE;
  }
  return TRUE;
}

typedef struct {
  gboolean has_base[4]; /* by AppSpecAclType: an entry without a name */
  gboolean has_named;
  guint base_permissions[4];
} AclSummary;

static AclSummary
summarise (const AppSpecPermission *permission, gboolean of_default)
{
  AclSummary summary = { 0 };
  for (gsize i = 0; i < permission->n_acls; i++) {
    const AppSpecAcl *acl = &permission->acls[i];
    if (acl->is_default != of_default)
      continue;
    if (acl->name != NULL) {
      summary.has_named = TRUE;
    } else {
      summary.has_base[acl->type] = TRUE;
      summary.base_permissions[acl->type] = acl->permissions;
    }
  }
  return summary;
}

static void
append_acl (GString *out, Arena *arena, const AppSpecAcl *acl)
{
  g_string_append_printf (out, out->len > 0 ? ",%s" : "%s", appspec_acl_text (acl, arena));
}

/* What is missing of the base entries and the mask, from the mode. */
static void
complete (GString *out, Arena *arena, const AclSummary *summary, gboolean is_default, guint mode)
{
  static const AppSpecAclType base[] = { APPSPEC_ACL_USER, APPSPEC_ACL_GROUP, APPSPEC_ACL_OTHER };
  guint group = summary->has_base[APPSPEC_ACL_GROUP] ? summary->base_permissions[APPSPEC_ACL_GROUP]
                                                     : (mode >> 3) & 7;

  for (gsize i = 0; i < G_N_ELEMENTS (base); i++)
    if (!summary->has_base[base[i]])
      append_acl (out, arena,
                  &(AppSpecAcl){ .is_default = is_default,
                                 .type = base[i],
                                 .permissions = (mode >> (3 * (2 - i))) & 7 });
  if (summary->has_named && !summary->has_base[APPSPEC_ACL_MASK])
    append_acl (
        out, arena,
        &(AppSpecAcl){ .is_default = is_default, .type = APPSPEC_ACL_MASK, .permissions = group });
}

char *
install_plan_acl (const AppSpecPermission *permission, guint mode, Arena *arena)
{
  g_autoptr (GString) out = g_string_new (NULL);
  AclSummary access = summarise (permission, FALSE);
  AclSummary of_default = summarise (permission, TRUE);
  gboolean any_default = FALSE;

  for (gsize i = 0; i < permission->n_acls; i++) {
    append_acl (out, arena, &permission->acls[i]);
    any_default = any_default || permission->acls[i].is_default;
  }
  complete (out, arena, &access, FALSE, mode);
  if (any_default)
    complete (out, arena, &of_default, TRUE, mode);
  return arena_strdup (arena, out->str);
}
