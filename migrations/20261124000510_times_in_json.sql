-- migrate:up

-- A time as it stands in JSON. Not immutable, so that it is inlined: calling it would cost more than it does.
create function rfc3339(p_time timestamptz) returns text
language sql stable parallel safe
return to_char(p_time at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- migrate:down

drop function rfc3339;
