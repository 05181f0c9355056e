//! Who may know whom, checked on the text of `src/`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

// The house, row by row: a module and the modules of ours that it may name.
// Entry points of a parent (`src/web.rs`) count as the parent.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("clock", &["domain", "fault"]),
    ("config", &[]),
    ("telemetry", &["config"]),
    ("fault", &[]),
    ("store", &["domain", "config", "clock", "fault"]),
    ("mailbox", &["domain", "config", "clock", "fault"]),
    ("postage", &["domain", "config", "clock", "fault"]),
    ("app", &["domain", "config", "clock", "fault", "store", "mailbox", "postage"]),
    ("worker", &["domain", "config", "clock", "fault", "app"]),
    ("web", &["domain", "config", "clock", "app", "store"]),
    (
        "cli",
        &[
            "domain",
            "config",
            "clock",
            "telemetry",
            "store",
            "mailbox",
            "postage",
            "app",
            "worker",
            "web",
        ],
    ),
    ("main", &["cli"]),
    ("lib", &[]),
];

// A word, and the modules that may say it (outside their tests).
const WORDS: &[(&str, &[&str])] = &[
    ("sea_orm", &["store"]),
    ("sqlx::", &["store"]),
    // telemetry names them only to keep them quiet
    ("async_imap", &["mailbox", "telemetry"]),
    ("mail_parser", &["mailbox"]),
    ("lettre", &["postage", "telemetry"]),
    ("axum", &["web"]),
    ("clap", &["cli"]),
    ("rpassword", &["cli"]),
    ("chrono::", &["worker"]),
    ("env::var", &["config", "fault"]),
    ("env::vars", &["config"]),
    ("env::var_os", &["config", "fault"]),
    ("env::vars_os", &["config"]),
    ("env::args", &["main"]),
    ("env::args_os", &["main"]),
    ("tokio::spawn", &[]),
    ("spawn_local", &[]),
    ("process::exit", &[]),
    ("Timestamp::now", &["clock"]),
    ("Zoned::now", &["clock"]),
    ("SystemTime::now", &["clock"]),
    ("getrandom", &["clock", "store"]),
    ("todo!", &[]),
    ("unimplemented!", &[]),
    ("dbg!", &[]),
];

// What a pure core never says.
const NOT_IN_DOMAIN: &[&str] = &[
    "async fn",
    ".await",
    "tokio",
    "std::fs",
    "std::net",
    "std::env",
    "std::time",
    "tracing::",
    "metrics::",
    "Instant::now",
    "now()",
    "rand::",
    "std::thread",
    "Mutex",
    "static mut",
    "OnceLock",
    "println!",
    "eprintln!",
];

// Names that say nothing, and words the glossary replaces.
const NOT_A_TYPE: &[&str] = &[
    "Customer",
    "User",
    "Client",
    "Staff",
    "Admin",
    "Case",
    "Issue",
    "Conversation",
    "Severity",
    "Group",
    "Team",
    "Timer",
    "Sla",
    "Snooze",
    "Bump",
    "Transfer",
    "AutoReply",
    "Email",
    "Message",
    "Manager",
    "Helper",
    "Util",
    "Utils",
    "Data",
    "Info",
    "Settings",
];
const NOT_A_FILE: &[&str] =
    &["utils", "util", "helpers", "helper", "common", "misc", "manager", "data", "mod"];

const MAX_LINES: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

// Path under `src` → text, for all Rust files.
fn sources() -> BTreeMap<String, String> {
    fn walk(dir: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                into.push(path);
            }
        }
    }
    let src = root().join("src");
    let mut paths = Vec::new();
    walk(&src, &mut paths);
    let name = |path: &PathBuf| path.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

fn module(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

// Code only: no comments, and nothing from the file's own tests on.
fn code(path: &str, text: &str) -> String {
    if path.ends_with("/tests.rs") {
        return String::new();
    }
    let own = text.split("#[cfg(test)]").next().unwrap();
    let lines = own.lines().map(|line| match line.trim_start().starts_with("//") {
        true => "",
        false => line.split(" // ").next().unwrap(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn says(code: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.match_indices(word).any(|(at, _)| {
        !is_part(code[..at].chars().next_back())
            && (!word.ends_with(char::is_alphanumeric)
                || !is_part(code[at + word.len()..].chars().next()))
    })
}

#[track_caller]
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_module_imports_only_those_below_it() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let own = module(&path);
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == own) else {
            faults.push(format!("src/{path}: the module {own} has no row in the table"));
            continue;
        };
        let code = code(&path, &text);
        for (other, _) in MAY_IMPORT {
            let is_named = [format!("crate::{other}"), format!("tierline::{other}")]
                .iter()
                .any(|name| says(&code, name));
            if is_named && *other != own && !allowed.contains(other) {
                faults.push(format!("src/{path}: {own} may not know {other}"));
            }
        }
        if code.contains("use crate::{") {
            faults.push(format!("src/{path}: name each module in a `use` of its own"));
        }
    }
    none(&faults);
}

#[test]
fn a_library_is_named_only_where_it_belongs() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let code = code(&path, &text);
        for (word, allowed) in WORDS {
            if says(&code, word) && !allowed.contains(&module(&path)) {
                faults.push(format!("src/{path}: {word} is for {allowed:?} only"));
            }
        }
    }
    none(&faults);
}

