//! Logs on standard error and the metrics behind `/metrics`.
//!
//! What may be logged is in docs/LOGGING.md: ids and counts, never a
//! borrower's words, a whole address or a secret.

use std::io;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::log::{Log, LogFormat};

/// Below `warn` these crates write passwords, mail or statements into the log;
/// no filter of the configuration switches that on.
const HARD_LIMITS: &[&str] = &["async_imap=warn", "lettre=warn", "sqlx=warn", "rustls=warn"];

/// Telemetry that could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter of the configuration.
    #[error("the log filter cannot be used")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Another subscriber or recorder is there already.
    #[error("telemetry is set up twice: {0}")]
    Twice(String),
}

/// The filter of the configuration under the hard limits.
///
/// # Errors
/// When the filter is not in the form of `RUST_LOG`.
pub fn filter(wanted: &str) -> Result<EnvFilter, TelemetryError> {
    // Finer directives for the same crate (`sqlx::query=trace`) would win by
    // being more specific, so they are taken out rather than added to.
    let is_limited = |directive: &str| {
        HARD_LIMITS.iter().any(|limit| {
            let name = limit.split('=').next().unwrap_or(limit);
            let target = directive.split(['=', '[']).next().unwrap_or(directive).trim();
            target == name || target.starts_with(&format!("{name}::"))
        })
    };
    let kept = wanted.split(',').filter(|directive| !is_limited(directive));
    let all: Vec<&str> = kept.chain(HARD_LIMITS.iter().copied()).collect();
    Ok(EnvFilter::try_new(all.join(","))?)
}

/// Sends the log to standard error.
///
/// # Errors
/// When the filter is wrong, or a subscriber is there already.
pub fn start_log(log: &Log) -> Result<(), TelemetryError> {
    let subscriber = subscriber(log, io::stderr)?;
    tracing::subscriber::set_global_default(subscriber)
        .map_err(|error| TelemetryError::Twice(error.to_string()))
}

fn subscriber<W>(
    log: &Log,
    writer: W,
) -> Result<Box<dyn tracing::Subscriber + Send + Sync>, TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(&log.filter)?)
        .with_writer(writer)
        .with_ansi(false);
    Ok(match log.format {
        LogFormat::Text => Box::new(builder.finish()),
        LogFormat::Json => Box::new(builder.json().flatten_event(true).finish()),
    })
}

/// Renders the metrics in Prometheus' text format.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Installs the recorder of this process and describes its metrics.
    ///
    /// # Errors
    /// When a recorder is there already.
    pub fn install() -> Result<Self, TelemetryError> {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder)
            .map_err(|error| TelemetryError::Twice(error.to_string()))?;
        describe();
        Ok(Self(handle))
    }

    /// All metrics now. Also drops what the recorder no longer needs.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }
}

/// Name and meaning of every metric; docs/OPERATIONS.md lists the same.
pub const METRICS: &[(&str, &str)] = &[
    ("tierline_worker_steps_total", "Steps of each worker"),
    ("tierline_worker_failures_total", "Steps of each worker that failed or panicked"),
    ("tierline_mails_total", "Mails taken in, by disposition"),
    ("tierline_letters_total", "Ends of hand-over attempts, by outcome"),
    ("tierline_outbox_letters", "Outbox rows, by state"),
    ("tierline_outbox_age_seconds", "Age of the oldest letter that waits to be sent"),
    ("tierline_mailbox_last_success_age_seconds", "Since each mailbox was last read well"),
    ("tierline_oldest_unread_age_seconds", "Age of the oldest mail not yet taken in"),
    ("tierline_sweeps_held_total", "Sweeps that fired nothing because the wall clock jumped"),
    ("tierline_clock_lag_seconds", "How late the sweep is for the clock that is due first"),
    ("tierline_unbalanced_mailboxes", "Mailboxes whose books do not balance"),
];

fn describe() {
    for (name, meaning) in METRICS {
        if name.ends_with("_total") {
            metrics::describe_counter!(*name, *meaning);
        } else {
            metrics::describe_gauge!(*name, *meaning);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, filter: &str) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = Log { format, filter: filter.to_owned() };
        let subscriber = subscriber(&log, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(ticket.id = "0190", "opened");
            tracing::debug!("detail");
            tracing::trace!(target: "async_imap::imap_stream", "A1 LOGIN rosa hunter2");
            tracing::debug!(target: "lettre::transport", "AUTH hunter2");
            tracing::debug!(target: "sqlx::query", "hunter2");
        });
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn no_filter_makes_a_protocol_crate_log_a_password() {
        let wanted =
            "trace,async_imap=trace,lettre::transport=trace,sqlx::query=trace,sqlx[x]=trace";
        let text = logged(LogFormat::Text, wanted);
        assert!(text.contains("detail"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn a_json_line_has_its_fields_at_the_top() {
        let text = logged(LogFormat::Json, "info");
        let line: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
        assert_eq!(
            (line["ticket.id"].as_str(), line["message"].as_str()),
            (Some("0190"), Some("opened"))
        );
    }

    #[test]
    fn a_wrong_filter_is_an_error() {
        assert!(matches!(filter("tierline=loud"), Err(TelemetryError::Filter(_))));
    }
}
