//! `tierline key create`: the file with the vault's master key.

use super::exit::{CliError, Exit, OrExit as _};
use super::output::Output;
use crate::config::Config;
use crate::store::Vault;

/// Makes the file that `vault.key_file` names; never overwrites one.
pub(super) fn create(config: &Config, output: &mut Output) -> Result<Exit, CliError> {
    let path = &config.vault.key_file;
    Vault::create_key_file(path).or_exit(Exit::Config)?;
    output.passed(&format!("{}: keep a copy apart from the database", path.display()))?;
    if output.is_json() {
        let path = path.display().to_string();
        output.answer("", &serde_json::json!({ "ok": true, "key_file": path }))?;
    }
    Ok(Exit::Done)
}
