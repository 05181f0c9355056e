CREATE TRIGGER event_keeps_its_text BEFORE UPDATE ON event
BEGIN
    SELECT RAISE(ABORT, 'the record is append-only');
END
;
CREATE TRIGGER event_stays BEFORE DELETE ON event
BEGIN
    SELECT RAISE(ABORT, 'the record is append-only');
END
;
CREATE TRIGGER stream_head_moves_forward BEFORE UPDATE ON stream_head
WHEN NEW.seq <= OLD.seq OR NEW.stream <> OLD.stream
BEGIN
    SELECT RAISE(ABORT, 'a stream only grows');
END
;
CREATE TRIGGER stream_head_stays BEFORE DELETE ON stream_head
BEGIN
    SELECT RAISE(ABORT, 'a stream only grows');
END
