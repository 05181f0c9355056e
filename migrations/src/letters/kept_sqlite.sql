CREATE TRIGGER template_version_keeps_its_words BEFORE UPDATE ON template_version
WHEN NEW.hash IS NOT OLD.hash OR NEW.name IS NOT OLD.name OR NEW.locale IS NOT OLD.locale
    OR NEW.subject IS NOT OLD.subject OR NEW.body_text IS NOT OLD.body_text
    OR NEW.body_html IS NOT OLD.body_html OR NEW.body_print IS NOT OLD.body_print
    OR NEW.author IS NOT OLD.author
BEGIN
    SELECT RAISE(ABORT, 'a template version keeps its words and its author');
END
;
CREATE TRIGGER template_version_stays BEFORE DELETE ON template_version
BEGIN
    SELECT RAISE(ABORT, 'a template version is never deleted');
END
