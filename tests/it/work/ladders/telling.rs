//! People are told by letters that name a ticket and nothing else of it, and
//! endpoints by signed calls, at hours that fit what is behind it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use tierline::app::notify::{self, Telling};
use tierline::domain::id::PersonId;
use tierline::postage::webhook::{CallFailed, EndpointOptions, Endpoints, signature};
use tierline::store::worker::WorkerChange;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{HOUR, NOTICE};
use crate::harness::desk::{Arrived, TestDesk, on_both};
use crate::work::house::{asks, sam};

const SECRET: &str = "the secret of the pager";

async fn address(desk: &TestDesk, person: PersonId, address: &str) {
    let change = WorkerChange { address: Some(address.to_owned()), ..WorkerChange::default() };
    desk.store().change_worker(person, &change, "engine", desk.now()).await.unwrap();
}

/// Everything that is due to be told is told, and leaves.
async fn tells(desk: &mut TestDesk) {
    while notify::tell_due(&desk.app).await.unwrap() > 0 {}
    desk.settles().await;
}

fn to<'a>(arrived: &'a [Arrived], address: &str) -> Vec<&'a Arrived> {
    arrived.iter().filter(|one| one.header("To") == address).collect()
}

#[tokio::test]
async fn a_notice_has_the_number_and_no_word_of_the_borrower() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let sam = sam(desk).await;
        address(desk, sam.person, "sam@example.com").await;
        let text = "My escrow payment went up. I want to speak to a supervisor.";
        let number = asks(desk, "Zylophant escrow", text).await;
        desk.climbs().await;
        // a service step waits for the end of its hour
        tells(desk).await;
        assert!(to(&desk.arrived(), "sam@example.com").is_empty());
        desk.passes(HOUR);
        tells(desk).await;
        let arrived = desk.arrived();
        let told = to(&arrived, "sam@example.com");
        assert_eq!(told.len(), 1, "{}", desk.state().await);
        let raw = String::from_utf8_lossy(&told[0].raw).into_owned();
        assert!(raw.contains(number.as_str()));
        for private in ["Zylophant", "rosa", "Rosa", "escrow", "supervisor"] {
            assert!(!raw.contains(private), "{private}: {raw}");
        }
        desk.passes(HOUR);
        tells(desk).await;
        assert_eq!(to(&desk.arrived(), "sam@example.com").len(), 1, "told once");
    })
    .await;
}

#[tokio::test]
async fn at_night_only_the_law_calls_and_the_rest_is_one_letter_in_the_morning() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let sam = sam(desk).await;
        address(desk, sam.person, "sam@example.com").await;
        address(desk, desk.cora, "cora@example.com").await;
        // ten at night on Tuesday
        desk.passes(10 * HOUR);
        for at in 0..3 {
            let text = format!("Question {at} about my escrow. I want to speak to a supervisor.");
            asks(desk, &format!("My escrow {at}"), &text).await;
            // The oldest ticket stands first.
            desk.passes(Duration::from_secs(1));
        }
        desk.climbs().await;
        tells(desk).await;
        desk.passes(9 * HOUR);
        tells(desk).await;
        assert!(to(&desk.arrived(), "sam@example.com").is_empty(), "it is seven in the morning");
        desk.passes(3 * HOUR);
        tells(desk).await;
        let arrived = desk.arrived();
        let told = to(&arrived, "sam@example.com");
        assert_eq!(told.len(), 1, "one letter for three tickets");
        assert_eq!(told[0].header("Subject").matches("TL-").count(), 3);
        // a deadline of the law passes on a Saturday night: compliance is called then
        asks(desk, "Notice of error", NOTICE).await;
        let before = to(&desk.arrived(), "cora@example.com").len();
        let due = {
            let ticket = desk.ticket("Notice of error").await;
            ticket.clocks.iter().find(|clock| clock.kind == "NOE_ACK").unwrap().due_at
        };
        let left = due.duration_since(desk.now());
        desk.passes(Duration::try_from(left).unwrap() + Duration::from_secs(1));
        desk.settles().await;
        desk.climbs().await;
        tells(desk).await;
        assert!(to(&desk.arrived(), "cora@example.com").len() > before, "{}", desk.state().await);
    })
    .await;
}

