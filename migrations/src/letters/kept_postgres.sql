CREATE FUNCTION refuse_other_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a template version keeps its words and its author';
END $$
;
CREATE TRIGGER template_version_keeps_its_words BEFORE UPDATE ON template_version
FOR EACH ROW WHEN (NEW.hash IS DISTINCT FROM OLD.hash OR NEW.name IS DISTINCT FROM OLD.name
    OR NEW.locale IS DISTINCT FROM OLD.locale OR NEW.subject IS DISTINCT FROM OLD.subject
    OR NEW.body_text IS DISTINCT FROM OLD.body_text OR NEW.body_html IS DISTINCT FROM OLD.body_html
    OR NEW.body_print IS DISTINCT FROM OLD.body_print OR NEW.author IS DISTINCT FROM OLD.author)
EXECUTE FUNCTION refuse_other_words()
;
CREATE TRIGGER template_version_stays BEFORE DELETE ON template_version
FOR EACH ROW EXECUTE FUNCTION refuse_other_words()
