//! Two engines on one PostgreSQL database share the work, and a database that
//! dies in the middle of it costs nothing but time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tierline::app::App;
use tierline::app::poll::{self, PolledMailbox};
use tierline::app::send::Lane;
use tierline::domain::letter::LetterState;
use tierline::postage::smtp::SmtpTimeouts;

use crate::harness::database::TestDatabase;
use crate::harness::desk::{Door, MOST_BYTES, TestDesk, mail, polled, sink};
use crate::harness::dovecot::{Dovecot, install_tls};
use crate::harness::postgres::Cluster;
use crate::harness::smtp_receiver::{SmtpReceiver, Tls};

const MAILS: usize = 400;

fn numbered(number: usize) -> Vec<u8> {
    let sender = format!("p{number}@example.net");
    mail(&format!("Mail {number:03}"), "A question about my escrow account.").from(&sender).raw()
}

fn deliver(desk: &TestDesk, mails: usize) {
    for number in 0..mails {
        desk.receives_at(number % desk.doors.len(), &numbered(number));
    }
}

/// What one engine did.
#[derive(Debug, Default)]
struct Share {
    taken: usize,
    sent: usize,
}

/// An engine at work until every letter has left.
async fn works(app: Arc<App>, mut mailboxes: Vec<PolledMailbox>, mut lane: Lane) -> Share {
    let mut share = Share::default();
    loop {
        for mailbox in &mut mailboxes {
            share.taken += poll::poll(&app, mailbox).await.unwrap().taken;
        }
        share.sent += lane.send_due(&app).await.unwrap().handed_over;
        let counts = app.store.outbox_counts().await.unwrap();
        if counts[&LetterState::HandedOver] as usize == MAILS {
            return share;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_engines_share_four_hundred_mails_and_nothing_is_done_twice() {
    install_tls();
    let dovecot = Arc::new(Dovecot::start());
    let receiver = Arc::new(SmtpReceiver::start(Tls::None, None));
    let cluster = Cluster::start().await;
    let builder =
        TestDesk::builder().dovecot("care", &dovecot).dovecot("help", &dovecot).receiver(&receiver);
    let mut desk = builder.build(TestDatabase::postgres(&cluster).await).await;
    deliver(&desk, MAILS);
    let second = desk.second_app().await;
    let of_second = ["care", "help"].iter().zip(&desk.doors);
    let mut of_second: Vec<PolledMailbox> =
        of_second.map(|(name, door): (_, &Door)| polled(name, door, MOST_BYTES)).collect();
    of_second.reverse();
    let lane = Lane::new(sink(&desk.way_out, SmtpTimeouts::default()));
    let other = tokio::spawn(works(second, of_second, lane));
    let own_lane = Lane::new(sink(&desk.way_out, SmtpTimeouts::default()));
    let first = works(Arc::clone(&desk.app), std::mem::take(&mut desk.mailboxes), own_lane).await;
    let other = other.await.unwrap();
    println!("shares: first {first:?}, second {other:?}");

    let tickets = desk.tickets().await;
    let subjects: BTreeSet<String> =
        tickets.iter().map(|detail| detail.ticket.subject.clone()).collect();
    assert_eq!((tickets.len(), subjects.len()), (MAILS, MAILS), "each mail one ticket");
    let arrived = desk.arrived();
    let ids: BTreeSet<String> = arrived.iter().map(|letter| letter.message_id()).collect();
    assert_eq!((arrived.len(), ids.len()), (MAILS, MAILS), "each letter once");
    let least = MAILS / 5;
    for share in [&first, &other] {
        assert!(share.taken >= least || share.sent >= least, "{share:?}");
    }
    desk.is_in_order().await;
    for at in 0..2 {
        assert_eq!(desk.folders(at)["INBOX"], 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_a_mailbox_learns_that_another_waits_for_it() {
    let cluster = Cluster::start().await;
    let builder = TestDesk::builder().maildir("care");
    let mut desk = builder.build(TestDatabase::postgres(&cluster).await).await;
    let second = desk.second_app().await;
    let mut of_second = polled("care", &desk.doors[0], MOST_BYTES);
    assert!(!poll::poll(&desk.app, &mut desk.mailboxes[0]).await.unwrap().is_wanted);
    for number in 0..MAILS {
        desk.receives(&numbered(number));
    }
    let mut asks = 0;
    let (first, refused) = tokio::join!(poll::poll(&desk.app, &mut desk.mailboxes[0]), async {
        // Asks until it is told that somebody else is at it.
        loop {
            asks += 1;
            let asked = poll::poll(&second, &mut of_second).await.unwrap();
            if asked.is_elsewhere || asked.taken > 0 {
                return asked;
            }
        }
    });
    let first = first.unwrap();
    println!("asked {asks} times: {refused:?}; the other: {first:?}");
    assert!(refused.is_elsewhere || first.is_elsewhere, "one of them has it");
    assert!(first.is_wanted || refused.is_wanted, "and knows that the other waits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_dies_in_the_middle_is_worked_on_when_it_is_back() {
    install_tls();
    let dovecot = Arc::new(Dovecot::start());
    let mut cluster = Cluster::start().await;
    let builder = TestDesk::builder().dovecot("care", &dovecot);
    let mut desk = builder.build(TestDatabase::postgres(&cluster).await).await;
    deliver(&desk, MAILS);
    // killed as soon as the first batch is in the database
    let app = Arc::clone(&desk.app);
    let mut mailbox = desk.mailboxes.remove(0);
    let polling = tokio::spawn(async move {
        let outcome = poll::poll(&app, &mut mailbox).await;
        (outcome.map(|polled| polled.taken), mailbox)
    });
    while desk.store().ticket_count().await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    cluster.kill();
    let (outcome, mailbox) = polling.await.unwrap();
    assert!(outcome.is_err(), "it died before the end: {outcome:?}");
    desk.mailboxes.push(mailbox);
    // The database comes back while the next look waits for it.
    let app = Arc::clone(&desk.app);
    let mut waiting = desk.mailboxes.remove(0);
    let polling = tokio::spawn(async move {
        let outcome = poll::poll(&app, &mut waiting).await;
        (outcome, waiting)
    });
    cluster.start_again().await;
    let (outcome, mailbox) = polling.await.unwrap();
    let taken = outcome.map(|polled| (polled.is_elsewhere, polled.taken));
    println!("the look that met the restart: {taken:?}");
    desk.mailboxes.push(mailbox);
    // the lease of the poll that was cut off has to run out
    desk.passes(Duration::from_secs(600));
    desk.settles().await;
    assert_eq!(desk.tickets().await.len(), MAILS);
    assert_eq!(desk.arrived().len(), MAILS);
    assert_eq!(desk.folders(0)["INBOX"], 0);
    desk.is_in_order().await;
}
