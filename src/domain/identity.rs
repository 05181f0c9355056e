//! How a requester shows who they are, what must be checked, and until when it
//! is believed: `rules/identity.toml`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::calendar::source::{Source, missing};
use super::id::{PersonId, ProofId, TicketId};
use super::policy::{PolicyFiles, PolicyProblem};

const FILE: &str = "identity.toml";
/// Longest that anybody is believed without asking again.
const MOST_DAYS: u32 = 366;

/// One way to show who one is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// Its id.
    pub id: String,
    /// In words.
    pub name: String,
    /// What may be checked.
    pub checks: Vec<String>,
    /// What must be among it.
    pub needs: Vec<String>,
    /// How many things in all.
    pub at_least: usize,
    /// For how many days it is believed.
    pub valid_days: u32,
}

/// The requester of a ticket has shown who they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// Its id.
    pub id: ProofId,
    /// The ticket it is for, and no other.
    #[serde(skip)]
    pub ticket_id: TicketId,
    /// Id of the way.
    pub way: String,
    /// What was checked. Names of things, never their values.
    pub checked: Vec<String>,
    /// Who checked it.
    pub by: PersonId,
    /// When.
    pub proven_at: Timestamp,
    /// Until when it is believed.
    pub expires_at: Timestamp,
}

impl Proof {
    /// Whether it is believed at `now`.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.proven_at <= now && now < self.expires_at
    }
}

/// Why something is no proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoProof {
    /// No way is called so.
    #[error("there is no way `{way}`; rules/identity.toml has {known}")]
    NoSuchWay {
        /// The name.
        way: String,
        /// The names there are.
        known: String,
    },
    /// Not checked this way.
    #[error("`{check}` is not checked by {way}; that may be {known}")]
    NoSuchCheck {
        /// The name.
        check: String,
        /// The way.
        way: String,
        /// The names there are.
        known: String,
    },
    /// Too little was checked.
    #[error("{way} takes {at_least} things that were checked, and among them {needs}")]
    TooLittle {
        /// The way.
        way: String,
        /// How many.
        at_least: usize,
        /// Which.
        needs: String,
    },
}

/// All ways.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityBook {
    ways: Vec<Way>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileShape {
    way: Vec<Spanned<Way>>,
}

impl IdentityBook {
    /// Reads the table. What is wrong goes into `problems`.
    #[must_use]
    pub fn load(files: &PolicyFiles, problems: &mut Vec<PolicyProblem>) -> Self {
        let mut book = Self::default();
        let Some(text) = files.get(FILE) else {
            missing(FILE, "it says how a requester shows who they are", problems);
            return book;
        };
        let mut source = Source::new(FILE, text, problems);
        let Some(shape) = source.read::<FileShape>() else { return book };
        for row in shape.way {
            let span = row.span();
            let way = row.into_inner();
            for (field, message) in wrong(&way, &book) {
                source.problem(&span, format!("way.{}.{field}", way.id), message);
            }
            book.ways.push(way);
        }
        book
    }

    /// All ways, in the order of the file.
    #[must_use]
    pub fn ways(&self) -> &[Way] {
        &self.ways
    }

    /// Until when somebody is believed of whom `checked` was checked by `way`
    /// at `now`.
    ///
    /// # Errors
    /// When there is no such way or check, or too little was checked.
    pub fn believed_until(
        &self,
        way: &str,
        checked: &[String],
        now: Timestamp,
    ) -> Result<Timestamp, NoProof> {
        let found = self.ways.iter().find(|one| one.id == way).ok_or_else(|| {
            let known: Vec<&str> = self.ways.iter().map(|one| one.id.as_str()).collect();
            NoProof::NoSuchWay { way: way.to_owned(), known: known.join(", ") }
        })?;
        if let Some(check) = checked.iter().find(|check| !found.checks.contains(check)) {
            let (check, way, known) = (check.clone(), way.to_owned(), found.checks.join(", "));
            return Err(NoProof::NoSuchCheck { check, way, known });
        }
        let different = found.checks.iter().filter(|check| checked.contains(check)).count();
        if different < found.at_least || found.needs.iter().any(|need| !checked.contains(need)) {
            let needs = match found.needs.join(" and ") {
                none if none.is_empty() => "any".to_owned(),
                needs => needs,
            };
            let (way, at_least) = (way.to_owned(), found.at_least);
            return Err(NoProof::TooLittle { way, at_least, needs });
        }
        let days = SignedDuration::from_hours(24 * i64::from(found.valid_days));
        Ok(now.saturating_add(days).unwrap_or(now))
    }
}

