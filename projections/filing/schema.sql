-- Every file that was filed, from its arrival to its result. What changes after the arrival
-- is in no index, so that the free space keeps the new version of a row on the page of the old
-- one: most filings are written once more, some ten together.
create table filing (
    filing            uuid primary key,
    payer             text collate "C" not null,
    receipt           text collate "C" not null unique,
    sha256            bytea not null,
    key_hash          bytea,            -- null without an Idempotency-Key
    received_position bigint not null,
    keys              bytea[] not null, -- further keys under which the bytes came again
    state             bytea not null    -- canonical form of all that the columns do not say
) with (fillfactor = 45);

create index filing_sha256 on filing (sha256);
create index filing_key on filing (payer, key_hash) where key_hash is not null;
create index filing_payer on filing (payer, received_position);

-- Filings that have no result yet: as few as are in work.
create table unfinished (
    received_position bigint primary key,
    filing            uuid not null
);

-- Documents that wait for a prerequisite now.
create table parked (
    filing      uuid not null,
    document    integer not null,
    payer       text collate "C" not null,
    content     bytea not null, -- canonical form of the event that parked it
    until       date,
    recorded_at timestamptz not null,
    position    bigint not null,
    primary key (filing, document)
);

create index parked_payer on parked (payer, filing, document);
create index parked_until on parked (until, filing, document);

-- The persons that they wait for.
create table parked_person (
    person   uuid not null,
    filing   uuid not null,
    document integer not null,
    primary key (person, filing, document)
);

create index parked_person_document on parked_person (filing, document);
