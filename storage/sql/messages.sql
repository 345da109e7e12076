-- name: create
-- The one write path, for one draft: see the function's own comment.
select outcome, drawn, written_at, model
from create_message($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8, $9, $10)

-- name: create_batch
-- The same for many: a row of arrays per draft, answered in their order.
select outcome, drawn, written_at, model
from create_messages($1::text[]::uuid[], $2::text[]::uuid[], $3::text[]::uuid[],
                     $4::text[], $5::text[], $6::text[]::jsonb[], $7::bytea[],
                     $8::integer[], $9::text[], $10)

-- name: get
select id, conversation_id, role,
       case status when 'streaming' then content || streamed_text(user_id, id) else content end,
       status, metadata, token_count,
       "timestamp", edited_at, position, revision
from messages where user_id = $1 and id = $2

-- name: model
-- What the message's conversation is for.
select x.parameters ->> 'model' as model
from messages m left join contexts x on x.user_id = m.user_id and x.conversation_id = m.conversation_id
where m.user_id = $1 and m.id = $2

-- name: metadata_of
select id, metadata from messages where user_id = $1 and id = any ($2::text[]::uuid[])

-- name: update
with before as (
    select conversation_id, tokens_of(token_count, content) as tokens
    from messages where user_id = $1 and id = $2
), counted as (
    update conversations c set token_total = c.token_total - b.tokens + tokens_of($5, $3)
    from before b where c.user_id = $1 and c.id = b.conversation_id
)
update messages
set content = $3, metadata = $4, token_count = $5, edited_at = $6, revision = $7
where user_id = $1 and id = $2
returning id, conversation_id, role, content, status, metadata, token_count,
          "timestamp", edited_at, position, revision

-- name: delete
with gone as (
    delete from messages where user_id = $1 and id = $2
    returning conversation_id, "timestamp", status, tokens_of(token_count, content) as tokens
), counted as (
    update conversations c
    set message_total = c.message_total - 1, token_total = c.token_total - g.tokens
    from gone g where c.user_id = $1 and c.id = g.conversation_id and g.status <> 'streaming'
)
select conversation_id, "timestamp" from gone

-- name: page_before
-- The page that ends before position $3, newest first. A null id when it is empty; no row at all when
-- the conversation is not this user's. `found` counts the rows before the page was cut at $5 bytes:
-- more of them than were asked for, or than are given, says that there is a next page.
select h.revision as head, e.id as epoch, m.found, m.id, m.conversation_id, m.role,
       case m.status when 'streaming' then m.content || streamed_text(m.user_id, m.id) else m.content end,
       m.status, m.metadata, m.token_count, m."timestamp", m.edited_at, m.position, m.revision
from heads h cross join epoch e
join conversations c on c.user_id = h.user_id and c.id = $2
left join lateral (
    select *, count(*) over () as found, row_number() over newest as n,
           sum(octet_length(p.content) + octet_length(p.metadata::text)) over newest as bytes
    from (
        select * from messages
        where user_id = $1 and conversation_id = $2 and position < $3
        order by position desc limit $4 + 1
    ) p
    window newest as (order by p.position desc)
) m on m.n = 1 or (m.n <= $4 and m.bytes <= $5)
where h.user_id = $1
order by m.position desc

-- name: page_after
-- The page that begins after position $3, oldest first; otherwise as page_before.
select h.revision as head, e.id as epoch, m.found, m.id, m.conversation_id, m.role,
       case m.status when 'streaming' then m.content || streamed_text(m.user_id, m.id) else m.content end,
       m.status, m.metadata, m.token_count, m."timestamp", m.edited_at, m.position, m.revision
from heads h cross join epoch e
join conversations c on c.user_id = h.user_id and c.id = $2
left join lateral (
    select *, count(*) over () as found, row_number() over oldest as n,
           sum(octet_length(p.content) + octet_length(p.metadata::text)) over oldest as bytes
    from (
        select * from messages
        where user_id = $1 and conversation_id = $2 and position > $3
        order by position limit $4 + 1
    ) p
    window oldest as (order by p.position)
) m on m.n = 1 or (m.n <= $4 and m.bytes <= $5)
where h.user_id = $1
order by m.position
