-- name: open
-- Inserts a message that streams, of the owner $10 and of $11 code units; no row if its conversation is not there.
-- Until somebody owns it, no heartbeat is expected of it.
with touched as (
    update conversations set updated_at = greatest(updated_at, $7)
    where user_id = $1 and id = $3 returning id
), opened as (
    insert into open_messages (user_id, id, owner, length, expires_at, written_at)
    select $1, $2, $10, $11,
           case $10 when '' then 'infinity' else $7::timestamptz + make_interval(secs => $12) end, $7
    from touched
)
insert into messages (user_id, id, conversation_id, role, content, status, metadata,
                      "timestamp", position, revision, fingerprint)
select $1, $2, touched.id, $4, $5, 'streaming', $6, $7, $8, $8, $9 from touched
returning id, conversation_id, role, content, status, metadata, token_count,
          "timestamp", edited_at, position, revision

-- name: open_count
-- How many messages of the user stream, counted no further than $2. Those of replies are left out: replies have a bound
-- of their own, and neither takes the place of the other.
select count(*) as streaming from (
    select 1 from open_messages o
    where o.user_id = $1
          and not exists (select 1 from replies r where r.user_id = o.user_id and r.message_id = o.id)
    limit $2
) counted

-- name: find
-- The state of a message; its owner is null once it has ended.
select m.status, m.ended_by, o.owner, o.fence
from messages m left join open_messages o on o.user_id = m.user_id and o.id = m.id
where m.user_id = $1 and m.id = $2

-- name: claim
-- Takes a message over from the owner of this fence; no row if another instance was faster, or the owner has written
-- within the last $6 seconds. One that nobody has owned yet has no text but what is written, so there is no lease to
-- wait for: its first fence is 1.
with clock as materialized (select clock_timestamp() as now)
update open_messages o
set owner = $3, fence = o.fence + 1, written_at = clock.now,
    expires_at = clock.now + make_interval(secs => $5)
from clock, messages m
where o.user_id = $1 and o.id = $2 and o.fence = $4 and m.user_id = o.user_id and m.id = o.id
      and (o.written_at < clock.now - make_interval(secs => $6) or (o.owner = '' and o.fence = 1))
returning o.fence, o.length, o.errand,
          length(m.content) + length(streamed_text(o.user_id, o.id)) as characters

-- name: write
-- Adds a piece to each of these messages, where it is still owned under this fence and goes on from this
-- start; gives those that it was added to. An empty piece is a heartbeat.
-- Unless $8, the commit does not wait for the disk: every transaction sees it at once, and it is
-- durable with the next commit that does wait.
-- A message that is locked, to end it or to take it over, is left out: the others do not wait.
with relaxed as materialized (
    select case when $8 then null else set_config('synchronous_commit', 'off', true) end, clock_timestamp() as now
), drafts as (
    select w.*, relaxed.now from relaxed cross join unnest(
        $1::text[]::uuid[], $2::text[]::uuid[], $3::bigint[], $4::bigint[], $5::integer[], $6::text[], $7::text[]
    ) as w(user_id, id, fence, start, units, text, errand)
), free as materialized (
    select w.* from open_messages o join drafts w on o.user_id = w.user_id and o.id = w.id
    where o.fence = w.fence and o.length = w.start
    for no key update of o skip locked
), advanced as (
    update open_messages o
    set length = w.start + w.units, written_at = w.now, errand = coalesce(w.errand, o.errand),
        expires_at = w.now + make_interval(secs => $9)
    from free w
    where o.user_id = w.user_id and o.id = w.id
    returning w.*
), added as (
    insert into chunks (user_id, message_id, start, units, text)
    select user_id, id, start, units, text from advanced where units > 0
)
select user_id, id from advanced

-- name: owned
-- The written length of a message that this instance may still own, and the fence of its owner.
select fence, length from open_messages where user_id = $1 and id = $2

-- name: lock
-- Locks a message to end it: its length, whether its producer has died, and the model that it is counted for.
select o.fence, o.length, o.expires_at < clock_timestamp() as silent, m.metadata,
       x.parameters ->> 'model' as model
from open_messages o join messages m on m.user_id = o.user_id and m.id = o.id
left join contexts x on x.user_id = m.user_id and x.conversation_id = m.conversation_id
where o.user_id = $1 and o.id = $2
for update of o

-- name: text
-- The written text of a streaming message, and the model of its conversation.
select o.fence, o.length, m.content || streamed_text($1, $2) as content, x.parameters ->> 'model' as model
from open_messages o join messages m on m.user_id = o.user_id and m.id = o.id
left join contexts x on x.user_id = m.user_id and x.conversation_id = m.conversation_id
where o.user_id = $1 and o.id = $2

-- name: end
-- Folds the chunks into the content, with the rest that the owner had not written yet ($3). From now on the message counts in the totals.
with folded as materialized (select streamed_text($1, $2) as text), closed as (
    delete from open_messages where user_id = $1 and id = $2
), counted as (
    update conversations c set message_total = c.message_total + 1, token_total = c.token_total + $8
    from messages m
    where m.user_id = $1 and m.id = $2 and c.user_id = m.user_id and c.id = m.conversation_id
)
update messages m
set content = m.content || folded.text || $3, status = $4, metadata = $5, ended_by = $6, revision = $7,
    token_count = $8
from folded
where m.user_id = $1 and m.id = $2
returning m.id, m.conversation_id, m.role, m.content, m.status, m.metadata, m.token_count,
          m."timestamp", m.edited_at, m.position, m.revision

-- name: ended
-- The consequences of an ending: its reply is done, the next one has its turn, a summary may be due.
select stream_ended($1, $2, $3, $4), text_grew($1, $3, $4)

-- name: silent
-- At most $1 messages whose producer has died, of all users, in turn by user: the many of one wait behind the first of
-- every other. The table holds only streaming ones.
select user_id, id from (
    select user_id, id, expires_at, row_number() over (partition by user_id order by expires_at) as turn
    from open_messages where expires_at < clock_timestamp()
) o
order by turn, expires_at limit $1

-- name: lengths
-- The written lengths of the streaming messages of these users.
select user_id, id, length from open_messages where user_id = any ($1::text[]::uuid[])

-- name: texts
-- The text of these messages of a user from about a length on: from the piece that holds it. The message's
-- own content is the first piece. A message that has ended is left out.
select k.id, coalesce(p.start, k.known) as start, coalesce(p.text, '') as text
from unnest($2::text[]::uuid[], $3::bigint[]) as k(id, known)
join open_messages o on o.user_id = $1 and o.id = k.id
left join lateral (
    select 0 as start, m.content as text
    from messages m where m.user_id = o.user_id and m.id = o.id and k.known = 0
    union all
    select c.start, c.text from chunks c
    where c.user_id = o.user_id and c.message_id = o.id and c.start + c.units > k.known
          and c.start >= coalesce((select max(f.start) from chunks f where f.user_id = o.user_id
                                   and f.message_id = o.id and f.start <= k.known), 0)
) p on true
order by k.id, p.start
