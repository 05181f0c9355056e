//! A real Chromium in a process of its own, driven over WebDriver as a person
//! would use it, and looked at with axe.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;

/// axe-core, as it was published (tests/vendored/README.md).
const AXE: &str = include_str!("../../vendored/axe.min.js");

/// A running driver; it and its browsers end with the value, or with the test.
pub struct Chromium {
    port: u16,
    process: Child,
    profiles: TempDir,
}

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub width: u32,
    pub is_dark: bool,
    pub has_scripts: bool,
}

impl Look {
    pub const DESK: Self = Self { width: 1280, is_dark: false, has_scripts: true };
}

/// One window.
pub struct Window {
    pub client: Client,
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // The driver takes its browsers with it when it is asked to end.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

impl Chromium {
    pub fn start() -> Self {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", "chromedriver", "--port=0"]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .filter_map(|line| line.split_once("on port ")?.1.trim_end_matches('.').parse().ok())
            // What it was asked for is said first, what it got after that.
            .find(|port| *port != 0)
            .expect("chromium-driver is installed and says its port");
        // It goes on talking: somebody has to listen.
        std::thread::spawn(move || lines.for_each(drop));
        Self { port, process, profiles: tempfile::tempdir().unwrap() }
    }

    /// A new window with nothing remembered.
    pub async fn window(&self, look: Look) -> Window {
        let profile = tempfile::tempdir_in(self.profiles.path()).unwrap().keep();
        let arguments = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-sync".to_owned(),
            "--disable-extensions".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--hide-scrollbars".to_owned(),
            format!("--user-data-dir={}", profile.display()),
        ];
        let mut wanted = Capabilities::new();
        wanted.insert("goog:chromeOptions".to_owned(), json!({ "args": arguments }));
        let connector = hyper_util::client::legacy::connect::HttpConnector::new();
        let client = ClientBuilder::new(connector)
            .capabilities(wanted)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("chromium starts");
        let window = Window { client };
        window.look(look).await;
        window
    }
}

/// A command of the DevTools protocol, through the driver.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let body = json!({ "cmd": self.command, "params": self.parameters });
        (http::Method::POST, Some(body.to_string()))
    }
}

impl Window {
    async fn tell(&self, command: &'static str, parameters: Value) {
        self.client.issue_cmd(DevTools { command, parameters }).await.unwrap();
    }

    /// Width, colours, and whether scripts run, from now on.
    pub async fn look(&self, look: Look) {
        let size = json!({
            "width": look.width, "height": 900, "deviceScaleFactor": 1, "mobile": false,
        });
        self.tell("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = if look.is_dark { "dark" } else { "light" };
        let is_off = json!({ "value": !look.has_scripts });
        self.tell("Emulation.setScriptExecutionDisabled", is_off).await;
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.tell("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// What axe finds wrong on the page as it stands, one line a finding.
    pub async fn violations(&self) -> Vec<String> {
        self.client.execute(AXE, vec![]).await.unwrap();
        let script = "const done = arguments[arguments.length - 1]; \
            axe.run(document, { resultTypes: ['violations'] }).then(found => done(found.violations));";
        let found = self.client.execute_async(script, vec![]).await.unwrap();
        let line = |rule: &Value| {
            let nodes = rule["nodes"].as_array().into_iter().flatten();
            let places: Vec<String> = nodes.map(|node| node["html"].to_string()).collect();
            format!("{}: {} at {}", rule["id"], rule["help"], places.join(" | "))
        };
        found.as_array().into_iter().flatten().map(line).collect()
    }

    /// Pixels by which the page is wider than the window.
    pub async fn overflow(&self) -> i64 {
        let script = "return document.documentElement.scrollWidth - window.innerWidth";
        self.client.execute(script, vec![]).await.unwrap().as_i64().unwrap()
    }

    /// The text of the page.
    pub async fn text(&self) -> String {
        let body = self.client.find(fantoccini::Locator::Css("body")).await.unwrap();
        body.text().await.unwrap()
    }
}
