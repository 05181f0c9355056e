//! Label files: one JSON object a line, bounded. A file with a wrong line is
//! refused as a whole, with every wrong line named.

use std::fmt;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;

use serde::de::DeserializeOwned;

/// Longest line of a label file, bytes.
pub const MOST_LINE_BYTES: u64 = 1 << 20;
/// Lines of a label file.
pub const MOST_LINES: usize = 100_000;

/// A line that is no label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

/// Why a label file was not used.
#[derive(Debug)]
pub enum Refusal {
    /// It could not be read.
    Unreadable(io::Error),
    /// These lines are wrong; `read` lines were looked at.
    Wrong {
        /// Every wrong line.
        lines: Vec<BadLine>,
        /// Lines looked at.
        read: usize,
    },
}

impl From<io::Error> for Refusal {
    fn from(cause: io::Error) -> Self {
        Self::Unreadable(cause)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(cause) => write!(f, "{cause}"),
            Self::Wrong { lines, read } => {
                write!(f, "{} of {read} lines are wrong; nothing was scored", lines.len())
            }
        }
    }
}

/// Every line of `file`, each checked by `check`; blank lines count but say
/// nothing.
pub(in crate::app) fn read<T: DeserializeOwned>(
    file: &Path,
    check: impl Fn(&T) -> Result<(), String>,
) -> Result<Vec<T>, Refusal> {
    let mut source = BufReader::new(std::fs::File::open(file)?);
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    let mut line = 0;
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let taken = source.by_ref().take(MOST_LINE_BYTES + 1).read_until(b'\n', &mut bytes)?;
        if taken == 0 {
            break;
        }
        line += 1;
        if line > MOST_LINES {
            wrong.push(BadLine { line, message: format!("more than {MOST_LINES} lines") });
            break;
        }
        match one(&bytes, &check) {
            Ok(Some(label)) => found.push(label),
            Ok(None) => {}
            Err(message) => wrong.push(BadLine { line, message }),
        }
        if taken as u64 > MOST_LINE_BYTES && !bytes.ends_with(b"\n") {
            skip_line(&mut source)?;
        }
    }
    if found.is_empty() && wrong.is_empty() {
        wrong.push(BadLine { line, message: "the file holds no labels".into() });
    }
    if wrong.is_empty() { Ok(found) } else { Err(Refusal::Wrong { lines: wrong, read: line }) }
}

fn one<T: DeserializeOwned>(
    bytes: &[u8],
    check: impl Fn(&T) -> Result<(), String>,
) -> Result<Option<T>, String> {
    if bytes.len() as u64 > MOST_LINE_BYTES {
        return Err(format!("longer than {MOST_LINE_BYTES} bytes"));
    }
    if bytes.trim_ascii().is_empty() {
        return Ok(None);
    }
    let label: T = serde_json::from_slice(bytes).map_err(|error| without_place(&error))?;
    check(&label)?;
    Ok(Some(label))
}

/// The parser counts lines from the start of what it was given: always one.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let column = error.column();
    match text.rsplit_once(" at line ") {
        Some((message, _)) if column > 0 => format!("{message} (column {column})"),
        Some((message, _)) => message.to_owned(),
        None => text,
    }
}

fn skip_line(source: &mut impl io::BufRead) -> io::Result<()> {
    loop {
        let held = source.fill_buf()?;
        if held.is_empty() {
            return Ok(());
        }
        let end = held.iter().position(|&byte| byte == b'\n');
        let used = end.map_or(held.len(), |at| at + 1);
        source.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}
