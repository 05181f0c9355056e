CREATE TABLE person (
    id {uuid} PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('agent','supervisor','compliance','operator','auditor')),
    secret_hash TEXT NOT NULL,
    added_at BIGINT NOT NULL
)
;
CREATE TABLE template_version (
    hash {bytes} PRIMARY KEY,
    name TEXT NOT NULL,
    locale TEXT NOT NULL,
    subject TEXT NOT NULL,
    body_text TEXT NOT NULL,
    body_html TEXT NOT NULL,
    author {uuid} NOT NULL REFERENCES person (id),
    state TEXT NOT NULL CHECK (state IN ('draft','in_review','approved','retired')),
    imported_at BIGINT NOT NULL,
    approved_by {uuid} REFERENCES person (id),
    approved_at BIGINT,
    effective_from_at BIGINT,
    effective_to_at BIGINT,
    CHECK (approved_by IS NULL OR approved_by <> author),
    CHECK (state <> 'approved' OR (approved_by IS NOT NULL AND approved_at IS NOT NULL))
)
;
CREATE INDEX template_version_name ON template_version (name, locale, approved_at)
;
CREATE TABLE policy_revision (
    hash {bytes} PRIMARY KEY,
    files TEXT NOT NULL,
    first_used_at BIGINT NOT NULL
)
;
CREATE TABLE job (
    name TEXT PRIMARY KEY,
    last_run_at BIGINT,
    next_run_at BIGINT NOT NULL
)
;
CREATE TABLE esign_consent (
    address_index {bytes} PRIMARY KEY,
    consented_at BIGINT NOT NULL
)
