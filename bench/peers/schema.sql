-- What the peers keep: the tables and indexes that a message touches, as in our own migrations.

create table heads (
    user_id uuid primary key,
    revision bigint not null default 0
) with (fillfactor = 50);

create table conversations (
    user_id uuid not null references heads on delete cascade,
    id uuid not null,
    title text,
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    position bigint not null,
    revision bigint not null,
    primary key (user_id, id)
);
create index conversations_by_update on conversations (user_id, updated_at, id);

create table messages (
    user_id uuid not null,
    id uuid not null,
    conversation_id uuid not null,
    role text not null,
    content text not null,
    status text not null default 'complete',
    metadata jsonb not null default '{}',
    "timestamp" timestamptz not null,
    position bigint not null,
    revision bigint not null,
    primary key (user_id, id),
    foreign key (user_id, conversation_id) references conversations on delete cascade
);
create index messages_by_revision on messages (user_id, revision);
create index messages_by_position on messages (user_id, conversation_id, position);
