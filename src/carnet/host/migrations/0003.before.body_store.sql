-- A body may be kept outside, in a body store: `sealed` is then null, `object` says under which name, and nothing else
-- of the row changes. A body found damaged outside keeps its row and loses its object.
ALTER TABLE body ALTER sealed DROP NOT NULL;
ALTER TABLE body ADD object uuid, ADD object_bytes bigint;
ALTER TABLE body ADD CONSTRAINT body_is_somewhere
    CHECK (sealed IS NOT NULL OR object IS NOT NULL OR damaged_at IS NOT NULL) NOT VALID;

-- Objects of the body store that no body names: being written, or, once doomed, to be deleted. An object has its row
-- here before it is written and until a row of `body` names it, and again from when none does until it is deleted.
CREATE TABLE loose_object (
    record_id uuid        NOT NULL,
    object    uuid        NOT NULL,
    body_id   bytea       NOT NULL CHECK (octet_length(body_id) = 32),
    bytes     bigint      NOT NULL,
    is_doomed boolean     NOT NULL DEFAULT false,
    since     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (record_id, object)
);
CREATE INDEX loose_object_since ON loose_object (since);

-- What the body store says when it is ours: an empty folder, or the bucket of another host, is not.
CREATE TABLE body_store (
    is_only_row boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
    marker      uuid    NOT NULL DEFAULT gen_random_uuid(),
    is_claimed  boolean NOT NULL DEFAULT false
);
INSERT INTO body_store DEFAULT VALUES;
