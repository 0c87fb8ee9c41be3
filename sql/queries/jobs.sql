-- name: enqueue
-- Asks for work, in the transaction of the thing itself; NULL where the same job is open already.
SELECT enqueue_job($1, $2);

-- name: count_open
-- How many jobs wait or run, counted no further than this.
SELECT count_jobs($1);
