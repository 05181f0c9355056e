//! Hostile bytes are refused by the name of the rule they break, before the
//! parser sees them; and no error quotes a mail.

use tierline::mailbox::imap::{ImapError, ImapOptions, Rule, Step};

use super::peer::{connect, four_mails, selected};
use crate::harness::imap_peer::Fault;

#[tokio::test]
async fn hostile_bytes_are_refused_by_name_and_at_once() {
    let nested = [b"* 1 FETCH (UID 1 BODYSTRUCTURE ".to_vec(), vec![b'('; 100_000]].concat();
    let endless = [b"* 1 FETCH (UID 1 FLAGS (".to_vec(), vec![b'x'; 1_000_000]].concat();
    let flood = b"* 1 EXISTS\r\n".repeat(250_000);
    for (bytes, expected) in [
        (nested, Rule::StructureOutOfPlace),
        (endless, Rule::LineTooLong),
        (b"* 1 FETCH (UID 1 BODY[] {400000000}\r\nabc".to_vec(), Rule::LiteralTooLong),
        (b"* 1 FETCH (UID 1 X {5}\r\nabcde)\r\n".to_vec(), Rule::LiteralOutOfPlace),
        (flood, Rule::ReplyTooLong),
    ] {
        let peer = four_mails().await;
        let most = 1 << 20;
        let options = ImapOptions {
            max_mail_bytes: most,
            max_literal_bytes: most,
            max_reply_bytes: most,
            ..peer.options()
        };
        let mut session = connect(&options).await.unwrap();
        session.select().await.unwrap();
        peer.fault("UID FETCH", Fault::Raw(bytes));
        let error = session.fetch(&[1]).await.unwrap_err();
        let ImapError::Hostile { rule } = error else { panic!("{expected:?}: {error:?}") };
        assert_eq!(rule, expected);
        assert!(session.is_poisoned());
    }
}

#[tokio::test]
async fn replies_that_would_panic_the_parser_are_refused() {
    for bytes in [
        &b"* 1 FETCH (UID 1 INTERNALDATE NIL RFC822.SIZE 5)\r\n"[..],
        "* OK [ALERT]é\r\n".as_bytes(),
    ] {
        let peer = four_mails().await;
        let mut session = selected(&peer).await;
        peer.fault("FETCH", Fault::Raw(bytes.to_vec()));
        let error = session.list(1).await.unwrap_err();
        assert!(matches!(error, ImapError::Hostile { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn an_error_quotes_no_word_of_a_mail() {
    let peer = four_mails().await;
    let mut session = selected(&peer).await;
    peer.fault("UID FETCH", Fault::Raw(b"* 1 FETCH hush rosa@example.com loan\r\n".to_vec()));
    let error = session.fetch(&[1]).await.unwrap_err();
    assert!(matches!(error, ImapError::Nonsense(Step::Fetch)), "{error:?}");
    let mut session = selected(&peer).await;
    peer.fault("UID FETCH", Fault::Raw(b"T4 NO hush rosa@example.com loan\r\n".to_vec()));
    let refused = session.fetch(&[1]).await.unwrap_err();
    for error in [error, refused] {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("hush") && !shown.contains("rosa"), "{shown}");
    }
}
