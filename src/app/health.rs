//! How everything does, from what the engine has written down: in the words of
//! `tierline doctor`, without asking a server.

use jiff::{SignedDuration, Timestamp};

use super::App;
use super::doctor::{self, Finding};
use crate::domain::calendar::CalendarProblem;
use crate::domain::letter::LetterState;
use crate::store::StoreError;
use crate::store::ledger::MailboxRow;

/// A mailbox that was not read for so long is in trouble.
const LATE_POLL: SignedDuration = SignedDuration::from_mins(15);
/// A mail that waits for so long, too.
const LATE_MAIL: SignedDuration = SignedDuration::from_mins(15);
/// And a letter.
const LATE_LETTER: SignedDuration = SignedDuration::from_hours(1);

/// Mailboxes, outbox, database, calendars, zone data.
///
/// # Errors
/// When the database does not answer.
pub async fn findings(app: &App) -> Result<Vec<Finding>, StoreError> {
    let now = app.now();
    let mailboxes = app.store.mailboxes().await?;
    let mut findings: Vec<Finding> = mailboxes.iter().map(|row| mailbox(row, now)).collect();
    findings.push(outbox(app, now).await?);
    findings.extend(doctor::database(&app.store).await);
    findings.extend(calendars(app, now));
    findings.push(doctor::zone_data());
    Ok(findings)
}

fn mailbox(row: &MailboxRow, now: Timestamp) -> Finding {
    let what = format!("mailbox {}", row.name);
    let Some(read_at) = row.last_success_at else {
        return Finding::wrong(&what, row.last_error.as_deref().unwrap_or("was never read"));
    };
    let waits = match row.oldest_unread_at {
        Some(at) => format!("the oldest unread mail waits {}", amount(now.duration_since(at))),
        None => "no mail waits".to_owned(),
    };
    let said = format!("last read {} ago; {waits}", amount(now.duration_since(read_at)));
    if let Some(error) = &row.last_error {
        return Finding::unreachable(&what, format!("{said}; since then: {error}"));
    }
    let is_late = now.duration_since(read_at) > LATE_POLL
        || row.oldest_unread_at.is_some_and(|at| now.duration_since(at) > LATE_MAIL);
    if is_late { Finding::wrong(&what, said) } else { Finding::good(&what, said) }
}

async fn outbox(app: &App, now: Timestamp) -> Result<Finding, StoreError> {
    let counts = app.store.outbox_counts().await?;
    let count = |state| counts.get(&state).copied().unwrap_or(0);
    let said = format!(
        "{} letters wait to leave, {} are held, {} are uncertain",
        count(LetterState::Available) + count(LetterState::Retryable),
        count(LetterState::Held),
        count(LetterState::Uncertain),
    );
    let oldest = app.store.outbox_oldest_at().await?;
    Ok(match oldest.map(|at| now.duration_since(at)) {
        Some(age) if age > LATE_LETTER => {
            Finding::wrong("outbox", format!("{said}; the oldest waits {}", amount(age)))
        }
        _ if count(LetterState::Uncertain) > 0 => Finding::wrong("outbox", said),
        _ => Finding::good("outbox", said),
    })
}

fn calendars(app: &App, now: Timestamp) -> Vec<Finding> {
    let standing = app.standing();
    let set = standing.desk.policy.clocks.calendars();
    let year = set.servicer().local_date(now).year();
    let problems: Vec<CalendarProblem> =
        set.iter().flat_map(|calendar| calendar.problems(year)).collect();
    if problems.is_empty() {
        let said = format!("holidays are loaded for {year} and {}, without gaps", year + 1);
        return vec![Finding::good("calendars", said)];
    }
    let wrong = |problem: &CalendarProblem| {
        Finding::wrong(&format!("calendar {}", problem.calendar), &problem.message)
    };
    problems.iter().map(wrong).collect()
}

/// `40 s`, `12 min`, `3 h`, `2 days`.
#[must_use]
pub fn amount(time: SignedDuration) -> String {
    match time.as_secs().max(0) {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::doctor::Verdict;

    fn row(read: Option<&str>, error: Option<&str>, oldest: Option<&str>) -> MailboxRow {
        let at = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        MailboxRow {
            id: 1,
            name: "care".to_owned(),
            uidvalidity: None,
            epoch: 1,
            lease_owner: None,
            lease_until_at: None,
            fence: 0,
            last_success_at: at(read),
            last_error: error.map(str::to_owned),
            oldest_unread_at: at(oldest),
        }
    }

    fn said(row: &MailboxRow) -> (Verdict, String) {
        let finding = mailbox(row, "2026-12-01T12:00:00Z".parse().unwrap());
        (finding.verdict, finding.said)
    }

    #[test]
    fn a_mailbox_says_when_it_was_read_and_what_waits() {
        let fresh = row(Some("2026-12-01T11:59:20Z"), None, Some("2026-12-01T11:59:48Z"));
        let text = "last read 40 s ago; the oldest unread mail waits 12 s".to_owned();
        assert_eq!(said(&fresh), (Verdict::Good, text));
        let late = row(Some("2026-12-01T11:00:00Z"), None, None);
        assert_eq!(said(&late), (Verdict::Wrong, "last read 60 min ago; no mail waits".to_owned()));
        let failing = row(Some("2026-12-01T11:59:20Z"), Some("login refused"), None);
        assert_eq!(said(&failing).0, Verdict::Unreachable);
        assert_eq!(said(&row(None, None, None)), (Verdict::Wrong, "was never read".to_owned()));
    }

    #[test]
    fn an_amount_is_in_the_unit_that_fits() {
        let of = |seconds| amount(SignedDuration::from_secs(seconds));
        assert_eq!(
            [of(-5), of(119), of(120), of(7_200), of(172_800)],
            ["0 s", "119 s", "2 min", "2 h", "2 days"]
        );
    }
}
