-- Principals and their access keys.
--
-- A principal is who signs requests. Its ARN is its identity everywhere: a host's ARN is the identifier that its agent
-- sends. kind: administrator, host.
CREATE TABLE principal (
  arn TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  path TEXT NOT NULL,
  name TEXT NOT NULL,
  create_ms BIGINT NOT NULL
);

-- secret_sealed is encrypted with a key that is not in the database. A temporary key has an end (expire_ms) and the
-- SHA-256 of its session token; 0 and NULL otherwise. disabled: 0 or 1.
CREATE TABLE access_key (
  id TEXT PRIMARY KEY,
  principal_arn TEXT NOT NULL REFERENCES principal (arn),
  secret_sealed BYTEA NOT NULL,
  token_sha256 BYTEA,
  expire_ms BIGINT NOT NULL,
  disabled BIGINT NOT NULL,
  create_ms BIGINT NOT NULL
);

CREATE INDEX access_key_by_principal ON access_key (principal_arn);
