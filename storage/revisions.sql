-- name: lock
-- Locks the counter of the user. Everything after it in the transaction sees all earlier writes of the user.
select revision, date_trunc('milliseconds', clock_timestamp()) as now, pg_current_xact_id()::text as xact
from heads where user_id = $1 for update

-- name: outcome
-- What became of a transaction: committed, aborted, in progress; null if that is too long ago.
select pg_xact_status($1::text::xid8) as outcome

-- name: advance
update heads set revision = $2 where user_id = $1

-- name: leave_tombstone
-- Keeps what receivers need of a deleted row, and what makes its id one that is refused as deleted.
insert into tombstones (user_id, revision, kind, id, conversation_id, "timestamp")
values ($1, $2, $3, $4, $5, $6)

-- name: has_tombstone
select 1 from tombstones where user_id = $1 and kind = $2 and id = $3

-- name: heads
-- The counters of some of the hosted users, for reconciliation.
select user_id, revision, sessions_ended from heads where user_id = any ($1::text[]::uuid[])

-- name: epoch
-- The epoch, and whether it was made for the history that is being written now.
select id, coalesce(history = current_history(), current_history() is null) as current from epoch

-- name: follow_history
-- Another history begins another epoch; so does the first one seen, for it may be that of an old backup.
update epoch
set history = current_history(), id = substr(replace(gen_random_uuid()::text, '-', ''), 1, 12)
where history is distinct from current_history()

-- name: new_epoch
update epoch
set id = substr(replace(gen_random_uuid()::text, '-', ''), 1, 12), history = current_history()
returning id
