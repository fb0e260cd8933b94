-- Every file that was filed, from its arrival to its result.
create table filing (
    filing            uuid primary key,
    payer             text collate "C" not null,
    receipt           text collate "C" not null unique,
    sha256            bytea not null,
    key_hash          bytea,            -- null without an Idempotency-Key
    bytes             bigint not null,
    channel           text not null,
    all_or_nothing    boolean not null,
    subject           text not null,    -- the actor
    role              text not null,
    office            text not null,
    received_at       timestamptz not null,
    received_position bigint not null,
    status            text not null,    -- received, checking, accepted, partial, refused
    posted            integer not null, -- documents that have their outcome
    findings          bytea[] not null, -- archive names, in document order
    tallies           bytea not null,   -- canonical form of the list of tallies
    processed         bytea,            -- canonical form of the result; null before
    processed_at      timestamptz,
    form              text,             -- of the result, likewise the following
    year              integer,
    quarter           integer,
    position          bigint not null,  -- of the last change
    keys              bytea[] not null  -- further keys under which the bytes came again
) with (fillfactor = 80);

create index filing_sha256 on filing (sha256);
create index filing_key on filing (payer, key_hash) where key_hash is not null;
create index filing_payer on filing (payer, received_position);
create index filing_unfinished on filing (received_position) where processed_at is null;

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
