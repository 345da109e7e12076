-- migrate:up

-- Whether the title is the beginning of the first question, which nobody chose, and no answer has been asked for
-- since: whoever gives the next one may replace it.
alter table conversations add column provisional boolean not null default false;

-- migrate:down

alter table conversations drop column provisional;
