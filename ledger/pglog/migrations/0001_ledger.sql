-- The ledger: some small tables around one large, append-only one.

-- The role that appends. It cannot log in; the writer takes it for each transaction, so
-- that even the owner's connection has no right to change an event while it appends.
DO $$
BEGIN
    CREATE ROLE stazh_ledger_writer NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- another database of this cluster made it, perhaps just now
END $$;

DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'stazh_ledger_writer', 'MEMBER') THEN
        EXECUTE format('GRANT stazh_ledger_writer TO %I', current_user);
    END IF;
END $$;

-- One row: the last position, the last recorded time and the numbers of streams and
-- contexts. All writers go through it under one advisory lock; positions and keys taken
-- from it are therefore dense and visible to readers in their order.
CREATE TABLE ledger.head (
    id          boolean PRIMARY KEY DEFAULT true CHECK (id),
    position    bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    streams     integer NOT NULL,
    contexts    integer NOT NULL
) WITH (fillfactor = 10); -- room on its page for many HOT updates between two prunings
INSERT INTO ledger.head (position, recorded_at, streams, contexts)
    VALUES (0, 'epoch', 0, 0);

-- A stream's name is written here once; events name it by key. Where a stream stands is
-- what its last event says: a second copy here would have to be updated with each event,
-- at more than half the price of storing the event itself.
CREATE TABLE ledger.stream (
    key  integer PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE
);

-- The first part of the records of an append, shared by all of its events: the hash of an
-- event covers stored ‖ its type's length and name ‖ its own record.
CREATE TABLE ledger.context (
    id     integer PRIMARY KEY,
    stored bytea NOT NULL
);

CREATE TABLE ledger.event_type (
    id   smallint PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE
);

-- Fixed-width columns first, without padding between them. The record holds id, time,
-- months and payload; nothing of it is repeated in a column. Four bytes are enough for
-- two billion streams, of which a whole country has a few million.
CREATE TABLE ledger.event (
    position bigint   NOT NULL,
    stream   integer  NOT NULL,
    revision integer  NOT NULL,
    context  integer  NOT NULL,
    type     smallint NOT NULL,
    record   bytea    NOT NULL,
    head     bytea    NOT NULL,
    PRIMARY KEY (position)
) PARTITION BY RANGE (position);

-- A usual record is far below the size from which Postgres compresses or moves a value
-- out of the row. The few large ones (rule packs, classifiers) are texts and gain from
-- it: lz4, which costs a tenth of pglz to read; a server built without it keeps pglz.
-- Heads are random bytes that must stay in the row. They are MAIN, not PLAIN: PLAIN
-- would give each a length word of four bytes and padding instead of one byte.
ALTER TABLE ledger.event ALTER COLUMN record SET STORAGE EXTENDED;
ALTER TABLE ledger.event ALTER COLUMN head SET STORAGE MAIN;
DO $$
BEGIN
    ALTER TABLE ledger.event ALTER COLUMN record SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END $$;

-- Which partitions there are; upper is exclusive.
CREATE TABLE ledger.event_partition (
    lower bigint PRIMARY KEY,
    upper bigint NOT NULL UNIQUE CHECK (upper > lower)
);

-- Where the events of sealed partitions are, see SealPartitions: many neighbours in the order
-- of streams and revisions in each row, packed; stream and revision are those of the
-- first, last is the last stream.
-- A pack is all segments of one partition; what an unfinished sealing left behind is a pack
-- that no row of event_sealed names. A segment is made as long as fits a page, and must
-- stay in its row: it is compressed already, and only a huge record goes to the side.
CREATE TABLE ledger.segment (
    pack     integer NOT NULL,
    number   integer NOT NULL,
    stream   integer NOT NULL,
    revision integer NOT NULL,
    last     integer NOT NULL,
    data     bytea   NOT NULL,
    PRIMARY KEY (pack, number)
) WITH (toast_tuple_target = 8160);
ALTER TABLE ledger.segment ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX segment_stream ON ledger.segment (pack, stream, revision) INCLUDE (number);

-- The numbers of the segments that hold 1,024 positions in a row, from `position` on.
CREATE TABLE ledger.segment_places (
    pack     integer NOT NULL,
    position bigint  NOT NULL,
    numbers  bytea   NOT NULL,
    PRIMARY KEY (pack, position)
);
ALTER TABLE ledger.segment_places ALTER COLUMN numbers SET STORAGE EXTERNAL;

CREATE TABLE ledger.pack (
    id        integer PRIMARY KEY,
    lower     bigint NOT NULL,
    begun_at  timestamptz NOT NULL DEFAULT now()
);

