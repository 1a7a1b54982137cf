-- Those that were given up are looked for by age, every hour, in a table that may be long because a receiver is away.
CREATE INDEX notification_dead ON notification (dead_ms) WHERE dead_ms IS NOT NULL;
