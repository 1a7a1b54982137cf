-- Who changed what: one row a call, never changed. record_json is the whole event in CloudTrail's shape; the columns
-- are what it is looked up by. read_only: 0 or 1. error_code: NULL when the call succeeded.
CREATE TABLE audit_event (
  event_id TEXT PRIMARY KEY,
  time_ms BIGINT NOT NULL,
  event_source TEXT NOT NULL,
  event_name TEXT NOT NULL,
  read_only BIGINT NOT NULL,
  user_name TEXT NOT NULL,
  access_key_id TEXT NOT NULL,
  error_code TEXT,
  record_json TEXT NOT NULL
);
CREATE INDEX audit_event_by_time ON audit_event (time_ms, event_id);
CREATE INDEX audit_event_by_user ON audit_event (user_name, time_ms, event_id);

-- What an event was about.
CREATE TABLE audit_resource (
  event_id TEXT NOT NULL REFERENCES audit_event (event_id),
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  time_ms BIGINT NOT NULL,
  PRIMARY KEY (event_id, type, name)
);
CREATE INDEX audit_resource_by_name ON audit_resource (name, time_ms, event_id);
