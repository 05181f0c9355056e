//! One row of the loan book as a servicing system exports it: a party of a
//! loan. Read strictly: a row with anything wrong in it changes nothing.

use jiff::civil::Date;

use super::{PartyRole, normal_number};

/// Longest field, bytes; names and addresses of real people are far shorter.
pub const MOST_FIELD: usize = 500;

/// What is wrong with a row or with the columns. Names columns, never values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// The column; empty when it is about the row as a whole.
    pub column: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
}

impl std::fmt::Display for RowProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.column {
            "" => f.write_str(&self.message),
            column => write!(f, "{column} {}", self.message),
        }
    }
}

const NAMES: [&str; 12] = [
    "loan_number",
    "role",
    "email",
    "name",
    "property_address",
    "state",
    "language",
    "fdcpa_covered",
    "represented",
    "bankruptcy",
    "esign_consent_on",
    "ended",
];
/// The first so many are required.
const REQUIRED: usize = 3;

/// Where each column stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns([Option<usize>; NAMES.len()]);

/// One row, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookRow {
    /// Loan number, normalised.
    pub number: String,
    /// What the party is.
    pub role: PartyRole,
    /// Address, lower case.
    pub email: String,
    /// Name of the party; may be empty.
    pub name: String,
    /// Address of the property; may be empty.
    pub property_address: String,
    /// Two capital letters, or empty.
    pub state: String,
    /// ISO 639-1, or empty.
    pub language: String,
    /// Collected as a debt collector.
    pub is_fdcpa_covered: bool,
    /// The borrower has an attorney.
    pub is_represented: bool,
    /// A bankruptcy case is open.
    pub is_in_bankruptcy: bool,
    /// Day of consent under 15 USC 7001(c).
    pub esign_consent_on: Option<Date>,
    /// The address no longer speaks for the loan: taken off.
    pub is_ended: bool,
}

impl Columns {
    /// Finds the columns by the names in the first row.
    ///
    /// # Errors
    /// Every column that is missing, there twice, or unknown: a misspelt flag
    /// would otherwise count as "no" for the whole book.
    pub fn find<'a>(heads: impl Iterator<Item = &'a str>) -> Result<Self, Vec<RowProblem>> {
        let mut places = [None; NAMES.len()];
        let mut problems = Vec::new();
        for (place, head) in heads.enumerate() {
            let head = head.trim().trim_start_matches('\u{feff}').to_ascii_lowercase();
            let known = NAMES.iter().zip(&mut places).find(|(name, _)| **name == head);
            match known {
                Some((name, Some(_))) => problems.push(problem(name, "is there twice")),
                Some((_, free)) => *free = Some(place),
                None => problems.push(problem(
                    "",
                    &format!("column {} is not known; known are: {}", place + 1, NAMES.join(", ")),
                )),
            }
        }
        for (name, place) in NAMES.iter().zip(&places).take(REQUIRED) {
            if place.is_none() {
                problems.push(problem(name, "is missing from the first row"));
            }
        }
        if problems.is_empty() { Ok(Self(places)) } else { Err(problems) }
    }

    /// Reads a row; `field` gives the text at a place.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read<'a>(
        &self,
        field: impl Fn(usize) -> Option<&'a str>,
        today: Date,
    ) -> Result<BookRow, Vec<RowProblem>> {
        let mut row = Reader { columns: self, field, problems: Vec::new() };
        let read = BookRow {
            number: row.number(),
            role: row.role(),
            email: row.email(),
            name: row.line("name"),
            property_address: row.line("property_address"),
            state: row.state(),
            language: row.language(),
            is_fdcpa_covered: row.flag("fdcpa_covered"),
            is_represented: row.flag("represented"),
            is_in_bankruptcy: row.flag("bankruptcy"),
            esign_consent_on: row.consent(today),
            is_ended: row.flag("ended"),
        };
        if row.problems.is_empty() { Ok(read) } else { Err(row.problems) }
    }
}

fn problem(column: &'static str, message: &str) -> RowProblem {
    RowProblem { column, message: message.to_owned() }
}

struct Reader<'c, F> {
    columns: &'c Columns,
    field: F,
    problems: Vec<RowProblem>,
}

