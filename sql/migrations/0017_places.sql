-- 0017_places: the hours of one place are found without passing by those of all others. Safe while the old code runs:
-- the merger waits for as long as the indexes are built, a second for a million hours.
-- migrate:up
SET LOCAL lock_timeout = '4s';
CREATE INDEX rollups_hour_place ON rollups_hour (provider, cell, at);
CREATE INDEX histograms_cell_hour_place ON histograms_cell_hour (provider, cell, at);

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP INDEX histograms_cell_hour_place;
DROP INDEX rollups_hour_place;
