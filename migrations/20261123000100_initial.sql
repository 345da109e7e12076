-- migrate:up

-- Every table of a user's data is keyed by user_id first, and every query is for one user, so the
-- schema can be hash-distributed by user_id as it stands. Only `logins` is not: it finds the user.

-- The epoch makes cursors of a restored backup recognisable: it is part of every cursor.
create table epoch (
    only_row boolean primary key default true check (only_row),
    id text not null default substr(replace(gen_random_uuid()::text, '-', ''), 1, 12)
);
insert into epoch default values;

create table logins (
    email text primary key,
    user_id uuid not null unique
);

create table users (
    user_id uuid primary key,
    email text not null,
    password_hash text not null,
    created_at timestamptz not null
);

-- One narrow row per user: the counter that every write locks first, and a count of ended sessions
-- that tells an instance, in the same beat, that some socket may have to go. Half of each page is
-- left free so that counting stays a heap-only update.
create table heads (
    user_id uuid primary key references users on delete cascade,
    revision bigint not null default 0,
    sessions_ended bigint not null default 0
) with (fillfactor = 50);

create table sessions (
    user_id uuid not null references users on delete cascade,
    id uuid not null,
    generation integer not null default 0,
    created_at timestamptz not null,
    rotated_at timestamptz not null,
    -- When the last generations were used: those of the last minute may be used again.
    recent_uses timestamptz[] not null default '{}',
    expires_at timestamptz not null,
    ended_at timestamptz,
    address text not null,
    user_agent text not null,
    primary key (user_id, id)
);

create table conversations (
    user_id uuid not null references users on delete cascade,
    id uuid not null,
    title text,
    metadata jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    position bigint not null,
    revision bigint not null,
    fingerprint bytea not null,
    primary key (user_id, id)
);
create index conversations_by_revision on conversations (user_id, revision);
create index conversations_by_update on conversations (user_id, updated_at, id);

create table messages (
    user_id uuid not null,
    id uuid not null,
    conversation_id uuid not null,
    role text not null check (role in ('user', 'assistant', 'system', 'tool')),
    content text not null,
    status text not null default 'complete'
        check (status in ('complete', 'streaming', 'interrupted', 'stopped', 'failed')),
    metadata jsonb not null,
    token_count integer,
    "timestamp" timestamptz not null,
    edited_at timestamptz,
    position bigint not null,
    revision bigint not null,
    fingerprint bytea not null,
    primary key (user_id, id),
    constraint messages_in_conversation
        foreign key (user_id, conversation_id) references conversations on delete cascade
);
create index messages_by_revision on messages (user_id, revision);
create index messages_by_position on messages (user_id, conversation_id, position);

create table contexts (
    user_id uuid not null,
    id uuid not null,
    conversation_id uuid not null,
    context_window jsonb,
    parameters jsonb,
    position bigint not null,
    revision bigint not null,
    fingerprint bytea not null,
    primary key (user_id, id),
    constraint contexts_one_per_conversation unique (user_id, conversation_id),
    constraint contexts_in_conversation
        foreign key (user_id, conversation_id) references conversations on delete cascade
);
create index contexts_by_revision on contexts (user_id, revision);

-- What is left of a deleted row: enough to tell receivers, and to answer 410 to its id.
create table tombstones (
    user_id uuid not null references users on delete cascade,
    revision bigint not null,
    kind text not null check (kind in ('conversation', 'message', 'context')),
    id uuid not null,
    conversation_id uuid,
    "timestamp" timestamptz,
    primary key (user_id, revision),
    unique (user_id, kind, id)
);

-- The one write path of messages: a batch of drafts of any users, one row of arrays per draft.
--
-- It locks first and works after: every statement of a VOLATILE function sees what was committed
-- before that statement began, so what follows the lock sees all earlier writes of the locked users.
-- Users are locked in order of id; with p_wait false, users whose row is locked elsewhere are skipped
-- and their drafts come back as 'locked', for the caller to repeat in a lane of their own.
--
-- Outcomes: created, repeated (same id, same body), conflict (same id, another body), deleted,
-- not_found (no such conversation), locked, no_user. Only 'created' draws a revision.
create function create_messages(
    p_user_ids uuid[],
    p_ids uuid[],
    p_conversation_ids uuid[],
    p_roles text[],
    p_contents text[],
    p_metadata jsonb[],
    p_fingerprints bytea[],
    p_wait boolean
) returns table (ordinal bigint, outcome text, drawn bigint, written_at timestamptz)
language plpgsql volatile as $$
declare
    v_locked uuid[];
    v_now timestamptz;
begin
    if p_wait then
        select array_agg(l.user_id) into v_locked from (
            select h.user_id from heads h where h.user_id = any (p_user_ids)
            order by h.user_id for update
        ) l;
    else
        select array_agg(l.user_id) into v_locked from (
            select h.user_id from heads h where h.user_id = any (p_user_ids)
            order by h.user_id for update skip locked
        ) l;
    end if;
    v_now := date_trunc('milliseconds', clock_timestamp());

    return query
    with draft as (
        select d.*,
               first_value(d.fingerprint) over same_id as first_fingerprint,
               row_number() over same_id as repetition
        from unnest(p_user_ids, p_ids, p_conversation_ids, p_roles, p_contents, p_metadata, p_fingerprints)
             with ordinality
             as d(user_id, id, conversation_id, role, content, metadata, fingerprint, ordinal)
        window same_id as (partition by d.user_id, d.id order by d.ordinal)
    ), judged as (
        select d.*,
               case
                   when h.user_id is null then 'no_user'
                   when d.user_id <> all (coalesce(v_locked, '{}')) then 'locked'
                   when m.id is not null and m.fingerprint = d.fingerprint then 'repeated'
                   when m.id is not null then 'conflict'
                   when t.id is not null then 'deleted'
                   when d.repetition > 1 and d.first_fingerprint <> d.fingerprint then 'conflict'
                   when c.id is null then 'not_found'
                   when d.repetition > 1 then 'repeated'
                   else 'created'
               end as outcome,
               h.revision as head
        from draft d
        left join heads h on h.user_id = d.user_id
        left join messages m on m.user_id = d.user_id and m.id = d.id
        left join tombstones t on t.user_id = d.user_id and t.kind = 'message' and t.id = d.id
        left join conversations c on c.user_id = d.user_id and c.id = d.conversation_id
    ), numbered as (
        select j.*,
               j.head + row_number() over (partition by j.user_id order by j.ordinal) as number
        from judged j
        where j.outcome = 'created'
    ), inserted as (
        insert into messages (user_id, id, conversation_id, role, content, metadata,
                              "timestamp", position, revision, fingerprint)
        select n.user_id, n.id, n.conversation_id, n.role, n.content, n.metadata,
               v_now, n.number, n.number, n.fingerprint
        from numbered n
    ), counted as (
        update heads h set revision = n.last
        from (select user_id, max(number) as last from numbered group by user_id) n
        where h.user_id = n.user_id
    ), touched as (
        update conversations c set updated_at = greatest(c.updated_at, v_now)
        from (select distinct n.user_id, n.conversation_id from numbered n) n
        where c.user_id = n.user_id and c.id = n.conversation_id
    )
    select j.ordinal, j.outcome, n.number, v_now
    from judged j left join numbered n on n.ordinal = j.ordinal
    order by j.ordinal;
end
$$;

-- migrate:down

drop function create_messages;
drop table tombstones, contexts, messages, conversations, sessions, heads, users, logins, epoch;
