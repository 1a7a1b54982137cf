#include "core/ids.h"
#include "server/engine/effects.h"
#include "server/engine/private.h"
#include "store/records/deployment-group.h"

const char *
engine_new_deployment_id (Engine *engine, StoreTx *tx, Arena *arena, GError **error)
{
  char id[IDS_DEPLOYMENT_SIZE];
  DeploymentRecord *taken;
  do {
    ids_new_deployment (engine->config.ambient, id);
    if (!deployment_record_by_id (tx, id, arena, &taken, error))
      return NULL;
  } while (taken != NULL);
  return arena_strdup (arena, id);
}

gboolean
engine_create_deployment (Engine *engine, StoreTx *tx, const DeploymentRecord *record,
                          gint64 now_ms, GError **error)
{
  DeploymentRecord created = *record;
  gboolean taken;
  created.status = DEPLOYMENT_CREATED;
  created.create_ms = now_ms;
  if (!announce_to_whom (engine, tx, &created, error) ||
      !deployment_record_insert (tx, &created, &taken, error))
    return FALSE;
  if (taken) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_CONSTRAINT, "deployment %s exists already",
                 created.id);
    return FALSE;
  }
  effect_count (engine, tx, METRIC_DEPLOYMENTS_CREATED);
  return announce_created (engine, tx, &created, now_ms, error) &&
         deployment_group_record_set_attempted (tx, created.group_id, created.id, error) &&
         engine_set_timer (engine, tx, created.id, TIMER_NO_TARGET, TIMER_START, now_ms, error);
}
