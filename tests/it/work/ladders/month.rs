//! A month at the desk, hour by hour: nothing fires twice, nothing fires early,
//! everything that came due has fired, and both databases end alike.

use std::collections::BTreeMap;

use tierline::app::notify;
use tierline::domain::escalate::EscalationState;
use tierline::domain::ticket::Status;

use super::{HOUR, NOTICE};
use crate::harness::desk::{TestDesk, on_both};
use crate::work::house::{act, ana, asks, can, letter, sam, view};

/// What became of every ladder, as one text.
async fn snapshot(desk: &TestDesk) -> String {
    let mut lines = Vec::new();
    for ticket in desk.tickets().await {
        let of = &ticket.ticket;
        lines.push(format!(
            "{}: {} {} tier {} {}",
            of.subject, of.status, of.queue, of.tier, of.priority
        ));
        let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for event in ticket.events.iter().map(|line| &line.event) {
            let ladder = event.particulars["ladder"].as_str().unwrap_or_default().to_owned();
            match event.kind.as_str() {
                "escalation_begun" => counts.entry(ladder).or_default().0 += 1,
                "escalation_step" => counts.entry(ladder).or_default().1 += 1,
                _ => {}
            }
        }
        for (ladder, (begun, steps)) in counts {
            lines.push(format!("  {ladder}: begun {begun}, steps {steps}"));
        }
    }
    lines.join("\n")
}

#[tokio::test]
async fn a_month_of_hours_fires_everything_once_and_on_time() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let sam = sam(desk).await;
        let ana = ana(desk);
        can(desk, ana.person, &["escrow", "payments"], 10).await;
        let quiet = asks(desk, "A quiet question", "Why did my escrow payment go up?").await;
        let notice = asks(desk, "Notice of error", NOTICE).await;
        let angry = "My escrow payment went up. I want to speak to a supervisor.";
        let angry = asks(desk, "An angry question", angry).await;
        for hour in (0..31 * 24).step_by(2) {
            desk.settles().await;
            desk.climbs().await;
            while notify::tell_due(&desk.app).await.unwrap() > 0 {}
            match hour {
                30 => {
                    act(desk, &quiet, &ana, letter("answer", "Your taxes rose.")).await;
                }
                34 => {
                    let why = tierline::app::work::Wish::Resolve("Explained.".into());
                    act(desk, &quiet, &ana, why).await;
                }
                40 => {
                    let open = view(desk, &angry).await.escalations;
                    let open = open.iter().find(|one| one.is_open()).map(|one| one.id);
                    if let Some(id) = open {
                        act(desk, &angry, &sam, tierline::app::work::Wish::Claim(id)).await;
                    }
                }
                _ => {}
            }
            desk.passes(2 * HOUR);
        }
        for number in [&quiet, &notice, &angry] {
            let ticket = desk.store().ticket_detail(number).await.unwrap().unwrap();
            let mut seen = BTreeMap::new();
            for event in ticket.events.iter().map(|line| &line.event) {
                if event.kind == "escalation_step" {
                    let key = (
                        event.particulars["escalation"].to_string(),
                        event.particulars["step"].to_string(),
                    );
                    assert!(seen.insert(key, event.at).is_none(), "twice: {event:?}");
                    assert!(event.at <= desk.now());
                }
            }
            for one in view(desk, number).await.escalations {
                let is_due = one
                    .next_at
                    .is_some_and(|next| next < desk.now() - jiff::SignedDuration::from_hours(2));
                assert!(!is_due || one.state != EscalationState::Running, "late: {one:?}");
            }
        }
        assert_eq!(view(desk, &quiet).await.ticket.status, Status::Resolved);
        let snapshot = snapshot(desk).await;
        // the notice of error was never answered: warned, breached, and with compliance
        for line in [
            "Notice of error: open compliance tier 4 urgent",
            "  law-breach: begun",
            "A quiet question: resolved escrow tier 2",
            "  a-week-old: begun 1, steps 1",
        ] {
            assert!(snapshot.contains(line), "{line}\n{snapshot}");
        }
    })
    .await;
}
