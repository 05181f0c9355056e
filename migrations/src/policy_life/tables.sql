CREATE TABLE policy_draft (
    hash {bytes} PRIMARY KEY REFERENCES policy_revision (hash),
    drafted_at BIGINT NOT NULL,
    author {uuid} REFERENCES person (id),
    backtested_at BIGINT,
    backtest_base {bytes},
    backtest_mails BIGINT,
    backtest_lost BIGINT,
    approved_by {uuid} REFERENCES person (id),
    approved_at BIGINT,
    CHECK (approved_by IS NULL OR (author IS NOT NULL AND approved_by <> author)),
    CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
    CHECK (approved_at IS NULL OR backtested_at IS NOT NULL),
    CHECK ((backtested_at IS NULL) = (backtest_base IS NULL)),
    CHECK ((backtested_at IS NULL) = (backtest_mails IS NULL)),
    CHECK ((backtested_at IS NULL) = (backtest_lost IS NULL))
)
;
CREATE TABLE policy_activation (
    seq {serial},
    hash {bytes} NOT NULL REFERENCES policy_revision (hash),
    origin TEXT NOT NULL CHECK (origin IN ('bootstrap','person')),
    from_at BIGINT NOT NULL,
    activated_by {uuid} REFERENCES person (id),
    recorded_at BIGINT NOT NULL,
    CHECK ((origin = 'bootstrap') = (activated_by IS NULL)),
    CHECK (from_at >= recorded_at)
)
;
CREATE UNIQUE INDEX policy_activation_bootstrap ON policy_activation (origin)
WHERE origin = 'bootstrap'
;
CREATE INDEX policy_activation_from ON policy_activation (from_at, seq)
