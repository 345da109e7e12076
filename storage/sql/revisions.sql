-- name: lock
-- Takes the user's counter. Everything after it in the transaction sees all earlier writes of the user.
select revision, date_trunc('milliseconds', clock_timestamp()) as now
from heads where user_id = $1 for update

-- name: advance
update heads set revision = $2 where user_id = $1

-- name: bury
-- Leaves what receivers need of a deleted row, and what answers 410 to its id.
insert into tombstones (user_id, revision, kind, id, conversation_id, "timestamp")
values ($1, $2, $3, $4, $5, $6)

-- name: is_buried
select 1 from tombstones where user_id = $1 and kind = $2 and id = $3

-- name: heads
-- What the beat asks, for a slice of the hosted users.
select user_id, revision, sessions_ended from heads where user_id = any ($1::text[]::uuid[])

-- name: epoch
select id from epoch

-- name: new_epoch
update epoch set id = substr(replace(gen_random_uuid()::text, '-', ''), 1, 12) returning id
