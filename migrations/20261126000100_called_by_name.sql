-- migrate:up

-- What triggers did, the statements that end, edit or delete a message and those that write a context call by name:
-- a table that is distributed by user knows no triggers. Times are arguments, so that no statement which changes rows
-- calls a volatile function.

drop trigger settle_reply_at_the_end on messages;
drop trigger settle_reply_of_the_deleted on messages;
drop trigger follow_context on contexts;
drop trigger want_summary_of_more on conversations;
drop function settle_reply;
drop function follow_context;
drop function want_summary_of_more;
drop function pass_turn;
drop function want_summary;

-- Any kind of row leaves tombstones: a new one is declared by its feature, not here.
alter table tombstones drop constraint tombstones_kind_check;

-- As every table of jobs has it: which worker has the lease.
alter table summaries_due add column worker text;

-- Puts a conversation among those whose summary is to be brought up to date. What has failed keeps its time: more
-- messages do not make it tried sooner.
create function want_summary(p_user_id uuid, p_conversation_id uuid, p_now timestamptz) returns void
language sql as $$
    insert into summaries_due as s (user_id, conversation_id, due_at) values (p_user_id, p_conversation_id, p_now)
    on conflict (user_id, conversation_id) do update set asked = s.asked + 1
$$;

-- The same, if the conversation is summarised at all: called when its texts have grown.
create function text_grew(p_user_id uuid, p_conversation_id uuid, p_now timestamptz) returns void
language sql as $$
    select want_summary(c.user_id, c.id, p_now) from conversations c
    where c.user_id = p_user_id and c.id = p_conversation_id and c.summarises
$$;

-- The turn of the next reply comes when nothing streams in the conversation any more. Called in the transaction that
-- ended a message, under the lock of the user's counter.
create function pass_turn(p_user_id uuid, p_conversation_id uuid, p_now timestamptz) returns void
language sql as $$
    update replies set state = 'due', due_at = p_now
    where (user_id, message_id) = (
        select r.user_id, r.message_id from replies r
        where r.user_id = p_user_id and r.conversation_id = p_conversation_id and r.state = 'queued'
        order by r.question_position, r.message_id limit 1
    ) and user_id = p_user_id and not exists (
        select 1 from messages m join open_messages o on o.user_id = m.user_id and o.id = m.id
        left join replies q on q.user_id = m.user_id and q.message_id = m.id and q.state = 'queued'
        where m.user_id = p_user_id and m.conversation_id = p_conversation_id and m.role = 'assistant'
              and m.status = 'streaming' and q.message_id is null
    )
$$;

-- A message that streamed has ended, or is gone: its reply is done, and the next one has its turn.
create function stream_ended(
    p_user_id uuid, p_message_id uuid, p_conversation_id uuid, p_now timestamptz
) returns void
language sql as $$
    update replies set state = 'done', worker = null, leased_until = null
    where user_id = p_user_id and message_id = p_message_id;
    select pass_turn(p_user_id, p_conversation_id, p_now);
$$;

-- A context was written or deleted: whether its conversation is summarised follows from it.
create function context_changed(p_user_id uuid, p_conversation_id uuid, p_now timestamptz) returns void
language plpgsql as $$
declare
    v_summarises boolean := exists (
        select 1 from contexts x
        where x.user_id = p_user_id and x.conversation_id = p_conversation_id
              and x.context_window ->> 'strategy' = 'summary'
    );
begin
    update conversations set summarises = v_summarises
    where user_id = p_user_id and id = p_conversation_id and summarises <> v_summarises;
    if v_summarises then
        perform want_summary(p_user_id, p_conversation_id, p_now);
    end if;
end
$$;

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
-- A conversation that is summarised is put into `summaries_due`, as want_summary() does.
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
        returning c.user_id, c.id, c.summarises
    ), summarised as (
        insert into summaries_due as s (user_id, conversation_id, due_at)
        select t.user_id, t.id, v_now from touched t where t.summarises
        on conflict (user_id, conversation_id) do update set asked = s.asked + 1
    )
    select j.ordinal, j.outcome, n.number, v_now, j.chosen_model
    from judged j left join numbered n on n.ordinal = j.ordinal
    order by j.ordinal;
end
$$;

drop function create_message;

