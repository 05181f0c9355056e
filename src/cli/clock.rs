//! `tierline clock`: a due date explained, the clocks of a ticket, and what
//! persons do to them in their own name.

mod act;
mod explain;
mod list;

use super::arguments::Clock;
use super::exit::{CliError, Exit};
use super::output::Output;
use crate::config::Config;
use crate::domain::clock_act::ClockAct;

/// Explains, lists or acts.
pub(super) async fn run(
    config: &Config,
    clock: &Clock,
    output: &mut Output,
) -> Result<Exit, CliError> {
    match clock {
        Clock::Explain { kind, received, state, sale_date } => {
            let asked = explain::Asked {
                kind,
                received: *received,
                state: state.as_deref(),
                sale_date: *sale_date,
            };
            explain::run(config, &asked, output)
        }
        Clock::List { ticket } => list::run(config, ticket, output).await,
        Clock::Record(record) => act::record(config, record, output).await,
        Clock::Pause(one) => {
            let wanted = ClockAct::Pause { clock: one.clock.clone() };
            act::run(config, &one.ticket, &one.by, wanted, output).await
        }
        Clock::Resume(one) => {
            let wanted = ClockAct::Resume { clock: one.clock.clone() };
            act::run(config, &one.ticket, &one.by, wanted, output).await
        }
        Clock::ConfirmVoid(one) => {
            let wanted = ClockAct::ConfirmVoid { clock: one.clock.clone() };
            act::run(config, &one.ticket, &one.by, wanted, output).await
        }
        Clock::Extend(asked) => {
            let (clock, reason) = (asked.one.clock.clone(), asked.reason.clone());
            let wanted = ClockAct::Extend { clock, reason };
            act::run(config, &asked.one.ticket, &asked.one.by, wanted, output).await
        }
        Clock::Void(asked) => {
            let (clock, reason) = (asked.one.clock.clone(), asked.reason.clone());
            let wanted = ClockAct::Void { clock, reason };
            act::run(config, &asked.one.ticket, &asked.one.by, wanted, output).await
        }
        Clock::Recompute(asked) => act::recompute(config, asked, output).await,
        Clock::State { ticket, state, by } => {
            let wanted = ClockAct::LoanState { state: state.clone() };
            act::run(config, ticket, by, wanted, output).await
        }
    }
}
