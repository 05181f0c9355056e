//! Mails that are made to stop the engine, or that cannot be had: each ends as
//! something visible, and its neighbours do not notice.

use std::sync::Arc;

use tierline::domain::mail::Completeness;
use tierline::domain::ticket::Status;
use tierline::store::ledger::RawMail;

use crate::harness::desk::{MOST_BYTES, TestDesk, mail, on_both};
use crate::harness::dovecot::Dovecot;

/// Deaths over one mail after which `app::intake` does not read it any more.
const DEATHS: u32 = tierline::app::intake::DEATHS;

fn neighbour(number: u32) -> Vec<u8> {
    mail(&format!("Neighbour {number}"), "An ordinary question about escrow.")
        .from(&format!("n{number}@example.net"))
        .raw()
}

/// The engine died with this mail in hand, and then so often over it alone:
/// what that leaves in the ledger.
async fn struck(desk: &mut TestDesk, raw: &[u8], deaths: u32) {
    let store = desk.store().clone();
    let row = store.open_mailbox("care", desk.now()).await.unwrap();
    let source = &mut desk.mailboxes[0].source;
    let uidvalidity = source.select(desk.app.now()).await.unwrap();
    let epoch = store.note_folder(row.id, uidvalidity, desk.app.now()).await.unwrap();
    let listed = source.list_window(1, 10).await.unwrap().rows;
    let listed = listed.iter().find(|row| row.size == raw.len() as u64).unwrap();
    for _ in 0..=deaths {
        let begun = RawMail {
            mailbox_id: row.id,
            epoch,
            uidvalidity,
            source_key: &listed.key,
            size: listed.size,
            internal_at: listed.received_at,
            raw,
        };
        store.store_raw(&[begun]).await.unwrap();
    }
}

#[tokio::test]
async fn a_mail_that_struck_out_is_a_stub_ticket_and_its_neighbours_are_ordinary() {
    let builder = TestDesk::builder().imap_peer("care");
    on_both(&builder, async |desk| {
        let poison = mail("Poison", "Whatever it is that kills the engine.").raw();
        desk.receives(&neighbour(1));
        desk.receives(&poison);
        desk.receives(&neighbour(2));
        struck(desk, &poison, DEATHS).await;
        desk.settles().await;
        let stub = desk.ticket("Poison").await;
        assert_eq!(stub.mails[0].disposition.word(), "unparseable");
        assert_eq!(stub.mails[0].head.completeness, Completeness::Stub);
        assert_eq!(stub.ticket.status, Status::Held);
        assert!(stub.tasks.iter().any(|task| task.kind == "review_unparseable"));
        assert!(stub.letters.is_empty());
        assert_eq!(desk.arrived().len(), 2, "the neighbours are acknowledged");
        assert_eq!(desk.folders(0)["INBOX"], 0);
    })
    .await;
}

