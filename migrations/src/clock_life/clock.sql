ALTER TABLE clock ADD COLUMN life TEXT NOT NULL DEFAULT '{}'
;
CREATE TABLE sweep_mark (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    high_at BIGINT NOT NULL,
    tzdata TEXT NOT NULL
)
;
INSERT INTO sweep_mark (id, high_at, tzdata) VALUES (1, 0, '')
;
