//! From the written ladders to ladders that can be climbed: every name they use
//! exists, every step does something, and the worked examples come out.

use std::ops::Range;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use toml::Spanned;

use super::shape::{ClockShape, FileShape, LadderShape, OnShape, OnlyShape, StepShape};
use super::{Audience, Delay, Ladder, LadderBook, Only, Point, Step, Trigger};
use crate::domain::calendar::source::{Source, missing};
use crate::domain::catalogue::ClockBook;
use crate::domain::clock::ClockClass;
use crate::domain::policy::{PolicyFiles, PolicyProblem};
use crate::domain::rule::RuleBook;
use crate::domain::ticket::Priority;

/// Steps of one ladder.
const MOST_STEPS: usize = 12;

/// What names are checked against.
struct Known<'a> {
    rules: &'a RuleBook,
    clocks: &'a ClockBook,
}

pub(super) fn load(
    files: &PolicyFiles,
    rules: &RuleBook,
    clocks: &ClockBook,
    problems: &mut Vec<PolicyProblem>,
) -> LadderBook {
    let mut book = LadderBook { digest: SignedDuration::from_mins(60), ..LadderBook::default() };
    let known = Known { rules, clocks };
    let is_ours = |name: &&String| name.starts_with("escalation") && name.ends_with(".toml");
    if !files.keys().any(|name| is_ours(&name)) {
        missing("escalation.toml", "it says who is called when", problems);
    }
    for (name, text) in files.iter().filter(|(name, _)| is_ours(name)) {
        read(&mut Source::new(name, text, problems), &known, &mut book);
    }
    book
}

fn read(source: &mut Source<'_>, known: &Known<'_>, book: &mut LadderBook) {
    let Some(shape) = source.read::<FileShape>() else { return };
    if let Some(quiet) = shape.quiet {
        let span = quiet.span();
        let quiet = quiet.into_inner();
        if known.clocks.calendars().find_calendar(&quiet.calendar).is_none() {
            let ids = known.clocks.calendars().ids();
            let message = format!("no calendar is called `{}`; there are {ids}", quiet.calendar);
            source.problem(&span, "quiet.calendar", message);
        }
        if !book.calendar.is_empty() {
            source.problem(&span, "quiet", "stands in two files; keep one");
        }
        book.calendar = quiet.calendar;
        book.digest = SignedDuration::from_mins(i64::from(quiet.digest_minutes));
    }
    for row in shape.ladder {
        let span = row.span();
        let row = row.into_inner();
        if book.find_ladder(&row.id).is_some() {
            source.problem(&span, format!("ladder.{}.id", row.id), "is used twice; rename one");
            continue;
        }
        if let Some(ladder) = ladder(row, &span, known, source) {
            for step in &ladder.steps {
                book.endpoints.extend(step.webhooks.iter().chain(&step.pages).cloned());
            }
            book.ladders.push(ladder);
        }
    }
    for test in shape.test {
        let span = test.span();
        let test = test.into_inner();
        if let Err(message) = run(&test, known.clocks, book) {
            source.problem(&span, format!("test.{}", test.ladder), message);
        }
        book.tests.push(test);
    }
}

/// The worked example: when each step comes if nobody claims.
fn run(
    test: &super::shape::TestShape,
    clocks: &ClockBook,
    book: &LadderBook,
) -> Result<(), String> {
    let ladder = book.find_ladder(&test.ladder).ok_or("no ladder above is called so")?;
    let instant = |text: &str| {
        let local: DateTime =
            text.parse().map_err(|_| format!("{text}: write 2026-11-24T10:00"))?;
        let zoned = local.to_zoned(clocks.zone().clone()).map_err(|_| text.to_owned())?;
        Ok::<_, String>(zoned.timestamp())
    };
    let mut comes = Vec::new();
    let begun = instant(&test.begins)?;
    let mut before = None;
    for step in &ladder.steps {
        let due = book.due_of(step, begun, before, clocks);
        before = Some((due, step.claim_within));
        comes.push(due);
    }
    let expected: Vec<_> = test.steps.iter().map(|text| instant(text)).collect::<Result<_, _>>()?;
    if comes == expected {
        return Ok(());
    }
    let local = |at: &jiff::Timestamp| {
        at.to_zoned(clocks.zone().clone()).strftime("%Y-%m-%dT%H:%M").to_string()
    };
    let said: Vec<String> = comes.iter().map(local).collect();
    Err(format!("its steps come at {}", said.join(", ")))
}

