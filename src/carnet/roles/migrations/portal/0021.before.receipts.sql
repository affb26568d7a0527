-- Copies by secure mail that were read: the sender of the document is told so, if they asked. Such an acknowledgement
-- is there from the beginning and sleeps (next_at is null, attempts 0) until it is known.

alter table outgoing add column read_at timestamptz;
