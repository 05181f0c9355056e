//! Rules and templates as the program brings them along, or from a directory
//! that the operator names.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use rust_embed::RustEmbed;

/// Largest rule or template file that is read.
const MAX_FILE_BYTES: u64 = 1 << 20;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/rules/"]
struct Rules;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/templates/mail/"]
struct Templates;

/// Rule files: name relative to `rules/` → text. `None` gives the shipped ones.
///
/// # Errors
/// When the directory or a file in it cannot be read, naming it.
pub fn rules(directory: Option<&Path>) -> io::Result<BTreeMap<String, String>> {
    match directory {
        Some(directory) => from_directory(directory, &["toml"]),
        None => embedded::<Rules>(),
    }
}

/// Template files: `<name>/<locale>.<part>.hbs` → text.
///
/// # Errors
/// When the directory or a file in it cannot be read, naming it.
pub fn templates(directory: Option<&Path>) -> io::Result<BTreeMap<String, String>> {
    match directory {
        Some(directory) => from_directory(directory, &["toml", "hbs"]),
        None => embedded::<Templates>(),
    }
}

fn embedded<Files: RustEmbed>() -> io::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for name in Files::iter() {
        let Some(file) = Files::get(&name) else { continue };
        let text = String::from_utf8(file.data.into_owned())
            .map_err(|_| io::Error::other(format!("{name}: not UTF-8")))?;
        files.insert(name.into_owned(), text);
    }
    Ok(files)
}

fn from_directory(root: &Path, extensions: &[&str]) -> io::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).map_err(|error| at(&directory, &error))? {
            let path = entry?.path();
            let kind = std::fs::symlink_metadata(&path).map_err(|error| at(&path, &error))?;
            if kind.is_dir() {
                open.push(path);
                continue;
            }
            let wanted = path
                .extension()
                .and_then(|extension| extension.to_str())
                .is_some_and(|extension| extensions.contains(&extension));
            if !wanted {
                continue;
            }
            if kind.len() > MAX_FILE_BYTES {
                return Err(io::Error::other(format!("{}: over 1 MiB", path.display())));
            }
            let text = std::fs::read_to_string(&path).map_err(|error| at(&path, &error))?;
            files.insert(relative(root, &path), text);
        }
    }
    Ok(files)
}

fn relative(root: &Path, path: &Path) -> String {
    let inner = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<String> =
        inner.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts.join("/")
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
