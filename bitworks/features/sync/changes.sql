-- name: since
-- Everything of a user that changed after revision $2, each row once, at its present state, in order of
-- revision: a snapshot, because it is one statement. Tombstones only after revision $5, so that a device
-- that starts with nothing is not told of what it never saw.
-- `found` counts the candidates before the page was cut at $3 rows or $4 bytes of content.
-- One row with a null kind when there is nothing, for the head.
select h.revision as head, e.id as epoch, p.*
from heads h cross join epoch e
left join lateral (
    select *, count(*) over () as found, row_number() over ordered as n, sum(size) over ordered as bytes
    from (
        (select 'conversation' as kind, revision, position, id, null::uuid as conversation_id,
                title, null as role, null as content, null as status, metadata,
                null::integer as token_count, created_at, updated_at, null::timestamptz as edited_at,
                null::jsonb as context_window, null::jsonb as parameters, null::jsonb as summary,
                octet_length(metadata::text) as size
         from conversations where user_id = $1 and revision > $2 order by revision limit $3 + 1)
        union all
        (select 'message', revision, position, id, conversation_id,
                null, role,
                case status when 'streaming' then content || streamed_text(user_id, id) else content end,
                status, metadata,
                token_count, "timestamp", null, edited_at,
                null, null, null, octet_length(content) + octet_length(metadata::text)
         from messages where user_id = $1 and revision > $2 order by revision limit $3 + 1)
        union all
        (select 'context', revision, position, id, conversation_id,
                null, null, null, null, null,
                null, null, null, null,
                context_window, parameters, summary,
                coalesce(octet_length(context_window::text), 0) + coalesce(octet_length(parameters::text), 0)
                    + coalesce(octet_length(summary::text), 0)
         from contexts where user_id = $1 and revision > $2 order by revision limit $3 + 1)
        union all
        (select 'deleted ' || kind, revision, null, id, conversation_id,
                null, null, null, null, null,
                null, "timestamp", null, null,
                null, null, null, 0
         from tombstones where user_id = $1 and revision > greatest($2, $5) order by revision limit $3 + 1)
        order by revision limit $3 + 1
    ) candidates
    window ordered as (order by revision)
) p on p.n = 1 or (p.n <= $3 and p.bytes <= $4)
where h.user_id = $1
order by p.revision

-- name: count_since
-- How many changes a device has missed, counted no further than $3.
select count(*) as missed from (
    (select 1 from conversations where user_id = $1 and revision > $2 order by revision limit $3)
    union all
    (select 1 from messages where user_id = $1 and revision > $2 order by revision limit $3)
    union all
    (select 1 from contexts where user_id = $1 and revision > $2 order by revision limit $3)
    union all
    (select 1 from tombstones where user_id = $1 and revision > $2 order by revision limit $3)
    limit $3
) missed

-- name: head
-- What a connecting device is measured against, whether its session lives, and which messages stream.
select h.revision as head, h.sessions_ended, e.id as epoch,
       array(select o.id::text from open_messages o where o.user_id = h.user_id) as open_messages,
       exists (select 1 from sessions s
               where s.user_id = h.user_id and s.id = $2 and s.ended_at is null) as session_lives
from heads h cross join epoch e where h.user_id = $1
