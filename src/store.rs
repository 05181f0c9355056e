//! The truth: one database, one writer, one `apply`. The only user of sea-orm.
