-- name: totals
-- The totals up to position $3: those of the conversation less those of the later messages, which are few.
select c.message_total - later.messages as messages, c.token_total - later.tokens as tokens
from conversations c
cross join lateral (
    select count(*) as messages, coalesce(sum(tokens_of(m.token_count, m.content)), 0)::bigint as tokens
    from messages m
    where m.user_id = c.user_id and m.conversation_id = c.id and m.position > $3 and m.status <> 'streaming'
) later
where c.user_id = $1 and c.id = $2

-- name: fixed
-- The fixed messages, in order and in whole groups: those of the system, the pinned ones ($4), and the newest of
-- the user. Without contents if it costs more than $5, each message $6 beside its text, but for the silent ones; or if
-- it has more than $7 bytes.
-- `offset 0` keeps a part by itself, to be found by its own key: not knowing the arguments, the planner would
-- walk the whole conversation for it.
with anchors as (
    select position from messages
    where user_id = $1 and conversation_id = $2 and role = 'system' and position <= $3
      and status <> 'streaming'
    union
    select p.position
    from unnest($4::text[]::uuid[]) as pinned (id)
    cross join lateral (
        select position, conversation_id, status from messages
        where user_id = $1 and id = pinned.id offset 0
    ) p
    where p.conversation_id = $2 and p.position <= $3 and p.status <> 'streaming'
    union
    (select position from messages
     where user_id = $1 and conversation_id = $2 and role = 'user' and position <= $3
       and status <> 'streaming'
     order by position desc limit 1)
), headed as (
    select distinct coalesce((
        select h.position from messages h
        where h.user_id = $1 and h.conversation_id = $2 and h.position <= w.position
          and h.role <> 'tool' and h.status <> 'streaming'
        order by h.position desc limit 1
    ), 0) as first
    from anchors w
), spans as (
    select first, coalesce((
        select n.position from messages n
        where n.user_id = $1 and n.conversation_id = $2 and n.position > first
          and n.role <> 'tool' and n.status <> 'streaming'
        order by n.position limit 1
    ), $3 + 1) as next
    from headed
)
select m.id, m.role,
       case when sum(case when m.silent then 0 else m.tokens + $6 end) over () <= $5
                 and sum(m.size) over () <= $7 then m.content end as content,
       m.tokens, m.position, m.vocabulary, m.silent, m.size
from (
    select m.id, m.role, m.content, tokens_of(m.token_count, m.content) as tokens, m.position,
           case when m.token_count is not null then m.metadata ->> 'vocabulary' end as vocabulary,
           m.content = '' and not m.metadata ? 'tool_calls' as silent, octet_length(m.content) as size
    from spans s
    cross join lateral (
        select * from messages m
        where m.user_id = $1 and m.conversation_id = $2
          and m.position >= s.first and m.position < s.next and m.position <= $3 and m.status <> 'streaming'
        offset 0
    ) m
) m
order by m.position

-- name: page
-- From before position $3 back: at most $5 messages that are not at the positions $4, down to the first with
-- which they cost more than $6, each $7 beside its text, but for the silent ones, or have more than $8 bytes. That one
-- comes without its content.
select p.id, p.role, case when p.running <= $6 and p.running_size <= $8 then p.content end as content,
       p.tokens, p.position, p.vocabulary, p.silent, p.size
from (
    select *, sum(case when silent then 0 else tokens + $7 end) over (order by position desc) as running,
           sum(size) over (order by position desc) as running_size
    from (
        select id, role, content, tokens_of(token_count, content) as tokens, position,
               case when token_count is not null then metadata ->> 'vocabulary' end as vocabulary,
               content = '' and not metadata ? 'tool_calls' as silent, octet_length(content) as size
        from messages
        where user_id = $1 and conversation_id = $2 and position < $3 and status <> 'streaming'
          and position <> all ($4::bigint[])
        order by position desc limit $5
    ) newest
) p
where p.running - (case when p.silent then 0 else p.tokens + $7 end) <= $6 and p.running_size - p.size <= $8
order by p.position desc

-- name: oldest
-- The first message that is not at one of the positions $3.
select position from messages
where user_id = $1 and conversation_id = $2 and status <> 'streaming' and position <> all ($3::bigint[])
order by position limit 1

-- name: between
-- The totals of the messages after position $3 and up to $4 that are not at the positions $5.
select count(*) as messages, coalesce(sum(tokens_of(token_count, content)), 0)::bigint as tokens,
       min(position) as first
from messages
where user_id = $1 and conversation_id = $2 and position > $3 and position <= $4 and status <> 'streaming'
  and position <> all ($5::bigint[])
