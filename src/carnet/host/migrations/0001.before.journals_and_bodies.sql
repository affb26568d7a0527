-- What a host keeps: sealed journals and sealed bodies, under record ids that mean nothing outside the portal.
-- Every table but `portal` has record_id first in its key, and nothing refers across records.

-- The greatest epoch of the portal ever seen. Writers hold this row FOR SHARE: once a greater epoch is
-- noted here, nothing that was ordered under a lesser one can be committed any more.
CREATE TABLE portal (
    is_only_row boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
    epoch       bigint NOT NULL
);
INSERT INTO portal (epoch) VALUES (0);

-- One row per record that ever got a put, an append or an order to erase. Locking it comes first in every write.
-- `version` is the greatest placement version seen. `erased_version` is the tombstone, -1 when there is none:
-- the record is here only while version > erased_version. A tombstone is never removed.
CREATE TABLE record (
    record_id      uuid   PRIMARY KEY,
    version        bigint NOT NULL CHECK (version >= 0),
    place          bigint NOT NULL DEFAULT 0,
    head           bytea  NOT NULL CHECK (octet_length(head) = 32),
    erased_version bigint NOT NULL DEFAULT -1,
    erased_entries bigint NOT NULL DEFAULT 0,
    erased_bodies  bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

-- The journal: `head` is the head that this entry leads to.
CREATE TABLE entry (
    record_id uuid   NOT NULL,
    place     bigint NOT NULL CHECK (place > 0),
    head      bytea  NOT NULL,
    header    bytea  NOT NULL,
    sealed    bytea  NOT NULL,
    PRIMARY KEY (record_id, place)
);
ALTER TABLE entry ALTER sealed SET STORAGE EXTERNAL;

-- The bodies that are held. `damaged_at` is set once the bytes were found not to hash to their id: such a body
-- counts as lacking, is never served, and is replaced by the next put.
CREATE TABLE body (
    record_id  uuid  NOT NULL,
    body_id    bytea NOT NULL CHECK (octet_length(body_id) = 32),
    sealed     bytea NOT NULL,
    damaged_at timestamptz,
    PRIMARY KEY (record_id, body_id)
);
ALTER TABLE body ALTER sealed SET STORAGE EXTERNAL;
CREATE INDEX body_damaged ON body (damaged_at) WHERE damaged_at IS NOT NULL;

-- Bodies that entries name, held or not: what is named is never collected, and what is not held is lacking.
CREATE TABLE named_body (
    record_id uuid  NOT NULL,
    body_id   bytea NOT NULL,
    PRIMARY KEY (record_id, body_id)
);

-- Bodies that are held and that no entry names yet. After `ends` (seconds since 1970, the portal's clock) the portal
-- commits no entry that names them, so that it may order their collection.
CREATE TABLE ticket (
    record_id uuid   NOT NULL,
    body_id   bytea  NOT NULL,
    ends      bigint NOT NULL,
    PRIMARY KEY (record_id, body_id)
);
CREATE INDEX ticket_ends ON ticket (ends);

-- OFFSET 0 keeps PostgreSQL from comparing all bodies of a record with all its names: one look into the index for each.
CREATE VIEW lacking AS
SELECT record_id, body_id FROM named_body
WHERE NOT EXISTS (
    SELECT FROM body
    WHERE body.record_id = named_body.record_id AND body.body_id = named_body.body_id AND damaged_at IS NULL OFFSET 0);

-- A put and an append that cross may leave a ticket to a body that is named by now: it counts for nothing.
CREATE VIEW unnamed AS
SELECT record_id, body_id, ends FROM ticket
WHERE NOT EXISTS (
    SELECT FROM named_body
    WHERE named_body.record_id = ticket.record_id AND named_body.body_id = ticket.body_id OFFSET 0);
