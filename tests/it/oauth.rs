//! Access tokens: from a token endpoint on loopback into a real Dovecot and a
//! scripted peer; expiry, refusal, renewal, and endpoints that misbehave.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use tierline::mailbox::imap::{Credential, ImapError, ImapOptions, ImapSession};
use tierline::mailbox::oauth::{Grant, OAuthError, OAuthOptions, Refusal, TokenSource};
use tierline::mailbox::source::{ImapSource, MailSource};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::harness::desk::{Door, TestDesk, mail, on_both};
use crate::harness::dovecot::{Dovecot, TestCa, install_tls};
use crate::harness::imap_peer::{Fault, ImapPeer};

fn now() -> Timestamp {
    "2026-03-02T15:00:00Z".parse().unwrap()
}

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

/// What the endpoint was asked, and what it answers next.
#[derive(Default)]
struct Script {
    /// Status and body; the last one is given again and again.
    answers: VecDeque<(u16, String)>,
    /// Form bodies received.
    asked: Vec<String>,
}

/// A token endpoint. Dropping it ends it.
struct TokenEndpoint {
    url: String,
    script: Arc<Mutex<Script>>,
    serving: JoinHandle<()>,
}

impl Drop for TokenEndpoint {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl TokenEndpoint {
    async fn start(tls: Option<&TestCa>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let script = Arc::new(Mutex::new(Script::default()));
        let acceptor = tls.map(TestCa::acceptor);
        let shared = Arc::clone(&script);
        let serving = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                match &acceptor {
                    None => serve(tcp, &shared).await,
                    Some(acceptor) => {
                        if let Ok(tls) = acceptor.accept(tcp).await {
                            serve(tls, &shared).await;
                        }
                    }
                }
            }
        });
        let scheme = if tls.is_some() { "https" } else { "http" };
        Self { url: format!("{scheme}://localhost:{port}/token"), script, serving }
    }

    fn answers(&self, status: u16, body: &str) {
        self.script.lock().unwrap().answers.push_back((status, body.to_owned()));
    }

    fn gives(&self, token: &str, seconds: i64) {
        let body =
            format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{seconds}}}"#);
        self.answers(200, &body);
    }

    fn asked(&self) -> Vec<String> {
        self.script.lock().unwrap().asked.clone()
    }

    fn options(&self) -> OAuthOptions {
        OAuthOptions {
            token_url: self.url.clone(),
            client_id: "tierline".to_owned(),
            client_secret: Some(SecretString::from("s&cret")),
            grant: Grant::RefreshToken(SecretString::from("first-refresh")),
            scope: Some("imap offline".to_owned()),
            ca_file: None,
            grant_expires_at: None,
        }
    }

    fn source(&self) -> TokenSource {
        TokenSource::new(self.options()).unwrap()
    }
}

/// One request, one answer, then the connection is closed.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, script: &Mutex<Script>) {
    let mut request = Vec::new();
    let body = loop {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok()
        });
        if body.len() >= length.unwrap_or(0) {
            break body.to_owned();
        }
    };
    let (status, answer) = {
        let mut script = script.lock().unwrap();
        script.asked.push(body);
        let next = script.answers.pop_front().expect("an answer was planned");
        if script.answers.is_empty() {
            script.answers.push_back(next.clone());
        }
        next
    };
    let head = format!(
        "HTTP/1.1 {status} Status\r\ncontent-length: {}\r\nconnection: close\r\n\
         location: http://localhost:1/elsewhere\r\n\r\n",
        answer.len()
    );
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn with_tokens(options: ImapOptions, source: &TokenSource) -> ImapOptions {
    ImapOptions { credential: Credential::OAuth(source.clone()), ..options }
}