fn wrong(way: &Way, book: &IdentityBook) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    if book.ways.iter().any(|other| other.id == way.id) {
        wrong.push(("id", "is used twice; rename one of them".to_owned()));
    }
    if let Some(need) = way.needs.iter().find(|need| !way.checks.contains(need)) {
        wrong.push(("needs", format!("`{need}` is not among `checks`")));
    }
    if way.at_least == 0 || way.at_least > way.checks.len() {
        wrong.push(("at_least", "write 1 or more, and no more than there are checks".to_owned()));
    }
    if !(1..=MOST_DAYS).contains(&way.valid_days) {
        wrong.push(("valid_days", format!("write 1 to {MOST_DAYS}")));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const GOOD: &str = "[[way]]\nid = \"callback\"\nname = \"Called\"\n\
        checks = [\"telephone\", \"name\"]\nneeds = [\"telephone\"]\nat_least = 2\nvalid_days = 2\n";

    fn loaded(text: &str) -> (IdentityBook, Vec<PolicyProblem>) {
        let files = PolicyFiles::from([(FILE.to_owned(), text.to_owned())]);
        let mut problems = Vec::new();
        (IdentityBook::load(&files, &mut problems), problems)
    }

    fn until(way: &str, checked: &[&str]) -> Result<Timestamp, String> {
        let (book, problems) = loaded(GOOD);
        assert_eq!(problems, []);
        let checked: Vec<String> = checked.iter().map(|check| (*check).to_owned()).collect();
        book.believed_until(way, &checked, NOW).map_err(|error| error.to_string())
    }

    #[test]
    fn enough_must_be_checked_and_the_same_thing_twice_counts_once() {
        let two_days = NOW + SignedDuration::from_hours(48);
        assert_eq!(until("callback", &["name", "telephone"]), Ok(two_days));
        for (way, checked, said) in [
            ("callback", vec!["telephone", "telephone"], "takes 2 things"),
            ("callback", vec!["name", "name"], "among them telephone"),
            ("callback", vec!["name", "shoe_size", "telephone"], "`shoe_size` is not checked"),
            ("telepathy", vec!["name"], "there is no way `telepathy`"),
        ] {
            let why = until(way, &checked).unwrap_err();
            assert!(why.contains(said), "{why}");
        }
    }

    #[test]
    fn a_proof_holds_until_its_instant_and_not_at_it() {
        let proof = Proof {
            id: ProofId(uuid::Uuid::nil()),
            ticket_id: TicketId(uuid::Uuid::nil()),
            way: "callback".to_owned(),
            checked: Vec::new(),
            by: PersonId(uuid::Uuid::nil()),
            proven_at: NOW,
            expires_at: NOW + SignedDuration::from_secs(10),
        };
        let after = |seconds| NOW + SignedDuration::from_secs(seconds);
        assert!(proof.holds(NOW) && proof.holds(after(9)));
        assert!(!proof.holds(after(10)) && !proof.holds(after(-1)));
    }

    #[test]
    fn a_wrong_table_is_refused_with_its_line() {
        for (from, to, key) in [
            ("needs = [\"telephone\"]", "needs = [\"x\"]", "way.callback.needs"),
            ("at_least = 2", "at_least = 3", "way.callback.at_least"),
            ("valid_days = 2", "valid_days = 0", "way.callback.valid_days"),
        ] {
            let (_, problems) = loaded(&GOOD.replace(from, to));
            assert_eq!((problems.len(), problems[0].line, &*problems[0].key), (1, 1, key));
        }
        let (_, problems) = loaded(&format!("{GOOD}{GOOD}"));
        assert_eq!((problems[0].line, &*problems[0].key), (8, "way.callback.id"));
        assert_eq!(loaded("").1.len(), 1);
    }
}
