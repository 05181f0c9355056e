CREATE TABLE search (
    id {uuid} PRIMARY KEY,
    person {uuid} NOT NULL REFERENCES person (id),
    sealed_text {bytes} NOT NULL,
    searched_at BIGINT NOT NULL
)
