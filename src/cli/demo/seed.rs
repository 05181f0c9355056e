//! The persons and approved templates that the demo starts with. Their secrets
//! are random and forgotten: the demo has no log-in.

use secrecy::SecretString;

use crate::app::{App, approve, shipped};
use crate::cli::compose;
use crate::cli::exit::{CliError, Exit, OrExit as _};
use crate::domain::actor::Role;
use crate::domain::digest::Digest;
use crate::domain::id::PersonId;
use crate::postage::render::Renderer;

/// Ana writes the shipped templates, Cora approves them: never one person both.
pub(super) async fn persons_and_templates(app: &App) -> Result<(), CliError> {
    let author = person(app, "ana", Role::Agent).await?;
    let approver = person(app, "cora", Role::Compliance).await?;
    let sources = shipped::templates(None).or_exit(Exit::Fault)?;
    let renderer = Renderer::load(&sources).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        CliError::new(Exit::Config, anyhow::anyhow!(lines.join("\n")))
    })?;
    for version in renderer.versions() {
        let new = approve::wording(version, author);
        let now = app.now();
        app.store.import_template_version(&new, now).await.map_err(compose::database_error)?;
        app.store.approve(version.hash, approver, now).await.map_err(compose::database_error)?;
    }
    Ok(())
}

async fn person(app: &App, name: &str, role: Role) -> Result<PersonId, CliError> {
    let entropy = crate::clock::entropy().or_exit(Exit::Unavailable)?;
    let secret = SecretString::from(Digest(entropy).hex());
    app.store
        .add_person(name, role, &secret, "demo", app.now())
        .await
        .map_err(compose::database_error)
}
