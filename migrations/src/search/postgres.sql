CREATE TABLE mail_text (
    mail_id {uuid} PRIMARY KEY REFERENCES mail (id) DEFERRABLE INITIALLY DEFERRED,
    words TEXT NOT NULL
)
;
CREATE INDEX mail_text_words ON mail_text USING GIN (to_tsvector('simple', words))
