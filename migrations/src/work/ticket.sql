ALTER TABLE ticket ADD COLUMN assignee {uuid} REFERENCES person (id)
;
ALTER TABLE ticket ADD COLUMN assigned_at BIGINT
;
ALTER TABLE ticket ADD COLUMN pending_since_at BIGINT
;
ALTER TABLE ticket ADD COLUMN pending_until_at BIGINT
;
ALTER TABLE ticket ADD COLUMN reopened BIGINT NOT NULL DEFAULT 0
;
ALTER TABLE ticket ADD COLUMN merged_into {uuid}
;
ALTER TABLE ticket ADD COLUMN caused_by {uuid} REFERENCES person (id)
;
ALTER TABLE ticket ADD COLUMN sale_on TEXT
;
ALTER TABLE ticket ADD COLUMN looked_version BIGINT NOT NULL DEFAULT 0
;
ALTER TABLE ticket ADD COLUMN look_at BIGINT
;
CREATE INDEX ticket_unlooked ON ticket (updated_at) WHERE looked_version <> version
;
CREATE INDEX ticket_look ON ticket (look_at) WHERE look_at IS NOT NULL
;
CREATE INDEX ticket_assignee ON ticket (assignee) WHERE assignee IS NOT NULL
;
CREATE INDEX ticket_waiting ON ticket (queue) WHERE assignee IS NULL
;
CREATE TABLE ticket_flag (
    ticket_id {uuid} NOT NULL REFERENCES ticket (id) DEFERRABLE INITIALLY DEFERRED,
    flag TEXT NOT NULL,
    raised_at BIGINT NOT NULL,
    PRIMARY KEY (ticket_id, flag)
)
;
CREATE TABLE note (
    id {uuid} PRIMARY KEY,
    ticket_id {uuid} NOT NULL REFERENCES ticket (id),
    kind TEXT NOT NULL CHECK (kind IN ('note','handover')),
    author {uuid} NOT NULL REFERENCES person (id),
    written_at BIGINT NOT NULL,
    sealed_text {bytes} NOT NULL
)
;
CREATE INDEX note_ticket ON note (ticket_id)
;
CREATE TABLE ticket_move (
    id {uuid} PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('merge','split')),
    source {uuid} NOT NULL REFERENCES ticket (id),
    target {uuid} NOT NULL REFERENCES ticket (id),
    moved_at BIGINT NOT NULL,
    moved_by {uuid} NOT NULL REFERENCES person (id),
    undone_at BIGINT,
    undone_by {uuid} REFERENCES person (id),
    moved TEXT NOT NULL,
    CHECK (source <> target)
)
;
CREATE INDEX ticket_move_source ON ticket_move (source)
;
CREATE INDEX ticket_move_target ON ticket_move (target)
;
ALTER TABLE outbox ADD COLUMN author {uuid} REFERENCES person (id)
    CHECK (author IS NOT NULL OR template <> 'reply')
