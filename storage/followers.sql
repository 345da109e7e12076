-- name: register
insert into followers (name) values ($1) on conflict do nothing returning name

-- name: epoch_of
select epoch from followers where name = $1

-- name: begin_epoch
-- Has one process begin an epoch for a follower, until $3; no row for the others, or where it has begun.
update followers set beginning_until = $3
where name = $1 and epoch <> $2 and (beginning_until is null or beginning_until < $4)
returning name

-- name: epoch_begun
update followers set epoch = $2, beginning_until = null where name = $1

-- name: epoch_not_begun
update followers set beginning_until = null where name = $1

-- name: forget
delete from followers where name = $1 returning name

-- name: forget_due
delete from followers_due where follower = $1

-- name: forget_marks
delete from followed where follower = $1

-- name: note
-- Makes a user due for every follower.
insert into followers_due (user_id, follower, due_at) select $1, name, $2 from followers
on conflict do nothing

-- name: note_deleted
-- The same for a user who is being deleted, whose deletion draws the next revision. Nothing where nobody follows.
with noted as (
    insert into followers_due (user_id, follower, due_at) select $1, name, $2 from followers
    on conflict do nothing
)
insert into deleted_users (user_id, revision, deleted_at)
select user_id, revision + 1, $2 from heads where user_id = $1 and exists (select 1 from followers)

-- name: look
-- Has one process look at all users for this follower, until $2; no row for the others.
update followers set looked_until = $2 where name = $1 and (looked_until is null or looked_until < $3)
returning name

-- name: note_behind
-- Makes those of $4 users after $3, in the order of their ids, due who have something untold: above the mark of follower
-- $1, or of another epoch than $2 (null for one that heeds no epoch). Also whom somebody has: who keeps a user may have
-- missed the hint. Gives the last of them, and how many have; no row after the last.
with slice as (
    select user_id, revision from heads where user_id > $3 order by user_id limit $4
), noted as (
    insert into followers_due (user_id, follower, due_at)
    select s.user_id, $1, $5 from slice s left join followed f on f.user_id = s.user_id and f.follower = $1
    where f.user_id is null or f.revision < s.revision or f.epoch is distinct from coalesce($2, f.epoch)
    on conflict do nothing
    returning 1
)
select user_id, (select count(*) from noted) as noted from slice order by user_id desc limit 1

-- name: mark_as_told
-- Puts the marks of $4 users after $3 where these are now, unless they have one. Gives the last of them.
with slice as (
    select user_id, revision from heads where user_id > $3 order by user_id limit $4
), marked as (
    insert into followed (user_id, follower, epoch, revision) select user_id, $1, $2, revision from slice
    on conflict do nothing
    returning 1
)
select user_id, (select count(*) from marked) as noted from slice order by user_id desc limit 1

-- name: note_deletions
-- Makes due the deleted users of whom the follower has a mark, unless somebody goes on with them: a follower that settled
-- while the deletion was not committed has taken its note for done.
insert into followers_due (user_id, follower, due_at)
select d.user_id, $1, $2 from deleted_users d join followed f on f.user_id = d.user_id and f.follower = $1
where f.leased_until is null or f.leased_until < $2
on conflict do nothing

-- name: begin_again
-- Puts the mark of a user at the beginning, under the next fence, so that who is at it stops; until then it keeps its
-- lease, so that nobody tells of the beginning beside it.
with begun as (
    update followed set epoch = '', revision = 0, fence = fence + 1
    where user_id = $1 and follower = $2
)
insert into followers_due (user_id, follower, due_at) select user_id, $2, $3 from heads where user_id = $1
on conflict (user_id, follower) do update set due_at = excluded.due_at, tries = 0
returning user_id

-- name: due
-- Users that are due for follower $2 and that nobody goes on with; at most $1.
select d.user_id, d.follower as id, coalesce(f.fence, 0) as fence, clock_timestamp() as now
from followers_due d left join followed f on f.user_id = d.user_id and f.follower = d.follower
where d.follower = $2 and d.due_at <= clock_timestamp()
      and (f.leased_until is null or f.leased_until < clock_timestamp())
limit $1

-- name: claim
-- Like `settle` it does not wait for the disk: what a crash takes away of either is told again.
with relaxed as materialized (select set_config('synchronous_commit', 'off', true))
insert into followed as f (user_id, follower, fence, worker, leased_until)
select $1, $2, 1, $4, $5 from relaxed
on conflict (user_id, follower) do update set fence = f.fence + 1, worker = $4, leased_until = $5
where f.fence = $3 and (f.leased_until is null or f.leased_until < $6)
returning user_id, follower, fence,
          coalesce((select tries from followers_due where user_id = $1 and follower = $2), 0), epoch, revision

