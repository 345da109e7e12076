-- name: question
-- What is asked about, for an ask about a message that is there.
select id, conversation_id, role, metadata ->> 'reply_to' as reply_to from messages
where user_id = $1 and id = $2

-- name: under_way
-- What makes the conversation busy: first the answers that wait for their turn, then what streams.
-- `offset 0` has each message that streams found by its own key: not knowing the arguments, the planner would
-- walk the whole conversation for them.
select o.id, r.state is not distinct from 'queued' as queued
from open_messages o
cross join lateral (
    select conversation_id, role from messages where user_id = o.user_id and id = o.id offset 0
) m
left join replies r on r.user_id = o.user_id and r.message_id = o.id
where o.user_id = $1 and m.conversation_id = $2 and m.role = 'assistant'
order by queued desc

-- name: of_question
-- The last answer that was asked for to this question.
select r.message_id, case when r.state = 'queued' then 'queued' else m.status end as state
from replies r join messages m on m.user_id = r.user_id and m.id = r.message_id
where r.user_id = $1 and r.question_id = $2
order by m.position desc limit 1

-- name: insert
insert into replies (user_id, message_id, conversation_id, question_id, question_position, state, delivery_id, title)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: wait
-- Nobody has to be heard from until a worker takes it up.
update open_messages set owner = '', expires_at = 'infinity' where user_id = $1 and id = $2

-- name: claim
-- The oldest due replies of anybody that nobody works on, or whose worker has died; at most $2 of them.
with free as (
    select user_id, message_id from replies
    where state = 'due' and (leased_until is null or leased_until < clock_timestamp())
    order by due_at limit $2
    for update skip locked
)
update replies r
set worker = $1, fence = r.fence + 1, leased_until = clock_timestamp() + make_interval(secs => $3)
from free f where r.user_id = f.user_id and r.message_id = f.message_id
returning r.user_id, r.message_id, r.conversation_id, r.question_id, r.delivery_id, r.title, r.tries, r.fence,
          r.delivered_at, r.error

-- name: renew
-- Which of its replies a worker still has.
update replies set leased_until = clock_timestamp() + make_interval(secs => $2)
where worker = $1 and state = 'due'
returning user_id, message_id, fence

-- name: release
-- Leaves a reply to whoever is next.
update replies set worker = null, leased_until = null
where user_id = $1 and message_id = $2 and fence = $3 and state = 'due'

-- name: note_try
update replies set tries = tries + 1
where user_id = $1 and message_id = $2 and fence = $3 and state = 'due' returning tries

-- name: note_delivery
update replies set delivered_at = clock_timestamp()
where user_id = $1 and message_id = $2 and fence = $3 and state = 'due' returning delivered_at

-- name: bury
update replies set dead_at = clock_timestamp(), error = $4
where user_id = $1 and message_id = $2 and fence = $3 and state = 'due'

-- name: dead
-- Of all users: what no workflow took.
select user_id, message_id, conversation_id, question_id, delivery_id, tries, dead_at, error
from replies where dead_at is not null order by dead_at

-- name: raise_dead
update replies set dead_at = null
where user_id = $1 and message_id = $2 and dead_at is not null returning delivery_id
