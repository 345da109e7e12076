-- migrate:up

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

-- migrate:down

drop function create_message;
