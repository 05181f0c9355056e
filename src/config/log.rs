//! What is logged, and how.

use super::reader::Section;

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For eyes.
    Text,
    /// One JSON object a line.
    Json,
}

/// `[log]`
#[derive(Clone, Debug)]
pub struct Log {
    /// How lines look.
    pub format: LogFormat,
    /// As in `RUST_LOG`.
    pub filter: String,
}

impl Log {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        let words = [("text", LogFormat::Text), ("json", LogFormat::Json)];
        let log = Self {
            format: section.word("format", &words).unwrap_or(LogFormat::Text),
            filter: section.text("filter"),
        };
        if tracing_subscriber::EnvFilter::try_new(&log.filter).is_err() {
            section.problem("filter", "is no log filter", "write e.g. info,tierline=debug");
        }
        section.end();
        log
    }
}