-- create_messages() for a single draft, with the same outcomes. An idle system writes one message at a time, and
-- then starting the plan of the batch costs several times what the message does: here every statement is one
-- probe of a key.
--
-- It locks first and works after, as the batch does: each statement sees what was committed before it began.
create function create_message(
    p_user_id uuid,
    p_id uuid,
    p_conversation_id uuid,
    p_role text,
    p_content text,
    p_metadata jsonb,
    p_fingerprint bytea,
    p_token_count integer,
    p_model text,
    p_wait boolean
) returns table (outcome text, drawn bigint, written_at timestamptz, model text)
language plpgsql volatile as $$
declare
    v_head bigint;
    v_fingerprint bytea;
    v_summarises boolean;
begin
    if p_wait then
        select h.revision into v_head from heads h where h.user_id = p_user_id for update;
    else
        select h.revision into v_head from heads h where h.user_id = p_user_id for update skip locked;
    end if;
    if not found then
        outcome := case
            when not p_wait and exists (select 1 from heads h where h.user_id = p_user_id) then 'locked'
            else 'no_user'
        end;
        return next;
        return;
    end if;
    written_at := date_trunc('milliseconds', clock_timestamp());

    select m.fingerprint into v_fingerprint from messages m where m.user_id = p_user_id and m.id = p_id;
    if found then
        outcome := case when v_fingerprint = p_fingerprint then 'repeated' else 'conflict' end;
        return next;
        return;
    end if;

    perform 1 from tombstones t where t.user_id = p_user_id and t.kind = 'message' and t.id = p_id;
    if found then
        outcome := 'deleted';
        return next;
        return;
    end if;

    select x.parameters ->> 'model' into model
    from conversations c
    left join contexts x on x.user_id = c.user_id and x.conversation_id = c.id
    where c.user_id = p_user_id and c.id = p_conversation_id;
    if not found then
        outcome := 'not_found';
        return next;
        return;
    end if;
    if model is distinct from p_model then
        outcome := 'other_model';
        return next;
        return;
    end if;

    drawn := v_head + 1;
    insert into messages (user_id, id, conversation_id, role, content, metadata,
                          token_count, "timestamp", position, revision, fingerprint)
    values (p_user_id, p_id, p_conversation_id, p_role, p_content, p_metadata,
            p_token_count, written_at, drawn, drawn, p_fingerprint);
    update heads h set revision = drawn where h.user_id = p_user_id;
    update conversations c
    set updated_at = greatest(c.updated_at, written_at),
        message_total = c.message_total + 1,
        token_total = c.token_total + tokens_of(p_token_count, p_content)
    where c.user_id = p_user_id and c.id = p_conversation_id
    returning c.summarises into v_summarises;
    if v_summarises then
        perform want_summary(p_user_id, p_conversation_id, written_at);
    end if;
    outcome := 'created';
    return next;
end
$$;

-- migrate:down

drop function create_message;
drop function create_messages;
drop function context_changed;
drop function stream_ended;
drop function pass_turn;
drop function text_grew;
drop function want_summary;
alter table summaries_due drop column worker;
alter table tombstones
    add constraint tombstones_kind_check check (kind in ('conversation', 'message', 'context'));

create function want_summary(p_user_id uuid, p_conversation_id uuid) returns void
language sql as $$
    insert into summaries_due as s (user_id, conversation_id) values (p_user_id, p_conversation_id)
    on conflict (user_id, conversation_id) do update set asked = s.asked + 1
$$;

create function pass_turn(p_user_id uuid, p_conversation_id uuid) returns void
language sql as $$
    update replies set state = 'due', due_at = clock_timestamp()
    where (user_id, message_id) = (
        select r.user_id, r.message_id from replies r
        where r.user_id = p_user_id and r.conversation_id = p_conversation_id and r.state = 'queued'
        order by r.question_position, r.message_id limit 1
    ) and not exists (
        select 1 from messages m join open_messages o on o.user_id = m.user_id and o.id = m.id
        left join replies q on q.user_id = m.user_id and q.message_id = m.id and q.state = 'queued'
        where m.user_id = p_user_id and m.conversation_id = p_conversation_id and m.role = 'assistant'
              and m.status = 'streaming' and q.message_id is null
    )
