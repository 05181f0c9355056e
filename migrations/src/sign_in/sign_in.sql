CREATE TABLE second_factor (
    person {uuid} PRIMARY KEY REFERENCES person (id),
    seed {bytes} NOT NULL,
    last_step BIGINT NOT NULL DEFAULT 0,
    confirmed_at BIGINT
)
;
CREATE TABLE recovery_code (
    person {uuid} NOT NULL REFERENCES person (id),
    code_hash {bytes} NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (person, code_hash)
)
;
CREATE TABLE session (
    id {uuid} PRIMARY KEY,
    token_hash {bytes} NOT NULL UNIQUE,
    person {uuid} NOT NULL REFERENCES person (id),
    level TEXT NOT NULL CHECK (level IN ('half','whole')),
    began_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    proven_at BIGINT NOT NULL,
    ended_at BIGINT,
    device TEXT NOT NULL
)
;
CREATE INDEX session_running ON session (person) WHERE ended_at IS NULL
;
CREATE TABLE invitation (
    token_hash {bytes} PRIMARY KEY,
    person {uuid} NOT NULL REFERENCES person (id),
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
)
;
CREATE TABLE attempt_limit (
    subject {bytes} PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL
)
