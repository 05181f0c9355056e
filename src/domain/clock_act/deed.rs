//! A letter sent or an act done is written down: what it meets, what it leaves
//! without object, and what it starts.

use jiff::civil::Date;
use serde_json::json;

use super::Acting;
use crate::domain::catalogue::{ClockBook, CountedFrom, Deed, Measure, StartInput};
use crate::domain::classify::{Fact, Field, Span, Understanding};
use crate::domain::clock::{Act, Clock, Refusal};
use crate::domain::decision::ClockChange;
use crate::domain::id::{ClockId, FreshIds};
use crate::domain::origin::{Origin, OriginEvidence};

impl Acting<'_> {
    pub(super) fn record(
        &mut self,
        deed: &Deed,
        named_on: Option<Date>,
        ids: &mut FreshIds,
    ) -> Result<(), Refusal> {
        let book = &self.policy.clocks;
        if deed.at > self.now {
            return Err(Refusal::InFuture { at: deed.at });
        }
        let is_event = deed.what.starts_with("event:");
        if !is_event && !is_known(book, &deed.what) || is_event && !starts_one(book, &deed.what) {
            return Err(Refusal::UnknownAct { what: deed.what.clone() });
        }
        check_date(book, &deed.what, named_on)?;
        self.event(
            "act_recorded",
            deed.at,
            json!({ "act": deed.what, "in_writing": deed.is_in_writing, "named_on": named_on }),
        );
        let act = Act { what: &deed.what, at: deed.at, is_in_writing: deed.is_in_writing };
        let met_by = book.met_by(&self.view.clocks, &act);
        let superseded = self.meet(&met_by.met, deed);
        let started = self.start(deed, named_on, ids);
        let is_evidence = book
            .definitions()
            .iter()
            .any(|row| row.extension.as_ref().is_some_and(|extension| extension.with == deed.what));
        if met_by.met.is_empty() && started == 0 && superseded == 0 && !is_evidence {
            return Err(match met_by.asks_for_writing.first() {
                Some(clock) => Refusal::NotInWriting { kind: clock.kind.clone() },
                None => Refusal::Idle { what: deed.what.clone() },
            });
        }
        Ok(())
    }

    /// Ends what the deed meets, late ones after their breach, and what those
    /// met in time leave without object: how many of the latter.
    fn meet(&mut self, met: &[Clock], deed: &Deed) -> usize {
        let view = self.view;
        let ids: Vec<ClockId> = met.iter().map(|clock| clock.id).collect();
        let before: Vec<&Clock> =
            view.clocks.iter().filter(|clock| ids.contains(&clock.id)).collect();
        for clock in &before {
            self.settled.meet(clock, &deed.what, deed.at, json!({}));
        }
        let in_time = before.iter().filter(|clock| deed.at <= clock.due_at);
        in_time.map(|clock| self.settled.supersede(clock, &view.clocks, &ids, self.now)).sum()
    }

    /// The state's own clocks, from the receipt of the mail.
    pub(super) fn loan_state(&mut self, state: &str, ids: &mut FreshIds) -> Result<(), Refusal> {
        let view = self.view;
        let understanding = view.understanding.as_ref().ok_or(Refusal::NothingUnderstood)?;
        let input = StartInput {
            matter_id: view.clocks.iter().find_map(|clock| clock.matter_id),
            loan_state: Some(state),
            ..self.input(understanding, None)
        };
        let book = &self.policy.clocks;
        let is_of_state = |clock: &Clock| {
            book.find_definition(&clock.kind).is_some_and(|row| row.is_of_state(state))
        };
        let runs = |kind: &str| view.clocks.iter().any(|clock| clock.kind == kind);
        let started: Vec<Clock> = book
            .start(&input, ids)
            .into_iter()
            .map(|one| one.clock)
            .filter(|clock| is_of_state(clock) && !runs(&clock.kind))
            .collect();
        self.event("loan_state_recorded", self.now, json!({ "state": state }));
        for clock in started {
            self.started(clock, "loan_state");
        }
        Ok(())
    }

    fn start(&mut self, deed: &Deed, named_on: Option<Date>, ids: &mut FreshIds) -> usize {
        let understanding = known_sale(&self.view.clocks);
        let policy = self.policy;
        let input = self.input(&understanding, named_on);
        let started = policy.clocks.start_by_act(&deed.what, deed.at, &input, ids);
        let count = started.len();
        for one in started {
            self.started(one.clock, &deed.what);
        }
        count
    }

    fn input<'b>(
        &'b self,
        understanding: &'b Understanding,
        named_on: Option<Date>,
    ) -> StartInput<'b> {
        StartInput {
            ticket_id: self.view.id,
            matter_id: None,
            understanding,
            priority: self.view.priority,
            tier: self.view.tier,
            received_at: self.view.received_at,
            now: self.now,
            loan_state: None,
            named_on,
            is_reply: false,
            policy_revision: &self.policy.revision,
        }
    }

    fn started(&mut self, clock: Clock, by: &str) {
        let particulars = json!({
            "class": clock.class, "citation": clock.citation, "by": by,
            "started_at": clock.started_at, "due_at": clock.due_at, "due_on": clock.due_on,
            "frozen": clock,
        });
        self.settled.tell("clock_started", &clock, self.now, particulars);
        self.settled.changes.push(ClockChange::Start(Box::new(clock)));
    }
}

/// Whether any row starts with, ends by or is extended with `what`.
fn is_known(book: &ClockBook, what: &str) -> bool {
    starts_one(book, what)
        || book.definitions().iter().any(|row| {
            row.terms.satisfied_by.iter().any(|accepted| accepted == what)
                || row.extension.as_ref().is_some_and(|extension| extension.with == what)
        })
}

fn starts_one(book: &ClockBook, what: &str) -> bool {
    book.definitions().iter().any(|row| row.starts_at == what)
}

/// A clock that counts from a named date cannot start without it.
fn check_date(book: &ClockBook, what: &str, named_on: Option<Date>) -> Result<(), Refusal> {
    let counts_from_date = |row: &&crate::domain::catalogue::ClockDefinition| {
        row.starts_at == what
            && matches!(row.measure, Measure::Days { from: CountedFrom::Named, .. })
    };
    match book.definitions().iter().find(counts_from_date) {
        Some(row) if named_on.is_none() => {
            Err(Refusal::NoDate { what: what.to_owned(), kind: row.id.clone() })
        }
        _ => Ok(()),
    }
}

/// The sale date that the ticket's clocks go by, as if a mail had named it.
fn known_sale(clocks: &[Clock]) -> Understanding {
    let bases = clocks.iter().filter_map(|clock| clock.life.basis);
    let sale = bases.filter(|basis| basis.depends_on_sale()).find_map(|basis| basis.sale_on);
    let span = Span { field: Field::NewText, start: 0, end: 0 };
    let fact = |date: Date| Fact { fact: "sale_date".to_owned(), value: date.to_string(), span };
    Understanding {
        origin: OriginEvidence { origin: Origin::Person, signals: Vec::new() },
        language: String::new(),
        matters: Vec::new(),
        runner_up: None,
        kinds: Vec::new(),
        flags: Vec::new(),
        facts: sale.map(fact).into_iter().collect(),
        new_text: Vec::new(),
    }
}
