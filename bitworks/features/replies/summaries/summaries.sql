-- name: claim
-- What is due, of anybody, that nobody works on, or whose worker has died; at most $1. The table holds only
-- what waits.
with free as (
    select user_id, conversation_id from summaries_due
    where due_at <= clock_timestamp() and (leased_until is null or leased_until < clock_timestamp())
    order by due_at limit $1
    for update skip locked
)
update summaries_due s
set fence = s.fence + 1, leased_until = clock_timestamp() + make_interval(secs => $2)
from free f where s.user_id = f.user_id and s.conversation_id = f.conversation_id
returning s.user_id, s.conversation_id, s.fence, s.asked, s.tries

-- name: renew
-- Nothing, if somebody has taken it over or it was put down. One at a time: a batch of messages locks several of these rows, and
-- whoever waited for one of them while holding another could wait for ever.
update summaries_due set leased_until = clock_timestamp() + make_interval(secs => $4)
where user_id = $1 and conversation_id = $2 and fence = $3 and leased_until is not null
returning 1

-- name: done
-- Nothing, if more was said meanwhile.
delete from summaries_due
where user_id = $1 and conversation_id = $2 and fence = $3 and asked = $4
returning 1

-- name: release
-- Leaves it to whoever is next, after so many seconds and tries.
update summaries_due
set leased_until = null, due_at = clock_timestamp() + make_interval(secs => $4), tries = $5
where user_id = $1 and conversation_id = $2 and fence = $3
