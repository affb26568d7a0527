-- How many records were erased on a day (UTC): a host executes so many, and more only under an approval.
CREATE TABLE erasure_day (
    day      date   PRIMARY KEY,
    executed bigint NOT NULL
);

-- Approvals that were used, by the SHA-256 of their bytes, and how many records were erased under each.
CREATE TABLE approval (
    approval_id bytea  PRIMARY KEY CHECK (octet_length(approval_id) = 32),
    executed    bigint NOT NULL
);

-- What this host did on a day (UTC). `exported` and `challenged` are among `bodies_read`.
CREATE TABLE daily_count (
    day              date   PRIMARY KEY,
    bodies_read      bigint NOT NULL,
    bytes_read       bigint NOT NULL,
    bodies_put       bigint NOT NULL,
    entries_appended bigint NOT NULL,
    refused          bigint NOT NULL,
    exported         bigint NOT NULL,
    challenged       bigint NOT NULL
);

-- The daily roots this host was shown. A row never changes and never goes; `at` is when it came (seconds since 1970).
CREATE TABLE witnessed (
    day  date   PRIMARY KEY,
    root bytea  NOT NULL CHECK (octet_length(root) = 32),
    size bigint NOT NULL CHECK (size >= 0),
    at   bigint NOT NULL
);
