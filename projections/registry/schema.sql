-- Who the insured persons are, opened from their sealed boxes. A person whose key was
-- destroyed keeps an empty row. search holds the words of the name in the form that
-- package registry compares; keys are numbers of those words, of the words with any one
-- letter left out, and of their beginnings, so that one index finds prefixes and typos.
create table person (
    person        uuid primary key,
    known         boolean not null, -- false: the key is destroyed
    insurance_no  text collate "C" not null,
    surname       text not null,
    name          text not null,
    patronymic    text not null,
    birth_date    date,
    sex           text not null,
    provisional   boolean not null,
    registered_at timestamptz,
    search        text collate "C" not null,
    keys          integer[] not null,
    merged_into   uuid, -- the account that this one is absorbed by
    position      bigint not null
);

create index person_merged_into on person (merged_into) where merged_into is not null;
create index person_insurance_no on person (insurance_no) where insurance_no <> '';
create index person_search on person (search, person);
create index person_keys on person using gin (keys);

-- The register of payers.
create table payer (
    unp             text collate "C" primary key,
    registered      boolean not null,
    name            text not null,
    fund_no         text collate "C" not null,
    office          text collate "C" not null,
    kind            text not null,
    since           date,
    deregistered_on date,
    search          text collate "C" not null,
    keys            integer[] not null,
    position        bigint not null
);

create index payer_office on payer (office, unp);
create index payer_fund_no on payer (fund_no);
create index payer_search on payer (search, unp);
create index payer_keys on payer using gin (keys);
