CREATE TABLE outbox (
    id {uuid} PRIMARY KEY,
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    template TEXT NOT NULL,
    locale TEXT NOT NULL,
    template_version {bytes} NOT NULL,
    recipient_index {bytes} NOT NULL,
    sealed_intent {bytes} NOT NULL,
    sealed_bytes {bytes},
    state TEXT NOT NULL CHECK (state IN ('available','sending','handed_over','retryable',
        'uncertain','held','discarded')),
    reason TEXT,
    dedupe_key TEXT NOT NULL UNIQUE,
    message_id TEXT NOT NULL UNIQUE,
    envelope_from TEXT NOT NULL,
    meets TEXT NOT NULL,
    is_receipt BOOLEAN NOT NULL,
    written_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    not_before_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    resends BIGINT NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_until_at BIGINT,
    fence BIGINT NOT NULL DEFAULT 0,
    phase TEXT CHECK (phase IN ('claimed','payload')),
    last_code BIGINT,
    sealed_reply {bytes},
    uncertain_at BIGINT,
    handed_over_at BIGINT,
    bounced_at BIGINT,
    CHECK (state = 'held' OR state = 'discarded' OR sealed_bytes IS NOT NULL)
)
;
CREATE INDEX outbox_due ON outbox (not_before_at) WHERE state IN ('available','retryable')
;
CREATE INDEX outbox_lease ON outbox (lease_until_at) WHERE state = 'sending'
;
CREATE INDEX outbox_uncertain ON outbox (uncertain_at) WHERE state = 'uncertain'
;
CREATE INDEX outbox_expiry ON outbox (expires_at)
    WHERE state IN ('available','retryable','held')
;
CREATE INDEX outbox_recipient ON outbox (recipient_index, written_at)
;
CREATE INDEX outbox_receipts ON outbox (written_at) WHERE is_receipt
;
CREATE INDEX outbox_ticket ON outbox (ticket_id)
;
CREATE INDEX outbox_envelope ON outbox (envelope_from)
;
CREATE TABLE reply_token (
    handle {bytes} PRIMARY KEY,
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    recipient_index {bytes} NOT NULL,
    expires_at BIGINT NOT NULL
)
