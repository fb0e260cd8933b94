-- Totals of what was filed, accepted, assessed and paid. A row for the office, one for
-- its region and one for the country are kept as events come, and nothing is ever added
-- up when somebody reads.
create table total (
    scope              text collate "C" not null, -- country, region, office
    code               text collate "C" not null, -- BY, one digit, three digits
    form               text collate "C" not null, -- see package reporting
    year               integer not null,
    quarter            integer not null,
    received           bigint not null,
    processed          bigint not null,
    accepted           bigint not null,
    partial            bigint not null,
    refused            bigint not null,
    documents_accepted bigint not null,
    documents_rejected bigint not null,
    documents_parked   bigint not null,
    persons            bigint not null,
    earnings           bigint not null, -- kopecks, as all that follow
    benefits           bigint not null,
    contributions      bigint not null,
    assessed           bigint not null,
    payments           bigint not null,
    position           bigint not null, -- of the last event that touched the row
    primary key (scope, code, form, year, quarter)
) with (fillfactor = 50);

create index total_quarter on total (year, quarter, scope, code);

-- The last event that touched any total of a quarter. Who asks what has changed finds the
-- few quarters first: an index on the position of each total would have to be kept at
-- every change, and cost more than the total itself.
create table quarter_change (
    year     integer not null,
    quarter  integer not null,
    position bigint not null,
    primary key (year, quarter)
) with (fillfactor = 50);

-- By how many the number of payers with the duty to report changes in a quarter.
create table payer_change (
    scope   text collate "C" not null,
    code    text collate "C" not null,
    year    integer not null,
    quarter integer not null,
    delta   bigint not null,
    primary key (scope, code, year, quarter)
) with (fillfactor = 50);

-- What the totals need to know of a payer.
create table payer (
    unp             text collate "C" primary key,
    office          text collate "C" not null,
    kind            text not null,
    since           date,
    deregistered_on date
);

-- The last assessment of each month of a payer, in kopecks: the next one counts as the
-- change to it.
create table assessment (
    payer text collate "C" not null,
    month integer not null, -- year * 12 + month - 1
    total bigint not null,
    primary key (payer, month)
);

-- Filings that are not done with: neither processed nor free of parked documents.
create table open_filing (
    filing    uuid primary key,
    office    text collate "C" not null,
    year      integer not null, -- of arrival
    quarter   integer not null,
    processed boolean not null,
    parked    bigint not null
);
