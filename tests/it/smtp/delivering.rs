//! Faults while a letter is handed over: every phase, every kind.

use tierline::postage::smtp::{Envelope, HandOver, Phase, SmtpConnection};

use super::{LETTER, ROSA, connect, options, options_for};
use crate::harness::smtp_peer::{At, Fault, Script, SmtpPeer};

/// One letter to a peer with one fault; how often the payload was announced.
async fn hand_over(at: At, fault: Fault) -> (HandOver, u32) {
    let peer = SmtpPeer::start(Script::fault(at, fault)).await;
    let mut connection = connect(&options_for(fault, peer.port)).await;
    let mut announced = 0;
    let outcome = connection
        .hand_over(&ROSA, || {
            announced += 1;
            std::future::ready(true)
        })
        .await;
    assert_eq!(
        connection.is_usable(),
        matches!(outcome, HandOver::HandedOver { .. }),
        "only a clean hand-over leaves a usable connection: {at:?} {fault:?}"
    );
    (outcome, announced)
}

fn refusal(phase: Phase, reply: &str) -> HandOver {
    let code: u16 = reply[..3].parse().unwrap();
    HandOver::Refused { phase, code, reply: reply.to_owned(), is_permanent: code >= 500 }
}

const BEFORE_PAYLOAD: [(At, Phase); 3] =
    [(At::Mail, Phase::MailFrom), (At::Rcpt, Phase::RcptTo), (At::Data, Phase::Data)];

/// A worker on several threads must be able to own a hand-over.
#[tokio::test]
async fn a_hand_over_can_move_between_threads() {
    let peer = SmtpPeer::start(Script::default()).await;
    let options = options(peer.port);
    let task = tokio::spawn(async move {
        let mut connection = SmtpConnection::connect(&options).await.unwrap();
        connection.hand_over(&ROSA, async || true).await
    });
    assert!(matches!(task.await.unwrap(), HandOver::HandedOver { .. }));
}

#[tokio::test]
async fn a_no_in_any_phase_is_a_refusal_with_code_and_words() {
    let phases = BEFORE_PAYLOAD.into_iter().chain([(At::AfterDot, Phase::AfterDot)]);
    for (at, phase) in phases {
        for (fault, reply) in [
            (Fault::Say("451 4.7.1 come back\r\n"), "451 4.7.1 come back"),
            (Fault::Say("550 5.7.1 never\r\n"), "550 5.7.1 never"),
            (Fault::SayAndClose("421 4.3.2 closing\r\n"), "421 4.3.2 closing"),
            (Fault::Say("550-5.7.1 two\r\n550 5.7.1 lines\r\n"), "550 5.7.1 two lines"),
        ] {
            let (outcome, announced) = hand_over(at, fault).await;
            assert_eq!(outcome, refusal(phase, reply));
            assert_eq!(announced, u32::from(at == At::AfterDot));
        }
    }
}

#[tokio::test]
async fn a_break_before_the_payload_leaves_no_doubt() {
    for (at, phase) in BEFORE_PAYLOAD {
        for fault in [Fault::Eof, Fault::Silence, Fault::Say("what?\r\n"), Fault::Say("399 hm\r\n")]
        {
            let (outcome, announced) = hand_over(at, fault).await;
            let HandOver::BrokenBefore { phase: broken, reason } = outcome else {
                panic!("{at:?} {fault:?}: {outcome:?}");
            };
            assert_eq!(broken, phase, "{fault:?}");
            assert!(!reason.is_empty());
            assert_eq!(announced, 0, "{at:?} {fault:?}");
        }
    }
}

#[tokio::test]
async fn anything_but_354_to_data_is_not_a_go_ahead() {
    let (outcome, announced) = hand_over(At::Data, Fault::Say("250 2.0.0 ok\r\n")).await;
    let reason = "the server answered 250 2.0.0 ok".to_owned();
    assert_eq!(outcome, HandOver::BrokenBefore { phase: Phase::Data, reason });
    assert_eq!(announced, 0);
}

#[tokio::test]
async fn a_break_from_the_payload_on_is_uncertain() {
    for at in [At::Payload, At::AfterDot] {
        for fault in [Fault::Eof, Fault::Silence, Fault::Say("what?\r\n")] {
            let (outcome, announced) = hand_over(at, fault).await;
            assert!(matches!(outcome, HandOver::Uncertain { .. }), "{at:?} {fault:?}: {outcome:?}");
            assert_eq!(announced, 1);
        }
    }
    let (outcome, _) = hand_over(At::AfterDot, Fault::Say("354 go\r\n")).await;
    assert!(matches!(outcome, HandOver::Uncertain { .. }), "a 354 is no acceptance: {outcome:?}");
}

