-- migrate:up

-- A message that grows. Its text is the message's own content, then its chunks in order of `start`; the
-- last writer folds them into the content. One instance owns it: whoever takes it over raises `fence`, and
-- what is written under an older fence is refused. Whoever is silent until `expires_at` has died.
-- Each write of text updates the row: half of each page is left free so that this stays heap-only.
create table open_messages (
    user_id uuid not null,
    id uuid not null,
    owner text not null,
    fence bigint not null default 1,
    -- How far the text goes, in UTF-16 code units, as everywhere in streaming.
    length bigint not null,
    -- The last append that another instance handed on, so that it is not added twice.
    errand text,
    expires_at timestamptz not null,
    primary key (user_id, id),
    constraint open_messages_are_messages
        foreign key (user_id, id) references messages on delete cascade
) with (fillfactor = 50);

create table chunks (
    user_id uuid not null,
    message_id uuid not null,
    start bigint not null,
    units integer not null,
    text text not null,
    primary key (user_id, message_id, start),
    constraint chunks_of_open_messages
        foreign key (user_id, message_id) references open_messages (user_id, id) on delete cascade
);

-- Which call ended a streaming message, so that its repetition is recognised.
alter table messages add column ended_by bytea;

-- What a streaming message has beyond its content, in the snapshot of the query that asks.
create function streamed_text(p_user_id uuid, p_message_id uuid) returns text
language sql stable as $$
    select coalesce(string_agg(c.text, '' order by c.start), '')
    from chunks c where c.user_id = p_user_id and c.message_id = p_message_id
$$;

-- migrate:down

drop function streamed_text;
alter table messages drop column ended_by;
drop table chunks, open_messages;
