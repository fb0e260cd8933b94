-- Whom a payer has reported in which year, by contribution category. A row only ever gains
-- quarters; that updates no indexed column.
create table reported (
    payer    text collate "C" not null,
    year     smallint not null,
    person   uuid not null,
    category text collate "C" not null,
    quarters smallint not null, -- bit 0 for the first quarter to bit 3 for the fourth
    unsure   smallint not null, -- those of which a report was cancelled, or was for a pension
    primary key (payer, year, person, category)
) with (fillfactor = 90);

-- Who is employed by a payer, as ПУ-2 say, from which month to which.
create table employed (
    employment uuid primary key,
    payer      text collate "C" not null,
    person     uuid not null,
    first      int, -- months since the year 0; null while only a ПУ-3 tells of it
    last       int  -- null while it lasts
) with (fillfactor = 90);

create index employed_payer on employed (payer, person);
