-- A deployment's targets divided in stages that run one after another: Availability Zones, or waves. Deployments without any
-- have no row here, and n_stages 0.

-- first_ordinal, n: the targets of the stage. needed, tolerated: how many of them must succeed, and may fail. wait_s, approval:
-- what comes after it, before the next. before_succeeded, before_failed: the deployment's counters when it began; where its own
-- targets are follows from them while it is the present one. n_succeeded, n_failed: what it came to, once end_ms is set.
-- approve_ms, approved_by: who let it begin, where that was needed.
CREATE TABLE deployment_stage (
  deployment_id TEXT NOT NULL,
  ordinal BIGINT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  first_ordinal BIGINT NOT NULL,
  n BIGINT NOT NULL,
  minimum_healthy BIGINT NOT NULL,
  needed BIGINT NOT NULL,
  tolerated BIGINT NOT NULL,
  wait_s BIGINT NOT NULL,
  approval BIGINT NOT NULL,
  before_succeeded BIGINT NOT NULL DEFAULT 0,
  before_failed BIGINT NOT NULL DEFAULT 0,
  n_succeeded BIGINT NOT NULL DEFAULT 0,
  n_failed BIGINT NOT NULL DEFAULT 0,
  start_ms BIGINT,
  end_ms BIGINT,
  approve_ms BIGINT,
  approved_by TEXT,
  PRIMARY KEY (deployment_id, ordinal)
);

-- n_unhealthy: how many of the first targets were unhealthy, where the scheduler is to know (else 0). paused_by: who pauses it.
-- total_left_ms: of its whole time, what was left when it was paused; NULL: that clock did not run then.
ALTER TABLE deployment ADD COLUMN n_stages BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deployment ADD COLUMN n_unhealthy BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deployment ADD COLUMN paused_by TEXT;
ALTER TABLE deployment ADD COLUMN total_left_ms BIGINT;

-- paused: its deployment is, so no other event follows until it is resumed.
ALTER TABLE host_command ADD COLUMN paused BIGINT NOT NULL DEFAULT 0;
