-- migrate:up

-- The title as it is searched: without case, accents and the like (`core/folding.py`), which SQL cannot tell. It is of
-- the title that the conversation had at `folded_revision`; a search fills in those of the user that have changed since,
-- so that no write has anything to do for it, not even one of a release that does not know it.
alter table conversations add column folded_title text, add column folded_revision bigint;

-- migrate:down

alter table conversations drop column folded_revision, drop column folded_title;
