CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the record is append-only';
END $$
;
CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE ON event
FOR EACH ROW EXECUTE FUNCTION refuse_change()
;
CREATE TRIGGER event_is_not_truncated BEFORE TRUNCATE ON event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
;
CREATE TRIGGER stream_head_moves_forward BEFORE UPDATE ON stream_head
FOR EACH ROW WHEN (NEW.seq <= OLD.seq OR NEW.stream <> OLD.stream)
EXECUTE FUNCTION refuse_change()
;
CREATE TRIGGER stream_head_stays BEFORE DELETE ON stream_head
FOR EACH ROW EXECUTE FUNCTION refuse_change()
;
CREATE TRIGGER stream_head_is_not_truncated BEFORE TRUNCATE ON stream_head
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