fn ladder(
    row: LadderShape,
    span: &Range<usize>,
    known: &Known<'_>,
    source: &mut Source<'_>,
) -> Option<Ladder> {
    let key = |field: &str| format!("ladder.{}.{field}", row.id);
    if row.step.is_empty() || row.step.len() > MOST_STEPS {
        source.problem(span, key("step"), format!("give it 1 to {MOST_STEPS} steps"));
    }
    let trigger = trigger(&row.on, &key("on"), known, source)?;
    let only = only(row.only, span, &key("only"), known, source);
    let steps: Vec<Step> =
        row.step.into_iter().map(|written| step(written, &key("step"), known, source)).collect();
    let of_law = matches!(&trigger, Trigger::Clock { class: Some(ClockClass::Statutory), .. });
    Some(Ladder {
        id: row.id,
        name: row.name,
        is_statutory: row.is_statutory || of_law || trigger == Trigger::Bounced,
        trigger,
        only,
        steps,
    })
}

fn trigger(
    on: &Spanned<OnShape>,
    key: &str,
    known: &Known<'_>,
    source: &mut Source<'_>,
) -> Option<Trigger> {
    let (span, on) = (on.span(), on.get_ref());
    let mut found: Vec<Trigger> = Vec::new();
    if let Some(clock) = &on.clock {
        found.extend(clock_trigger(clock, &span, key, known, source));
    }
    if let Some(flags) = &on.flags {
        flags_exist(flags, &span, key, known, source);
        found.push(Trigger::Flag(flags.clone()));
    }
    if let Some(words) = &on.subject {
        if words.iter().any(|word| word.trim().len() < 3) {
            source.problem(&span, key, "a word of the subject has at least 3 letters");
        }
        found.push(Trigger::Subject(
            words.iter().map(|word| crate::domain::fold::fold(word)).collect(),
        ));
    }
    found.extend(on.unanswered.filter(|count| *count > 0).map(Trigger::Unanswered));
    found.extend(on.age_hours.map(|hours| Trigger::Age(SignedDuration::from_hours(hours.into()))));
    found.extend(on.reopened.filter(|count| *count > 0).map(Trigger::Reopened));
    found.extend(on.bounced.filter(|is| *is).map(|_| Trigger::Bounced));
    if found.len() == 1 {
        return found.pop();
    }
    source.problem(&span, key, "name exactly one thing that begins the ladder");
    None
}

