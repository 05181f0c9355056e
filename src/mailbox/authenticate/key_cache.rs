//! Keys and policies that name servers gave us, kept until they expire. Also
//! the door by which tests bring keys of their own.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use mail_auth::{ResolverCache, Txt};

/// Entries kept; when there are more, all are asked for again.
const MOST: usize = 10_000;

/// TXT records by full name, lower case, with a final dot.
#[derive(Default)]
pub(super) struct KeyCache(Mutex<HashMap<Box<str>, (Txt, Instant)>>);

impl KeyCache {
    fn records(&self) -> MutexGuard<'_, HashMap<Box<str>, (Txt, Instant)>> {
        // Each entry is whole: a panic elsewhere leaves none half-written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolverCache<Box<str>, Txt> for KeyCache {
    #[expect(clippy::disallowed_methods, reason = "how long a record is good, and nothing else")]
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let records = self.records();
        let (record, until) = records.get(name)?;
        (*until > Instant::now()).then(|| record.clone())
    }

    fn remove<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.records().remove(name).map(|(record, _)| record)
    }

    fn insert(&self, name: Box<str>, record: Txt, valid_until: Instant) {
        let mut records = self.records();
        if records.len() >= MOST {
            records.clear();
        }
        records.insert(name, (record, valid_until));
    }
}
