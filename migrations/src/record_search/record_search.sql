CREATE INDEX event_at ON event (at)
;
CREATE INDEX event_person ON event (actor, id) WHERE actor <> 'engine'
;
CREATE INDEX clock_of_law ON clock (due_at, id) WHERE class = 'statutory'
