//! One decision for eyes or as JSON: what `ingest` and `rules explain` show.

pub(super) mod evidence;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::domain::authentication::Authentication;
use crate::domain::classify::{Fact, Flag, ScoredCategory, StatutoryKind};
use crate::domain::clock::{Clock, ClockClass, ClockState};
use crate::domain::decision::{ClockChange, Decision, Disposition, TicketChange};
use crate::domain::id::TicketNumber;
use crate::domain::loan::{PartyRole, SeenLoan};
use crate::domain::mail::InboundMail;
use crate::domain::origin::Origin;
use crate::domain::ticket::{Priority, Tier};
use crate::domain::trust::Trust;

/// A decision without ids that mean nothing outside the database.
#[derive(Serialize)]
pub(super) struct ShownDecision<'a> {
    file: &'a str,
    is_dry_run: bool,
    disposition: Disposition,
    ticket: Option<&'a TicketNumber>,
    received_at: Timestamp,
    origin: Origin,
    origin_signals: &'a [String],
    trust: Trust,
    trust_signals: &'a [String],
    authentication: &'a Authentication,
    loans: &'a [SeenLoan],
    has_esign_consent: bool,
    thread: &'a str,
    language: &'a str,
    matters: &'a [ScoredCategory],
    runner_up: Option<&'a ScoredCategory>,
    kinds: &'a [StatutoryKind],
    flags: &'a [Flag],
    facts: &'a [Fact],
    queue: Option<&'a str>,
    tier: Option<Tier>,
    priority: Option<Priority>,
    held: Option<&'a str>,
    routing: &'a [String],
    clocks: Vec<ShownClock<'a>>,
    arithmetic: Vec<ShownArithmetic<'a>>,
    letter: &'a str,
    tasks: Vec<ShownTask<'a>>,
    policy: &'a str,
}

#[derive(Serialize)]
struct ShownClock<'a> {
    kind: &'a str,
    class: ClockClass,
    state: ClockState,
    due_on: Date,
    due_at: Timestamp,
    citation: &'a str,
    is_to_confirm: bool,
}

#[derive(Serialize)]
struct ShownArithmetic<'a> {
    kind: &'a str,
    lines: &'a [String],
}

#[derive(Serialize)]
struct ShownTask<'a> {
    kind: &'a str,
    due_on: Date,
    clock: Option<&'a str>,
}

/// What is shown of `decision` about the mail in `file`.
pub(super) fn shown<'a>(
    file: &'a str,
    received_at: Timestamp,
    decision: &'a Decision,
    is_dry_run: bool,
) -> ShownDecision<'a> {
    let trace = &decision.trace;
    let seen = &trace.understanding;
    let ticket = match &decision.ticket {
        TicketChange::Open(ticket) => Some(ticket.as_ref()),
        TicketChange::Nothing | TicketChange::Update(_) => None,
    };
    let route = trace.route.as_ref();
    ShownDecision {
        file,
        is_dry_run,
        disposition: decision.mail.disposition,
        // The number of a ticket that will not exist would only confuse.
        ticket: ticket.map(|ticket| &ticket.number).filter(|_| !is_dry_run),
        received_at,
        origin: seen.origin.origin,
        origin_signals: &seen.origin.signals,
        trust: trace.trust,
        trust_signals: &trace.trust_signals,
        authentication: &trace.authentication,
        loans: &trace.loans,
        has_esign_consent: trace.has_esign_consent,
        thread: &trace.thread,
        language: &seen.language,
        matters: &seen.matters,
        runner_up: seen.runner_up.as_ref(),
        kinds: &seen.kinds,
        flags: &seen.flags,
        facts: &seen.facts,
        queue: route.map(|route| route.queue.as_str()),
        tier: route.map(|route| route.tier),
        priority: route.map(|route| route.priority),
        held: ticket.and_then(|ticket| ticket.held_reason.as_deref()),
        routing: route.map(|route| route.rules.as_slice()).unwrap_or_default(),
        clocks: started(decision).map(clock).collect(),
        arithmetic: trace
            .arithmetic
            .iter()
            .map(|(kind, lines)| ShownArithmetic { kind, lines })
            .collect(),
        letter: &trace.letter,
        tasks: decision
            .tasks
            .iter()
            .map(|task| ShownTask {
                kind: &task.kind,
                due_on: task.due_on,
                clock: task.clock_kind.as_deref(),
            })
            .collect(),
        policy: &trace.policy_revision,
    }
}

fn started(decision: &Decision) -> impl Iterator<Item = &Clock> {
    decision.clocks.iter().filter_map(|change| match change {
        ClockChange::Start(clock) => Some(clock.as_ref()),
        _ => None,
    })
}

