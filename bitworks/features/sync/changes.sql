-- name: since
-- Everything of a user that changed after revision $2, each row once, at its present state, in order of
-- revision: a snapshot, because it is one statement. Tombstones only after revision $5, so that a device
-- that starts with nothing is not sent deletions of rows it never had.
-- The arms are the statements `changes` of all kinds, put together once at the start (`storage/kinds.py`); tombstones
-- have their columns too, null where a tombstone keeps nothing of them.
-- `found` counts the candidates before the page was cut at $3 rows or $4 bytes of content.
-- One row with a null kind when there is nothing, for the head.
select h.revision as head, e.id as epoch, p.found, p.kind, p.revision, p.position, p.id, {columns}
from heads h cross join epoch e
left join lateral (
    select *, count(*) over () as found, row_number() over ordered as n, sum(size) over ordered as bytes
    from (
        {arms}
        union all
        (select 'deleted ' || kind, revision, null, id, 0, {tombstone_columns}
         from tombstones where user_id = $1 and revision > greatest($2, $5) order by revision limit $3 + 1)
        order by revision limit $3 + 1
    ) candidates
    window ordered as (order by revision)
) p on p.n = 1 or (p.n <= $3 and p.bytes <= $4)
where h.user_id = $1
order by p.revision

-- name: count_since
-- How many changes there are after revision $2, counted no further than $3.
select count(*) as missed from (
{arms}
    union all
    (select 1 from tombstones where user_id = $1 and revision > $2 order by revision limit $3)
    limit $3
) missed

-- name: head
-- The head that a connecting device starts from, whether its session lives, and which messages stream.
select h.revision as head, h.sessions_ended, e.id as epoch,
       array(select o.id::text from open_messages o where o.user_id = h.user_id) as open_messages,
       exists (select 1 from sessions s
               where s.user_id = h.user_id and s.id = $2 and s.ended_at is null) as session_lives
from heads h cross join epoch e where h.user_id = $1
