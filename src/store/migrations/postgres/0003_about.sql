-- What of podprobe itself a message is about: a later one ends it.
ALTER TABLE deliveries ADD COLUMN about TEXT;
CREATE INDEX deliveries_about ON deliveries (about, channel, id) WHERE about IS NOT NULL;
