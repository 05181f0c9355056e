CREATE TABLE mailbox (
    id {serial},
    name TEXT NOT NULL UNIQUE,
    uidvalidity BIGINT,
    epoch BIGINT NOT NULL DEFAULT 1,
    lease_owner TEXT,
    lease_until_at BIGINT,
    fence BIGINT NOT NULL DEFAULT 0,
    last_success_at BIGINT,
    last_error TEXT,
    oldest_unread_at BIGINT
)
;
CREATE TABLE raw_chunk (
    raw_key {bytes} NOT NULL,
    seq BIGINT NOT NULL,
    sealed {bytes} NOT NULL,
    PRIMARY KEY (raw_key, seq)
)
;
CREATE TABLE ticket (
    id {uuid} PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('new','open','pending','held','resolved','closed')),
    held_reason TEXT,
    queue TEXT NOT NULL,
    tier TEXT NOT NULL CHECK (tier IN ('1','2','3','4')),
    priority TEXT NOT NULL CHECK (priority IN ('low','normal','high','urgent')),
    category TEXT NOT NULL,
    language TEXT NOT NULL,
    trust TEXT NOT NULL CHECK (trust IN ('suspicious','unverified','authenticated','verified')),
    requester_index {bytes} NOT NULL,
    sealed_requester {bytes} NOT NULL,
    sealed_subject {bytes} NOT NULL,
    received_at BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL CHECK (version >= 0),
    policy_revision TEXT NOT NULL
)
;
CREATE INDEX ticket_requester ON ticket (requester_index, opened_at)
;
CREATE INDEX ticket_queue ON ticket (queue, updated_at) WHERE status <> 'closed'
;
CREATE INDEX ticket_updated ON ticket (updated_at)
;
CREATE TABLE mail (
    id {uuid} PRIMARY KEY,
    mailbox_id BIGINT NOT NULL REFERENCES mailbox (id),
    raw_key {bytes} NOT NULL,
    canonical_sha {bytes} NOT NULL,
    disposition TEXT NOT NULL CHECK (disposition IN ('new','append','held','duplicate','machine',
        'bounce','oversize','unparseable','hostile','flood','canary')),
    duplicate_of {uuid},
    bounced_letter {uuid},
    ticket_id {uuid} REFERENCES ticket (id) DEFERRABLE INITIALLY DEFERRED,
    received_at BIGINT NOT NULL,
    size BIGINT NOT NULL,
    sender_index {bytes} NOT NULL,
    message_id_index {bytes},
    sealed_head {bytes} NOT NULL,
    UNIQUE (mailbox_id, raw_key)
)
;
CREATE INDEX mail_canonical ON mail (canonical_sha, received_at)
;
CREATE INDEX mail_fate ON mail (disposition, received_at) WHERE disposition <> 'new'
;
CREATE INDEX mail_ticket ON mail (ticket_id)
;
CREATE INDEX mail_message_id ON mail (message_id_index)
;
CREATE TABLE source_ref (
    id {serial},
    mailbox_id BIGINT NOT NULL REFERENCES mailbox (id),
    epoch BIGINT NOT NULL,
    uidvalidity BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    size BIGINT NOT NULL,
    internal_at BIGINT,
    raw_key {bytes} NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('stored','committed','put_away','refused')),
    strikes BIGINT NOT NULL DEFAULT 0,
    mail_id {uuid},
    CHECK (state NOT IN ('committed','put_away') OR mail_id IS NOT NULL),
    UNIQUE (mailbox_id, epoch, source_key)
)
;
CREATE INDEX source_ref_owed ON source_ref (mailbox_id, epoch, id) WHERE state = 'committed'
;
CREATE INDEX source_ref_pending ON source_ref (mailbox_id, id) WHERE state = 'stored'
;
CREATE INDEX source_ref_mail ON source_ref (mail_id)
