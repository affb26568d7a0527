-- What a sender looks at: the messages of its organisation, the newest first.

create index message_of_organisation on message (organisation, received_at);
