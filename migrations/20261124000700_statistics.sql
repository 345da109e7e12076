-- migrate:up

-- A conversation is one user's. Not knowing that, the planner takes every conversation for so short that it
-- does not matter by which index its messages are read.
create statistics messages_of_conversations (dependencies) on user_id, conversation_id from messages;

-- migrate:down

drop statistics messages_of_conversations;