#[tokio::test]
async fn a_mailbox_is_opened_with_a_token_from_the_endpoint() {
    install_tls();
    let server = Dovecot::start();
    let endpoint = TokenEndpoint::start(None).await;
    // Dovecot knows the real time only
    let far = Timestamp::now() + SignedDuration::from_hours(1);
    endpoint.gives(&server.access_token("rosa", far), 3600);
    let source = endpoint.source();
    let options = with_tokens(server.options("rosa"), &source);
    let mut session = ImapSession::connect(&options, now()).await.unwrap();
    assert_eq!(session.select().await.unwrap().exists, 0);
    let again = ImapSession::connect(&options, later(600)).await.unwrap();
    again.logout().await.unwrap();
    assert_eq!(
        endpoint.asked(),
        ["client_id=tierline&grant_type=refresh_token&refresh_token=first-refresh\
          &client_secret=s%26cret&scope=imap+offline"],
        "the second connection used the cached token"
    );
    let health = source.health();
    assert_eq!(health.last_success_at, Some(now()));
    assert_eq!(health.expires_at, Some(later(3600)));
    assert_eq!(health.last_error, None);
}

#[tokio::test]
async fn a_token_that_a_real_server_finds_expired_is_replaced_once() {
    install_tls();
    let server = Dovecot::start();
    let endpoint = TokenEndpoint::start(None).await;
    let real_now = Timestamp::now();
    let hour = SignedDuration::from_hours(1);
    endpoint.gives(&server.access_token("rosa", real_now - hour), 3600);
    endpoint.gives(&server.access_token("rosa", real_now + hour), 3600);
    let source = endpoint.source();
    source.access_token(now()).await.unwrap();
    let options = with_tokens(server.options("rosa"), &source);
    ImapSession::connect(&options, now()).await.unwrap();
    assert_eq!(endpoint.asked().len(), 2);
}

/// The token of a mailbox ends between two mails, and the server has hung up:
/// the next look brings a new one, and intake goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_whose_token_ends_in_the_middle_of_its_run_takes_the_next_mail_in() {
    install_tls();
    let server = Arc::new(Dovecot::start());
    let builder = TestDesk::builder().dovecot("rosa", &server);
    on_both(&builder, async |desk| {
        let Door::Dovecot(_, user) = desk.doors[0].clone() else { panic!("a Dovecot") };
        let endpoint = TokenEndpoint::start(None).await;
        // Dovecot knows the real time only, the engine the desk's.
        let (now, hour) = (Timestamp::now(), SignedDuration::from_hours(1));
        endpoint.gives(&server.access_token(&user, now + hour), 3600);
        endpoint.gives(&server.access_token(&user, now + hour + hour), 3600);
        // Dovecot finds the third one expired, whatever the endpoint says of it.
        endpoint.gives(&server.access_token(&user, now - hour), 3600);
        endpoint.gives(&server.access_token(&user, now + hour + hour + hour), 3600);
        let options = with_tokens(server.options(&user), &endpoint.source());
        desk.mailboxes[0].source = MailSource::Imap(Box::new(ImapSource::new(options)));

        desk.receives(&mail("First", "A question about my escrow account.").raw());
        desk.settles().await;
        assert_eq!((desk.tickets().await.len(), endpoint.asked().len()), (1, 1));

        // The session lives on after the end of its token, until it is cut.
        desk.passes(Duration::from_secs(2 * 3600));
        desk.receives(&mail("Second", "Another question about my escrow account.").raw());
        desk.settles().await;
        assert_eq!((desk.tickets().await.len(), endpoint.asked().len()), (2, 1));
        desk.mailboxes[0].source.disconnect();
        desk.receives(&mail("Third", "A third question about my escrow account.").raw());
        desk.settles().await;
        assert_eq!(desk.ticket("Third").await.mails.len(), 1);
        assert_eq!((desk.troubles.len(), endpoint.asked().len()), (0, 2), "{:?}", desk.troubles);

        // A new token that is no good is one failed look, and then there is another.
        desk.passes(Duration::from_secs(2 * 3600));
        desk.mailboxes[0].source.disconnect();
        desk.receives(&mail("Fourth", "A fourth question about my escrow account.").raw());
        desk.settles().await;
        assert_eq!(desk.ticket("Fourth").await.mails.len(), 1);
        assert_eq!((desk.troubles.len(), endpoint.asked().len()), (1, 4), "{:?}", desk.troubles);
        assert_eq!(desk.folders(0)["INBOX"], 0);
    })
    .await;
}

