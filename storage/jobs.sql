-- name: now
select clock_timestamp() as now
