//! What `policy` and `backtest` take.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{Secret, instant};

/// `policy`: the life of policy revisions.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
A revision is named by the first digits of its hash, at least eight.

Examples:
  tierline policy draft ./rules --by ana
  tierline policy diff
  tierline backtest --policy ./rules --record
  tierline policy approve 3f9a61c2 --by cora
  tierline policy activate 3f9a61c2 --by otto --from 2026-12-01T00:00-05:00
  tierline policy history")]
pub enum Policy {
    /// Keep a rules folder as a draft under its author's name
    Draft {
        /// Folder; the configured rules without it
        #[arg(value_name = "DIR")]
        dir: Option<PathBuf>,
        /// Who stands for it
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Proof of that person
        #[command(flatten)]
        secret: Secret,
    },
    /// Show what another revision or folder would change in the rule files
    Diff {
        /// Revision or folder; the configured rules without it
        #[arg(value_name = "REVISION|DIR")]
        other: Option<String>,
        /// Compare with this revision, not with the one in force
        #[arg(long, value_name = "REVISION")]
        against: Option<String>,
    },
    /// Approve a backtested draft: a compliance officer who did not write it
    Approve {
        /// Revision
        #[arg(value_name = "REVISION")]
        revision: String,
        /// Reason to approve it although its backtest lost statutory clocks or had no mail
        #[arg(long, value_name = "REASON")]
        despite: Option<String>,
        /// Who approves
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Proof of that person
        #[command(flatten)]
        secret: Secret,
    },
    /// Put an approved revision, or one that was in force before, in force
    Activate {
        /// Revision
        #[arg(value_name = "REVISION")]
        revision: String,
        /// From when; now without it
        #[arg(long, value_name = "INSTANT", value_parser = instant)]
        from: Option<Timestamp>,
        /// Who activates: a compliance officer or an operator
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Proof of that person
        #[command(flatten)]
        secret: Secret,
    },
    /// List drafts and from when each revision was in force
    History,
    /// Write the files of a kept revision into a new folder
    Export {
        /// Revision
        #[arg(value_name = "REVISION")]
        revision: String,
        /// Folder, which must not exist
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

/// `backtest`: replay mail against another policy.
#[derive(Debug, Args)]
#[command(after_help = "\
Ends with 1 when a statutory clock would be lost.

Examples:
  tierline backtest --policy ./rules --since 2026-10-01T00:00-04:00 --html report.html
  tierline backtest --policy ./rules --maildir archive/ --json
  tierline backtest --policy ./rules --record")]
pub struct Backtest {
    /// Folder of rules, or a kept revision
    #[arg(long, value_name = "DIR|REVISION")]
    pub policy: String,
    /// Compare with this folder or revision; the policy in force without it
    #[arg(long, value_name = "DIR|REVISION")]
    pub against: Option<String>,
    /// Stored mail received since then; all of it without it
    #[arg(long, value_name = "INSTANT", value_parser = instant, conflicts_with_all = ["maildir", "jsonl"])]
    pub since: Option<Timestamp>,
    /// Replay the mails of this folder (Maildir, or .eml files) and not the stored ones
    #[arg(long, value_name = "DIR", conflicts_with = "jsonl")]
    pub maildir: Option<PathBuf>,
    /// Replay these texts, one JSON object a line: key, text, and a subject if there is one
    #[arg(long, value_name = "FILE")]
    pub jsonl: Option<PathBuf>,
    /// Write a report as one HTML page
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Mails to list at most; the counts are of all
    #[arg(long, default_value_t = 50, value_name = "NUMBER")]
    pub list: usize,
    /// Write the outcome down as the backtest of that draft
    #[arg(long)]
    pub record: bool,
}
