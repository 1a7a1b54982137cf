#pragma once

#include "cli/progress.h"

/*
 * What is said about a deployment that is over: how long it took, and when it failed which host failed at which event
 * and script, with the script's last lines, and which rollback was started.
 *
 * Thread rule: pure functions.
 */
char *deployment_report (const DeploymentSnapshot *snapshot, ProgressStyle style);
/* What to call the exit status of a command that waited for it. */
int deployment_report_exit (const DeploymentSnapshot *snapshot);
