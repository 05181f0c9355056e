CREATE TRIGGER policy_revision_keeps_its_text BEFORE UPDATE ON policy_revision
BEGIN
    SELECT RAISE(ABORT, 'a policy revision never changes');
END
;
CREATE TRIGGER policy_revision_stays BEFORE DELETE ON policy_revision
BEGIN
    SELECT RAISE(ABORT, 'a policy revision never changes');
END
;
CREATE TRIGGER policy_activation_needs_approval BEFORE INSERT ON policy_activation
WHEN NEW.origin = 'person'
    AND NOT EXISTS (SELECT 1 FROM policy_draft WHERE hash = NEW.hash AND approved_by IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM policy_activation WHERE hash = NEW.hash)
BEGIN
    SELECT RAISE(ABORT, 'the policy revision is not approved');
END
;
CREATE TRIGGER policy_activation_bootstraps_first BEFORE INSERT ON policy_activation
WHEN NEW.origin = 'bootstrap' AND EXISTS (SELECT 1 FROM policy_activation)
BEGIN
    SELECT RAISE(ABORT, 'a policy is in force already');
END
;
CREATE TRIGGER policy_activation_keeps_its_text BEFORE UPDATE ON policy_activation
BEGIN
    SELECT RAISE(ABORT, 'the record is append-only');
END
;
CREATE TRIGGER policy_activation_stays BEFORE DELETE ON policy_activation
BEGIN
    SELECT RAISE(ABORT, 'the record is append-only');
END
;
CREATE TRIGGER policy_approval_stays BEFORE UPDATE ON policy_draft
WHEN OLD.approved_by IS NOT NULL
    AND (NEW.approved_by IS NOT OLD.approved_by OR NEW.author IS NOT OLD.author)
BEGIN
    SELECT RAISE(ABORT, 'an approval never changes');
END
