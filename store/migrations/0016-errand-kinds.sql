-- Errands of one kind are found without those of the others: thousands of targets may wait for balancers while an alarm is to be
-- read.
DROP INDEX errand_by_due;
CREATE INDEX errand_by_kind ON errand (kind, due_ms);
