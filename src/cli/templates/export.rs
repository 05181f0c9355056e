//! `tierline templates export`: the versions in force as files, such as an
//! import takes them.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use crate::cli::compose::{self, database_error};
use crate::cli::exit::{CliError, Exit, OrExit as _};
use crate::cli::output::Output;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::store::template::TemplateVersion;

pub(super) async fn run(
    config: &Config,
    dir: &Path,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let store = compose::store_beside(config).await?;
    let in_force = store.approved_hashes(SystemClock.now()).await.map_err(database_error)?;
    let mut files = BTreeMap::new();
    let mut versions = 0;
    for version in store.template_versions().await.map_err(database_error)? {
        if in_force.contains(&version.hash) {
            versions += 1;
            files.extend(written(&version));
        }
    }
    for (name, text) in &files {
        let path = dir.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).or_exit(Exit::Unavailable)?;
        }
        std::fs::write(&path, text).or_exit(Exit::Unavailable)?;
    }
    let text = format!("{versions} versions in {} files below {}", files.len(), dir.display());
    output.answer(&text, &json!({ "versions": versions, "files": files.len() }))?;
    Ok(Exit::Done)
}

/// Names of templates and locales come from file names that were checked.
fn written(version: &TemplateVersion) -> Vec<(String, String)> {
    let path = |part: &str| format!("{}/{}.{part}.hbs", version.name, version.locale);
    let mut files = vec![
        (path("subject"), format!("{}\n", version.subject)),
        (path("txt"), version.text.clone()),
        (path("html"), version.html.clone()),
    ];
    if !version.about.print.is_empty() {
        files.push((path("print"), version.about.print.clone()));
    }
    if !version.about.file.is_empty() {
        files.push((format!("{}/template.toml", version.name), version.about.file.clone()));
    }
    files
}
