//! When periodic work runs. The expressions are read by the scheduler.

use std::time::Duration;

use super::reader::Section;

/// `[jobs]`
#[derive(Clone, Debug)]
pub struct Jobs {
    /// Cron expression: every UID is in the ledger.
    pub conservation_check: String,
    /// Cron expression: the event chains are whole.
    pub audit_check: String,
    /// Longest wait between two looks at due clocks.
    pub sweep_interval: Duration,
}

impl Jobs {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        let jobs = Self {
            conservation_check: section.text("conservation_check"),
            audit_check: section.text("audit_check"),
            sweep_interval: section.duration("sweep_interval"),
        };
        section.end();
        jobs
    }

    /// Name and expression of each job, in the order of the file.
    #[must_use]
    pub fn expressions(&self) -> [(&'static str, &str); 2] {
        [("conservation_check", &self.conservation_check), ("audit_check", &self.audit_check)]
    }
}
