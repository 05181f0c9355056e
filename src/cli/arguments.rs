//! What each command takes. The commands themselves are one file each.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `run`: work until SIGTERM.
#[derive(Debug, Args)]
pub struct Run {
    /// Do everything that is due once, then end
    #[arg(long)]
    pub once: bool,
}

/// `demo`: show a day of mail on a database of its own.
#[derive(Debug, Args)]
pub struct Demo {
    /// Do not serve the ticket pages; end when everything is done
    #[arg(long)]
    pub once: bool,
    /// Folder for database, mail and letters, kept at the end; a temporary one without it
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// `ingest`: take in mail files as if a mailbox had them.
#[derive(Debug, Args)]
pub struct Ingest {
    /// Mail files (RFC 5322)
    #[arg(required = true, value_name = "FILE.eml")]
    pub files: Vec<PathBuf>,
    /// Name of the mailbox they count for
    #[arg(long, default_value = "file")]
    pub mailbox: String,
    /// Decide and show the decision, but change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `doctor`: try every connection and say what would not work.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Leave out everything that needs a network
    #[arg(long)]
    pub offline: bool,
}

/// `reconcile`: compare each mailbox with the ledger.
#[derive(Debug, Args)]
pub struct Reconcile {
    /// Only this mailbox
    #[arg(long, value_name = "NAME")]
    pub mailbox: Option<String>,
}

/// `rules`: test, explain, lint.
#[derive(Debug, Subcommand)]
pub enum Rules {
    /// Run the tests beside the rules
    Test,
    /// Say why a mail would be understood and routed as it is
    Explain {
        /// Mail file
        #[arg(value_name = "FILE.eml")]
        file: PathBuf,
    },
    /// Say everything that is wrong with the rule files
    Lint,
}

/// `evaluate`: measure the rules against labels.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(false))]
pub struct Evaluate {
    /// Labelled texts, one JSON object a line: key, matters, primary, statutory, flags, text
    #[arg(value_name = "LABELS.jsonl", group = "what")]
    pub labels: Option<PathBuf>,
    /// Folder of mails with an expected.jsonl (file, label): measure the origin
    #[arg(long, value_name = "DIR", group = "what")]
    pub origin: Option<PathBuf>,
    /// Replies cut by hand (id, body, visible): measure the cutting of new text
    #[arg(long, value_name = "FILE", group = "what")]
    pub trim: Option<PathBuf>,
    /// Worst texts to show, with what fired
    #[arg(long, default_value_t = 5, value_name = "NUMBER")]
    pub worst: usize,
}

/// `templates`: list, check, import, approve.
#[derive(Debug, Subcommand)]
pub enum Templates {
    /// List templates, versions and approvals
    List,
    /// Render every template with its samples, strictly
    Check,
    /// Take the templates of a folder in as drafts
    Import {
        /// Folder of templates
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// Who imports (a person's name)
        #[arg(long, value_name = "NAME")]
        by: String,
        /// File with that person's secret; asked on the terminal without it
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
    },
    /// Release a template version for sending
    Approve {
        /// Template name
        name: String,
        /// Content hash of the version, or its first 12 digits
        #[arg(long, value_name = "HASH")]
        version: String,
        /// Locale
        #[arg(long)]
        locale: String,
        /// Who approves (a compliance officer who did not write it)
        #[arg(long, value_name = "NAME")]
        by: String,
        /// File with that person's secret; asked on the terminal without it
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
    },
}

/// `ticket`: list, show, open.
#[derive(Debug, Subcommand)]
pub enum Ticket {
    /// List tickets by their next due instant
    List {
        /// Only this queue
        #[arg(long)]
        queue: Option<String>,
        /// Only this status
        #[arg(long)]
        status: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show one ticket with its clocks, matters, letters and events
    Show {
        /// Ticket number
        number: String,
    },
    /// Open a ticket again
    Open {
        /// Ticket number
        number: String,
        /// Why
        #[arg(long)]
        reason: String,
        /// Who does it (a person's name)
        #[arg(long, value_name = "NAME")]
        by: String,
        /// File with that person's secret; asked on the terminal without it
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
    },
}

/// `person`: who may do what.
#[derive(Debug, Subcommand)]
pub enum Person {
    /// Add a person with roles and a secret
    Add {
        /// Name, one word
        name: String,
        /// Role; may be given several times
        #[arg(long, required = true, value_parser = ["agent", "supervisor", "compliance", "operator", "auditor"])]
        role: Vec<String>,
        /// File with the new secret; asked on the terminal without it
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
    },
}

/// `clock`: explain a due date.
#[derive(Debug, Subcommand)]
pub enum Clock {
    /// Print each counted and each skipped day up to the due date
    Explain {
        /// Clock kind, e.g. NOE_ACK
        kind: String,
        /// Receipt, e.g. 2026-11-20T16:02-05:00
        #[arg(long, value_name = "INSTANT")]
        received: String,
        /// Date of the foreclosure sale, for clocks that count from it
        #[arg(long, value_name = "DATE")]
        sale_on: Option<String>,
    },
}

/// `outbox`: letters and where they stand.
#[derive(Debug, Subcommand)]
pub enum Outbox {
    /// List letters
    List {
        /// Only this state
        #[arg(long)]
        state: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
}

/// `audit`: the record.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Recompute every hash chain and name any event that was changed
    Verify {
        /// Only this stream, e.g. ticket:0190…
        #[arg(long)]
        stream: Option<String>,
    },
}

/// `key`: the vault's master key.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a new key file (mode 0600); never overwrites one
    Create,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_of_every_command_are_consistent() {
        let command = || clap::Command::new("x");
        let all = [
            Run::augment_args(command()),
            Demo::augment_args(command()),
            Ingest::augment_args(command()),
            Doctor::augment_args(command()),
            Reconcile::augment_args(command()),
            Rules::augment_subcommands(command()),
            Evaluate::augment_args(command()),
            Templates::augment_subcommands(command()),
            Ticket::augment_subcommands(command()),
            Person::augment_subcommands(command()),
            Clock::augment_subcommands(command()),
            Outbox::augment_subcommands(command()),
            Audit::augment_subcommands(command()),
            Key::augment_subcommands(command()),
        ];
        all.into_iter().for_each(clap::Command::debug_assert);
    }

    #[test]
    fn no_command_takes_a_secret_as_an_argument() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments() {
                let id = argument.get_id().as_str();
                let names_one =
                    ["secret", "password", "token"].iter().any(|word| id.contains(word));
                assert!(!names_one || id.ends_with("_file"), "{id}");
            }
            command.get_subcommands().for_each(check);
        }
        check(&Templates::augment_subcommands(clap::Command::new("x")));
        check(&Ticket::augment_subcommands(clap::Command::new("x")));
        check(&Person::augment_subcommands(clap::Command::new("x")));
    }
}