#[tokio::test]
async fn accepted_and_then_dropped_is_handed_over() {
    let fault = Fault::SayAndClose("250 2.0.0 queued\r\n");
    let peer = SmtpPeer::start(Script::fault(At::AfterDot, fault)).await;
    let mut connection = connect(&options_for(fault, peer.port)).await;
    let outcome = connection.hand_over(&ROSA, || std::future::ready(true)).await;
    let reply = "250 2.0.0 queued".to_owned();
    assert_eq!(outcome, HandOver::HandedOver { code: 250, reply });
    let next = connection.hand_over(&ROSA, || std::future::ready(true)).await;
    assert!(matches!(next, HandOver::BrokenBefore { phase: Phase::MailFrom, .. }), "{next:?}");
    assert_eq!(peer.seen(|seen| seen.letters.len()), 1);
}

#[tokio::test]
async fn one_bad_recipient_does_not_stop_another_letter() {
    let peer = SmtpPeer::start(Script::refusing("gone@example.com")).await;
    let gone = Envelope { to: "gone@example.com", ..ROSA };
    let mut outcomes = Vec::new();
    for letter in [ROSA, gone, ROSA] {
        let mut connection = connect(&options(peer.port)).await;
        outcomes.push(connection.hand_over(&letter, || std::future::ready(true)).await);
    }
    let handed_over = |outcome: &HandOver| matches!(outcome, HandOver::HandedOver { .. });
    assert!(handed_over(&outcomes[0]) && handed_over(&outcomes[2]), "{outcomes:?}");
    assert_eq!(outcomes[1], refusal(Phase::RcptTo, "550 5.1.1 no such user here"));
    assert_eq!(peer.seen(|seen| seen.letters.clone()), [LETTER, LETTER]);
}

#[tokio::test]
async fn who_lost_the_lease_sends_not_a_byte_of_the_letter() {
    let peer = SmtpPeer::start(Script::default()).await;
    let mut connection = connect(&options(peer.port)).await;
    let outcome = connection.hand_over(&ROSA, || std::future::ready(false)).await;
    assert_eq!(outcome, HandOver::LostLease);
    assert!(!connection.is_usable());
    peer.until(|seen| seen.closed == 1).await;
    assert_eq!(peer.seen(|seen| (seen.payload_bytes, seen.letters.len())), (0, 0));
}

#[tokio::test]
async fn the_payload_is_announced_after_354_and_before_its_first_byte() {
    let peer = SmtpPeer::start(Script::default()).await;
    let mut connection = connect(&options(peer.port)).await;
    let outcome = connection
        .hand_over(&ROSA, async || {
            peer.until(|seen| seen.commands.last().is_some_and(|line| line == "DATA")).await;
            assert_eq!(peer.seen(|seen| seen.payload_bytes), 0);
            true
        })
        .await;
    assert!(matches!(outcome, HandOver::HandedOver { .. }), "{outcome:?}");
    assert_eq!(peer.seen(|seen| seen.letters.clone()), [LETTER]);
}

#[tokio::test]
async fn a_hand_over_dropped_half_way_leaves_nothing_to_reuse() {
    let peer = SmtpPeer::start(Script::fault(At::AfterDot, Fault::Silence)).await;
    let mut connection = connect(&options(peer.port)).await;
    let cancelled = async {
        tokio::select! {
            biased;
            outcome = connection.hand_over(&ROSA, || std::future::ready(true)) => panic!("{outcome:?}"),
            () = peer.until(|seen| seen.letters.len() == 1) => {}
        }
    };
    cancelled.await;
    assert!(!connection.is_usable());
    let next = connection.hand_over(&ROSA, || std::future::ready(true)).await;
    assert!(matches!(next, HandOver::BrokenBefore { phase: Phase::Connect, .. }), "{next:?}");
    peer.until(|seen| seen.closed == 1).await;
}

#[tokio::test]
async fn what_could_smuggle_a_command_is_refused_before_a_byte_is_sent() {
    let peer = SmtpPeer::start(Script::default()).await;
    let before = async |envelope: Envelope<'static>| {
        let mut connection = connect(&options(peer.port)).await;
        connection.hand_over(&envelope, || std::future::ready(true)).await
    };
    for (letter, phase, code) in [
        (Envelope { to: "rosa@example.com>\r\nRCPT TO:<x@y.example", ..ROSA }, Phase::RcptTo, 553),
        (Envelope { to: "", ..ROSA }, Phase::RcptTo, 553),
        (Envelope { from: "a b@example.com", ..ROSA }, Phase::MailFrom, 553),
        (Envelope { bytes: b"a\n.\nMAIL FROM:<x@y.example>\r\n", ..ROSA }, Phase::MailFrom, 554),
        (Envelope { bytes: b"", ..ROSA }, Phase::MailFrom, 554),
    ] {
        let outcome = before(letter).await;
        let HandOver::Refused { phase: at, code: said, is_permanent: true, .. } = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!((at, said), (phase, code));
    }
    let commands = peer.seen(|seen| seen.commands.clone());
    assert!(commands.iter().all(|line| line.starts_with("EHLO")), "{commands:?}");
}

#[tokio::test]
async fn addresses_in_a_servers_words_are_not_kept() {
    let fault = Fault::Say("550 5.1.1 <rosa@example.com>: \x1b[31munknown\r\n");
    let (outcome, _) = hand_over(At::Rcpt, fault).await;
    assert_eq!(outcome, refusal(Phase::RcptTo, "550 5.1.1 (address) [31munknown"));
}
