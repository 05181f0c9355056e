CREATE TABLE escalation (
    id {uuid} PRIMARY KEY,
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    ladder TEXT NOT NULL,
    cause TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running','claimed','refused','ended','superseded')),
    is_statutory BOOLEAN NOT NULL,
    step BIGINT NOT NULL CHECK (step >= 0),
    next_at BIGINT,
    claim_by_at BIGINT,
    settled_by {uuid} REFERENCES person (id),
    settled_at BIGINT,
    sealed_reason {bytes},
    policy_revision TEXT NOT NULL,
    UNIQUE (ladder, cause),
    CHECK (next_at IS NULL OR state = 'running'),
    CHECK (state <> 'refused' OR sealed_reason IS NOT NULL)
)
;
CREATE INDEX escalation_ticket ON escalation (ticket_id)
;
CREATE INDEX escalation_next ON escalation (next_at) WHERE next_at IS NOT NULL
;
CREATE TABLE escalation_step (
    escalation_id {uuid} NOT NULL REFERENCES escalation (id),
    step BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    fired_at BIGINT NOT NULL,
    PRIMARY KEY (escalation_id, step)
)
;
CREATE TABLE notice (
    id {uuid} PRIMARY KEY,
    escalation_id {uuid} NOT NULL REFERENCES escalation (id),
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    step BIGINT NOT NULL,
    place BIGINT NOT NULL,
    via TEXT NOT NULL CHECK (via IN ('mail','webhook')),
    person_id {uuid} REFERENCES person (id),
    endpoint TEXT,
    is_statutory BOOLEAN NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting','sending','sent','discarded')),
    not_before_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    lease_until_at BIGINT,
    fence BIGINT NOT NULL DEFAULT 0,
    reason TEXT,
    sent_at BIGINT,
    letter_id {uuid},
    UNIQUE (escalation_id, step, place),
    CHECK ((via = 'mail') = (person_id IS NOT NULL)),
    CHECK ((via = 'webhook') = (endpoint IS NOT NULL))
)
;
CREATE INDEX notice_due ON notice (not_before_at) WHERE state = 'waiting'
;
CREATE INDEX notice_lease ON notice (lease_until_at) WHERE state = 'sending'
