ALTER TABLE template_version ADD COLUMN purpose TEXT NOT NULL DEFAULT ''
;
ALTER TABLE template_version ADD COLUMN audience TEXT NOT NULL DEFAULT 'anyone'
    CHECK (audience IN ('anyone','bankrupt','represented','third-party'))
;
ALTER TABLE template_version ADD COLUMN body_print TEXT NOT NULL DEFAULT ''
;
ALTER TABLE template_version ADD COLUMN about TEXT NOT NULL DEFAULT ''
;
ALTER TABLE template_version ADD COLUMN rejection TEXT
;
ALTER TABLE template_version ADD COLUMN rejected_by {uuid}
;
ALTER TABLE template_version ADD COLUMN rejected_at BIGINT
;
CREATE TABLE template_stop (
    name TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    stopped_by {uuid} NOT NULL REFERENCES person (id),
    stopped_at BIGINT NOT NULL
)
;
CREATE TABLE paper_letter (
    id {uuid} PRIMARY KEY,
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    task_id {uuid} NOT NULL UNIQUE REFERENCES task (id),
    template TEXT NOT NULL,
    locale TEXT NOT NULL,
    template_version {bytes} NOT NULL,
    clock_kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('exported','sent')),
    sealed_address {bytes} NOT NULL,
    sealed_pdf {bytes} NOT NULL,
    pdf_sha {bytes} NOT NULL,
    exported_at BIGINT NOT NULL,
    exported_by {uuid} NOT NULL REFERENCES person (id),
    sent_on TEXT,
    sent_at BIGINT,
    sent_by {uuid} REFERENCES person (id),
    CHECK (state <> 'sent' OR (sent_on IS NOT NULL AND sent_at IS NOT NULL AND sent_by IS NOT NULL))
)
;
CREATE INDEX paper_letter_ticket ON paper_letter (ticket_id)
;
CREATE TABLE suppressed_address (
    address_index {bytes} PRIMARY KEY,
    reason TEXT NOT NULL,
    letter_id {uuid},
    since_at BIGINT NOT NULL
)
;
ALTER TABLE outbox ADD COLUMN bytes_sha {bytes}
;
ALTER TABLE outbox ADD COLUMN lane BIGINT NOT NULL DEFAULT 2 CHECK (lane BETWEEN 0 AND 3)
;
CREATE INDEX outbox_lane ON outbox (lane, not_before_at) WHERE state IN ('available','retryable')
