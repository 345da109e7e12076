-- migrate:up

-- An owner that has just written answers from memory for a moment: so long nobody takes over from it.
alter table open_messages add column written_at timestamptz not null default clock_timestamp();

-- migrate:down

alter table open_messages drop column written_at;
