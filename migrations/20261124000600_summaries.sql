-- migrate:up

-- Conversations whose running summary is to be brought up to date. Whoever claims one works under `fence`
-- until `leased_until`. `asked` grows with what is said meanwhile, so that it is looked at once more.
-- The table holds only what waits; where no producer summarises, that is one row for a conversation.
create table summaries_due (
    user_id uuid not null,
    conversation_id uuid not null,
    asked bigint not null default 1,
    due_at timestamptz not null default clock_timestamp(),
    tries integer not null default 0,
    fence bigint not null default 0,
    leased_until timestamptz,
    primary key (user_id, conversation_id),
    constraint summaries_of_conversations
        foreign key (user_id, conversation_id) references conversations on delete cascade
);

-- What has failed keeps its time: who goes on talking does not make it tried sooner.
create function want_summary(p_user_id uuid, p_conversation_id uuid) returns void
language sql as $$
    insert into summaries_due as s (user_id, conversation_id) values (p_user_id, p_conversation_id)
    on conflict (user_id, conversation_id) do update set asked = s.asked + 1
$$;

-- Whether the context has the strategy `summary`: kept here, in the row that the write of any message
-- updates anyway, so that the others pay for nothing but looking at it.
alter table conversations add column summarises boolean not null default false;

update conversations c set summarises = true
from contexts x
where x.user_id = c.user_id and x.conversation_id = c.id and x.context_window ->> 'strategy' = 'summary';

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

-- migrate:down

drop trigger want_summary_of_more on conversations;
drop function want_summary_of_more;
drop trigger follow_context on contexts;
drop function follow_context;
alter table conversations drop column summarises;
drop function want_summary;
drop table summaries_due;
