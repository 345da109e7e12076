-- name: due
-- Due summaries of all users that no worker has, or whose worker has died: in turn by user; at most $1, and of one user
-- no more than make $2 with those that are being written. The table holds only summaries that are not up to date.
select user_id, conversation_id as id, fence, clock_timestamp() as now
from (
    select user_id, conversation_id, fence, due_at, leased_until,
           row_number() over (
               partition by user_id order by coalesce(leased_until > clock_timestamp(), false) desc, due_at
           ) as turn
    from summaries_due where due_at <= clock_timestamp()
) s
where (leased_until is null or leased_until < clock_timestamp()) and turn <= $2
order by turn, due_at limit $1

-- name: claim
update summaries_due set worker = $4, fence = fence + 1, leased_until = $5
where user_id = $1 and conversation_id = $2 and fence = $3 and due_at <= $6
      and (leased_until is null or leased_until < $6)
returning user_id, conversation_id, fence, tries, asked

-- name: renew
-- No row if another worker has the job, or it was released. One at a time: a batch of messages locks several
-- of these rows, and a statement that waited for one of them while holding another could wait for ever.
update summaries_due set leased_until = $4
where user_id = $1 and conversation_id = $2 and fence = $3 and leased_until is not null
returning 1

-- name: done
-- No row if the summary became due again meanwhile.
delete from summaries_due
where user_id = $1 and conversation_id = $2 and fence = $3 and asked = $4
returning 1

-- name: release
-- Releases a summary to the next worker.
update summaries_due set worker = null, leased_until = null, due_at = $4, tries = $5
where user_id = $1 and conversation_id = $2 and fence = $3
