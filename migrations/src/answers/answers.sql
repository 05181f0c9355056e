CREATE TABLE identity_proof (
    id {uuid} PRIMARY KEY,
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    way TEXT NOT NULL,
    checked TEXT NOT NULL,
    proven_by {uuid} NOT NULL REFERENCES person (id),
    proven_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CHECK (expires_at > proven_at)
)
;
CREATE INDEX identity_proof_ticket ON identity_proof (ticket_id)
;
CREATE TABLE letter_draft (
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    person {uuid} NOT NULL REFERENCES person (id),
    version BIGINT NOT NULL,
    seen_version BIGINT NOT NULL,
    sealed_words {bytes} NOT NULL,
    words_sha {bytes} NOT NULL,
    begun_at BIGINT NOT NULL,
    saved_at BIGINT NOT NULL,
    asked_at BIGINT,
    released_by {uuid} REFERENCES person (id),
    released_at BIGINT,
    released_rules TEXT,
    released_wording {bytes},
    PRIMARY KEY (ticket_id, person),
    CHECK (released_by IS NULL OR (released_by <> person AND released_at IS NOT NULL
        AND released_rules IS NOT NULL))
)
;
CREATE INDEX letter_draft_asked ON letter_draft (asked_at)
    WHERE asked_at IS NOT NULL AND released_by IS NULL
;
CREATE TABLE attached_file (
    id {uuid} PRIMARY KEY,
    ticket_id {uuid} NOT NULL,
    person {uuid} NOT NULL,
    place BIGINT NOT NULL,
    media_type TEXT NOT NULL CHECK (media_type IN ('application/pdf','image/jpeg','image/png')),
    size BIGINT NOT NULL,
    sha {bytes} NOT NULL,
    sealed_name {bytes} NOT NULL,
    sealed_content {bytes} NOT NULL,
    attached_at BIGINT NOT NULL,
    FOREIGN KEY (ticket_id, person) REFERENCES letter_draft (ticket_id, person)
        ON DELETE CASCADE
)
;
CREATE INDEX attached_file_draft ON attached_file (ticket_id, person)
