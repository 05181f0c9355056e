//! Secrets that a command needs: from a file, or asked on the terminal without
//! echo. Never from an argument, which every user of the machine can read.

use std::io::IsTerminal as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use secrecy::SecretString;

use super::exit::{CliError, Exit, OrExit as _};
use crate::config::SecretSource;

/// The secret in `file`, or one typed at `prompt`.
///
/// # Errors
/// With status 2 when there is neither a file nor a terminal, or the file
/// cannot be used.
pub fn ask(prompt: &str, file: Option<&Path>) -> Result<SecretString, CliError> {
    match file {
        Some(path) => SecretSource::File(path.to_owned()).load().or_exit(Exit::Usage),
        None => type_in(prompt).or_exit(Exit::Usage),
    }
}

/// The same, typed twice: for a secret that is being set.
///
/// # Errors
/// As [`ask`]; also when the two differ.
pub fn ask_new(prompt: &str, file: Option<&Path>) -> Result<SecretString, CliError> {
    use secrecy::ExposeSecret as _;
    let first = ask(prompt, file)?;
    if file.is_none() {
        let second = ask("The same again", None)?;
        if first.expose_secret() != second.expose_secret() {
            return Err(CliError::new(Exit::Usage, anyhow::anyhow!("the two are not the same")));
        }
    }
    Ok(first)
}

fn type_in(prompt: &str) -> anyhow::Result<SecretString> {
    if !std::io::stdin().is_terminal() {
        bail!("a secret is needed and there is no terminal to ask on; use --secret-file");
    }
    let typed = rpassword::prompt_password(format!("{prompt}: ")).context("asking for a secret")?;
    if typed.is_empty() {
        bail!("nothing was typed");
    }
    Ok(SecretString::from(typed))
}
