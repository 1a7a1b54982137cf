-- What deployment configurations carry beyond the public service. The configuration's own are in its settings_json.

-- What its configuration said when it was created; 0: nothing.
ALTER TABLE deployment ADD COLUMN timeout_minutes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deployment ADD COLUMN retries BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deployment ADD COLUMN maximum_batch BIGINT NOT NULL DEFAULT 0;

-- A target that fails and has retries left starts its lifecycle again. attempt: the one that events_json tells of, from 1.
-- failed_events_json: the events of the attempt before it, of which the last failed; NULL in the first.
ALTER TABLE target ADD COLUMN attempt BIGINT NOT NULL DEFAULT 1;
ALTER TABLE target ADD COLUMN failed_events_json TEXT;
-- Of the command on its way to the host; part of its identifier.
ALTER TABLE host_command ADD COLUMN attempt BIGINT NOT NULL DEFAULT 1;
