-- Hosts that are not registered here: other services list them. And hosts that come and go by themselves.

-- fleet: one row a list that was made, of a deployment or a group (owner_id). side: which list of its owner's it is.
-- fleet_instance: who is on it. name: an EC2 instance's id, or a registered instance's name. tags_json: an object; NULL: none,
-- or not known.
CREATE TABLE fleet (
  owner_id TEXT NOT NULL,
  side TEXT NOT NULL,
  list_ms BIGINT NOT NULL,
  PRIMARY KEY (owner_id, side)
);
CREATE TABLE fleet_instance (
  owner_id TEXT NOT NULL,
  side TEXT NOT NULL,
  name TEXT NOT NULL,
  arn TEXT NOT NULL,
  zone TEXT,
  tags_json TEXT,
  PRIMARY KEY (owner_id, side, name)
);

-- An instance that its Auto Scaling group keeps waiting for a group's lifecycle hook. deployment_id: what is done about it; NULL:
-- nothing was to be done. done_ms: when the group was told to go on; the row stays until a later look no longer finds
-- the instance waiting.
CREATE TABLE scaling_wait (
  hook TEXT NOT NULL,
  instance_id TEXT NOT NULL,
  group_id TEXT NOT NULL,
  auto_scaling_group TEXT NOT NULL,
  host_arn TEXT NOT NULL,
  deployment_id TEXT,
  begin_ms BIGINT NOT NULL,
  done_ms BIGINT,
  PRIMARY KEY (hook, instance_id)
);
CREATE INDEX scaling_wait_by_group ON scaling_wait (group_id);
CREATE INDEX scaling_wait_by_deployment ON scaling_wait (deployment_id) WHERE deployment_id IS NOT NULL;

-- root_id: of a deployment to what was outdated after another one, that other.
ALTER TABLE deployment ADD COLUMN root_id TEXT;
CREATE INDEX deployment_by_root ON deployment (root_id) WHERE root_id IS NOT NULL;
-- Deployments that count against the account's limit, those of single new instances included.
CREATE INDEX deployment_unfinished ON deployment (id) WHERE complete_ms IS NULL;

-- new_hosts: 1 when registered hosts that come to match get the group's revision.
ALTER TABLE deployment_group ADD COLUMN new_hosts BIGINT NOT NULL DEFAULT 0;
CREATE INDEX deployment_group_with_new_hosts ON deployment_group (id)
  WHERE new_hosts = 1 AND deleted_ms IS NULL;
