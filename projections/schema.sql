-- Where every projection stands. One row per schema of tables; it is the first row that
-- a transaction of a follower locks, which makes it the lock of the schema as well.
create schema if not exists projection;

create table if not exists projection.checkpoint (
    schema_name text collate "C" primary key,
    name        text collate "C" not null,
    version     integer not null,
    position    bigint not null default 0 check (position >= 0),
    -- ready turns true once the tables have reached the head that the ledger had when
    -- their building began; before that they are not shown.
    ready       boolean not null default false,
    error       text not null default '',
    failed_at   timestamptz,
    changed_at  timestamptz not null default now(),
    unique (name, version)
) with (fillfactor = 50);
