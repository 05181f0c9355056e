CREATE TABLE matter (
    id {uuid} PRIMARY KEY,
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    mail_id {uuid} NOT NULL REFERENCES mail (id),
    category TEXT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    is_primary BOOLEAN NOT NULL,
    kinds TEXT NOT NULL,
    is_to_confirm BOOLEAN NOT NULL
)
;
CREATE INDEX matter_ticket ON matter (ticket_id)
;
CREATE TABLE clock (
    id {uuid} PRIMARY KEY,
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    matter_id {uuid},
    kind TEXT NOT NULL,
    class TEXT NOT NULL CHECK (class IN ('service','statutory','internal','hold')),
    citation TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('running','paused','met','breached','voided','superseded')),
    started_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    due_on TEXT NOT NULL,
    internal_due_on TEXT NOT NULL,
    warnings TEXT NOT NULL,
    next_at BIGINT,
    met_at BIGINT,
    breached_at BIGINT,
    is_to_confirm BOOLEAN NOT NULL,
    policy_revision TEXT NOT NULL,
    CHECK (class <> 'statutory' OR state <> 'paused'),
    CHECK (next_at IS NULL OR state = 'running')
)
;
CREATE INDEX clock_next ON clock (next_at) WHERE next_at IS NOT NULL
;
CREATE INDEX clock_ticket ON clock (ticket_id)
;
CREATE TABLE task (
    id {uuid} PRIMARY KEY,
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    kind TEXT NOT NULL,
    due_on TEXT NOT NULL,
    clock_kind TEXT,
    made_at BIGINT NOT NULL,
    done_at BIGINT,
    done_by TEXT
)
;
CREATE INDEX task_open ON task (due_on) WHERE done_at IS NULL
;
CREATE INDEX task_ticket ON task (ticket_id)
;
CREATE TABLE trace (
    mail_id {uuid} PRIMARY KEY REFERENCES mail (id),
    sealed {bytes} NOT NULL
)
