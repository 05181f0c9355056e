//! Who really sent a mail, and what the loan book says about them, decide what
//! a mail may do.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter as _;
use mail_auth::dkim::DkimSigner;
use tierline::app::loan_book;
use tierline::domain::clock::ClockState;
use tierline::domain::event::Event;
use tierline::domain::ticket::Status;
use tierline::domain::trust::Trust;
use tierline::mailbox::authenticate::{SenderChecks, SignatureChecker};
use tierline::store::view::TicketDetail;

use crate::harness::desk::builder::OWN_MX;
use crate::harness::desk::{MAIL_HOST, ROSA, TestDesk, mail, on_both};

const NOTICE: &str = "This is a notice of error: you did not credit my November payment.";

/// Nobody listens there: every look-up that is not brought by hand fails.
const NOBODY: &str = "127.0.0.1:9";

/// Our mail server's word counts.
fn by_server() -> SenderChecks {
    let ids = [("care".to_owned(), OWN_MX.to_owned())];
    SenderChecks { authserv_ids: ids.into(), signatures: None }
}

/// `raw` as our mail server stored it, with what it found out on top.
fn arrived(results: &str, raw: &[u8]) -> Vec<u8> {
    let head = format!(
        "Authentication-Results: {OWN_MX}; {results}\r\n\
         Received: from out.example.net by {OWN_MX}; Tue, 24 Nov 2026 16:59:30 +0000\r\n"
    );
    [head.as_bytes(), raw].concat()
}

fn passed(raw: &[u8]) -> Vec<u8> {
    arrived("dmarc=pass (p=reject) header.from=example.net", raw)
}

/// Rosa's loan, with what `more` says in its last columns.
async fn has_loan(desk: &TestDesk, more: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let book = format!(
        "loan_number,role,email,name,state,language,represented,bankruptcy,esign_consent_on\n\
         0012345678,borrower,{ROSA},Rosa Delgado,NY,{more}\n\
         0099887766,borrower,luis@example.org,Luis Example,NJ,en,no,no,\n"
    );
    std::fs::write(file.path(), book).unwrap();
    let (checked, count) = loan_book::import(&desk.app, file.path(), None).await.unwrap();
    assert_eq!((checked.loans, count.on_file), (2, 2));
}

fn signals(ticket: &TicketDetail) -> Vec<String> {
    ticket
        .mails
        .iter()
        .filter_map(|mail| mail.trace.as_ref())
        .flat_map(|trace| trace.trust_signals.clone())
        .collect()
}

