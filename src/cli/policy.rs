//! `tierline policy`: drafts come in, are compared, approved by another person
//! than their author, and put in force from an instant.

mod act;
mod diff;
mod history;
mod named;

use super::arguments::Policy;
use super::exit::{CliError, Exit};
use super::output::Output;
use crate::config::Config;

pub(super) use act::short;
pub(super) use named::{configured, find_named, in_force};

/// Drafts, compares, approves, activates, lists or writes out.
pub(super) async fn run(
    config: &Config,
    policy: &Policy,
    output: &mut Output,
) -> Result<Exit, CliError> {
    match policy {
        Policy::Draft { dir, by, secret } => {
            act::draft(config, dir.as_deref(), (by, secret), output).await
        }
        Policy::Diff { other, against } => {
            diff::run(config, other.as_deref(), against.as_deref(), output).await
        }
        Policy::Approve { revision, despite, by, secret } => {
            act::approve(config, revision, despite.as_deref(), (by, secret), output).await
        }
        Policy::Activate { revision, from, by, secret } => {
            act::activate(config, revision, *from, (by, secret), output).await
        }
        Policy::History => history::run(config, output).await,
        Policy::Export { revision, dir } => act::export(config, revision, dir, output).await,
    }
}
