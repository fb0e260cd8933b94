-- The cases of a person, as the fold left them; persons without a case have no row.
create table person (
    person uuid primary key,
    state  bytea not null
) with (fillfactor = 80);

-- Every case, for the lists of offices and of persons.
create table benefit_case (
    person     uuid not null,
    id         uuid not null,
    kind       text collate "C" not null,
    office     text collate "C" not null,
    state      text collate "C" not null,
    work       text collate "C" not null, -- what an officer has to do next; empty for nothing
    claimed_on date not null,
    first_day  date not null,
    last_day   date,
    amount     bigint not null, -- kopecks, of the latest day; 0 before an award
    form       text not null,
    position   bigint not null, -- of the case's last event
    primary key (person, id)
) with (fillfactor = 80);

create index benefit_case_office on benefit_case (office, state, claimed_on, person, id);
create index benefit_case_work on benefit_case (office, work, claimed_on, person, id)
    where work <> '';

-- What an award pays from a day on, up to the next row of it.
create table amount (
    person    uuid not null,
    id        uuid not null,
    first_day date not null,
    last_day  date, -- null while no end is known
    amount    bigint not null,
    primary key (person, id, first_day)
);

-- Benefits in force by month: a row for each month in which the figures change, with the
-- figures that hold from this month on.
create table total (
    scope  text collate "C" not null, -- country, region, office
    code   text collate "C" not null,
    kind   text collate "C" not null,
    month  integer not null, -- year * 12 + month - 1
    count  bigint not null,
    amount bigint not null, -- kopecks a month
    primary key (scope, code, kind, month)
) with (fillfactor = 50);