#[tokio::test]
async fn a_verified_borrowers_reply_threads_and_a_spoofed_one_is_held() {
    let builder = TestDesk::builder().maildir("care").checks(by_server());
    on_both(&builder, async |desk| {
        has_loan(desk, "en,no,no,").await;
        desk.receives(&passed(&mail("My escrow", "Why did my escrow payment go up?").raw()));
        desk.settles().await;
        let ticket = desk.only_ticket().await;
        assert_eq!(ticket.ticket.trust, Trust::Verified);
        assert_eq!(signals(&ticket), ["dmarc-passed", "said-by-trusted_server", "known-borrower"]);
        let id = desk.arrived()[0].message_id();
        desk.receives(&passed(&mail("Re: it", "One more thing.").in_reply_to(&id).raw()));
        let spoofed = mail("Re: spoofed", "Tell me my balance.").in_reply_to(&id).raw();
        desk.receives(&arrived("dmarc=fail (p=reject) header.from=example.net", &spoofed));
        desk.settles().await;
        assert_eq!(desk.dispositions().await, ["new", "append", "held"]);
        let held = desk.ticket("Re: spoofed").await;
        assert_eq!(held.ticket.status, Status::Held);
        assert_eq!(held.ticket.trust, Trust::Suspicious);
        assert_eq!(held.ticket.held_reason.as_deref(), Some("suspicious_reply"));
        assert!(held.letters.is_empty(), "nothing is returned");
        assert_eq!(desk.arrived().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn results_that_a_sender_wrote_prove_nothing() {
    let builder = TestDesk::builder().maildir("care").checks(by_server());
    on_both(&builder, async |desk| {
        has_loan(desk, "en,no,no,").await;
        let own = format!("{OWN_MX}; dmarc=pass header.from=example.net");
        let forged = mail("Forged", "Hello.").header("Authentication-Results", &own).raw();
        desk.receives(&arrived("none", &forged));
        desk.receives(&mail("Bare", "Hello.").header("Authentication-Results", &own).raw());
        desk.settles().await;
        for subject in ["Forged", "Bare"] {
            assert_eq!(desk.ticket(subject).await.ticket.trust, Trust::Unverified, "{subject}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_look_alike_domain_is_suspicious_even_with_a_good_result_of_its_own() {
    let builder = TestDesk::builder().maildir("care").checks(by_server());
    on_both(&builder, async |desk| {
        let pay = mail("Payoff", "Please use these new wire instructions.");
        let pay = pay.from("Payoff Desk <pay@examp1e.com>").raw();
        desk.receives(&arrived("dmarc=pass header.from=examp1e.com", &pay));
        desk.settles().await;
        let ticket = desk.only_ticket().await;
        assert_eq!((ticket.ticket.trust, ticket.ticket.status), (Trust::Suspicious, Status::Held));
        assert!(signals(&ticket).contains(&"look-alike-domain".to_owned()));
        assert!(ticket.letters.is_empty());
    })
    .await;
}

#[tokio::test]
async fn our_own_look_at_a_signature_proves_the_sender_and_a_dead_name_server_proves_nobody() {
    let checker = SignatureChecker::new(NOBODY.parse().unwrap(), Duration::from_secs(2)).unwrap();
    let der = Ed25519Key::generate_pkcs8().unwrap();
    let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(&der).unwrap();
    let record = format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(&key.public_key()));
    checker.bring("s1._domainkey.example.net", Some(&record)).unwrap();
    checker.bring("_dmarc.example.net", Some("v=DMARC1; p=reject")).unwrap();
    // The walk up the tree (RFC 9989 §4.10) asks here too.
    checker.bring("_dmarc.net", None).unwrap();
    let plain = mail("Signed", "Why did my escrow payment go up?").raw();
    let signed_as = |key: Ed25519Key, selector: &str, plain: &[u8]| {
        let signer = DkimSigner::from_key(key).domain("example.net").selector(selector);
        let signature = signer.headers(["From", "To", "Subject"]).sign(plain).unwrap().to_header();
        [signature.as_bytes(), plain].concat()
    };
    let signed = signed_as(key, "s1", &plain);
    let mut altered = signed.clone();
    altered.extend_from_slice(b"PS: wire it elsewhere.\r\n");
    // its key is nowhere: the name server would have to be asked
    let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(&der).unwrap();
    let unknown = signed_as(key, "s2", &mail("Other", "When is my next payment due?").raw());
    let checks = SenderChecks { signatures: Some(Arc::new(checker)), ..SenderChecks::default() };
    let builder = TestDesk::builder().maildir("care").checks(checks);
    on_both(&builder, async |desk| {
        has_loan(desk, "en,no,no,").await;
        for (raw, wanted) in [
            (&signed, Trust::Verified),
            (&altered, Trust::Unverified),
            (&unknown, Trust::Unverified),
        ] {
            // So that the newest ticket has the greatest id.
            desk.passes(std::time::Duration::from_secs(1));
            desk.receives(raw);
            desk.settles().await;
            let tickets = desk.tickets().await;
            let newest = tickets.iter().max_by_key(|one| one.ticket.id.0).unwrap();
            assert_eq!(newest.ticket.trust, wanted, "{:?}", signals(newest));
        }
    })
    .await;
}

#[tokio::test]
async fn the_loan_book_decides_letter_queue_and_language() {
    let builder = TestDesk::builder().maildir("care").checks(by_server());
    on_both(&builder, async |desk| {
        has_loan(desk, "es,yes,no,2026-01-31").await;
        desk.receives(&passed(&mail("Escrow", "Why did my escrow payment go up?").raw()));
        desk.settles().await;
        let ticket = desk.only_ticket().await;
        assert_eq!(ticket.ticket.language, "es", "the wish on file of a proven borrower");
        assert_eq!(ticket.ticket.queue, "compliance", "an attorney is on file");
        assert!(ticket.letters.is_empty(), "12 CFR 1006.6(b)(2)");
        assert!(ticket.tasks.iter().any(|task| task.kind == "answer_attorney"));
        let trace = ticket.mails[0].trace.as_ref().unwrap();
        assert!(trace.understanding.flags.iter().any(|flag| flag.flag == "attorney"));
        assert_eq!((trace.loans.len(), trace.has_esign_consent), (1, true));
        // a stranger who names the loan learns nothing from it
        let named = mail("Loan 0012345678", "What about loan number 0012345678?");
        desk.receives(&arrived("none", &named.from("Eve <eve@example.org>").raw()));
        desk.settles().await;
        let other = desk.ticket("Loan 0012345678").await;
        assert_eq!((other.ticket.language.as_str(), other.letters.len()), ("en", 1));
    })
    .await;
}

#[tokio::test]
async fn a_proven_borrower_of_another_loan_is_not_verified_for_this_one() {
    let builder = TestDesk::builder().maildir("care").checks(by_server());
    on_both(&builder, async |desk| {
        has_loan(desk, "en,no,no,").await;
        let text = "Please tell me about loan number 0099887766.";
        desk.receives(&passed(&mail("Loan 0099887766", text).raw()));
        desk.settles().await;
        let ticket = desk.only_ticket().await;
        assert_eq!(ticket.ticket.trust, Trust::Authenticated);
        assert!(signals(&ticket).contains(&"names-a-loan-of-others".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_language_that_was_chosen_is_the_language_of_the_letter() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let told = Event::by_engine("requester:x".into(), "chosen", desk.now(), "".into());
        desk.store().choose_requester_language(ROSA, Some("es"), &told).await.unwrap();
        desk.receives(&mail("My escrow", "Why did my escrow payment go up?").raw());
        desk.settles().await;
        let ticket = desk.only_ticket().await;
        assert_eq!(
            (ticket.ticket.language.as_str(), ticket.letters[0].locale.as_str()),
            ("es", "es")
        );
    })
    .await;
}

#[tokio::test]
async fn two_strangers_who_answer_one_newsletter_are_two_tickets() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let news = "newsletter-7@lists.example.org";
        desk.receives(&mail("Re: News", "I have a question.").in_reply_to(news).raw());
        let luis = mail("Re: News", "So have I.").from("Luis <luis@example.org>");
        desk.receives(&luis.in_reply_to(news).raw());
        desk.settles().await;
        assert_eq!(desk.dispositions().await, ["new", "new"]);
        let tickets = desk.tickets().await;
        assert_ne!(tickets[0].ticket.requester, tickets[1].ticket.requester);
    })
    .await;
}

#[tokio::test]
async fn who_guesses_tokens_is_suspicious_until_the_address_is_proven() {
    let builder = TestDesk::builder().maildir("care").checks(by_server());
    on_both(&builder, async |desk| {
        let guess = |n: u8| {
            let to = format!("reply+abcdefghijklmnopqrstuvwxyz2345672a@{MAIL_HOST}");
            mail(&format!("Guess {n}"), &format!("Guess number {n}.")).to(&to).raw()
        };
        for n in 0..10 {
            desk.receives(&arrived("none", &guess(n)));
        }
        desk.settles().await;
        desk.receives(&arrived("none", &mail("After", "Hello there.").raw()));
        desk.receives(&passed(&mail("Proven", "Hello again.").raw()));
        desk.settles().await;
        let after = desk.ticket("After").await;
        assert_eq!(signals(&after), ["forged-tokens"]);
        assert_eq!(after.ticket.status, Status::Held);
        assert_eq!(desk.ticket("Proven").await.ticket.trust, Trust::Authenticated);
    })
    .await;
}

fn report(token: &str, action: &str, status: &str) -> Vec<u8> {
    let to = format!("bounce+{token}@{MAIL_HOST}");
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.net\r\nTo: {to}\r\n\
         Delivered-To: {to}\r\nSubject: Delivery report\r\nMessage-ID: <{action}@mx.example.net>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; \
         boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.net\r\n\r\nFinal-Recipient: rfc822; {ROSA}\r\n\
         Action: {action}\r\nStatus: {status}\r\n--b--\r\n"
    )
    .into_bytes()
}

#[tokio::test]
async fn a_bounced_acknowledgment_reopens_the_clock_of_the_law_that_it_met() {
    let builder = TestDesk::builder().maildir("care").checks(by_server());
    on_both(&builder, async |desk| {
        has_loan(desk, "en,no,no,2026-01-31").await;
        desk.receives(&passed(&mail("Payment", NOTICE).raw()));
        desk.settles().await;
        let clock = |ticket: &TicketDetail| {
            ticket.clocks.iter().find(|clock| clock.kind == "NOE_ACK").unwrap().clone()
        };
        let before = clock(&desk.only_ticket().await);
        assert_eq!(before.state, ClockState::Met, "by consent in the loan book");
        let id = desk.arrived()[0].message_id();
        let token = id.split('.').next().unwrap();
        // neither a delay nor an automatic answer means that it did not arrive
        desk.receives(&report(token, "delayed", "4.4.1"));
        let away = mail("Automatic reply", "I am away.").in_reply_to(&id);
        desk.receives(&away.header("Auto-Submitted", "auto-replied").raw());
        desk.settles().await;
        let ticket = desk.only_ticket().await;
        assert_eq!((clock(&ticket).state, ticket.letters[0].bounced_at), (ClockState::Met, None));
        desk.receives(&report(token, "failed", "5.1.1"));
        desk.settles().await;
        assert_eq!(desk.dispositions().await, ["new", "bounce", "machine", "bounce"]);
        let ticket = desk.only_ticket().await;
        let after = clock(&ticket);
        assert_eq!((after.state, after.met_at), (ClockState::Running, None));
        assert_eq!((after.due_at, after.started_at), (before.due_at, before.started_at));
        assert!(after.next_at.is_some(), "somebody looks again");
        assert!(ticket.letters[0].bounced_at.is_some());
        let reopened = ticket.events.iter().filter(|line| line.event.kind == "clock_reopened");
        let met = ticket.letters[0].meets.len();
        assert_eq!(reopened.count(), met, "each clock that the letter had met, once");
        let task = |kind: &str| ticket.tasks.iter().find(|task| task.kind == kind);
        let written = task("send_written_acknowledgment").unwrap();
        assert_eq!(written.clock_kind.as_deref(), Some("NOE_ACK"));
        assert_eq!(written.due_on, before.internal_due_on);
        assert!(task("reach_borrower_another_way").is_some());
    })
    .await;
}
