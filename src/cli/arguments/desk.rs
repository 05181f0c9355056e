//! Commands that a person gives in their own name: a name on a command line
//! proves nobody, so each asks for that person's secret, never as an argument.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::{instant, work};

/// Where a person's secret comes from.
#[derive(Debug, Args)]
pub struct Secret {
    /// File with that person's secret (mode 0600); asked on the terminal without it
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
}

/// `ticket`: list, show, open, and every act of a person.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Lists and pages name no borrower and quote no mail.

Examples:
  tierline ticket list --queue escrow
  tierline ticket show TL-4821-0973-5522 --json
  tierline ticket open --channel letter --received 2026-11-20T09:00-05:00 \\
      --subject 'Notice of error' --file letter.txt --file scan.pdf --by ana")]
pub enum Ticket {
    /// List tickets, the most urgent first
    List {
        /// Only this queue
        #[arg(long)]
        queue: Option<String>,
        /// Only this status; all but the closed ones without it
        #[arg(long, value_parser = ["new", "open", "pending", "held", "resolved", "closed"])]
        status: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show one ticket with its matters, clocks, letters, tasks and record
    Show {
        /// Ticket number
        #[arg(value_name = "NUMBER")]
        number: String,
    },
    /// Open a ticket for a contact that did not come by e-mail
    Open(OpenTicket),
    /// Act on tickets in one's own name
    #[command(flatten)]
    Act(work::Act),
}

/// `ticket open`: a letter, a call or a visit becomes a ticket.
#[derive(Debug, Args)]
pub struct OpenTicket {
    /// How it came
    #[arg(long, value_enum)]
    pub channel: Channel,
    /// When it came: statutory clocks start here
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub received: Timestamp,
    /// What it says (text) or its scan (PDF, image); may be given several times
    #[arg(long = "file", required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What it is about, one line
    #[arg(long, default_value = "")]
    pub subject: String,
    /// Name of the sender
    #[arg(long, default_value = "", value_name = "NAME")]
    pub from_name: String,
    /// Mail address of the sender; without it nothing is answered by e-mail
    #[arg(long, value_name = "ADDRESS")]
    pub from_address: Option<String>,
    /// Who opens it (a person's name)
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// Proof of that person
    #[command(flatten)]
    pub secret: Secret,
}

/// How a contact came that was no e-mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Channel {
    /// On paper.
    Letter,
    /// By telephone, noted by the person who answered.
    Phone,
    /// At the counter.
    WalkIn,
}

/// `person`: who may do what.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
The first person of a database is added without proof; every other one by an
operator or a compliance officer with their own secret.

Examples:
  tierline person add otto --role operator
  tierline person add cora --role compliance --by otto
  tierline person add ana --role agent --invite --by otto
  tierline person reset-mfa ana --by otto
  tierline person list")]
pub enum Person {
    /// Add a person with a role: by a secret asked on the terminal, or by an invitation link
    Add {
        /// Name, one word; with --first `operator` unless given
        #[arg(value_name = "NAME", required_unless_present = "first")]
        name: Option<String>,
        /// What they are here for
        #[arg(
            long,
            value_parser = ["agent", "supervisor", "compliance", "operator", "auditor"],
            required_unless_present = "first"
        )]
        role: Option<String>,
        /// The first person of this database: an operator, by an invitation link
        #[arg(long, conflicts_with_all = ["by", "secret_file"])]
        first: bool,
        /// Print a link with which they choose their own secret, good for a day
        #[arg(long, conflicts_with = "secret_file")]
        invite: bool,
        /// File with the new person's secret (mode 0600)
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        /// Who adds them: an operator or a compliance officer
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        /// File with the adding person's secret (mode 0600); asked on the terminal without it
        #[arg(long, value_name = "FILE")]
        by_secret_file: Option<PathBuf>,
    },
    /// Give a person another role; their sessions end
    Role {
        /// Name
        #[arg(value_name = "NAME")]
        name: String,
        /// What they are here for from now on
        #[arg(value_parser = ["agent", "supervisor", "compliance", "operator", "auditor"])]
        role: String,
        /// Who does this
        #[command(flatten)]
        by: GivenBy,
    },
    /// Take away a person's second factor: they set up another at the next sign-in
    ResetMfa {
        /// Name
        #[arg(value_name = "NAME")]
        name: String,
        /// Who does this
        #[command(flatten)]
        by: GivenBy,
    },
    /// List the persons and their roles
    List,
    /// Say what a person can do: skills, languages, capacity, mail address
    Set(work::SetPerson),
    /// Say when a person is away; without dates, that they are back
    Away(work::Away),
}

/// Who gives a command, and where their secret is.
#[derive(Debug, clap::Args)]
pub struct GivenBy {
    /// Who does this: an operator or a compliance officer
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// File with their secret (mode 0600); asked on the terminal without it
    #[arg(long, value_name = "FILE")]
    pub by_secret_file: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

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
        check(&super::super::Templates::augment_subcommands(clap::Command::new("x")));
        check(&super::super::Letters::augment_subcommands(clap::Command::new("x")));
        check(&super::super::Print::augment_subcommands(clap::Command::new("x")));
        check(&super::super::Outbox::augment_subcommands(clap::Command::new("x")));
        check(&Ticket::augment_subcommands(clap::Command::new("x")));
        check(&Person::augment_subcommands(clap::Command::new("x")));
    }
}
