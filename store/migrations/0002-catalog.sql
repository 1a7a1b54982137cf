-- The catalogue: applications, deployment groups, custom deployment configurations, revisions, on-premises
-- instances, tags. Times are milliseconds since the epoch. Columns named *_json hold API structures as text,
-- written and read above the store.

-- A deleted application or group stays as a tombstone (deleted_ms set) so that deployments that are still
-- running, or are kept as history, can name it. Names are unique among the living only.
CREATE TABLE application (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  compute_platform TEXT NOT NULL,
  create_ms BIGINT NOT NULL,
  last_revision_number BIGINT NOT NULL DEFAULT 0,
  deleted_ms BIGINT
);
CREATE UNIQUE INDEX application_by_name ON application (name) WHERE deleted_ms IS NULL;

CREATE TABLE deployment_group (
  id TEXT PRIMARY KEY,
  application_id TEXT NOT NULL REFERENCES application (id),
  name TEXT NOT NULL,
  deployment_config_name TEXT NOT NULL,
  service_role_arn TEXT NOT NULL,
  settings_json TEXT NOT NULL,
  ecs_service TEXT,
  create_ms BIGINT NOT NULL,
  target_revision_number BIGINT,
  last_attempted_deployment_id TEXT,
  last_successful_deployment_id TEXT,
  deleted_ms BIGINT
);
CREATE UNIQUE INDEX deployment_group_by_name ON deployment_group (application_id, name)
  WHERE deleted_ms IS NULL;
CREATE INDEX deployment_group_by_target_revision
  ON deployment_group (application_id, target_revision_number, name)
  WHERE deleted_ms IS NULL AND target_revision_number IS NOT NULL;
CREATE INDEX deployment_group_by_config ON deployment_group (deployment_config_name)
  WHERE deleted_ms IS NULL;
CREATE UNIQUE INDEX deployment_group_by_ecs_service ON deployment_group (ecs_service)
  WHERE deleted_ms IS NULL AND ecs_service IS NOT NULL;

-- Custom configurations only; the predefined ones are a table in the program.
CREATE TABLE deployment_config (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  compute_platform TEXT NOT NULL,
  settings_json TEXT NOT NULL,
  create_ms BIGINT NOT NULL
);

-- number counts up within the application in order of registration. identity is a digest over what makes two
-- locations the same revision.
CREATE TABLE revision (
  application_id TEXT NOT NULL REFERENCES application (id),
  number BIGINT NOT NULL,
  identity TEXT NOT NULL,
  s3_bucket TEXT,
  s3_key TEXT,
  location_json TEXT NOT NULL,
  description TEXT,
  register_ms BIGINT NOT NULL,
  first_used_ms BIGINT,
  last_used_ms BIGINT,
  PRIMARY KEY (application_id, number),
  UNIQUE (application_id, identity)
);
CREATE INDEX revision_by_register_time ON revision (application_id, register_ms, number);
CREATE INDEX revision_by_first_use
  ON revision (application_id, (COALESCE (first_used_ms, 9223372036854775807)), number);
CREATE INDEX revision_by_last_use
  ON revision (application_id, (COALESCE (last_used_ms, 9223372036854775807)), number);

-- One row a name. Deregistration sets deregister_ms and frees the IAM ARN; a new registration of the name
-- replaces the row's contents, with a new ARN suffix.
CREATE TABLE instance (
  name TEXT PRIMARY KEY,
  arn_suffix TEXT NOT NULL,
  iam_user_arn TEXT,
  iam_session_arn TEXT,
  register_ms BIGINT NOT NULL,
  deregister_ms BIGINT
);
CREATE UNIQUE INDEX instance_by_iam_user_arn ON instance (iam_user_arn) WHERE deregister_ms IS NULL;
CREATE UNIQUE INDEX instance_by_iam_session_arn ON instance (iam_session_arn)
  WHERE deregister_ms IS NULL;

-- Tags of registered instances only: deregistration removes them.
CREATE TABLE instance_tag (
  instance_name TEXT NOT NULL REFERENCES instance (name),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (instance_name, key)
);
CREATE INDEX instance_tag_by_key ON instance_tag (key, instance_name);
CREATE INDEX instance_tag_by_pair ON instance_tag (key, value, instance_name);
CREATE INDEX instance_tag_by_value ON instance_tag (value, instance_name);

-- resource_id is an application's or a group's id, so that tags follow a rename.
CREATE TABLE resource_tag (
  resource_id TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (resource_id, key)
);
