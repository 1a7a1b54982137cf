#pragma once

#include "server/integrations/fleet-errands.h"

/* Blue/green by a copied Auto Scaling group (deployments.md 5.2, 6.6), as performers of errands; ctx: FleetErrands.
 *
 *   copy-fleet    {"autoScalingGroup","name","deploymentId"}: a group like it, with as many instances as it has in service, that no
 *                 balancer and no alarm moves. DONE when they are in service: {"autoScalingGroup":name,"instances":[...]}
 *   swap-fleet    {"from","to","groupId","groupName"}: the copy has the balancers, and scales by itself; the original has no
 *                 hooks of the deployment group any more
 *   retire-fleet  {"autoScalingGroup"?,"instances":[id]}: the group, with its instances, or these alone are ended
 *
 * Each finds out what is there and does what is missing, so it can be repeated after a cut at any point. Thread rule: any. */
void fleet_copy_perform (gpointer ctx, const ErrandRecord *errand, gint64 end_us, Arena *arena,
                         ErrandResult *out);
void fleet_swap_perform (gpointer ctx, const ErrandRecord *errand, gint64 end_us, Arena *arena,
                         ErrandResult *out);
void fleet_retire_perform (gpointer ctx, const ErrandRecord *errand, gint64 end_us, Arena *arena,
                           ErrandResult *out);
