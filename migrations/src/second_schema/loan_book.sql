CREATE TABLE loan (
    id {uuid} PRIMARY KEY,
    sealed {bytes} NOT NULL,
    imported_at BIGINT NOT NULL
)
;
CREATE TABLE loan_party (
    loan_id {uuid} NOT NULL REFERENCES loan (id),
    address_index {bytes} NOT NULL,
    sealed {bytes} NOT NULL,
    PRIMARY KEY (loan_id, address_index)
)
;
CREATE INDEX loan_party_address ON loan_party (address_index)
;
CREATE TABLE ticket_loan (
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    loan_id {uuid} NOT NULL REFERENCES loan (id),
    basis TEXT NOT NULL CHECK (basis IN ('party','named','named_with_name')),
    PRIMARY KEY (ticket_id, loan_id)
)
;
CREATE INDEX ticket_loan_loan ON ticket_loan (loan_id)
;
CREATE TABLE requester_language (
    address_index {bytes} PRIMARY KEY,
    language TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('seen','chosen')),
    set_at BIGINT NOT NULL
)
;
CREATE TABLE bad_token (
    mail_id {uuid} PRIMARY KEY REFERENCES mail (id),
    address_index {bytes} NOT NULL,
    seen_at BIGINT NOT NULL
)
;
CREATE INDEX bad_token_address ON bad_token (address_index, seen_at)
;
ALTER TABLE outbox ADD COLUMN delayed_at BIGINT
