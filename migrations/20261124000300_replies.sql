-- migrate:up

-- Which message answers which question, and the work until it does. The answer's message exists, and
-- streams, from the moment it is asked for: so a busy conversation is one with a message that streams.
--   queued  it waits for its turn: another message of the conversation streams
--   due     its turn has come; whoever claims it works under `fence` until `leased_until`
--   done    its message has ended, in whatever way
-- `delivered_at`: a workflow took the request, and answers by itself. `dead_at`: no workflow would; `error`
-- says why, and it stays so until somebody replays it.
create table replies (
    user_id uuid not null,
    message_id uuid not null,
    conversation_id uuid not null,
    question_id uuid not null,
    question_position bigint not null,
    state text not null check (state in ('queued', 'due', 'done')),
    due_at timestamptz not null default clock_timestamp(),
    delivery_id uuid not null,
    -- The title that the server gave with this question, which the producer may better.
    title text,
    tries integer not null default 0,
    worker text,
    fence bigint not null default 0,
    leased_until timestamptz,
    delivered_at timestamptz,
    dead_at timestamptz,
    error jsonb,
    primary key (user_id, message_id),
    constraint replies_are_messages foreign key (user_id, message_id) references messages on delete cascade
);
-- One answer at a time in a conversation, whoever asks.
-- Workers, who look at all users at once, find in it what is under way, and nothing else.
create unique index replies_one_at_a_time on replies (user_id, conversation_id) where state = 'due';
create index replies_in_turn on replies (user_id, conversation_id, question_position) where state = 'queued';
create index replies_of_question on replies (user_id, question_id);
-- For those who look at all users at once; it holds only what nobody would take.
create index replies_dead on replies (user_id, dead_at) where dead_at is not null;

-- The turn of the next reply comes when nothing streams in the conversation any more. It is called in the
-- transaction that ended a message, whoever that was, under the lock of the user's counter.
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

-- migrate:down

drop trigger settle_reply_at_the_end on messages;
drop trigger settle_reply_of_the_deleted on messages;
drop function settle_reply;
drop function pass_turn;
drop table replies;
