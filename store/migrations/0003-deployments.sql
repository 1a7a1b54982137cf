-- Deployments, their targets, the host commands in flight, the waits, and what is known of each host. Times are
-- milliseconds since the epoch. Columns named *_json hold API structures as text, written and read above the store.

-- info_json is an API DeploymentInfo with the members that never change after creation. What the scheduler needs is in
-- columns: how many targets must stay healthy (healthy_* as configured, minimum_healthy as computed at the start) and
-- how many are in each state. ending says that no further command is sent, and why; the deployment ends with that
-- error as soon as nothing runs.
CREATE TABLE deployment (
  id TEXT PRIMARY KEY,
  application_id TEXT NOT NULL REFERENCES application (id),
  group_id TEXT NOT NULL REFERENCES deployment_group (id),
  revision_number BIGINT NOT NULL,
  config_name TEXT NOT NULL,
  healthy_type TEXT NOT NULL,
  healthy_value BIGINT NOT NULL,
  creator TEXT NOT NULL,
  status TEXT NOT NULL,
  info_json TEXT NOT NULL,
  create_ms BIGINT NOT NULL,
  start_ms BIGINT,
  complete_ms BIGINT,
  minimum_healthy BIGINT NOT NULL DEFAULT 0,
  n_targets BIGINT NOT NULL DEFAULT 0,
  n_pending BIGINT NOT NULL DEFAULT 0,
  n_running BIGINT NOT NULL DEFAULT 0,
  n_succeeded BIGINT NOT NULL DEFAULT 0,
  n_failed BIGINT NOT NULL DEFAULT 0,
  n_skipped BIGINT NOT NULL DEFAULT 0,
  first_failure TEXT,
  ending TEXT,
  stop_rollback TEXT,
  error_code TEXT,
  error_message TEXT,
  rollback_id TEXT,
  rollback_of TEXT,
  rollback_message TEXT
);
CREATE INDEX deployment_by_time ON deployment (create_ms, id);
CREATE INDEX deployment_by_group ON deployment (group_id, create_ms, id);
-- One active deployment in a group; deployments of one new or leaving instance are exempt.
CREATE UNIQUE INDEX deployment_active ON deployment (group_id)
  WHERE complete_ms IS NULL AND creator NOT IN ('autoscaling', 'autoscalingTermination');

-- ordinal: the order in which the targets are tried, from 0. events_json: the lifecycle events that have ended; NULL
-- while none has. plan: which events there are.
CREATE TABLE target (
  deployment_id TEXT NOT NULL REFERENCES deployment (id),
  ordinal BIGINT NOT NULL,
  target_id TEXT NOT NULL,
  target_arn TEXT NOT NULL,
  host_arn TEXT NOT NULL,
  plan TEXT NOT NULL,
  status TEXT NOT NULL,
  update_ms BIGINT NOT NULL,
  events_json TEXT,
  PRIMARY KEY (deployment_id, ordinal)
);
CREATE UNIQUE INDEX target_by_id ON target (deployment_id, target_id);
CREATE INDEX target_by_host ON target (host_arn, deployment_id);

-- The present event of each running target, on its way to the host; gone when the target has ended. One target at a
-- time has a host: the one with the smallest turn, the others are Waiting. armed_ms: when the target's timer is due.
-- last: after this event no other is sent.
CREATE TABLE host_command (
  deployment_id TEXT NOT NULL,
  ordinal BIGINT NOT NULL,
  host_arn TEXT NOT NULL,
  turn BIGINT NOT NULL,
  step BIGINT NOT NULL,
  event TEXT NOT NULL,
  status TEXT NOT NULL,
  since_ms BIGINT NOT NULL,
  acknowledge_ms BIGINT,
  armed_ms BIGINT,
  last BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (deployment_id, ordinal)
);
CREATE UNIQUE INDEX host_command_by_turn ON host_command (host_arn, turn);

-- Everything that waits. ordinal: the target's, or -1 for the deployment's own.
CREATE TABLE timer (
  deployment_id TEXT NOT NULL,
  ordinal BIGINT NOT NULL,
  kind TEXT NOT NULL,
  due_ms BIGINT NOT NULL,
  PRIMARY KEY (deployment_id, ordinal, kind)
);
CREATE INDEX timer_by_due ON timer (due_ms);

-- What is known of a host within a group (deployments.md 3.1): whether the last deployment to it succeeded, and the
-- revision installed last, NULL when that is not known.
CREATE TABLE target_health (
  group_id TEXT NOT NULL,
  target_arn TEXT NOT NULL,
  healthy BIGINT NOT NULL,
  revision_number BIGINT,
  deployment_id TEXT NOT NULL,
  PRIMARY KEY (group_id, target_arn)
);
