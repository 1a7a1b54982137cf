-- The Auto Scaling group that a deployment copies: its group may select another by the time that the copy takes its place, or the
-- original ends.
ALTER TABLE deployment ADD COLUMN copied_fleet TEXT;
