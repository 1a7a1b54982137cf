-- Work that leaves the building: one row for each thing that another service must be asked or told, until it is done. Done
-- at least once: a row is claimed by moving its due_ms behind the time that the work may take, and goes with the result.

-- owner_id: a deployment's id, or that of what else it is done for. ordinal: of the deployment's target, or -1. state_json:
-- what the work keeps from one try to the next. tries: how often it was claimed; a result names the try it is of.
-- waits_for: why it is not done yet, for people.
CREATE TABLE errand (
  owner_id TEXT NOT NULL,
  ordinal BIGINT NOT NULL,
  kind TEXT NOT NULL,
  request_json TEXT NOT NULL,
  state_json TEXT,
  create_ms BIGINT NOT NULL,
  due_ms BIGINT NOT NULL,
  tries BIGINT NOT NULL DEFAULT 0,
  waits_for TEXT,
  PRIMARY KEY (owner_id, ordinal, kind)
);
CREATE INDEX errand_by_due ON errand (due_ms);

-- phase: which walk the deployment is at. wait: what it waits for as a whole, until when (NULL: without an end).
-- paused_ms: since when a person keeps it from going on. stage: the one that it is at, of those in deployment_stage.
ALTER TABLE deployment ADD COLUMN phase TEXT NOT NULL DEFAULT 'install';
ALTER TABLE deployment ADD COLUMN wait TEXT;
ALTER TABLE deployment ADD COLUMN wait_until_ms BIGINT;
ALTER TABLE deployment ADD COLUMN paused_ms BIGINT;
ALTER TABLE deployment ADD COLUMN stage BIGINT NOT NULL DEFAULT 0;

-- The Availability Zone; NULL where there is none.
ALTER TABLE target ADD COLUMN zone TEXT;