fn clock(clock: &Clock) -> ShownClock<'_> {
    ShownClock {
        kind: &clock.kind,
        class: clock.class,
        state: clock.state,
        due_on: clock.due_on,
        due_at: clock.due_at,
        citation: &clock.citation,
        is_to_confirm: clock.is_to_confirm,
    }
}

impl ShownDecision<'_> {
    /// One line: what became of the mail.
    pub(super) fn line(&self) -> String {
        let mut line = format!("{}: {}", self.file, self.disposition);
        if let Some(number) = self.ticket {
            line.push_str(&format!(" {number}"));
        }
        if let (Some(queue), Some(tier), Some(priority)) = (self.queue, self.tier, self.priority) {
            line.push_str(&format!(" · {queue} · tier {tier} · {priority}"));
        }
        line
    }

    /// Everything, with the words of `mail` that were matched.
    pub(super) fn text(&self, mail: &InboundMail) -> String {
        let mut lines = vec![self.line()];
        let mut say = |head: &str, text: String| lines.push(format!("  {head:<10} {text}"));
        say("received", self.received_at.to_string());
        say("origin", with_reasons(self.origin.word(), self.origin_signals));
        say("trust", with_reasons(self.trust.word(), self.trust_signals));
        for check in &self.authentication.dkim {
            say("signature", format!("DKIM of {}: {}", check.domain, check.verdict));
        }
        for seen in self.loans {
            say("loan", loan(seen));
        }
        say("thread", self.thread.to_owned());
        say("language", self.language.to_owned());
        for matter in self.matters {
            let margin = matter.score - matter.threshold;
            let text = format!(
                "{} {} of {}, {margin:.1} over",
                matter.category, matter.score, matter.threshold
            );
            say("matter", text);
            evidence::lines(&matter.evidence, mail).into_iter().for_each(|line| say("", line));
        }
        if self.matters.is_empty() {
            say("matter", "none: the rules abstain".to_owned());
        }
        if let Some(next) = self.runner_up {
            let missing = next.threshold - next.score;
            let text = if missing > 0.0 {
                format!(
                    "{} {} of {}, {missing:.1} short",
                    next.category, next.score, next.threshold
                )
            } else {
                format!(
                    "{} {} of {}, too far behind the first",
                    next.category, next.score, next.threshold
                )
            };
            say("runner-up", text);
            evidence::lines(&next.evidence, mail).into_iter().for_each(|line| say("", line));
        }
        for kind in self.kinds {
            let sub_kind = if kind.sub_kind.is_empty() { "" } else { "/" };
            let doubt = if kind.is_to_confirm { ", a person must confirm" } else { "" };
            say("kind", format!("{}{sub_kind}{}{doubt}", kind.kind, kind.sub_kind));
            evidence::lines(&kind.evidence, mail).into_iter().for_each(|line| say("", line));
        }
        for flag in self.flags {
            say("flag", flag.flag.clone());
            evidence::lines(&flag.evidence, mail).into_iter().for_each(|line| say("", line));
        }
        for fact in self.facts {
            say("fact", format!("{} {} {}", fact.fact, fact.value, evidence::place(&fact.span)));
        }
        say("routing", self.routing.join(", "));
        if let Some(reason) = self.held {
            say("held", reason.to_owned());
        }
        for clock in &self.clocks {
            let doubt = if clock.is_to_confirm { ", to confirm" } else { "" };
            let text = format!(
                "{} due on {} ({}){doubt} {}",
                clock.kind, clock.due_on, clock.class, clock.citation
            );
            say("clock", text.trim_end().to_owned());
            let days = self.arithmetic.iter().filter(|one| one.kind == clock.kind);
            days.flat_map(|one| one.lines).for_each(|line| say("", format!("  {line}")));
        }
        say("letter", self.letter.to_owned());
        for task in &self.tasks {
            let clock = task.clock.map(|clock| format!(" for {clock}")).unwrap_or_default();
            say("task", format!("{} by {}{clock}", task.kind, task.due_on));
        }
        say("policy", self.policy.to_owned());
        lines.join("\n")
    }
}

/// What the book says of a loan; its id is all that names it.
fn loan(seen: &SeenLoan) -> String {
    let facts = &seen.loan;
    let mut words = vec![seen.role.map_or(seen.basis.word(), PartyRole::word)];
    words.extend(
        [facts.state.as_str(), facts.language.as_str()].iter().filter(|one| !one.is_empty()),
    );
    let flags = [
        (facts.is_fdcpa_covered, "fdcpa_covered"),
        (facts.is_represented, "represented"),
        (facts.is_in_bankruptcy, "bankruptcy"),
        (seen.has_esign_consent, "esign_consent"),
    ];
    words.extend(flags.iter().filter_map(|(is_set, word)| is_set.then_some(*word)));
    words.join(", ")
}

fn with_reasons(word: &str, reasons: &[String]) -> String {
    if reasons.is_empty() { word.to_owned() } else { format!("{word} ({})", reasons.join(", ")) }
}
