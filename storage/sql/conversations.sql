-- name: get
select id, user_id, title, metadata, created_at, updated_at, position, revision
from conversations where user_id = $1 and id = $2

-- name: fingerprint
select fingerprint from conversations where user_id = $1 and id = $2

-- name: insert
insert into conversations
    (user_id, id, title, metadata, created_at, updated_at, position, revision, fingerprint)
values ($1, $2, $3, $4, $5, $5, $6, $6, $7)
returning id, user_id, title, metadata, created_at, updated_at, position, revision

-- name: update
update conversations
set title = $3, metadata = $4, updated_at = greatest(updated_at, $5), revision = $6
where user_id = $1 and id = $2
returning id, user_id, title, metadata, created_at, updated_at, position, revision

-- name: delete
delete from conversations where user_id = $1 and id = $2 returning id

-- name: page
-- Newest first, from after ($2, $3) on. One row with a null id when there is none, for the head.
-- One row more than the limit tells that there is a next page.
select h.revision as head, e.id as epoch, c.*
from heads h cross join epoch e
left join lateral (
    select id, user_id, title, metadata, created_at, updated_at, position, revision
    from conversations
    where user_id = $1 and (updated_at, id) < ($2, $3)
    order by user_id desc, updated_at desc, id desc
    limit $4 + 1
) c on true
where h.user_id = $1