impl<'a, F: Fn(usize) -> Option<&'a str>> Reader<'_, F> {
    fn text(&self, column: &str) -> &'a str {
        let named = NAMES.iter().zip(&self.columns.0).find(|(name, _)| **name == column);
        let place = named.and_then(|(_, place)| *place);
        place.and_then(|place| (self.field)(place)).unwrap_or_default().trim()
    }

    fn wrong(&mut self, column: &'static str, message: &str) {
        self.problems.push(problem(column, message));
    }

    fn number(&mut self) -> String {
        let number = normal_number(self.text("loan_number"));
        let is_usable =
            (4..=20).contains(&number.len()) && number.bytes().any(|b| b.is_ascii_digit());
        if !is_usable {
            self.wrong("loan_number", "needs 4 to 20 letters and digits");
        }
        number
    }

    fn role(&mut self) -> PartyRole {
        let word = self.text("role").to_ascii_lowercase().replace('_', "-");
        PartyRole::from_word(&word).unwrap_or_else(|| {
            let words: Vec<&str> = PartyRole::ALL.iter().map(|role| role.word()).collect();
            self.wrong("role", &format!("must be one of: {}", words.join(", ")));
            PartyRole::ThirdParty
        })
    }

    fn email(&mut self) -> String {
        let email = self.text("email").to_lowercase();
        let is_address = email.len() <= 254
            && email.is_ascii()
            && !email
                .contains(|c: char| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c))
            && email.split_once('@').is_some_and(|(local, host)| {
                !local.is_empty()
                    && host.contains('.')
                    && host.split('.').all(|label| !label.is_empty())
                    && !host.contains('@')
            });
        if !is_address {
            self.wrong("email", "must be one address, name@host");
        }
        email
    }

    fn line(&mut self, column: &'static str) -> String {
        let text = self.text(column);
        if text.len() > MOST_FIELD || text.contains(char::is_control) {
            self.wrong(column, "must be one line of at most 500 bytes");
        }
        text.to_owned()
    }

    fn state(&mut self) -> String {
        let state = self.text("state").to_ascii_uppercase();
        if !state.is_empty() && !STATES.contains(&state.as_str()) {
            self.wrong("state", "must be a two-letter USPS code");
        }
        state
    }

    fn language(&mut self) -> String {
        let language = self.text("language").to_ascii_lowercase();
        let is_code = language.len() == 2 && language.bytes().all(|b| b.is_ascii_lowercase());
        if !language.is_empty() && !is_code {
            self.wrong("language", "must be a two-letter ISO 639-1 code, e.g. en, es");
        }
        language
    }

    fn flag(&mut self, column: &'static str) -> bool {
        match self.text(column).to_ascii_lowercase().as_str() {
            "true" | "yes" | "y" | "1" => true,
            "" | "false" | "no" | "n" | "0" => false,
            _ => {
                self.wrong(column, "must be true or false");
                false
            }
        }
    }

    fn consent(&mut self, today: Date) -> Option<Date> {
        let text = self.text("esign_consent_on");
        if text.is_empty() {
            return None;
        }
        let on = text.parse::<Date>().ok().filter(|on| *on <= today && text.len() == 10);
        if on.is_none() {
            self.wrong("esign_consent_on", "must be a day that has come, YYYY-MM-DD");
        }
        on
    }
}

/// USPS codes of the states, the District of Columbia and the territories.
const STATES: [&str; 56] = [
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA",
    "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM",
    "NY", "NC", "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA",
    "WV", "WI", "WY", "AS", "GU", "MP", "PR", "VI",
];

#[cfg(test)]
mod tests {
    use super::*;

    const HEADS: &str = "loan_number,email,role,state,fdcpa_covered,esign_consent_on,ended";

    fn read(row: &str) -> Result<BookRow, Vec<RowProblem>> {
        let columns = Columns::find(HEADS.split(',')).unwrap();
        let fields: Vec<&str> = row.split(',').collect();
        columns.read(|place| fields.get(place).copied(), jiff::civil::date(2026, 11, 25))
    }

    #[test]
    fn a_good_row_is_normalised() {
        let row = read(" 00-1234 5678, Rosa@Example.COM,Co_Borrower,ny,Yes,2026-01-31,").unwrap();
        assert_eq!(
            (row.number.as_str(), row.email.as_str(), row.state.as_str()),
            ("0012345678", "rosa@example.com", "NY")
        );
        assert_eq!(row.role, PartyRole::CoBorrower);
        assert!(row.is_fdcpa_covered && !row.is_represented && !row.is_ended);
        assert_eq!(row.esign_consent_on, Some(jiff::civil::date(2026, 1, 31)));
    }

    #[test]
    fn everything_wrong_with_a_row_is_said_at_once_and_no_value_is_repeated() {
        let problems = read("12,rosa at home,owner,XX,maybe,2027-01-01,").unwrap_err();
        let columns: Vec<&str> = problems.iter().map(|one| one.column).collect();
        let all = ["loan_number", "role", "email", "state", "fdcpa_covered", "esign_consent_on"];
        assert_eq!(columns, all);
        let said = problems.iter().map(ToString::to_string).collect::<String>();
        assert!(!said.contains("rosa") && !said.contains("owner") && !said.contains("maybe"));
        for email in ["a@b", "a@@b.c", "@b.example", "a@.example", "a b@c.example", "a@b.c,d@e.f"] {
            assert!(read(&format!("12345,{email},borrower,,,,")).is_err(), "{email}");
        }
    }

    #[test]
    fn a_misspelt_or_missing_column_refuses_the_file() {
        let find = |heads: &str| Columns::find(heads.split(','));
        assert!(find("loan_number,email,role,represnted").is_err());
        assert!(find("loan_number,email").is_err());
        assert!(find("loan_number,email,role,role").is_err());
        assert!(find("\u{feff}Loan_Number, email ,ROLE").is_ok());
    }
}
