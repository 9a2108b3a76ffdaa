-- How an incident ended; empty where nobody wrote it down.
ALTER TABLE incidents ADD COLUMN ending TEXT;
