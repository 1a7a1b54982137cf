#pragma once

#include "proto/api-types.h"

/*
 * A plan as people read it: how many hosts and at how many a time, each with its place, and what could stop it.
 *
 * Thread rule: pure functions.
 */

/* columns: how wide a line may be. The caller frees it. */
char *plan_text (const ApiPlanDeploymentOutput *plan, guint columns, gint64 now_ms);

/* Whether something in it would end the deployment, or keep it from being created. */
gboolean plan_text_is_blocked (const ApiPlanDeploymentOutput *plan);
