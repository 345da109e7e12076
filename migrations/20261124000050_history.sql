-- migrate:up

-- Which history the epoch was made for: the identity of the server (each initdb makes one), its timeline
-- (each promotion of a standby, and each restore to a point in time, begins one), and the identity of the
-- database and of this table in it (a dump that is loaded makes them anew). On another history revisions may
-- be drawn again, so another epoch is due.
alter table epoch add column history text;

-- Null where it cannot be known: on a standby, or where the functions are reserved.
create function current_history() returns text
language plpgsql stable as $$
begin
    return (select system_identifier from pg_control_system())
        || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
        || '/' || (select oid from pg_database where datname = current_database())
        || '/' || 'epoch'::regclass::oid;
exception
    when insufficient_privilege or object_not_in_prerequisite_state then
        return null;
end
$$;

-- migrate:down

drop function current_history;
alter table epoch drop column history;