-- The partitions whose events stand in segments, always the first ones: they have no table
-- any more. streams is the largest stream key that a pack holds.
CREATE TABLE ledger.event_sealed (
    lower     bigint PRIMARY KEY,
    upper     bigint NOT NULL UNIQUE,
    pack      integer NOT NULL UNIQUE,
    streams   integer NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION ledger.refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% of %.% is refused: the ledger is append-only',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation',
            HINT = 'Record a correcting event instead.';
END $$;

-- Row triggers of the parent are cloned to each partition with their ALWAYS state;
-- statement triggers (TRUNCATE) are not, and are made for each partition below. ALWAYS
-- makes them fire under session_replication_role = replica too.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.event
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse();
ALTER TABLE ledger.event ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger.event
    EXECUTE FUNCTION ledger.refuse();
ALTER TABLE ledger.event ENABLE ALWAYS TRIGGER no_truncate;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['stream', 'context', 'event_type', 'event_partition',
        'segment', 'segment_places', 'pack', 'event_sealed']
    LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.%I '
            'FOR EACH ROW EXECUTE FUNCTION ledger.refuse()', name);
        EXECUTE format('ALTER TABLE ledger.%I ENABLE ALWAYS TRIGGER append_only', name);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger.%I '
            'EXECUTE FUNCTION ledger.refuse()', name);
        EXECUTE format('ALTER TABLE ledger.%I ENABLE ALWAYS TRIGGER no_truncate', name);
    END LOOP;
END $$;

-- The head may only go forward. The condition is checked without entering PL/pgSQL, so
-- that a right update costs next to nothing; AFTER, because a BEFORE trigger would lock,
-- and log the lock of, the row once more.
CREATE TRIGGER forward_only AFTER UPDATE ON ledger.head FOR EACH ROW
    WHEN (NEW.position <= OLD.position OR NEW.recorded_at < OLD.recorded_at
        OR NEW.streams < OLD.streams OR NEW.contexts < OLD.contexts)
    EXECUTE FUNCTION ledger.refuse();
ALTER TABLE ledger.head ENABLE ALWAYS TRIGGER forward_only;
CREATE TRIGGER no_delete BEFORE DELETE ON ledger.head
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse();
ALTER TABLE ledger.head ENABLE ALWAYS TRIGGER no_delete;
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger.head
    EXECUTE FUNCTION ledger.refuse();
ALTER TABLE ledger.head ENABLE ALWAYS TRIGGER no_truncate;

-- Makes partitions of `size` positions until position `need` has one, and gives the last
-- position that has. It runs with its owner's rights: the role that appends may not make
-- tables. A partition is built apart and attached, which (unlike PARTITION OF) waits for
-- no reader and lets none wait.
CREATE FUNCTION ledger.ensure_partitions(need bigint, size bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    next_lower bigint;
    part       text;
BEGIN
    IF size < 1 THEN
        RAISE EXCEPTION 'partition size % is not positive', size;
    END IF;
    LOCK TABLE ledger.event_partition IN SHARE ROW EXCLUSIVE MODE;
    SELECT coalesce(max(p.upper), 1) INTO next_lower FROM ledger.event_partition p;
    WHILE next_lower <= need LOOP
        part := 'event_' || next_lower;
        EXECUTE format('CREATE TABLE ledger.%I (LIKE ledger.event INCLUDING STORAGE '
            'INCLUDING COMPRESSION)', part);
        EXECUTE format('CREATE UNIQUE INDEX %I ON ledger.%I (stream, revision)',
            part || '_stream', part);
        EXECUTE format('ALTER TABLE ledger.event ATTACH PARTITION ledger.%I '
            'FOR VALUES FROM (%s) TO (%s)', part, next_lower, next_lower + size);
        EXECUTE format('ALTER TABLE ledger.%I ENABLE ALWAYS TRIGGER append_only', part);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger.%I '
            'EXECUTE FUNCTION ledger.refuse()', part);
        EXECUTE format('ALTER TABLE ledger.%I ENABLE ALWAYS TRIGGER no_truncate', part);
        INSERT INTO ledger.event_partition VALUES (next_lower, next_lower + size);
        next_lower := next_lower + size;
    END LOOP;
    RETURN next_lower - 1;
END $$;

REVOKE ALL ON FUNCTION ledger.ensure_partitions(bigint, bigint) FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO stazh_ledger_writer;
GRANT EXECUTE ON FUNCTION ledger.ensure_partitions(bigint, bigint) TO stazh_ledger_writer;
GRANT SELECT, INSERT ON ledger.event, ledger.stream, ledger.context, ledger.event_type
    TO stazh_ledger_writer;
GRANT SELECT ON ledger.segment, ledger.segment_places, ledger.event_sealed TO stazh_ledger_writer;
GRANT SELECT, UPDATE (position, recorded_at, streams, contexts) ON ledger.head
    TO stazh_ledger_writer;
