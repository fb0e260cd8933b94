-- The account of every insured person, as the fold left it. But for merges and a first ПУ-6,
-- updates change no indexed column, so the free space keeps a new version of a row on the
-- page of the old one.
create table person (
    person      uuid primary key,
    position    bigint not null, -- of the last event
    newest      integer not null, -- the newest year of a slot of ПУ-3; 0 for none
    occupational boolean not null, -- ever reported by ПУ-6
    merged_into uuid, -- the account that this one is absorbed by
    state       bytea not null,
    older       bytea -- slots of years that are further back, see account.Recent; null for none
) with (fillfactor = 80);

create index person_occupational on person (person) where occupational;
create index person_merged_into on person (merged_into) where merged_into is not null;

-- Who has ever been employed or reported by a payer.
create table payer_person (
    payer  text collate "C" not null,
    person uuid not null,
    primary key (payer, person)
);

-- A state stays in its row as long as it fits a page: one page less to read and no second table
-- to write. Older slots go aside where they are long; they stay there when the row is written.
alter table person alter column state set storage main;

-- What makes a row longer than two kilobytes is compressed: lz4 costs a tenth of pglz, whenever
-- it is written or read. A server built without it keeps pglz.
do $$
begin
    alter table person alter column state set compression lz4;
    alter table person alter column older set compression lz4;
exception when feature_not_supported then
    null;
end $$;
