//! A site with a door, and a browser that keeps one cookie and follows nothing
//! by itself, so that a test sees each answer.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::tz::TimeZone;
use tierline::app::App;
use tierline::app::sign_in::{Door, invite};
use tierline::cli::serve::StorePages;
use tierline::config::Config;
use tierline::domain::actor::Role;
use tierline::domain::id::PersonId;
use tierline::domain::sign_in::{SessionLimits, code};
use tierline::web::{Pages, Shell, router, serve};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::harness::database::TestDatabase;
use crate::harness::desk::{DeskBuilder, SettableClock, TestDesk};
use crate::harness::dovecot::install_tls;

/// What everybody's secret is here.
pub const SECRET: &str = "violet anvil marmot quay";

pub struct Site {
    pub desk: TestDesk,
    pub address: SocketAddr,
    stop: CancellationToken,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// A shell over `app` with a door.
pub fn shell(app: &Arc<App>) -> Shell<StorePages> {
    Shell {
        tickets: StorePages(Arc::clone(app)),
        door: Some(Door::new(
            Arc::clone(app),
            SessionLimits::default(),
            "Example Servicing".to_owned(),
        )),
        address_header: Some("x-real-ip".parse().unwrap()),
        pages: Pages::new().unwrap(),
        instance: "desk".to_owned(),
        zone: TimeZone::get("America/New_York").unwrap(),
        clock: Arc::clone(&app.clock),
        configuration: Config::load(None, []).unwrap().settings,
        allowed_hosts: Vec::new(),
        readiness: Box::new(|| (true, serde_json::json!({}))),
        metrics: Box::new(String::new),
    }
}

impl Site {
    pub async fn open(database: TestDatabase) -> Self {
        let desk = DeskBuilder::default().maildir("care").build(database).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let served = tokio::spawn(serve(listener, router(shell(&desk.app)), stop.clone()));
        Self { desk, address, stop, served }
    }

    pub fn clock(&self) -> &SettableClock {
        &self.desk.clock
    }

    pub fn browser(&self) -> Browser {
        install_tls();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Browser { http, address: self.address, cookie: None, network: "192.0.2.1".to_owned() }
    }

    /// Path of an invitation of `name`.
    pub async fn invitation(&self, name: &str, role: Role) -> String {
        let now = self.desk.app.now();
        let (_, token) = invite(&self.desk.app.store, name, role, "engine", now).await.unwrap();
        format!("/invitations/{}", token.text())
    }

    pub async fn id_of(&self, name: &str) -> PersonId {
        self.desk.app.store.find_person(name).await.unwrap().unwrap().id
    }

    /// The code that the app of `name` shows now.
    pub async fn code_of(&self, name: &str) -> String {
        let factor = self.desk.app.store.find_second_factor(self.id_of(name).await).await;
        code::present_code(&factor.unwrap().unwrap().seed, self.desk.app.now())
    }

    /// `name` is invited, chooses the secret, sets up the second factor: their
    /// browser, signed in, and their recovery codes.
    pub async fn signed_in(&self, name: &str, role: Role) -> (Browser, Vec<String>) {
        let mut browser = self.browser();
        let invitation = self.invitation(name, role).await;
        let form = [("secret", SECRET), ("again", SECRET)];
        assert_eq!(browser.post(&invitation, &form).await.status, 303);
        assert_eq!(browser.show_secret(name, SECRET).await.to, "/sign-in/code?next=%2F");
        assert_eq!(browser.get("/sign-in/code").await.status, 200);
        let answer = browser.show_code(&self.code_of(name).await).await;
        assert_eq!(answer.status, 200, "{}", answer.html);
        let codes = answer.html.split("<code>").skip(1);
        let codes = codes.map(|rest| rest.split('<').next().unwrap().to_owned()).collect();
        (browser, codes)
    }

    pub async fn close(self) {
        self.stop.cancel();
        self.served.await.unwrap().unwrap();
        self.desk.database.close().await;
    }
}

#[derive(Clone)]
pub struct Browser {
    http: reqwest::Client,
    address: SocketAddr,
    pub cookie: Option<String>,
    pub network: String,
}

pub struct Answer {
    pub status: u16,
    /// Where it sends the browser.
    pub to: String,
    /// The whole `Set-Cookie` header.
    pub set_cookie: String,
    pub html: String,
    pub headers: reqwest::header::HeaderMap,
}

impl Answer {
    /// What the browser may load and run, by the answer's own word.
    pub fn policy(&self) -> &str {
        self.header("content-security-policy")
    }

    /// A header; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Browser {
    pub async fn get(&mut self, path: &str) -> Answer {
        let request = self.http.get(format!("http://{}{path}", self.address));
        self.send(request).await
    }

    /// Posts a form as our own page does, with the mark of the last page.
    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let mark = self.mark().await;
        let mut form = form.to_vec();
        form.push(("mark", &mark));
        let origin = format!("http://{}", self.address);
        self.post_from(&origin, path, &form).await
    }

    /// Posts a form that stands on a page of `origin`.
    pub async fn post_from(&mut self, origin: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = self
            .http
            .post(format!("http://{}{path}", self.address))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        if !origin.is_empty() {
            request = request.header("origin", origin);
        }
        self.send(request).await
    }

    pub async fn show_secret(&mut self, name: &str, secret: &str) -> Answer {
        self.post("/sign-in", &[("name", name), ("secret", secret)]).await
    }

    pub async fn show_code(&mut self, code: &str) -> Answer {
        self.post("/sign-in/code", &[("code", code)]).await
    }

    /// The mark that forms of this session carry, from a page that has one.
    pub async fn mark(&mut self) -> String {
        for path in ["/sign-in/code", "/account"] {
            let html = self.get(path).await.html;
            if let Some((_, rest)) = html.split_once("name=\"mark\" value=\"") {
                return rest.split('"').next().unwrap().to_owned();
            }
        }
        String::new()
    }

    async fn send(&mut self, mut request: reqwest::RequestBuilder) -> Answer {
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let response = request.header("x-real-ip", &self.network).send().await.unwrap();
        let header = |name: &str| {
            let value = response.headers().get(name);
            value.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        let (to, set_cookie) = (header("location"), header("set-cookie"));
        if !set_cookie.is_empty() {
            let pair = set_cookie.split(';').next().unwrap().to_owned();
            self.cookie = (!pair.ends_with('=')).then_some(pair);
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, to, set_cookie, html: response.text().await.unwrap(), headers }
    }
}
