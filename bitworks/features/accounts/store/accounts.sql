-- name: insert_login
insert into logins (email, user_id) values ($1, $2)

-- name: insert_user
insert into users (user_id, email, password_hash, created_at) values ($1, $2, $3, $4)

-- name: insert_head
insert into heads (user_id) values ($1)

-- name: by_email
select u.user_id as id, u.email, u.created_at, u.password_hash
from logins l join users u on u.user_id = l.user_id where l.email = any ($1::text[])
order by array_position($1::text[], l.email) limit 1

-- name: by_id
select user_id as id, email, created_at, password_hash from users where user_id = $1

-- name: set_password
update users set password_hash = $2 where user_id = $1

-- name: lock_head
select date_trunc('milliseconds', clock_timestamp()) as now from heads where user_id = $1 for update

-- name: delete_login
delete from logins where user_id = $1

-- name: delete_user
-- Everything else of the user goes with it.
delete from users where user_id = $1 returning user_id

-- name: list
select user_id as id, email, created_at from users order by email

-- name: insert_session
insert into sessions (user_id, id, created_at, rotated_at, expires_at, address, user_agent)
values ($1, $2, $3, $3, $4, $5, $6)

-- name: lock_session
select generation, recent_uses, expires_at, ended_at
from sessions where user_id = $1 and id = $2 for update

-- name: rotate_session
update sessions set generation = $3, recent_uses = $4, rotated_at = $5, expires_at = $6
where user_id = $1 and id = $2

-- name: touch_session
update sessions set expires_at = $3 where user_id = $1 and id = $2

-- name: is_session
select 1 from sessions where user_id = $1 and id = $2

-- name: live_sessions
select id, created_at, rotated_at as last_used_at, expires_at, address, user_agent
from sessions where user_id = $1 and ended_at is null and expires_at > $2
order by rotated_at desc, id

-- name: ended_among
-- Which of these sessions are no longer alive, whatever the reason.
select given.id from unnest($2::text[]::uuid[]) as given(id)
where not exists (
    select 1 from sessions s where s.user_id = $1 and s.id = given.id and s.ended_at is null
)

-- name: end_session
update sessions set ended_at = $3 where user_id = $1 and id = $2 and ended_at is null returning id

-- name: end_sessions_but
update sessions set ended_at = $3
where user_id = $1 and ended_at is null and ($2::uuid is null or id <> $2)
returning id

-- name: note_ended
update heads set sessions_ended = sessions_ended + $2 where user_id = $1

-- name: addresses
select distinct address from sessions where user_id = $1

-- name: end_unused_sessions
-- Ends the live sessions that are not among the $2 last used, with a row for each; first those that were never
-- refreshed, as a script leaves one behind each time that it signs in.
update sessions set ended_at = $3
where user_id = $1 and id in (
    select id from sessions where user_id = $1 and ended_at is null and expires_at > $3
    order by (generation > 0) desc, rotated_at desc, id offset $2
)
returning id

-- name: forget_old_sessions
-- Those that ended before $2, and of the others that ended, or expired, all but the $3 that were used last; first those
-- that were never refreshed.
delete from sessions where user_id = $1 and (ended_at < $2 or expires_at < $2 or id in (
    select id from sessions where user_id = $1 and (ended_at is not null or expires_at < $4)
    order by (generation > 0) desc, rotated_at desc, id offset $3
))
