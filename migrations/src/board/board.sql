CREATE INDEX clock_owed ON clock (class, due_at, id) WHERE state IN ('running','breached')
;
CREATE INDEX clock_paused ON clock (class, due_at, id) WHERE state = 'paused'
;
CREATE INDEX ticket_at_work ON ticket (assignee)
    WHERE assignee IS NOT NULL AND status IN ('new','open','pending','held')
;
CREATE INDEX ticket_received ON ticket (received_at, category) WHERE merged_into IS NULL
;
CREATE INDEX escalation_begun ON escalation (begun_at)
