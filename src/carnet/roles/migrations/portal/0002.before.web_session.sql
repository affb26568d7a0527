-- Sessions of the pages. A session is a cookie's secret, of which only the hash is here; both tables may be emptied at any
-- time (after a restore they must be): people then log in again. They do not grow with records.
create table web_session (
    id_hash  bytea       primary key,                -- SHA-256 of the cookie's value
    caller   jsonb       not null,                   -- carnet.people.caller.Caller, tagged
    began_at timestamptz not null default now(),
    seen_at  timestamptz not null default now(),
    ends_at  timestamptz not null
);
create index web_session_ends_at on web_session (ends_at);

-- What a URL says instead of an INS: a random handle, for one session.
create table web_patient_handle (
    id_hash bytea       not null references web_session (id_hash) on delete cascade,
    ins     text        not null,
    oid     text        not null,
    handle  text        not null,
    used_at timestamptz not null default now(),
    primary key (id_hash, ins, oid),
    unique (id_hash, handle)
);
