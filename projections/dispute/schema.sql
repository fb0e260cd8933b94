-- Every dispute over a line of an account, as the fold left it. Who has to act and until
-- when are columns; whether that day has passed is compared by who reads.
create table dispute (
    id       uuid primary key,
    person   uuid not null, -- whose account holds the line
    payer    text collate "C" not null, -- who is asked; empty where the Fund decides alone
    office   text collate "C" not null, -- of the Fund, which decides
    turn     text collate "C" not null, -- payer, correction or fund; empty when it is closed
    due      date, -- last day of the term; null when it is closed
    position bigint not null, -- of the dispute's last event
    state    bytea not null -- with the texts sealed
);

create index dispute_person on dispute (person);
create index dispute_payer on dispute (payer, due, id) where turn in ('payer', 'correction');
create index dispute_office on dispute (office, due, id) where turn <> '';
