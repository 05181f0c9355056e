//! `tierline demo`: a day of invented mail through the real engine, on an
//! embedded database, with nothing installed.

mod day;
mod result;
mod seed;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::arguments::Demo;
use super::compose;
use super::exit::{CliError, Exit, OrExit as _};
use super::output::Output;
use super::run::once;
use super::serve::{self, Admission};
use crate::app::App;
use crate::config::Config;
use crate::store::Vault;
use crate::telemetry::Metrics;
use crate::worker::supervisor::{Patience, Supervisor, stop_on_signal};

/// Runs the demo.
///
/// # Errors
/// When the folder cannot be used, or the engine fails.
pub(super) async fn run(arguments: &Demo, output: &mut Output) -> Result<Exit, CliError> {
    let folder = folder(arguments)?;
    let config = prepare(&folder)?;
    compose::migrate(&config).await?;
    let app = Arc::new(compose::app(&config).await?);
    seed::persons_and_templates(&app).await?;
    day::deliver(&folder.join("mail"), &day::mails(app.now())).or_exit(Exit::Unavailable)?;
    take_what_came(&app, &config).await?;
    // A borrower answers one of the letters that just left.
    day::answer(&folder, app.now()).or_exit(Exit::Unavailable)?;
    take_what_came(&app, &config).await?;
    result::show(&app, output).await?;
    output.note(&format!("letters: {}", folder.join("outbox").display()));
    output.note(&format!("database: {}", folder.join("tierline.db").display()));
    if !arguments.once {
        serve_pages(&app, &config, output).await?;
    }
    if arguments.dir.is_none() {
        drop(app);
        std::fs::remove_dir_all(&folder).or_exit(Exit::Unavailable)?;
    }
    Ok(Exit::Done)
}

/// The given folder, or a fresh one among the temporary ones.
fn folder(arguments: &Demo) -> Result<PathBuf, CliError> {
    let folder = match &arguments.dir {
        Some(folder) => folder.clone(),
        None => {
            let entropy = crate::clock::entropy().or_exit(Exit::Unavailable)?;
            let name = crate::domain::digest::Digest(entropy).hex();
            std::env::temp_dir().join(format!("tierline-demo-{}", &name[..12]))
        }
    };
    if folder.join("tierline.db").exists() {
        let text = format!("{} holds a demo already; name another folder", folder.display());
        return Err(CliError::new(Exit::Usage, anyhow::anyhow!(text)));
    }
    std::fs::create_dir_all(&folder).or_exit(Exit::Unavailable)?;
    std::fs::canonicalize(&folder).or_exit(Exit::Unavailable)
}

fn prepare(folder: &Path) -> Result<Config, CliError> {
    let at = |name: &str| toml::Value::String(folder.join(name).display().to_string()).to_string();
    let text = format!(
        "[instance]\nname = \"demo\"\nmail_host = \"mail.example.com\"\n\
         [database]\nurl = {database}\n[vault]\nkey_file = {key}\n\
         [outbox]\nsink = \"directory\"\npath = {outbox}\n\
         [web]\nlisten = \"127.0.0.1:0\"\n\
         [[mailbox]]\nname = \"care\"\nkind = \"maildir\"\npath = {mail}\n\
         addresses = [\"care@example.com\"]\n",
        database = toml::Value::String(format!("sqlite:{}", folder.join("tierline.db").display())),
        key = at("tierline.key"),
        outbox = at("outbox"),
        mail = at("mail"),
    );
    let config = Config::parse("the demo's configuration", &text, []).or_exit(Exit::Fault)?;
    Vault::create_key_file(&config.vault.key_file).or_exit(Exit::Unavailable)?;
    Ok(config)
}

async fn take_what_came(app: &App, config: &Config) -> Result<(), CliError> {
    once(app, compose::mailboxes(config)?, compose::sink(config)?).await
}

async fn serve_pages(app: &Arc<App>, config: &Config, output: &mut Output) -> Result<(), CliError> {
    let stop = CancellationToken::new();
    let mut supervisor = Supervisor::new(Arc::clone(&app.clock), Patience::default(), stop.clone());
    let metrics = Metrics::install().or_exit(Exit::Fault)?;
    let address =
        serve::start(app, config, Admission::Open, metrics, stop.clone(), &mut supervisor).await?;
    output.note(&format!("tickets: http://{address}/ (end with Ctrl-C)"));
    supervisor.start_service("signals", stop_on_signal(stop).or_exit(Exit::Fault)?);
    supervisor.finish().await;
    Ok(())
}
