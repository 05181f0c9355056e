//! Files with a letter: what they are is read from their bytes, they arrive as
//! they were, and a release is of the letter with the files it had.

use tierline::app::work::{
    SendDraft, WorkError, ask_release, attach_file, detach_file, files, find_draft, release_draft,
    save_draft, send_draft,
};
use tierline::mailbox::mime::{self, MimeLimits};

use super::house::{ana, asks, letter, refused, sam};
use crate::harness::desk::{TestDesk, on_both};
use tierline::app::work::Wish;
use tierline::domain::command::Reply;
use tierline::domain::digest::Digest;

const TEXT: &str = "Dear Rosa,\n\nthe form is attached.";
/// With line ends of every kind: a careless encoding would change them.
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\r<</Type /Catalog>>\r\nendobj\n.\n%%EOF\n";

fn words(text: &str) -> Reply {
    let Wish::Reply(reply) = letter("answer", text) else { unreachable!() };
    reply
}

#[tokio::test]
async fn a_file_arrives_byte_for_byte_and_goes_with_its_own_letter_only() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My escrow", "Which form do I need?").await;
        let ana = ana(desk);
        let pdf = || ("../Form 12.exe", PDF.to_vec());
        let none = attach_file(&desk.app, &number, &ana, pdf()).await.unwrap_err();
        assert!(matches!(none, WorkError::NoDraft), "{none}");
        save_draft(&desk.app, &number, &ana, (0, None), &words(TEXT)).await.unwrap();
        let why = refused(desk, &number, &ana, letter("answer", TEXT)).await;
        assert!(why.contains("asks attachment"), "{why}");
        let other = attach_file(&desk.app, &number, &ana, ("a.pdf", b"MZ".to_vec())).await;
        assert!(other.unwrap_err().to_string().contains("no PDF, JPEG or PNG"));
        assert_eq!(attach_file(&desk.app, &number, &ana, pdf()).await.unwrap(), "Form 12.pdf");
        assert_eq!(attach_file(&desk.app, &number, &ana, pdf()).await.unwrap(), "Form 12.pdf");
        let two = files(&desk.app, &number, &ana).await.unwrap();
        detach_file(&desk.app, &number, &ana, two[1].id).await.unwrap();
        let gone = detach_file(&desk.app, &number, &ana, two[1].id).await.unwrap_err();
        assert!(matches!(gone, WorkError::NoSuchFile), "{gone}");
        send_draft(&desk.app, &number, &ana, &SendDraft::default()).await.unwrap();
        desk.settles().await;
        let arrived = desk.arrived();
        let has_file = |raw: &[u8]| String::from_utf8_lossy(raw).contains("Form 12.pdf");
        let with_file = arrived.iter().find(|one| has_file(&one.raw)).expect("it arrived");
        let mail = mime::parse(&with_file.raw, desk.now(), &MimeLimits::default());
        assert!(mail.text.contains("the form is attached."), "{}", mail.text);
        let [file] = mail.attachments.as_slice() else { panic!("{:?}", mail.attachments) };
        assert_eq!((&*file.name, &*file.sniffed_type), ("Form 12.pdf", "application/pdf"));
        assert_eq!((file.sha, mail.defects.as_slice()), (Digest::of(PDF), [].as_slice()));
        let ticket = desk.only_ticket().await;
        let sent = ticket.events.iter().rfind(|line| line.event.kind == "letter_written").unwrap();
        assert_eq!(sent.event.particulars["files"][0], serde_json::json!(Digest::of(PDF)));
        assert_eq!(find_draft(&desk.app, &number, &ana).await.unwrap(), None);
        assert_eq!(desk.sql("DELETE FROM attached_file").await, 0, "gone with the draft");
    })
    .await;
}

#[tokio::test]
async fn a_file_that_comes_after_a_release_takes_it_back() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My balance", "What is my balance?").await;
        let (ana, sam) = (ana(desk), sam(desk).await);
        let fact = words("Dear Rosa,\n\nyour balance is $1,250.00.");
        save_draft(&desk.app, &number, &ana, (0, None), &fact).await.unwrap();
        ask_release(&desk.app, &number, &ana).await.unwrap();
        release_draft(&desk.app, &number, (&sam, ana.person), Some(1), "She called.")
            .await
            .unwrap();
        attach_file(&desk.app, &number, &ana, ("a.pdf", PDF.to_vec())).await.unwrap();
        let draft = find_draft(&desk.app, &number, &ana).await.unwrap().unwrap();
        assert_eq!((draft.version, draft.release), (2, None));
        let stopped = send_draft(&desk.app, &number, &ana, &SendDraft::default()).await;
        assert!(stopped.unwrap_err().to_string().contains("blocks loan_fact"));
        let large = vec![0xff, 0xd8, 0xff].into_iter().chain(vec![0; 5 << 20]).collect();
        let why = attach_file(&desk.app, &number, &ana, ("a.jpg", large)).await.unwrap_err();
        assert!(why.to_string().contains("larger than 5 MiB"), "{why}");
        for _ in 1..10 {
            attach_file(&desk.app, &number, &ana, ("a.pdf", PDF.to_vec())).await.unwrap();
        }
        let why = attach_file(&desk.app, &number, &ana, ("a.pdf", PDF.to_vec())).await;
        assert!(why.unwrap_err().to_string().contains("takes 10 files"));
    })
    .await;
}
