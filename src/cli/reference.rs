//! `tierline config reference`: the file to start from.

use super::exit::{CliError, Exit};
use super::output::Output;
use crate::config::REFERENCE;

/// Writes the reference as it is.
pub(super) fn run(output: &mut Output) -> Result<Exit, CliError> {
    output.raw(REFERENCE.as_bytes())?;
    Ok(Exit::Done)
}
