//! What `loans` and `requester` take.

use std::path::PathBuf;

use clap::Subcommand;

use super::Secret;

/// `loans`: import, show.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Columns of FILE.csv, by the names in its first row: loan_number, role, email (required),
name, property_address, state, language, fdcpa_covered, represented, bankruptcy,
esign_consent_on, ended. One row for each party of a loan; see docs/recipes/load-the-loan-book.md.

Examples:
  tierline loans import --check book.csv
  tierline loans import book.csv --by otto
  tierline loans show 0012345678 --json")]
pub enum Loans {
    /// Put a loan book on file: all of it, or nothing when a row is wrong
    Import {
        /// CSV file, one row for each party of a loan
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
        /// Only say what is wrong with it; needs no database
        #[arg(long)]
        check: bool,
        /// Who imports it (an operator or compliance officer), for the record
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        /// Proof of that person
        #[command(flatten)]
        secret: Secret,
    },
    /// Show one loan; numbers, names and addresses are masked
    Show {
        /// Loan number, with or without dashes
        #[arg(value_name = "NUMBER")]
        number: String,
    },
}

/// `requester`: the language somebody is written to.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tierline requester language rosa@example.com
  tierline requester language rosa@example.com --set es --by ana
  tierline requester language rosa@example.com --forget --by ana")]
pub enum Requester {
    /// Show or choose the language an address is written to
    Language {
        /// Mail address
        #[arg(value_name = "ADDRESS")]
        address: String,
        /// Choose this language (ISO 639-1), whatever the mails say
        #[arg(long, value_name = "LANGUAGE", conflicts_with = "forget", requires = "by")]
        set: Option<String>,
        /// Forget what is on file; the mails decide again
        #[arg(long, requires = "by")]
        forget: bool,
        /// Who chooses (a person's name)
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        /// Proof of that person
        #[command(flatten)]
        secret: Secret,
    },
}
