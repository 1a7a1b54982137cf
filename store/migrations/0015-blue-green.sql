-- Deployments that replace a fleet.

-- course: which phases it has. note: what went wrong that did not fail it, for people. fleet_name: the Auto Scaling group that it makes.
-- replaced_json: the settings of its group from before the group came to select the new hosts; NULL: it does not yet.
ALTER TABLE deployment ADD COLUMN course TEXT NOT NULL DEFAULT 'in-place';
ALTER TABLE deployment ADD COLUMN note TEXT;
ALTER TABLE deployment ADD COLUMN fleet_name TEXT;
ALTER TABLE deployment ADD COLUMN replaced_json TEXT;

-- Replacements that wait for traffic: the next ones are found in one step, however many there are.
CREATE INDEX target_ready ON target (deployment_id, ordinal) WHERE status = 'Ready';
