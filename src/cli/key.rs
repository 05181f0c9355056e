//! `tierline key`: the file with the vault's master keys. Reply tokens are signed
//! with a key made from the newest; every key of the file still verifies.

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

/// Adds a key to the file. An engine that runs does not know it: what another
/// program seals with the new key it could not open.
pub(super) fn rotate(config: &Config, output: &mut Output) -> Result<Exit, CliError> {
    let path = &config.vault.key_file;
    let kid = Vault::add_key(path).or_exit(Exit::Config)?;
    let text = format!(
        "{}: key {kid} seals and signs from the next start on; keep a new copy of the file",
        path.display()
    );
    output.passed(&text)?;
    if output.is_json() {
        let path = path.display().to_string();
        output.answer("", &serde_json::json!({ "ok": true, "key_file": path, "key": kid }))?;
    }
    Ok(Exit::Done)
}
