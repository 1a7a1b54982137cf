#pragma once

#include "agent/deployment-spec.h"
#include "agent/diagnostics.h"
#include "agent/host.h"
#include "agent/script-log.h"
#include "core/appspec.h"

/*
 * One script of a lifecycle event: found in its revision (hook-script.h), started as whom the AppSpec says, and its end put into the
 * words and codes of the diagnostics (agent.md 5.3 to 5.6, 5.8).
 *
 *   runas  sudo   the agent is root                        it is not
 *   no     no     the script                               the script
 *   no     yes    sudo PATH                                sudo PATH
 *   yes    no     as the user (hook-spawn.h);              su USER -c PATH, which asks for a password that nobody gives;
 *                 with hook_runas_su: su USER -c PATH      the agent's own user: the script
 *   yes    yes    sudo su USER -c PATH                     sudo su USER -c PATH
 *
 * Codes: 1 it is not there (or not inside the revision); 2 it could not be made executable; 3 its time was over; 6 somebody
 * else held its output; 4 everything else, also a user that does not exist or may not get at the script.
 *
 * Thread rule: any thread; blocks for as long as the script runs.
 */
typedef struct {
  const AgentHost *host;
  const DeploymentSpec *spec; /* the current deployment's */
  const char *event;
  const char *archive_dir;   /* of the revision whose script it is */
  const char *observed_etag; /* as in HookEnvironment */
  ScriptLog *log;
} HookRun;

/* out starts cleared and keeps code 0 or gets what went wrong. */
void hook_run_script (const HookRun *run, const AppSpecScript *script, CommandResult *out);
