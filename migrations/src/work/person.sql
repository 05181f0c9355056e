ALTER TABLE person ADD COLUMN skills TEXT NOT NULL DEFAULT '[]'
;
ALTER TABLE person ADD COLUMN languages TEXT NOT NULL DEFAULT '["en"]'
;
ALTER TABLE person ADD COLUMN capacity BIGINT NOT NULL DEFAULT 20 CHECK (capacity >= 0)
;
ALTER TABLE person ADD COLUMN away_from_at BIGINT
;
ALTER TABLE person ADD COLUMN away_until_at BIGINT
;
ALTER TABLE person ADD COLUMN last_assigned_at BIGINT NOT NULL DEFAULT 0
;
ALTER TABLE person ADD COLUMN sealed_address {bytes}
