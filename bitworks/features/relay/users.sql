-- name: created_at
select created_at from users where user_id = $1
