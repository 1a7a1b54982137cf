-- Users, roles and their policies.

-- Names are unique whatever their case: name_key is the name in lower case. Of users made before who differ in their
-- paths only, the first has the name; the others are known by their ARNs. role_arn: of a role's session, which is a
-- principal while it has keys; its name_key is its ARN.
ALTER TABLE principal ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE principal ADD COLUMN role_arn TEXT;
UPDATE principal SET name_key = lower (name);
UPDATE principal SET name_key = arn WHERE EXISTS
  (SELECT 1 FROM principal AS other
    WHERE other.name_key = principal.name_key AND other.arn < principal.arn);
CREATE UNIQUE INDEX principal_by_name ON principal (name_key);
CREATE INDEX principal_by_role ON principal (role_arn) WHERE role_arn IS NOT NULL;

CREATE INDEX access_key_by_expiry ON access_key (expire_ms) WHERE expire_ms > 0;

-- trust_policy: who may assume the role. max_session_s: how long a session may last.
CREATE TABLE iam_role (
  arn TEXT PRIMARY KEY,
  name_key TEXT NOT NULL UNIQUE,
  path TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  trust_policy TEXT NOT NULL,
  max_session_s BIGINT NOT NULL,
  create_ms BIGINT NOT NULL
);

-- owner: the ARN of a user or a role; of a session's policies the id of its access key.
CREATE TABLE iam_policy (
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (owner, name)
);

-- Managed policies are a table in the program; here is who has them.
CREATE TABLE iam_attachment (
  owner TEXT NOT NULL,
  policy_arn TEXT NOT NULL,
  PRIMARY KEY (owner, policy_arn)
);
CREATE INDEX iam_attachment_by_policy ON iam_attachment (policy_arn);
