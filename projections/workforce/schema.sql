-- Whom a payer has reported in which year, by contribution category. A row only ever gains
-- quarters; that updates no indexed column.
create table reported (
    payer    text collate "C" not null,
    year     smallint not null,
    person   uuid not null,
    category text collate "C" not null,
    quarters smallint not null, -- bit 0 for the first quarter to bit 3 for the fourth
    primary key (payer, year, person, category)
) with (fillfactor = 90);
