CREATE TRIGGER policy_revision_is_kept BEFORE UPDATE OR DELETE ON policy_revision
FOR EACH ROW EXECUTE FUNCTION refuse_change()
;
CREATE TRIGGER policy_revision_is_not_truncated BEFORE TRUNCATE ON policy_revision
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
;
CREATE FUNCTION refuse_unapproved_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.origin = 'person'
        AND NOT EXISTS (SELECT 1 FROM policy_draft WHERE hash = NEW.hash AND approved_by IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM policy_activation WHERE hash = NEW.hash)
    THEN
        RAISE EXCEPTION 'the policy revision is not approved';
    END IF;
    IF NEW.origin = 'bootstrap' AND EXISTS (SELECT 1 FROM policy_activation) THEN
        RAISE EXCEPTION 'a policy is in force already';
    END IF;
    RETURN NEW;
END $$
;
CREATE TRIGGER policy_activation_needs_approval BEFORE INSERT ON policy_activation
FOR EACH ROW EXECUTE FUNCTION refuse_unapproved_policy()
;
CREATE TRIGGER policy_activation_is_append_only BEFORE UPDATE OR DELETE ON policy_activation
FOR EACH ROW EXECUTE FUNCTION refuse_change()
;
CREATE TRIGGER policy_activation_is_not_truncated BEFORE TRUNCATE ON policy_activation
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
;
CREATE TRIGGER policy_approval_stays BEFORE UPDATE ON policy_draft
FOR EACH ROW WHEN (OLD.approved_by IS NOT NULL
    AND (NEW.approved_by IS DISTINCT FROM OLD.approved_by OR NEW.author IS DISTINCT FROM OLD.author))
EXECUTE FUNCTION refuse_change()
