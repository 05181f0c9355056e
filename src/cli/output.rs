//! The one way to the terminal: answers on standard output as text or JSON,
//! notes and faults on standard error, colour only where eyes are.

use std::io::{self, IsTerminal as _, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::exit::CliError;

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Where a terminal is.
    OnTerminal,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// Version of the JSON answers; it counts up when a field changes its meaning.
pub const JSON_SCHEMA: u32 = 1;

/// Where answers go.
pub struct Output {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    is_json: bool,
    is_coloured: bool,
}

impl Output {
    /// Standard output and standard error.
    #[must_use]
    pub fn standard(is_json: bool, colour: Colour) -> Self {
        let is_coloured = match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::OnTerminal => io::stdout().is_terminal() && io::stderr().is_terminal(),
        };
        Self { out: Box::new(io::stdout()), err: Box::new(io::stderr()), is_json, is_coloured }
    }

    /// Whether answers are JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.is_json
    }

    /// One answer: `text` for eyes, or `value` (a struct or map) as one line
    /// of JSON with the schema's version in it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn answer(&mut self, text: &str, value: &impl Serialize) -> io::Result<()> {
        if !self.is_json {
            return writeln!(self.out, "{text}");
        }
        let mut value = serde_json::to_value(value).map_err(io::Error::other)?;
        if let Value::Object(fields) = &mut value {
            fields.insert("schema".to_owned(), json!(JSON_SCHEMA));
        }
        writeln!(self.out, "{value}")
    }

    /// A list as an aligned table, or one line of JSON for each of `values`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn table<'a>(
        &mut self,
        heads: impl AsRef<[&'a str]>,
        rows: &[impl AsRef<[String]>],
        values: &[impl Serialize],
    ) -> io::Result<()> {
        let heads = heads.as_ref();
        if self.is_json {
            return values.iter().try_for_each(|value| self.answer("", value));
        }
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.as_ref().get(column));
            let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
            widest.max(heads.get(column).map_or(0, |head| head.chars().count()))
        };
        let widths: Vec<usize> = (0..heads.len()).map(width).collect();
        let line = |cells: Vec<&str>| {
            let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        writeln!(self.out, "{}", line(heads.to_vec()))?;
        for row in rows {
            writeln!(self.out, "{}", line(row.as_ref().iter().map(String::as_str).collect()))?;
        }
        Ok(())
    }

    /// Bytes as they are: a script, a file.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    /// `✓ text`, for eyes only.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn passed(&mut self, text: &str) -> io::Result<()> {
        self.marked("✓", "32", text)
    }

    /// `✗ text`, for eyes only.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn failed(&mut self, text: &str) -> io::Result<()> {
        self.marked("✗", "31", text)
    }

    fn marked(&mut self, mark: &str, colour: &str, text: &str) -> io::Result<()> {
        match (self.is_json, self.is_coloured) {
            (true, _) => Ok(()),
            (false, true) => writeln!(self.out, "\u{1b}[{colour}m{mark}\u{1b}[0m {text}"),
            (false, false) => writeln!(self.out, "{mark} {text}"),
        }
    }

    /// Something to know that is not the answer.
    pub fn note(&mut self, text: &str) {
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(self.err, "{text}");
    }

    /// Why the command ended early.
    pub fn fault(&mut self, error: &CliError) {
        let text = error.to_string();
        for line in text.lines() {
            let _ = writeln!(self.err, "tierline: {line}");
        }
    }
}