#[tokio::test]
async fn a_token_is_renewed_a_minute_before_it_ends_and_not_earlier() {
    install_tls();
    let endpoint = TokenEndpoint::start(None).await;
    endpoint.gives("one", 3600);
    endpoint.gives("two", 3600);
    let source = endpoint.source();
    let mut given = Vec::new();
    for seconds in [0, 3539, 3540, 3541] {
        let token = source.access_token(later(seconds)).await.unwrap();
        given.push((token.secret.expose_secret().to_owned(), token.was_cached));
    }
    let expected = [("one", false), ("one", true), ("two", false), ("two", true)];
    assert_eq!(given, expected.map(|(token, cached)| (token.to_owned(), cached)));
}

#[tokio::test]
async fn many_sessions_that_need_a_token_at_once_ask_once() {
    install_tls();
    let endpoint = TokenEndpoint::start(None).await;
    endpoint.gives("one", 3600);
    let source = endpoint.source();
    let asking = (0..8).map(|_| source.access_token(now()));
    for token in futures::future::join_all(asking).await {
        assert_eq!(token.unwrap().secret.expose_secret(), "one");
    }
    assert_eq!(endpoint.asked().len(), 1);
}

#[tokio::test]
async fn a_server_that_refuses_a_cached_token_is_tried_once_more_with_a_new_one() {
    install_tls();
    let endpoint = TokenEndpoint::start(None).await;
    endpoint.gives("withdrawn", 3600);
    endpoint.gives("good", 3600);
    let peer = ImapPeer::builder().start().await;
    peer.with(|state| state.tokens.insert("good".to_owned()));
    let source = endpoint.source();
    source.access_token(now()).await.unwrap();
    let options = with_tokens(peer.options(), &source);
    ImapSession::connect(&options, now()).await.unwrap();
    assert_eq!(peer.commands_like("AUTHENTICATE").len(), 2);
    assert_eq!(endpoint.asked().len(), 2);

    peer.with(|state| state.tokens.clear());
    let error = ImapSession::connect(&options, now()).await.unwrap_err();
    assert!(matches!(error, ImapError::LoginRefused { .. }), "{error:?}");
    assert_eq!(peer.commands_like("AUTHENTICATE").len(), 4, "once with each token, no more");
    let error = ImapSession::connect(&options, now()).await.unwrap_err();
    assert!(matches!(error, ImapError::LoginRefused { .. }), "{error:?}");
    assert_eq!(peer.commands_like("AUTHENTICATE").len(), 5, "a fresh token is not tried twice");
    assert_eq!(source.health().expires_at, None);
    assert!(!format!("{error:?} {options:?}").contains("good"));
}

#[tokio::test]
async fn a_server_that_is_silent_after_the_token_is_a_timeout_not_a_refusal() {
    install_tls();
    let endpoint = TokenEndpoint::start(None).await;
    endpoint.gives("good", 3600);
    let peer = ImapPeer::builder().start().await;
    peer.with(|state| state.tokens.insert("good".to_owned()));
    peer.fault("AUTHENTICATE", Fault::Silence);
    let mut options = with_tokens(peer.options(), &endpoint.source());
    options.command_timeout = Duration::from_millis(150);
    let error = ImapSession::connect(&options, now()).await.unwrap_err();
    assert!(matches!(error, ImapError::TimedOut(_)), "{error:?}");
    assert_eq!(peer.commands_like("AUTHENTICATE").len(), 1);
}

