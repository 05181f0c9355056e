CREATE VIRTUAL TABLE mail_text USING fts5 (mail_id UNINDEXED, words, tokenize = 'unicode61')
