//! `tierline report`: figures as a table, as JSON, or as CSV for a spreadsheet.

use super::arguments::Report;
use super::compose::{self, database_error};
use super::exit::{CliError, Exit, OrExit as _};
use super::output::Output;
use crate::app::report::{self, Period};
use crate::config::Config;
use crate::domain::report::ReportName;

pub(super) async fn run(
    config: &Config,
    report: &Report,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let app = compose::app_beside(config).await?;
    let days = report.period();
    let name = match report {
        Report::Clocks(_) => ReportName::Clocks,
        Report::Responses(_) => ReportName::Responses,
        Report::Backlog(_) => ReportName::Backlog,
        Report::Escalations(_) => ReportName::Escalations,
        Report::Recurring(_) => ReportName::Recurring,
        Report::Arrivals(_) => ReportName::Arrivals,
    };
    let standing = app.standing();
    let zone = standing.desk.policy.clocks.zone();
    let period = Period::of_last_days(zone, app.now(), (days.from, days.until), name.days());
    let table = report::table(&app, name, period.or_exit(Exit::Usage)?).await;
    let table = table.map_err(database_error)?;
    if days.csv {
        output.raw(table.csv().as_bytes())?;
    } else {
        let names: Vec<&str> = table.heads.iter().map(|(name, _)| *name).collect();
        output.table(names, &table.cells(), &table.objects())?;
    }
    Ok(Exit::Done)
}