$$;

create function settle_reply() returns trigger
language plpgsql as $$
begin
    update replies set state = 'done', worker = null, leased_until = null
    where user_id = old.user_id and message_id = old.id;
    perform pass_turn(old.user_id, old.conversation_id);
    return null;
end
$$;

create trigger settle_reply_at_the_end after update of status on messages
for each row when (old.status = 'streaming' and new.status <> 'streaming') execute function settle_reply();
create trigger settle_reply_of_the_deleted after delete on messages
for each row when (old.status = 'streaming') execute function settle_reply();

create function follow_context() returns trigger
language plpgsql as $$
declare
    v_context contexts := coalesce(new, old);
    v_summarises boolean := tg_op <> 'DELETE' and coalesce(new.context_window ->> 'strategy' = 'summary', false);
begin
    update conversations set summarises = v_summarises
    where user_id = v_context.user_id and id = v_context.conversation_id and summarises <> v_summarises;
    if v_summarises then
        perform want_summary(v_context.user_id, v_context.conversation_id);
    end if;
    return null;
end
$$;

create trigger follow_context after insert or delete or update of context_window, parameters on contexts
for each row execute function follow_context();

create function want_summary_of_more() returns trigger
language plpgsql as $$
begin
    perform want_summary(new.user_id, new.id);
    return null;
end
$$;

-- However a message came, or an answer ended: it is counted then.
create trigger want_summary_of_more after update of token_total on conversations
for each row when (new.summarises and new.token_total > old.token_total)
execute function want_summary_of_more();

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

-- create_messages() for a single draft, with the same outcomes. An idle system writes one message at a time, and
-- then starting the plan of the batch costs several times what the message does: here every statement is one
-- probe of a key.
--
-- It locks first and works after, as the batch does: each statement sees what was committed before it began.
create function create_message(
    p_user_id uuid,
    p_id uuid,
    p_conversation_id uuid,
    p_role text,
    p_content text,
    p_metadata jsonb,
    p_fingerprint bytea,
    p_token_count integer,
    p_model text,
    p_wait boolean
) returns table (outcome text, drawn bigint, written_at timestamptz, model text)
language plpgsql volatile as $$
declare
    v_head bigint;
    v_fingerprint bytea;
begin
    if p_wait then
        select h.revision into v_head from heads h where h.user_id = p_user_id for update;
    else
        select h.revision into v_head from heads h where h.user_id = p_user_id for update skip locked;
    end if;
    if not found then
        outcome := case
            when not p_wait and exists (select 1 from heads h where h.user_id = p_user_id) then 'locked'
            else 'no_user'
        end;
        return next;
        return;
    end if;
    written_at := date_trunc('milliseconds', clock_timestamp());

    select m.fingerprint into v_fingerprint from messages m where m.user_id = p_user_id and m.id = p_id;
    if found then
        outcome := case when v_fingerprint = p_fingerprint then 'repeated' else 'conflict' end;
        return next;
        return;
    end if;

    perform 1 from tombstones t where t.user_id = p_user_id and t.kind = 'message' and t.id = p_id;
    if found then
        outcome := 'deleted';
        return next;
        return;
    end if;

    select x.parameters ->> 'model' into model
    from conversations c
    left join contexts x on x.user_id = c.user_id and x.conversation_id = c.id
    where c.user_id = p_user_id and c.id = p_conversation_id;
    if not found then
        outcome := 'not_found';
        return next;
        return;
    end if;
    if model is distinct from p_model then
        outcome := 'other_model';
        return next;
        return;
    end if;

    drawn := v_head + 1;
    insert into messages (user_id, id, conversation_id, role, content, metadata,
                          token_count, "timestamp", position, revision, fingerprint)
    values (p_user_id, p_id, p_conversation_id, p_role, p_content, p_metadata,
            p_token_count, written_at, drawn, drawn, p_fingerprint);
    update heads h set revision = drawn where h.user_id = p_user_id;
    update conversations c
    set updated_at = greatest(c.updated_at, written_at),
        message_total = c.message_total + 1,
        token_total = c.token_total + tokens_of(p_token_count, p_content)
    where c.user_id = p_user_id and c.id = p_conversation_id;
    outcome := 'created';
    return next;
end
$$;
