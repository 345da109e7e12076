-- name: get
select id, user_id, title, metadata, created_at, updated_at, position, revision
from conversations where user_id = $1 and id = $2

-- name: existing
select fingerprint from conversations where user_id = $1 and id = $2

-- name: insert
insert into conversations
    (user_id, id, title, metadata, created_at, updated_at, position, revision, fingerprint)
values ($1, $2, $3, $4, $5, $5, $6, $6, $7)
returning id, user_id, title, metadata, created_at, updated_at, position, revision

-- name: changes
select revision, position, id, user_id, title, metadata, created_at, updated_at,
       octet_length(metadata::text) as size
from conversations where user_id = $1 and revision > $2 order by revision limit $3 + 1

-- name: update
update conversations
set title = $3, metadata = $4, updated_at = greatest(updated_at, $5), revision = $6,
    provisional = provisional and title is not distinct from $3
where user_id = $1 and id = $2
returning id, user_id, title, metadata, created_at, updated_at, position, revision

-- name: question
-- The first question of a conversation that has no title.
select left(m.content, 1000) as question
from conversations c join messages m on m.user_id = c.user_id and m.conversation_id = c.id
where c.user_id = $1 and c.id = $2 and c.title is null and m.role = 'user'
order by m.position limit 1

-- name: name
update conversations
set title = $3, provisional = true, updated_at = greatest(updated_at, $4), revision = $5
where user_id = $1 and id = $2
returning id, user_id, title, metadata, created_at, updated_at, position, revision

-- name: hand_over
-- Returns the provisional title, once: its reader may replace it.
update conversations set provisional = false
where user_id = $1 and id = $2 and provisional
returning title

-- name: delete
delete from conversations where user_id = $1 and id = $2 returning id

-- name: page
-- Newest first, from after ($2, $3) on; with $6, those whose title has that anywhere in its folded form, which
-- `fold_titles` has brought up to date. A null id when it is empty, for the head. `found` counts the rows before the
-- page was cut at $5 bytes: more of them than were asked for, or than are given, says that there is a next page.
select h.revision as head, e.id as epoch, c.found, c.id, c.user_id, c.title, c.metadata, c.created_at,
       c.updated_at, c.position, c.revision
from heads h cross join epoch e
left join lateral (
    select *, count(*) over () as found, row_number() over newest as n,
           sum(coalesce(octet_length(p.title), 0) + octet_length(p.metadata::text)) over newest as bytes
    from (
        select * from conversations
        where user_id = $1 and (updated_at, id) < ($2, $3)
              and ($6::text is null or (folded_revision = revision and strpos(folded_title, $6) > 0))
        order by user_id desc, updated_at desc, id desc
        limit $4 + 1
    ) p
    window newest as (order by p.updated_at desc, p.id desc)
) c on c.n = 1 or (c.n <= $4 and c.bytes <= $5)
where h.user_id = $1
order by c.updated_at desc, c.id desc

-- name: unfolded
-- Titles that have changed since they were folded: at most $2 of them.
select id, title, revision from conversations
where user_id = $1 and title is not null and folded_revision is distinct from revision
limit $2

-- name: fold_titles
-- Keeps the folded forms $3 of the titles that the conversations $2 had at the revisions $4. The ids are named twice, so
-- that the rows are found by their keys: the planner would go through all of the user's.
update conversations c set folded_title = f.folded_title, folded_revision = f.revision
from unnest($2::text[]::uuid[], $3::text[], $4::bigint[]) as f (id, folded_title, revision)
where c.user_id = $1 and c.id = any ($2::text[]::uuid[]) and c.id = f.id
