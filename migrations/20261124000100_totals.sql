-- migrate:up

-- The tokens of a message. What was written before messages were counted, or by an instance that does not
-- count yet, has none: that is estimated, at a token for four bytes, until the text is edited.
create function tokens_of(p_token_count integer, p_content text) returns bigint
language sql immutable parallel safe as $$
    select coalesce(p_token_count, (octet_length(p_content) + 3) / 4)::bigint
$$;

-- How many messages a conversation has that have ended, and how many tokens: what is out of a window is
-- told by subtraction. Whatever inserts, ends, edits or deletes a message keeps them, in its own statement;
-- a message that is streaming is not counted yet.
alter table conversations
    add column message_total bigint not null default 0,
    add column token_total bigint not null default 0;

update conversations c
set message_total = m.messages, token_total = m.tokens
from (
    select user_id, conversation_id, count(*) as messages, sum(tokens_of(token_count, content)) as tokens
    from messages where status <> 'streaming'
    group by user_id, conversation_id
) m
where c.user_id = m.user_id and c.id = m.conversation_id;

drop function create_messages;

-- The one write path of messages: a batch of drafts of any users, one row of arrays per draft.
--
-- It locks first and works after: every statement of a VOLATILE function sees what was committed
-- before that statement began, so what follows the lock sees all earlier writes of the locked users.
-- Users are locked in order of id; with p_wait false, users whose row is locked elsewhere are skipped
-- and their drafts come back as 'locked', for the caller to repeat in a lane of their own.
--
-- A draft comes with its count of tokens and the model that it was counted for. If the conversation's
-- context has chosen another, it comes back as 'other_model', with that model, to be counted again.
--
-- Outcomes: created, repeated (same id, same body), conflict (same id, another body), deleted,
-- not_found (no such conversation), other_model, locked, no_user. Only 'created' draws a revision.
create function create_messages(
    p_user_ids uuid[],
    p_ids uuid[],
    p_conversation_ids uuid[],
    p_roles text[],
    p_contents text[],
    p_metadata jsonb[],
    p_fingerprints bytea[],
    p_token_counts integer[],
    p_models text[],
    p_wait boolean
) returns table (ordinal bigint, outcome text, drawn bigint, written_at timestamptz, model text)
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
        from unnest(p_user_ids, p_ids, p_conversation_ids, p_roles, p_contents, p_metadata, p_fingerprints,
                    p_token_counts, p_models)
             with ordinality
             as d(user_id, id, conversation_id, role, content, metadata, fingerprint,
                  token_count, model, ordinal)
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
                   when x.parameters ->> 'model' is distinct from d.model then 'other_model'
                   when d.repetition > 1 then 'repeated'
                   else 'created'
               end as outcome,
               h.revision as head,
               x.parameters ->> 'model' as chosen_model
        from draft d
        left join heads h on h.user_id = d.user_id
        left join messages m on m.user_id = d.user_id and m.id = d.id
        left join tombstones t on t.user_id = d.user_id and t.kind = 'message' and t.id = d.id
        left join conversations c on c.user_id = d.user_id and c.id = d.conversation_id
        left join contexts x on x.user_id = d.user_id and x.conversation_id = d.conversation_id
    ), numbered as (
        select j.*,
               j.head + row_number() over (partition by j.user_id order by j.ordinal) as number
        from judged j
        where j.outcome = 'created'
    ), inserted as (
        insert into messages (user_id, id, conversation_id, role, content, metadata,
                              token_count, "timestamp", position, revision, fingerprint)
        select n.user_id, n.id, n.conversation_id, n.role, n.content, n.metadata,
               n.token_count, v_now, n.number, n.number, n.fingerprint
        from numbered n
    ), counted as (
        update heads h set revision = n.last
        from (select user_id, max(number) as last from numbered group by user_id) n
        where h.user_id = n.user_id
    ), touched as (
        update conversations c
        set updated_at = greatest(c.updated_at, v_now),
            message_total = c.message_total + n.messages,
            token_total = c.token_total + n.tokens
        from (
            select n.user_id, n.conversation_id, count(*) as messages,
                   sum(tokens_of(n.token_count, n.content)) as tokens
            from numbered n group by n.user_id, n.conversation_id
        ) n
        where c.user_id = n.user_id and c.id = n.conversation_id
    )
    select j.ordinal, j.outcome, n.number, v_now, j.chosen_model
    from judged j left join numbered n on n.ordinal = j.ordinal
    order by j.ordinal;
end
$$;

-- migrate:down

drop function create_messages;

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

alter table conversations drop column message_total, drop column token_total;
drop function tokens_of;
