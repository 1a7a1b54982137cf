#pragma once

/* For the engine's tests only: zones and waves of deployments to a simulated fleet, and what is expected of them. */

#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

/* Which hosts began to install a deployment, in order: "1 3". */
G_GNUC_UNUSED static void
fleet_expect_installed (Fleet *fleet, const char *id, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < fleet->journal->len; i++) {
    const char *line = g_ptr_array_index (fleet->journal, i);
    g_auto (GStrv) words = g_strsplit (line, " ", -1);
    if (strcmp (words[1], "Install") == 0 && strcmp (words[2], id) == 0)
      g_string_append_printf (text, "%s%d", text->len > 0 ? " " : "",
                              (int)strtol (words[0] + strlen ("web-"), NULL, 10));
  }
  g_assert_cmpstr (text->str, ==, expected);
}

G_GNUC_UNUSED static void
fleet_expect_wait (Fleet *fleet, const char *id, DeploymentStatus status, DeploymentWait wait)
{
  const DeploymentRecord *d = fleet_deployment (fleet, id);
  g_assert_cmpstr (deployment_status_name (d->status), ==, deployment_status_name (status));
  g_assert_cmpstr (deployment_wait_name (d->wait), ==, deployment_wait_name (wait));
}

G_GNUC_UNUSED static void
fleet_expect_message (Fleet *fleet, const char *id, const char *part)
{
  const DeploymentRecord *d = fleet_deployment (fleet, id);
  if (d->error_message == NULL || strstr (d->error_message, part) == NULL)
    g_error ("\"%s\" does not say \"%s\"", d->error_message, part);
}

G_GNUC_UNUSED static void
fleet_list_stages (StoreTx *tx, gpointer data)
{
  FleetFind *find = data;
  g_autoptr (GError) error = NULL;
  DeploymentRecord *deployment;
  EngineStageList *list = arena_new0 (find->fleet->arena, EngineStageList);
  FLEET_CHECK (deployment_record_by_id (tx, find->id, find->fleet->arena, &deployment, &error) &&
                   engine_list_stages (tx, deployment, find->fleet->arena, list, &error),
               error);
  find->out = list;
}

/* "a 2/1/0/0/0 b ...": each stage's pending/running/succeeded/failed/skipped. */
G_GNUC_UNUSED static void
fleet_expect_stages (Fleet *fleet, const char *id, const char *expected)
{
  FleetFind find = { .fleet = fleet, .id = id };
  fleet_in_tx (fleet, STORE_READ, fleet_list_stages, &find);
  const EngineStageList *list = find.out;
  g_autoptr (GString) text = g_string_new (NULL);
  for (gsize i = 0; i < list->n; i++) {
    const EngineStage *stage = &list->items[i];
    g_string_append_printf (text, "%s%s %d/%d/%d/%d/%d", i > 0 ? " " : "",
                            stage->record->stage.name, (int)stage->counts.pending,
                            (int)stage->counts.running, (int)stage->counts.succeeded,
                            (int)stage->counts.failed, (int)stage->skipped);
  }
  g_assert_cmpstr (text->str, ==, expected);
}
