-- name: get
select id, conversation_id, context_window, parameters, position, revision, summary
from contexts where user_id = $1 and id = $2

-- name: of_conversation
select id, conversation_id, context_window, parameters, position, revision, summary
from contexts where user_id = $1 and conversation_id = $2

-- name: existing
select fingerprint from contexts where user_id = $1 and id = $2

-- name: changes
select revision, position, id, conversation_id, context_window, parameters, summary,
       coalesce(octet_length(context_window::text), 0) + coalesce(octet_length(parameters::text), 0)
           + coalesce(octet_length(summary::text), 0) as size
from contexts where user_id = $1 and revision > $2 order by revision limit $3 + 1

-- name: conversation_exists
select 1 from conversations where user_id = $1 and id = $2

-- name: count_of_conversation
-- How many of these messages belong to this conversation.
select count(*) as found from messages
where user_id = $1 and id = any ($3::text[]::uuid[]) and conversation_id = $2

-- name: insert
insert into contexts (user_id, id, conversation_id, context_window, parameters, position, revision, fingerprint)
values ($1, $2, $3, $4, $5, $6, $6, $7)
returning id, conversation_id, context_window, parameters, position, revision, summary

-- name: update
update contexts set context_window = $3, parameters = $4, revision = $5
where user_id = $1 and conversation_id = $2
returning id, conversation_id, context_window, parameters, position, revision, summary

-- name: changed
-- Whether the conversation is summarised follows from its context.
select context_changed($1, $2, $3)

-- name: summarise
update contexts set summary = $3, revision = $4
where user_id = $1 and conversation_id = $2
returning id, conversation_id, context_window, parameters, position, revision, summary

-- name: delete
delete from contexts where user_id = $1 and conversation_id = $2 returning id

-- name: tombstone_of_conversation
select 1 from tombstones
where user_id = $1 and kind = 'context' and conversation_id = $2 limit 1
