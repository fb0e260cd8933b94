-- The account of every payer, as the fold left it, with the mismatches that are open in it and
-- with what lists of payers show.
create table payer (
    unp        text collate "C" primary key,
    revision   bigint not null,
    position   bigint not null,
    registered boolean not null,
    office     text collate "C" not null,
    kind       text not null,
    name       text not null,
    assessed   bigint not null, -- kopecks, all months
    paid       bigint not null, -- kopecks, all payments
    state      bytea not null
) with (fillfactor = 80);

create index payer_office on payer (office, unp);

-- Months that cannot be assessed before a parameter of the law is published.
create table awaiting (
    parameter text collate "C" not null,
    for_month integer not null, -- year * 12 + month - 1, whose value is missing
    payer     text collate "C" not null,
    month     integer not null, -- the liability's month, counted likewise
    primary key (parameter, for_month, payer, month)
);

create index awaiting_payer on awaiting (payer);

-- Payments of a treasury's lists whose payer is not known.
create table suspended (
    treasury   text collate "C" not null,
    bank_ref   text collate "C" not null,
    office     text collate "C" not null, -- of the treasury
    value_date integer not null,
    booked_on  integer not null,
    amount     bigint not null, -- kopecks
    kind       text not null,
    month      integer not null,
    payer      text not null, -- as the list has it
    reason     text not null,
    receipt    text not null,
    document   integer not null,
    position   bigint not null,
    primary key (treasury, bank_ref)
);

create index suspended_age on suspended (value_date, treasury, bank_ref);

-- A state stays in its row, compressed, as long as it fits a page: one page less to read and
-- no second table to write.
alter table payer alter column state set storage main;

-- A state beyond two kilobytes is compressed: lz4 costs a tenth of pglz, at each batch that
-- touches the row. A server built without it keeps pglz.
do $$
begin
    alter table payer alter column state set compression lz4;
exception when feature_not_supported then
    null;
end $$;

-- Every mismatch that ever was, open or closed.
create table mismatch (
    payer      text collate "C" not null,
    kind       text collate "C" not null,
    quarter    integer not null, -- first month, as year * 12 + month - 1
    opened     bigint not null,  -- position of the event with which it arose
    closed     bigint,           -- position of the one that resolved it; null while open
    office     text collate "C" not null,
    difference bigint not null,  -- kopecks
    carried    boolean not null, -- stood at the end of the quarter before
    explained  boolean not null, -- as it stands
    content    bytea not null,
    primary key (payer, kind, quarter, opened)
);

create index mismatch_open on mismatch (office, payer, quarter, kind) where closed is null;

-- From when to when a payer owes reports; quarters by their first month.
create table duty (
    unp        text collate "C" primary key,
    office     text collate "C" not null,
    payer_kind text collate "C" not null,
    first      integer not null,
    last       integer -- null while no end is known
);

create index duty_office on duty (office, unp);

-- Which obligations are met.
create table met (
    unp     text collate "C" not null,
    form    text collate "C" not null,
    quarter integer not null,
    primary key (unp, form, quarter)
);

-- Counts of payers by office. With a form: how many have met it for the quarter. Without
-- one: how many more owe reports from the quarter on than before it.
create table total (
    office     text collate "C" not null,
    payer_kind text collate "C" not null,
    form       text collate "C" not null,
    quarter    integer not null,
    payers     bigint not null,
    primary key (office, payer_kind, form, quarter)
);
