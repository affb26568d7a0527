-- When a record is erased, the messages that fed it no longer say whose it was.

create index message_of_record on message (record_id) where record_id is not null;
