CREATE TABLE vault_key (
    kid BIGINT PRIMARY KEY,
    proof {bytes} NOT NULL
)
;
CREATE TABLE event (
    id {serial},
    stream TEXT NOT NULL,
    seq BIGINT NOT NULL CHECK (seq >= 1),
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    particulars TEXT NOT NULL,
    previous {bytes} NOT NULL,
    hash {bytes} NOT NULL,
    UNIQUE (stream, seq)
)
;
CREATE TABLE stream_head (
    stream TEXT PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash {bytes} NOT NULL
)