#[tokio::test]
async fn a_mail_with_a_few_strikes_is_still_read_as_what_it_is() {
    let builder = TestDesk::builder().imap_peer("care");
    on_both(&builder, async |desk| {
        let unlucky = mail("Unlucky", "The power failed while this was read.").raw();
        desk.receives(&unlucky);
        desk.receives(&neighbour(1));
        struck(desk, &unlucky, DEATHS - 1).await;
        desk.settles().await;
        assert_eq!(desk.ticket("Unlucky").await.mails[0].disposition.word(), "new");
        assert_eq!(desk.arrived().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_failing_database_is_no_strike_against_the_mail_in_hand() {
    let builder = TestDesk::builder().imap_peer("care");
    on_both(&builder, async |desk| {
        desk.receives(&mail("Unlucky", "The database failed while this was decided.").raw());
        desk.sql("ALTER TABLE esign_consent RENAME TO hidden").await;
        for _ in 0..3 * DEATHS {
            desk.polls(0).await;
        }
        assert_eq!(desk.troubles.len(), 3 * DEATHS as usize, "{:?}", desk.troubles);
        desk.sql("ALTER TABLE hidden RENAME TO esign_consent").await;
        desk.settles().await;
        assert_eq!(desk.ticket("Unlucky").await.mails[0].disposition.word(), "new");
    })
    .await;
}

#[tokio::test]
async fn bombs_leave_the_engine_alive_and_are_tickets() {
    let dovecot = Arc::new(Dovecot::start());
    let builder = TestDesk::builder().dovecot("care", &dovecot);
    on_both(&builder, async |desk| {
        let head = "From: rosa@example.net\r\nTo: care@example.com\r\nSubject:";
        let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
        let encoded = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            .repeat(3_000);
        let parts: String = (0..3_000)
            .map(|level| {
                format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n")
            })
            .collect();
        desk.receives(&neighbour(1));
        desk.receives(format!("{head} nested\r\n{nested}inner").as_bytes());
        desk.receives(format!("{head} encoded\r\n{encoded}aGk=").as_bytes());
        desk.receives(format!("{head} parts\r\n{parts}inner").as_bytes());
        desk.receives(&neighbour(2));
        desk.settles().await;
        assert_eq!(desk.dispositions().await, ["new"; 5]);
        assert_eq!(desk.arrived().len(), 5);
    })
    .await;
}

#[tokio::test]
async fn a_mail_over_the_limit_is_a_ticket_from_its_header_and_stays_where_it_is() {
    let dovecot = Arc::new(Dovecot::start());
    let builder = TestDesk::builder().dovecot("care", &dovecot);
    let mut huge = mail("A scanned deed", "").raw();
    let line = [&[b'A'; 76][..], b"\r\n"].concat();
    while huge.len() as u64 <= MOST_BYTES + 1024 * 1024 {
        huge.extend_from_slice(&line);
    }
    on_both(&builder, async |desk| {
        desk.receives(&huge);
        desk.receives(&neighbour(1));
        desk.settles().await;
        let ticket = desk.ticket("A scanned deed").await;
        assert_eq!(ticket.mails[0].disposition.word(), "oversize");
        assert_eq!(ticket.mails[0].head.completeness, Completeness::HeadersOnly);
        assert_eq!(ticket.mails[0].head.text, "", "not a byte of the body was read");
        let folders = desk.folders(0);
        assert_eq!((folders["INBOX"], folders["Processed"]), (1, 1), "the huge one stays");
        desk.receives(&neighbour(2));
        desk.settles().await;
        desk.settles().await;
        assert_eq!(desk.tickets().await.len(), 3, "it is not taken again");
    })
    .await;
}

/// A mail of `size` bytes: a question, and a scan that fills the rest.
fn with_scan(subject: &str, size: u64) -> Vec<u8> {
    let mut raw = format!(
        "Message-ID: <scan@borrowers.example.net>\r\nFrom: Rosa Delgado <rosa@example.net>\r\n\
         To: care@example.com\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=scan\r\n\r\n--scan\r\n\
         Content-Type: text/plain\r\n\r\nWhat is my escrow shortage?\r\n--scan\r\n\
         Content-Type: application/pdf; name=deed.pdf\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjcK\r\n"
    )
    .into_bytes();
    let (end, size) = (b"\r\n--scan--\r\n", usize::try_from(size).unwrap());
    while raw.len() + end.len() < size {
        let left = size - end.len() - raw.len();
        raw.extend_from_slice(
            &b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2\r\n"
                [..left.min(66)],
        );
    }
    raw.extend_from_slice(end);
    raw
}

#[tokio::test]
async fn a_mail_as_large_as_may_be_is_read_whole() {
    let dovecot = Arc::new(Dovecot::start());
    let builder = TestDesk::builder().dovecot("care", &dovecot);
    let whole = with_scan("A scanned deed", MOST_BYTES);
    assert_eq!(whole.len() as u64, MOST_BYTES, "35 MiB to the byte");
    on_both(&builder, async |desk| {
        desk.receives(&whole);
        desk.settles().await;
        let ticket = desk.ticket("A scanned deed").await;
        let mail = &ticket.mails[0];
        assert_eq!(mail.disposition.word(), "new");
        assert_eq!(mail.head.completeness, Completeness::Whole);
        assert!(mail.head.text.contains("escrow shortage"), "{}", mail.head.text.len());
        let scan = &mail.head.attachments[0];
        assert_eq!(
            (scan.name.as_str(), scan.sniffed_type.as_str()),
            ("deed.pdf", "application/pdf")
        );
        assert!(scan.size > 25 << 20, "{}", scan.size);
        assert_eq!(desk.folders(0)["INBOX"], 0, "it is put away");
    })
    .await;
}

#[tokio::test]
async fn a_mail_larger_than_its_server_said_blocks_nobody_and_ends_as_a_ticket() {
    let builder = TestDesk::builder().imap_peer("care").most_bytes(64 * 1024);
    on_both(&builder, async |desk| {
        desk.receives(&neighbour(1));
        desk.receives(&mail("Liar", &"far more than it says\n".repeat(10_000)).raw());
        desk.imap_peer(0).with(|state| state.folder("INBOX").mail(2).told_size = Some(500));
        desk.receives(&neighbour(2));
        desk.settles().await;
        assert_eq!(desk.ticket("Liar").await.mails[0].disposition.word(), "hostile");
        assert_eq!(desk.ticket("Neighbour 2").await.mails[0].disposition.word(), "new");
        assert!(desk.troubles.iter().any(|said| said.contains("hostile")), "{:?}", desk.troubles);
        assert_eq!(desk.folders(0)["INBOX"], 0);
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_its_server_never_gives_out_blocks_nobody_and_ends_as_a_ticket() {
    let builder = TestDesk::builder().imap_peer("care");
    on_both(&builder, async |desk| {
        desk.receives(&neighbour(1));
        desk.receives(&mail("Corrupt", "The server has lost these bytes.").raw());
        desk.imap_peer(0).with(|state| state.folder("INBOX").mail(2).is_refused = true);
        desk.receives(&neighbour(2));
        desk.settles().await;
        assert_eq!(desk.ticket("Neighbour 2").await.mails[0].disposition.word(), "new");
        let fates = desk.dispositions().await;
        assert_eq!(fates.iter().filter(|fate| **fate == "hostile").count(), 1, "{fates:?}");
        assert_eq!(desk.folders(0)["INBOX"], 0);
    })
    .await;
}