-- name: claim_hinted
-- Claims a user of whom something was just written, for $4 seconds; no row if nothing is untold, another process has
-- the user, or the last try failed and the next is not due.
with clock as materialized (
    select set_config('synchronous_commit', 'off', true), clock_timestamp() as now
)
insert into followed as f (user_id, follower, fence, worker, leased_until)
select h.user_id, $2, 1, $3, clock.now + make_interval(secs => $4) from clock cross join heads h where h.user_id = $1
on conflict (user_id, follower) do update set fence = f.fence + 1, worker = $3, leased_until = excluded.leased_until
where f.revision < (select revision from heads where user_id = $1)
      and not exists (select 1 from followers_due where user_id = $1 and follower = $2
                                                        and due_at > excluded.leased_until - make_interval(secs => $4))
      and (f.leased_until is null or f.worker = $3
           or f.leased_until < excluded.leased_until - make_interval(secs => $4))
returning user_id, follower, fence,
          coalesce((select tries from followers_due where user_id = $1 and follower = $2), 0), epoch, revision

-- name: renew
update followed set leased_until = $4 where user_id = $1 and follower = $2 and fence = $3 returning 1

-- name: release
-- Makes due as well who was claimed for a hint.
with released as (
    update followed set leased_until = null where user_id = $1 and follower = $2 and fence = $3 returning 1
)
insert into followers_due (user_id, follower, due_at, tries) select $1, $2, $4, $5 from released
on conflict (user_id, follower) do update set due_at = excluded.due_at, tries = excluded.tries

-- name: settle
-- Moves the marks of users $2, claimed under fences $3, to epochs $4 and revisions $5; their leases go on until $7
-- where $6, and end otherwise. Who is told all is due no more. Gives the users that no other process has claimed. What is
-- written meanwhile is hinted at, or found by the next look. The rows are locked in the order of their users.
with relaxed as materialized (
    select set_config('synchronous_commit', 'off', true)
), told as (
    select t.* from relaxed cross join unnest($2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::boolean[])
                                       t (user_id, fence, epoch, revision, goes_on)
), held as materialized (
    select f.user_id, t.epoch, t.revision, t.goes_on
    from told t join followed f on f.user_id = t.user_id and f.follower = $1 and f.fence = t.fence
    order by f.user_id for no key update of f
), settled as (
    update followed f
    set epoch = h.epoch, revision = h.revision, leased_until = case when h.goes_on then $7::timestamptz end
    from held h where f.user_id = h.user_id and f.follower = $1
    returning f.user_id, f.revision
), due as (
    delete from followers_due d using settled s join heads h on h.user_id = s.user_id
    where d.user_id = s.user_id and d.follower = $1 and h.revision <= s.revision
)
select user_id from settled

-- name: deleted
select revision, deleted_at from deleted_users where user_id = $1

-- name: end
-- Forgets a user whose deletion was told; no row if another process has claimed the user.
with ended as (
    delete from followed where user_id = $1 and follower = $2 and fence = $3 returning 1
), due as (
    delete from followers_due where user_id = $1 and follower = $2 and exists (select 1 from ended)
)
select 1 from ended

-- name: forget_deleted
-- The deletions that every follower has told.
delete from deleted_users d
where not exists (select 1 from followers_due u where u.user_id = d.user_id)
      and not exists (select 1 from followed f where f.user_id = d.user_id)

-- name: progress
-- Of each follower: its epoch, the users with something untold, since about when the first of them has, and how many
-- revisions they have drawn since their marks. What was told in another epoch than the follower was told of is untold.
select f.name, f.epoch, count(b.user_id) as behind,
       min(coalesce(b.deleted_at,
                    (select coalesce(m.edited_at, m."timestamp") from messages m
                     where m.user_id = b.user_id and m.revision > b.mark order by m.revision limit 1))) as since,
       coalesce(sum(b.revision - b.mark), 0)::bigint as revisions
from followers f
left join lateral (
    select h.user_id, h.revision, case when m.epoch = coalesce(nullif(f.epoch, ''), m.epoch) then m.revision else 0 end as mark,
           null::timestamptz as deleted_at
    from heads h left join followed m on m.user_id = h.user_id and m.follower = f.name
    where m.user_id is null or m.epoch <> coalesce(nullif(f.epoch, ''), m.epoch) or m.revision < h.revision
    union all
    select d.user_id, d.revision, m.revision, d.deleted_at
    from deleted_users d join followed m on m.user_id = d.user_id and m.follower = f.name
) b on true
group by f.name, f.epoch
order by f.name