fn clock_trigger(
    clock: &ClockShape,
    span: &Range<usize>,
    key: &str,
    known: &Known<'_>,
    source: &mut Source<'_>,
) -> Option<Trigger> {
    let class = clock.class.as_deref().map(ClockClass::from_word);
    if class == Some(None) {
        let message = "class is statutory, service, internal or hold";
        source.problem(span, key, message);
    }
    for kind in &clock.kinds {
        if known.clocks.find_definition(kind).is_none() {
            let message = format!("no clock is called `{kind}`; see `tierline clocks list`");
            source.problem(span, key, message);
        }
    }
    let hours = |count: u16| SignedDuration::from_hours(i64::from(count));
    let points: Vec<Point> = [
        clock.percent.filter(|part| *part < 100).map(Point::Percent),
        clock.before_due_hours.map(|count| Point::FromDue(-hours(count))),
        clock.after_due_hours.map(|count| Point::FromDue(hours(count))),
        clock.breach.filter(|is| *is).map(|_| Point::FromDue(SignedDuration::ZERO)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let [point] = points[..] else {
        let message = "name exactly one of percent (below 100), before_due_hours, \
                       after_due_hours and breach = true";
        source.problem(span, key, message);
        return None;
    };
    Some(Trigger::Clock {
        class: class.flatten(),
        kinds: clock.kinds.clone(),
        is_answer: clock.is_answer,
        point,
    })
}

fn flags_exist(
    flags: &[String],
    span: &Range<usize>,
    key: &str,
    known: &Known<'_>,
    source: &mut Source<'_>,
) {
    for flag in flags {
        if !known.rules.flags().iter().any(|rule| rule.card.id == *flag) {
            let message = format!("no flag is called `{flag}`; see flags.toml");
            source.problem(span, key, message);
        }
    }
}

fn only(
    only: OnlyShape,
    span: &Range<usize>,
    key: &str,
    known: &Known<'_>,
    source: &mut Source<'_>,
) -> Only {
    for category in &only.categories {
        if !known.rules.categories().iter().any(|rule| rule.card.id == *category) {
            source.problem(span, key, format!("no category is called `{category}`"));
        }
    }
    for queue in &only.queues {
        queue_exists(queue, span, key, known, source);
    }
    flags_exist(&only.without_flags, span, key, known, source);
    Only {
        priority: only.priority.and_then(|word| priority(&word, span, key, source)),
        categories: only.categories,
        queues: only.queues,
        without_flags: only.without_flags,
    }
}

fn queue_exists(
    queue: &str,
    span: &Range<usize>,
    key: &str,
    known: &Known<'_>,
    source: &mut Source<'_>,
) {
    if known.rules.find_queue(queue).is_none() {
        let message = format!("no queue is called `{queue}`; see queues.toml");
        source.problem(span, key, message);
    }
}

fn priority(
    word: &str,
    span: &Range<usize>,
    key: &str,
    source: &mut Source<'_>,
) -> Option<Priority> {
    let found = Priority::from_word(word);
    if found.is_none() {
        source.problem(span, key, "priority is low, normal, high or urgent");
    }
    found
}

fn step(
    written: Spanned<StepShape>,
    key: &str,
    known: &Known<'_>,
    source: &mut Source<'_>,
) -> Step {
    let span = written.span();
    let row = written.into_inner();
    let minutes = |count: u32| SignedDuration::from_mins(i64::from(count));
    let after = match (row.after_minutes, row.after_open_minutes) {
        (Some(wall), None) => Delay::Wall(minutes(wall)),
        (None, Some(open)) => Delay::Open(minutes(open)),
        _ => {
            source.problem(&span, key, "give after_minutes or after_open_minutes, not both");
            Delay::Wall(SignedDuration::ZERO)
        }
    };
    let mut notify = Vec::new();
    for word in &row.notify {
        match Audience::from_word(word) {
            Some(audience) => notify.push(audience),
            None => {
                let message = format!(
                    "`{word}` is nobody; write assignee, supervisor, compliance or operator"
                );
                source.problem(&span, key, message);
            }
        }
    }
    if let Some(queue) = &row.queue {
        queue_exists(queue, &span, key, known, source);
    }
    let step = Step {
        after,
        notify,
        webhooks: row.webhooks,
        pages: row.pages,
        priority: row.priority.and_then(|word| priority(&word, &span, key, source)),
        queue: row.queue,
        assigns: row.assigns,
        task: row.task,
        letter: row.letter,
        claim_within: row.claim_within_minutes.map(minutes),
    };
    if step.does_nothing() {
        source.problem(&span, key, "does nothing; say whom it tells or what it changes");
    }
    step
}

impl Step {
    fn does_nothing(&self) -> bool {
        self.notify.is_empty()
            && self.webhooks.is_empty()
            && self.pages.is_empty()
            && self.priority.is_none()
            && self.queue.is_none()
            && !self.assigns
            && self.task.is_none()
            && self.letter.is_none()
    }
}
