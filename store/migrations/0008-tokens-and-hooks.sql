-- GitHub account tokens, and hook executions that wait for their status.

-- sealed is encrypted with a key that is not in the database.
CREATE TABLE github_token (
  name TEXT PRIMARY KEY,
  sealed BYTEA NOT NULL,
  create_ms BIGINT NOT NULL
);

-- The token that an application fetches its revisions from GitHub with. The name stays when the token goes, so that a
-- deployment can say what is missing.
ALTER TABLE application ADD COLUMN github_token_name TEXT;

-- A validation hook of a Lambda or ECS deployment that was called: id is what the hook reports with. status: InProgress until
-- it has reported.
CREATE TABLE hook_execution (
  id TEXT PRIMARY KEY,
  deployment_id TEXT NOT NULL REFERENCES deployment (id),
  target_id TEXT NOT NULL,
  event TEXT NOT NULL,
  status TEXT NOT NULL,
  create_ms BIGINT NOT NULL,
  complete_ms BIGINT
);
CREATE UNIQUE INDEX hook_execution_by_event ON hook_execution (deployment_id, target_id, event);
