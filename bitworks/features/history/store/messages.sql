-- name: create
-- The one way in for complete messages, here for one draft: see the function's own comment. `unnamed`: its conversation has no title,
-- and this is a question that may give it one.
select outcome, drawn, written_at, model,
       outcome = 'created' and $4 = 'user' and exists (
           select 1 from conversations c where c.user_id = $1 and c.id = $3 and c.title is null
       ) as unnamed
from create_message($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8, $9, $10)

-- name: create_batch
-- The same for many drafts: an array for each column, a row for each draft, in their order.
select outcome, drawn, written_at, model,
       outcome = 'created' and ($4::text[])[ordinal] = 'user' and exists (
           select 1 from conversations c
           where c.user_id = ($1::text[])[ordinal]::uuid and c.id = ($3::text[])[ordinal]::uuid
             and c.title is null
       ) as unnamed
from create_messages($1::text[]::uuid[], $2::text[]::uuid[], $3::text[]::uuid[],
                     $4::text[], $5::text[], $6::text[]::jsonb[], $7::bytea[],
                     $8::integer[], $9::text[], $10)

-- name: get
select id, conversation_id, role,
       case status when 'streaming' then content || streamed_text(user_id, id) else content end,
       status, metadata, token_count,
       "timestamp", edited_at, position, revision
from messages where user_id = $1 and id = $2

-- name: existing
select fingerprint from messages where user_id = $1 and id = $2

-- name: changes
select revision, position, id, conversation_id, role,
       case status when 'streaming' then content || streamed_text(user_id, id) else content end as content,
       status, metadata, token_count, "timestamp", edited_at,
       octet_length(content) + octet_length(metadata::text) as size
from messages where user_id = $1 and revision > $2 order by revision limit $3 + 1

-- name: model
-- The model that the conversation of a message is for.
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
select conversation_id, "timestamp", status from gone

-- name: ended
-- What the end of a streaming message sets off, here by its deletion.
select stream_ended($1, $2, $3, $4)

-- name: grew
select text_grew($1, $2, $3)

-- name: page_before
-- The page that ends before position $3, newest first, as it stands in JSON. A null id when it is empty; no
-- row at all when the conversation is not this user's. One row more than the $4 asked for says that there is
-- a next page; so does a row without content, at which the page was cut because it would exceed $5 bytes.
select m.id::text as id, m.conversation_id::text as conversation_id, m.role,
       case when m.bytes <= $5 or m.bytes = m.size
            then case m.status when 'streaming' then m.content || streamed_text(m.user_id, m.id)
                 else m.content end
       end as content,
       m.status, m.metadata::text as metadata, m.token_count, rfc3339(m."timestamp") as "timestamp",
       rfc3339(m.edited_at) as edited_at, m.position, m.revision, h.revision as head, e.id as epoch
from heads h cross join epoch e
join conversations c on c.user_id = h.user_id and c.id = $2
left join lateral (
    select *, sum(p.size) over (order by p.position desc rows unbounded preceding) as bytes
    from (
        select *, octet_length(content) + pg_column_size(metadata) as size from messages
        where user_id = $1 and conversation_id = $2 and position < $3
        order by position desc limit $4 + 1
    ) p
) m on true
where h.user_id = $1
order by m.position desc

-- name: page_after
-- The page that begins after position $3, oldest first; otherwise as page_before.
select m.id::text as id, m.conversation_id::text as conversation_id, m.role,
       case when m.bytes <= $5 or m.bytes = m.size
            then case m.status when 'streaming' then m.content || streamed_text(m.user_id, m.id)
                 else m.content end
       end as content,
       m.status, m.metadata::text as metadata, m.token_count, rfc3339(m."timestamp") as "timestamp",
       rfc3339(m.edited_at) as edited_at, m.position, m.revision, h.revision as head, e.id as epoch
from heads h cross join epoch e
join conversations c on c.user_id = h.user_id and c.id = $2
left join lateral (
    select *, sum(p.size) over (order by p.position rows unbounded preceding) as bytes
    from (
        select *, octet_length(content) + pg_column_size(metadata) as size from messages
        where user_id = $1 and conversation_id = $2 and position > $3
        order by position limit $4 + 1
    ) p
) m on true
where h.user_id = $1
order by m.position
