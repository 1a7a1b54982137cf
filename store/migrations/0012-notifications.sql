-- What is heard of a deployment's alarms, and who is told of what happens in deployments.

-- alarms_ms: when its alarms were first read, before which nothing of it starts; NULL: not yet, or it watches none.
-- alarm_warning: what people should know of its alarms although it goes on. announces: the events that somebody listens to, as
-- bits; what nobody listens to costs nothing.
ALTER TABLE deployment ADD COLUMN alarms_ms BIGINT;
ALTER TABLE deployment ADD COLUMN alarm_warning TEXT;
ALTER TABLE deployment ADD COLUMN announces BIGINT NOT NULL DEFAULT 0;

-- Who listens to a deployment, as it was when it was created; gone with its end. sink: the target of a trigger, or a receiver of
-- all events (then trigger_name is NULL). events: bits.
CREATE TABLE notification_listener (
  deployment_id TEXT NOT NULL,
  ordinal BIGINT NOT NULL,
  sink TEXT NOT NULL,
  trigger_name TEXT,
  events BIGINT NOT NULL,
  PRIMARY KEY (deployment_id, ordinal)
);

-- What is to be delivered, written by the transaction of the change itself, until it is (at least once). In order for one
-- deployment and sink: only the first of them, by seq, that is not dead has a due_ms. A row is claimed by moving its due_ms behind
-- the time that the delivery may take. tries: how often it was claimed; a result names the try it is of. since_ms, failures,
-- failure: since when it is tried, how often that failed, and why the last time. dead_ms: since when nobody tries any more.
CREATE TABLE notification (
  id TEXT NOT NULL PRIMARY KEY,
  deployment_id TEXT NOT NULL,
  sink TEXT NOT NULL,
  seq BIGINT NOT NULL,
  trigger_name TEXT,
  event TEXT NOT NULL,
  fact_json TEXT NOT NULL,
  create_ms BIGINT NOT NULL,
  since_ms BIGINT NOT NULL,
  due_ms BIGINT,
  tries BIGINT NOT NULL DEFAULT 0,
  failures BIGINT NOT NULL DEFAULT 0,
  failure TEXT,
  dead_ms BIGINT,
  UNIQUE (sink, deployment_id, seq)
);
CREATE INDEX notification_by_due ON notification (due_ms);
CREATE INDEX notification_by_time ON notification (create_ms, id);
