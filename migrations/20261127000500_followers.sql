-- migrate:up

-- What happens beside the main path, such as telling other systems, follows the changes of each user as a device does. No
-- write has anything to do for it.

-- The followers, each registered once it is used.
create table followers (
    name text primary key,
    -- The epoch that it was told of; empty before the first.
    epoch text not null default '',
    -- Until when one process has begun the next epoch for it.
    beginning_until timestamptz,
    -- Until when nobody has to look again whether a user has something untold.
    looked_until timestamptz
);

-- How far each follower has gone, by user, and who goes on with it. It outlives the user until that was told.
create table followed (
    user_id uuid not null,
    follower text not null,
    -- The epoch and the revision up to which it has gone; an empty epoch for not at all.
    epoch text not null default '',
    revision bigint not null default 0,
    worker text,
    fence bigint not null default 0,
    leased_until timestamptz,
    primary key (user_id, follower)
) with (fillfactor = 70);

-- The users with something untold that no hint has brought to a process: new ones, deleted ones, and those that a look at
-- all has found.
create table followers_due (
    user_id uuid not null,
    follower text not null,
    due_at timestamptz not null,
    tries integer not null default 0,
    primary key (user_id, follower)
);

-- The users that were deleted while there were followers, until all of these have told it.
create table deleted_users (
    user_id uuid primary key,
    -- The revision that the deletion drew.
    revision bigint not null,
    deleted_at timestamptz not null
);

-- migrate:down

drop table deleted_users, followers_due, followed, followers;
