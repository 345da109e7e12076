-- migrate:up

-- Finds what is always in a window, what the system says and the newest message of the user, without
-- walking over all that was answered.
create index messages_by_role on messages (user_id, conversation_id, role, position)
    where role in ('system', 'user');

-- The running summary of what fell out of the window: its text, the position up to which it stands for the
-- messages, and what it was counted in.
alter table contexts add column summary jsonb;

-- migrate:down

alter table contexts drop column summary;
drop index messages_by_role;
