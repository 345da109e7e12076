-- name: question
-- A message by its id: a question, or a reply with the id of its question.
select id, conversation_id, role, metadata ->> 'reply_to' as reply_to from messages
where user_id = $1 and id = $2

-- name: under_way
-- The messages under way in a conversation: first the replies that wait for their turn, then what streams.
-- `offset 0` has each streaming message found by its own key: not knowing the arguments, the planner would
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
-- The last reply to this question, with its state.
select r.message_id, case when r.state = 'queued' then 'queued' else m.status end as state
from replies r join messages m on m.user_id = r.user_id and m.id = r.message_id
where r.user_id = $1 and r.question_id = $2
order by m.position desc limit 1

-- name: unfinished
-- How many replies of the user are under way or wait, counted no further than $2 of either.
select (select count(*) from (select 1 from replies where user_id = $1 and state = 'due' limit $2) d)
     + (select count(*) from (select 1 from replies where user_id = $1 and state = 'queued' limit $2) q) as replies

-- name: insert
insert into replies (user_id, message_id, conversation_id, question_id, question_position, state, delivery_id, title)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: wait
-- Leaves a message without an owner, and without a deadline for its heartbeat, until a worker appends to it.
update open_messages set owner = '', expires_at = 'infinity' where user_id = $1 and id = $2

-- name: due
-- Due replies of all users that no worker has, or whose worker has died; at most $1. In turn by user: the many of one
-- user wait behind the first of every other, and what is under way counts as a turn that was taken. Nobody has more
-- than $2 turns. What has a worker and only waits takes none: for a workflow that answers later, or for its next try.
select user_id, message_id as id, fence, clock_timestamp() as now
from (
    select user_id, message_id, fence, due_at, leased_until,
           row_number() over (
               partition by user_id order by coalesce(leased_until > clock_timestamp(), false) desc, due_at
           ) as turn
    from replies
    where state = 'due'
          and not (coalesce(leased_until > clock_timestamp(), false)
                   and (delivered_at is not null or due_at > clock_timestamp()))
) r
where (leased_until is null or leased_until < clock_timestamp()) and turn <= $2
order by turn, due_at limit $1

-- name: claim
update replies set worker = $4, fence = fence + 1, leased_until = $5
where user_id = $1 and message_id = $2 and fence = $3 and state = 'due'
      and (leased_until is null or leased_until < $6)
returning user_id, message_id, fence, tries, conversation_id, question_id, delivery_id, title, delivered_at, error,
          (select m.metadata ? 'reply' from messages m where m.user_id = replies.user_id and m.id = message_id)

-- name: renew
update replies set leased_until = $4
where user_id = $1 and message_id = $2 and fence = $3 and state = 'due'
returning 1

-- name: release
-- Releases a reply to the next worker.
update replies set worker = null, leased_until = null, due_at = $4, tries = greatest(tries, $5)
where user_id = $1 and message_id = $2 and fence = $3 and state = 'due'

-- name: settle_ended
-- Ends a reply whose message ended without it, as a process of a release before `stream_ended` ends one.
select stream_ended(r.user_id, r.message_id, r.conversation_id, $3) from replies r
where r.user_id = $1 and r.message_id = $2 and r.state = 'due'
      and not exists (select 1 from open_messages o where o.user_id = r.user_id and o.id = r.message_id)

-- name: note_try
update replies set tries = tries + 1
where user_id = $1 and message_id = $2 and fence = $3 and state = 'due' returning tries

-- name: note_pause
-- Says until when a reply waits for its next try.
update replies set due_at = $4
where user_id = $1 and message_id = $2 and fence = $3 and state = 'due' returning due_at

-- name: note_delivery
update replies set delivered_at = $4
where user_id = $1 and message_id = $2 and fence = $3 and state = 'due' returning delivered_at

-- name: note_progress
-- Says in the message of a reply how it goes on ($4, null for nothing), as long as it streams and has no text.
update messages m
set metadata = case when $4::jsonb is null then m.metadata - 'reply'
                    else m.metadata || jsonb_build_object('reply', $4::jsonb) end,
    revision = $5
from replies r join open_messages o on o.user_id = r.user_id and o.id = r.message_id
where r.user_id = $1 and r.message_id = $2 and r.fence = $3 and r.state = 'due' and o.length = 0
      and m.user_id = r.user_id and m.id = r.message_id
returning m.id, m.conversation_id, m.role, m.content, m.status, m.metadata, m.token_count,
          m."timestamp", m.edited_at, m.position, m.revision

-- name: bury
update replies set dead_at = $5, error = $4
where user_id = $1 and message_id = $2 and fence = $3 and state = 'due'

-- name: dead
-- The dead letters of all users, oldest first.
select user_id, message_id, conversation_id, question_id, delivery_id, tries, dead_at, error
from replies where dead_at is not null order by dead_at

-- name: raise_dead
update replies set dead_at = null
where user_id = $1 and message_id = $2 and dead_at is not null returning delivery_id
