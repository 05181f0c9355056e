CREATE TABLE last_read (
    person {uuid} NOT NULL REFERENCES person (id),
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    mails BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (person, ticket_id)
)
;
CREATE TABLE saved_view (
    id {uuid} PRIMARY KEY,
    person {uuid} NOT NULL REFERENCES person (id),
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    saved_at BIGINT NOT NULL,
    UNIQUE (person, name)
)