#[test]
fn the_core_is_pure() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let code = code(&path, &text);
        for word in NOT_IN_DOMAIN.iter().filter(|_| module(&path) == "domain") {
            if says(&code, word) {
                faults.push(format!("src/{path}: the core never says {word}"));
            }
        }
    }
    none(&faults);
}

#[test]
fn every_file_opens_with_what_it_does_and_stays_readable() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        if !text.starts_with("//! ") {
            faults.push(format!("src/{path}: opens without a //! line"));
        }
        if text.lines().next().is_some_and(|line| line.len() < "//! Who decides what.".len()) {
            faults.push(format!("src/{path}: its first line says nothing"));
        }
        let lines = text.lines().count();
        if lines > MAX_LINES {
            faults.push(format!("src/{path}: {lines} lines, at most {MAX_LINES}"));
        }
        let stem = Path::new(&path).file_stem().unwrap().to_str().unwrap();
        if NOT_A_FILE.contains(&stem) {
            faults.push(format!("src/{path}: the name says nothing"));
        }
    }
    none(&faults);
}

#[test]
fn types_speak_the_words_of_the_glossary() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let code = code(&path, &text);
        for line in code.lines().map(str::trim_start) {
            let line = line.trim_start_matches("pub ").trim_start_matches("pub(crate) ");
            let Some(rest) = ["struct ", "enum ", "trait ", "type "]
                .iter()
                .find_map(|word| line.strip_prefix(word))
            else {
                continue;
            };
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
            if NOT_A_TYPE.contains(&name.as_str()) {
                faults.push(format!("src/{path}: {name} is not a word of the glossary"));
            }
        }
    }
    none(&faults);
}

#[test]
fn the_map_of_the_house_lists_every_module() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    assert!(map.lines().count() <= 200, "ARCHITECTURE.md is longer than 200 lines");
    let mut faults = Vec::new();
    for (path, _) in sources() {
        let own = module(&path);
        let is_listed =
            [format!("`{own}/`"), format!("`{own}.rs`")].iter().any(|name| map.contains(name));
        if !is_listed && own != "lib" {
            faults.push(format!("ARCHITECTURE.md does not list {own}"));
        }
    }
    faults.dedup();
    none(&faults);
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut pages = vec!["README.md".into(), "ARCHITECTURE.md".into(), "CONTRIBUTING.md".into()];
    for dir in ["docs", "docs/adr"] {
        for entry in fs::read_dir(root().join(dir)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "md") {
                pages.push(path);
            }
        }
    }
    let mut faults = Vec::new();
    for page in pages {
        let page = root().join(page);
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if !link.is_empty()
                && !link.contains("://")
                && !page.parent().unwrap().join(link).exists()
            {
                faults.push(format!("{}: {link} is not there", page.display()));
            }
        }
    }
    none(&faults);
}

#[test]
fn every_metric_that_is_counted_is_described() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let code = code(&path, &text);
        let names = ["counter!(", "gauge!(", "histogram!("]
            .iter()
            .flat_map(|call| code.split(call).skip(1));
        for name in names.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
        {
            if !tierline::telemetry::METRICS.iter().any(|(known, _)| *known == name) {
                faults.push(format!("src/{path}: {name} is not in telemetry::METRICS"));
            }
        }
    }
    none(&faults);
}

#[test]
fn the_scan_sees_what_it_forbids() {
    assert!(says("use axum::Router;", "axum"));
    assert!(says("let a = Timestamp::now();", "Timestamp::now"));
    assert!(!says("use taxum::Router; axum_like()", "axum"));
    assert_eq!(code("a.rs", "// axum\nlet a = 1; // axum\n#[cfg(test)]\naxum"), "\nlet a = 1;");
}