#[tokio::test]
async fn a_withdrawn_grant_names_what_a_person_has_to_do() {
    install_tls();
    let endpoint = TokenEndpoint::start(None).await;
    endpoint.answers(400, r#"{"error":"invalid_grant","error_description":"token of rosa"}"#);
    endpoint.gives("good", 3600);
    let peer = ImapPeer::builder().start().await;
    peer.with(|state| state.tokens.insert("good".to_owned()));
    let source = endpoint.source();
    let options = with_tokens(peer.options(), &source);
    let error = ImapSession::connect(&options, now()).await.unwrap_err();
    let refused = OAuthError::Refused { refusal: Refusal::InvalidGrant };
    assert!(matches!(&error, ImapError::OAuth(found) if *found == refused), "{error:?}");
    assert!(error.needs_operator());
    assert!(error.to_string().contains("sign in to the mailbox again"), "{error}");
    assert!(!error.to_string().contains("rosa"));
    assert_eq!(source.health().last_error, Some(refused));
    assert_eq!(source.health().last_success_at, None);
    ImapSession::connect(&options, later(60)).await.unwrap();
    assert_eq!(source.health().last_error, None);
    assert_eq!(source.health().last_success_at, Some(later(60)));
}

#[tokio::test]
async fn a_refresh_token_that_the_endpoint_replaces_is_used_from_then_on() {
    install_tls();
    let endpoint = TokenEndpoint::start(None).await;
    endpoint.answers(
        200,
        r#"{"access_token":"one","expires_in":60,"refresh_token":"second-refresh",
            "refresh_token_expires_in":864000}"#,
    );
    endpoint.gives("two", 3600);
    let source = endpoint.source();
    assert!(source.rotated_refresh_token().await.is_none());
    source.access_token(now()).await.unwrap();
    source.access_token(later(61)).await.unwrap();
    assert!(endpoint.asked()[0].contains("refresh_token=first-refresh"));
    assert!(endpoint.asked()[1].contains("refresh_token=second-refresh"));
    let rotated = source.rotated_refresh_token().await.unwrap();
    assert_eq!(rotated.expose_secret(), "second-refresh");
    assert_eq!(source.health().days_left(now()), Some(10));
}

#[tokio::test]
async fn an_application_can_use_its_own_right() {
    install_tls();
    let endpoint = TokenEndpoint::start(None).await;
    endpoint.gives("one", 3600);
    let options = OAuthOptions {
        grant: Grant::ClientCredentials,
        scope: None,
        grant_expires_at: Some(later(3 * 86_400)),
        ..endpoint.options()
    };
    let source = TokenSource::new(options).unwrap();
    source.access_token(now()).await.unwrap();
    assert_eq!(
        endpoint.asked(),
        ["client_id=tierline&grant_type=client_credentials&client_secret=s%26cret"]
    );
    assert_eq!(source.health().days_left(now()), Some(3));
}

#[tokio::test]
async fn an_endpoint_that_misbehaves_gives_no_token() {
    install_tls();
    let endpoint = TokenEndpoint::start(None).await;
    let source = endpoint.source();
    let large = format!("{{\"access_token\":\"{}\"}}", "a".repeat(70_000));
    for (status, body, expected) in [
        (302, "{}", OAuthError::Unavailable { status: 302 }),
        (503, "{}", OAuthError::Unavailable { status: 503 }),
        (200, large.as_str(), OAuthError::Nonsense),
        (200, "<html>", OAuthError::Nonsense),
    ] {
        endpoint.script.lock().unwrap().answers.clear();
        endpoint.answers(status, body);
        let error = source.access_token(now()).await.unwrap_err();
        assert_eq!(error, expected);
        assert!(!error.needs_operator());
    }
    drop(endpoint);
    tokio::task::yield_now().await;
    let error = source.access_token(now()).await.unwrap_err();
    assert_eq!(error, OAuthError::Unreachable);
}

#[tokio::test]
async fn only_an_endpoint_we_trust_gets_the_secret() {
    install_tls();
    let tls = TestCa::new();
    let endpoint = TokenEndpoint::start(Some(&tls)).await;
    endpoint.gives("one", 3600);
    assert_eq!(endpoint.source().access_token(now()).await.unwrap_err(), OAuthError::Unreachable);
    assert!(endpoint.asked().is_empty());
    let ca_file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(ca_file.path(), &tls.ca).unwrap();
    let trusting = OAuthOptions { ca_file: Some(ca_file.path().to_owned()), ..endpoint.options() };
    TokenSource::new(trusting).unwrap().access_token(now()).await.unwrap();

    for url in ["http://login.example.com/token", "ftp://localhost/", "not a url"] {
        let options = OAuthOptions { token_url: url.to_owned(), ..endpoint.options() };
        assert_eq!(TokenSource::new(options).unwrap_err(), OAuthError::BadUrl, "{url}");
    }
    let options = OAuthOptions { ca_file: Some("/nonexistent".into()), ..endpoint.options() };
    assert_eq!(TokenSource::new(options).unwrap_err(), OAuthError::BadCaFile);
}
