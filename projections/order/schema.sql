-- Orders to correct what payers have reported, without the payer.
create table correction_order (
    correction_order uuid primary key,
    payer            text collate "C" not null,
    office           text collate "C" not null, -- of the officer who proposed
    waiting          boolean not null,          -- for a decision, or for an answer
    proposed         bigint not null,           -- position of the proposal
    position         bigint not null,           -- of the last event
    receipt          text collate "C" not null, -- of the filing that carries it out, or empty
    state            bytea not null             -- canonical form of the fold
);

create index correction_order_waiting on correction_order (office, proposed) where waiting;
create index correction_order_payer on correction_order (payer, proposed);
create unique index correction_order_receipt on correction_order (receipt) where receipt <> '';
