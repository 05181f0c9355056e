//! How a command ended, by kind, so that scripts can tell.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// Exit statuses; docs/OPERATIONS.md explains them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The command worked and found something wrong.
    ProblemsFound = 1,
    /// The command line was wrong.
    Usage = 2,
    /// The configuration, a rule file or a template was wrong.
    Config = 3,
    /// A database or a server could not be reached.
    Unavailable = 4,
    /// Policy says no, or a person may not do this.
    Refused = 5,
    /// A fault of the program.
    Fault = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error with the status it ends the program with.
#[derive(Debug)]
pub struct CliError {
    /// Status.
    pub exit: Exit,
    /// What went wrong.
    pub cause: anyhow::Error,
}

impl CliError {
    /// An error of kind `exit`.
    pub fn new(exit: Exit, cause: impl Into<anyhow::Error>) -> Self {
        Self { exit, cause: cause.into() }
    }

    /// Whether the reader of our output went away (`tierline … | head`).
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        let causes = self.cause.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
        causes.into_iter().any(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.cause)
    }
}

impl From<anyhow::Error> for CliError {
    fn from(cause: anyhow::Error) -> Self {
        Self { exit: Exit::Fault, cause }
    }
}

impl From<io::Error> for CliError {
    fn from(cause: io::Error) -> Self {
        Self { exit: Exit::Fault, cause: cause.into() }
    }
}

/// Gives an error its exit status.
pub trait OrExit<T> {
    /// The value, or an error that ends the program with `exit`.
    ///
    /// # Errors
    /// When there was an error already.
    fn or_exit(self, exit: Exit) -> Result<T, CliError>;
}

impl<T, E: Into<anyhow::Error>> OrExit<T> for Result<T, E> {
    fn or_exit(self, exit: Exit) -> Result<T, CliError> {
        self.map_err(|cause| CliError::new(exit, cause))
    }
}
