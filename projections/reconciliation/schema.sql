-- The account of every payer as comparing follows it, with the mismatches that are open.
create table payer (
    unp   text collate "C" primary key,
    state bytea not null
) with (fillfactor = 80);

alter table payer alter column state set storage main;

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
