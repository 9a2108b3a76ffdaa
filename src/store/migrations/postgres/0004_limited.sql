-- Until when the platform asked to be left alone when it last did not take a message; NULL where it
-- failed otherwise.
ALTER TABLE deliveries ADD COLUMN limited_ms BIGINT;