/// What an endpoint got, and what it answers next.
#[derive(Default)]
struct Heard {
    calls: Vec<(String, String)>,
    answers: Vec<u16>,
}

struct Pager {
    port: u16,
    heard: Arc<Mutex<Heard>>,
    serving: JoinHandle<()>,
}

impl Drop for Pager {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Pager {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let shared = Arc::clone(&heard);
        let serving = tokio::spawn(async move {
            while let Ok((mut tcp, _)) = listener.accept().await {
                let mut request = Vec::new();
                let (head, body) = loop {
                    if tcp.read_buf(&mut request).await.unwrap_or(0) == 0 {
                        break (String::new(), String::new());
                    }
                    let text = String::from_utf8_lossy(&request).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let length = head.lines().find_map(|line| {
                        let line = line.to_ascii_lowercase();
                        line.strip_prefix("content-length: ")?.parse::<usize>().ok()
                    });
                    if body.len() >= length.unwrap_or(0) {
                        break (head.to_owned(), body.to_owned());
                    }
                };
                let status = {
                    let mut heard = shared.lock().unwrap();
                    heard.calls.push((head, body));
                    if heard.answers.is_empty() { 204 } else { heard.answers.remove(0) }
                };
                let answer = format!(
                    "HTTP/1.1 {status} x\r\nLocation: http://127.0.0.1:{port}/elsewhere\r\n\
                     Content-Length: 0\r\nConnection: close\r\n\r\n"
                );
                let _ = tcp.write_all(answer.as_bytes()).await;
            }
        });
        Self { port, heard, serving }
    }

    fn endpoints(&self) -> Endpoints {
        let options = EndpointOptions {
            name: "pager".to_owned(),
            url: format!("http://127.0.0.1:{}/page", self.port),
            secret: SecretString::from(SECRET),
        };
        Endpoints::new(vec![options], &["127.0.0.1".to_owned()]).unwrap()
    }
}

#[tokio::test]
async fn a_call_is_signed_and_a_redirect_is_not_followed() {
    let pager = Pager::start().await;
    let endpoints = pager.endpoints();
    let at = "2026-11-24T17:00:00Z".parse().unwrap();
    endpoints.call("pager", "{\"a\":1}", at).await.unwrap();
    pager.heard.lock().unwrap().answers = vec![302, 500];
    let redirected = endpoints.call("pager", "{}", at).await.unwrap_err();
    assert_eq!(redirected, CallFailed::Status(302));
    assert_eq!(endpoints.call("pager", "{}", at).await.unwrap_err(), CallFailed::Status(500));
    assert_eq!(endpoints.call("other", "{}", at).await.unwrap_err(), CallFailed::Unknown);
    let heard = pager.heard.lock().unwrap();
    assert_eq!(heard.calls.len(), 3, "nothing was called a second time");
    let (head, body) = &heard.calls[0];
    assert_eq!(body, "{\"a\":1}");
    let expected = signature(SECRET, body, 1_795_539_600);
    assert!(head.to_lowercase().contains(&format!("tierline-signature: {expected}")), "{head}");
}

#[tokio::test]
async fn a_notice_is_called_again_until_the_endpoint_has_it() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let pager = Pager::start().await;
        pager.heard.lock().unwrap().answers = vec![503, 429];
        let telling = Telling { endpoints: pager.endpoints(), ticket_url: String::new() };
        let sam = sam(desk).await;
        address(desk, sam.person, "sam@example.com").await;
        let text = "My escrow payment went up. I want to speak to a supervisor.";
        asks(desk, "My escrow", text).await;
        desk.climbs().await;
        // a step of the shipped ladders calls no endpoint: one is added by hand
        desk.sql(
            "UPDATE notice SET via = 'webhook', endpoint = 'pager', person_id = NULL, \
             not_before_at = 0",
        )
        .await;
        let mut app = std::sync::Arc::into_inner(desk.second_app().await).unwrap();
        app.telling = telling;
        let mut told = 0;
        for _ in 0..6 {
            told += notify::tell_due(&app).await.unwrap();
            desk.passes(Duration::from_secs(60));
        }
        let calls = pager.heard.lock().unwrap().calls.len();
        assert!(told >= 1, "{calls} calls");
        assert_eq!(calls, told + 2, "two refusals, then each notice once");
    })
    .await;
}
