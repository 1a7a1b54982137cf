#include "server/engine/effects.h"
#include "server/engine/private.h"
#include "server/engine/replacement.h"

/* What a deployment waits for as a whole, and how such waits end: deployments.md 4.8, 5.2, 5.3. */

gboolean
deployment_begin_wait (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                       DeploymentWait wait, gint64 until_ms, GError **error)
{
  deployment->wait = wait;
  deployment->wait_until_ms = until_ms;
  return until_ms == 0 || engine_set_timer (engine, tx, deployment->id, TIMER_NO_TARGET, TIMER_WAIT,
                                            until_ms, error);
}

gboolean
deployment_end_wait (StoreTx *tx, DeploymentRecord *deployment, GError **error)
{
  deployment->wait = DEPLOYMENT_WAIT_NONE;
  deployment->wait_until_ms = 0;
  return timer_record_delete (tx, deployment->id, TIMER_NO_TARGET, TIMER_WAIT, error);
}

/* Nobody continued it: Stopped, and neither a request nor a failure that would be rolled back (deployments.md 5.2). */
static gboolean
ready_expired (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
               Arena *arena, GError **error)
{
  deployment->stop_rollback = STOP_ROLLBACK_NO;
  return deployment_close_as (engine, tx, deployment, DEPLOYMENT_EV_STOP, DEPLOYMENT_ERROR_TIMEOUT,
                              "The deployment was stopped, since nobody continued it while it was "
                              "Ready; no traffic went to "
                              "the replacement instances",
                              now_ms, arena, error);
}

typedef gboolean (*WaitEnd) (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                             gint64 now_ms, Arena *arena, GError **error);

typedef struct {
  WaitEnd expired; /* by time */
  WaitEnd ended;   /* by a person; NULL: nobody ends it */
  /* What comes after it would be something new: while the deployment is paused it is not over, and its timer is set anew when that is
   * resumed. What a service outside has begun goes on. */
  enum {
    WAIT_GOES_ON,
    WAIT_OUTLASTS_PAUSE
  } pause;
  TimerKind timer; /* of one that outlasts a pause */
} WaitKind;

static const WaitKind kinds[DEPLOYMENT_WAIT_BAKE + 1] = {
  [DEPLOYMENT_WAIT_FLEET] = { replacement_expired, NULL },
  [DEPLOYMENT_WAIT_READY] = { ready_expired, phase_leave, WAIT_OUTLASTS_PAUSE, TIMER_WAIT },
  [DEPLOYMENT_WAIT_TERMINATION] = { replacement_terminate, replacement_terminate,
                                    WAIT_OUTLASTS_PAUSE, TIMER_WAIT },
  [DEPLOYMENT_WAIT_BAKE] = { .pause = WAIT_OUTLASTS_PAUSE, .timer = TIMER_BAKE },
};

gboolean
deployment_wait_expired (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                         Arena *arena, GError **error)
{
  WaitEnd expired = kinds[deployment->wait].expired;
  if (deployment->complete_ms != 0 || expired == NULL || deployment->wait_until_ms > now_ms)
    return TRUE;
  if (deployment->paused_ms != 0 && kinds[deployment->wait].pause == WAIT_OUTLASTS_PAUSE)
    return TRUE; /* see deployment_resume_wait */
  return deployment_end_wait (tx, deployment, error) &&
         expired (engine, tx, deployment, now_ms, arena, error);
}

gboolean
deployment_resume_wait (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                        gint64 now_ms, GError **error)
{
  const WaitKind *kind = &kinds[deployment->wait];
  return kind->pause == WAIT_GOES_ON ||
         engine_set_timer (engine, tx, deployment->id, TIMER_NO_TARGET, kind->timer,
                           MAX (deployment->wait_until_ms, now_ms), error);
}

gboolean
engine_end_wait (Engine *engine, StoreTx *tx, const char *deployment_id, DeploymentWait wait,
                 gint64 now_ms, EngineWait *out_result, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  DeploymentAction action;
  DeploymentRecord *deployment = deployment_load (tx, deployment_id, arena, error);
  if (deployment == NULL)
    return FALSE;
  *out_result = ENGINE_WAIT_NONE;
  if (deployment->wait != wait || deployment->ending != DEPLOYMENT_ERROR_NONE ||
      kinds[wait].ended == NULL)
    return TRUE;
  if (deployment->status != DEPLOYMENT_IN_PROGRESS &&
      !deployment_machine_step (&deployment->status, DEPLOYMENT_EV_CONTINUE, &action))
    return TRUE;
  *out_result = ENGINE_WAIT_ENDED;
  /* No original ends while the deployment is paused: that is what there may be to go back to. */
  if (deployment->paused_ms != 0 && wait == DEPLOYMENT_WAIT_TERMINATION) {
    deployment->wait_until_ms = now_ms;
    return deployment_record_update (tx, deployment, error);
  }
  return deployment_end_wait (tx, deployment, error) &&
         kinds[wait].ended (engine, tx, deployment, now_ms, arena, error);
}
