-- Keys of persons and the archive of filed bytes. Both are written once; a key may be
-- emptied (destroyed), never replaced.
CREATE SCHEMA IF NOT EXISTS vault;

CREATE TABLE IF NOT EXISTS vault.person_key (
    person  uuid  PRIMARY KEY,
    wrapped bytea NOT NULL
);

-- Files by the SHA-256 of their bytes, in chunks; each says how long the whole file is. Nearly
-- all have one chunk. Chunks are compressed before they are encrypted, so Postgres must not
-- try again.
CREATE TABLE IF NOT EXISTS vault.chunk (
    sha256 bytea  NOT NULL CHECK (length(sha256) = 32),
    part   int    NOT NULL,
    bytes  bigint NOT NULL,
    box    bytea  NOT NULL,
    PRIMARY KEY (sha256, part)
);
ALTER TABLE vault.chunk ALTER COLUMN box SET STORAGE EXTERNAL;
