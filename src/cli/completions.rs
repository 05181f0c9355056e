//! `tierline completions`: a script that teaches a shell our words.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Arguments;
use super::exit::{CliError, Exit};
use super::output::Output;

/// Writes the script for `shell`.
pub(super) fn run(shell: Shell, output: &mut Output) -> Result<Exit, CliError> {
    // Into memory first: the generator panics when its writer fails.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "tierline", &mut script);
    output.raw(&script)?;
    Ok(Exit::Done)
}
