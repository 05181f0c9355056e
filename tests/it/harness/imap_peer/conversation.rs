//! One client's conversation with the peer.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{Fault, Shared};

trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}
type Stream = BufReader<Box<dyn Duplex>>;

/// The untagged replies to a command, and how it ended.
pub(super) struct Answer {
    pub(super) untagged: Vec<Vec<u8>>,
    pub(super) tagged: String,
}

impl Answer {
    pub(super) fn ok() -> Self {
        Self { untagged: Vec::new(), tagged: "OK done".to_owned() }
    }

    pub(super) fn no(why: &str) -> Self {
        Self { untagged: Vec::new(), tagged: format!("NO {why}") }
    }

    pub(super) fn says(mut self, line: impl Into<String>) -> Self {
        self.untagged.push((line.into() + "\r\n").into_bytes());
        self
    }

    fn bytes(&self, tag: &str) -> Vec<u8> {
        let mut bytes = self.untagged.concat();
        bytes.extend(format!("{tag} {}\r\n", self.tagged).into_bytes());
        bytes
    }
}

pub(super) struct Conversation {
    stream: Stream,
    /// A line that has not come whole yet.
    partial: Vec<u8>,
    pub(super) shared: Arc<Shared>,
    pub(super) selected: Option<String>,
    /// The UIDs the client believes to be there, in order.
    pub(super) view: Vec<u32>,
}

/// A command as it came: its literals are put in quotes.
struct Line {
    tag: String,
    text: String,
    literal: Vec<u8>,
}

impl Line {
    /// `FETCH`, `UID FETCH`, … in upper case, and what follows.
    fn split(&self) -> (String, &str) {
        let (first, rest) = self.text.split_once(' ').unwrap_or((&self.text, ""));
        if first.eq_ignore_ascii_case("UID") {
            let (second, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            return (format!("UID {}", second.to_ascii_uppercase()), rest);
        }
        (first.to_ascii_uppercase(), rest)
    }
}

/// Talks until one side hangs up.
pub(super) async fn hold(tcp: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let stream = BufReader::new(Box::new(tcp) as Box<dyn Duplex>);
    let mut talk =
        Conversation { stream, partial: Vec::new(), shared, selected: None, view: Vec::new() };
    let greeting = Answer { untagged: Vec::new(), tagged: "OK peer ready".to_owned() };
    if !talk.answer("GREETING", "*", greeting).await? {
        return Ok(());
    }
    while let Some(line) = talk.read_command().await? {
        if !talk.obey(line).await? {
            break;
        }
    }
    Ok(())
}

impl Conversation {
    async fn read_line(&mut self) -> io::Result<Option<String>> {
        // kept in `partial`, so that a dropped call loses nothing
        self.stream.read_until(b'\n', &mut self.partial).await?;
        let line = std::mem::take(&mut self.partial);
        if !line.ends_with(b"\n") {
            return Ok(None);
        }
        Ok(Some(String::from_utf8_lossy(line.trim_ascii_end()).into_owned()))
    }

    async fn read_command(&mut self) -> io::Result<Option<Line>> {
        let Some(mut text) = self.read_line().await? else { return Ok(None) };
        let mut literal = Vec::new();
        while let Some((before, size)) = text.rsplit_once('{').and_then(|(before, size)| {
            Some((before.to_owned(), size.strip_suffix('}')?.parse::<usize>().ok()?))
        }) {
            self.send(b"+ go on\r\n").await?;
            literal = vec![0; size];
            self.stream.read_exact(&mut literal).await?;
            let rest = self.read_line().await?.unwrap_or_default();
            let shown = if before.to_ascii_uppercase().contains(" APPEND ") {
                format!("{size} bytes")
            } else {
                String::from_utf8_lossy(&literal).into_owned()
            };
            text = format!("{before}\"{shown}\"{rest}");
        }
        let (tag, text) = text.split_once(' ').unwrap_or((&text, ""));
        Ok(Some(Line { tag: tag.to_owned(), text: text.to_owned(), literal }))
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    fn note(&self, verb: &str, text: &str) {
        let noted = match verb {
            "LOGIN" | "AUTHENTICATE" => format!("{verb} ***"),
            _ => text.to_owned(),
        };
        self.shared.state().commands.push(noted);
        self.shared.changed.notify_waiters();
    }

    /// Carries out one command. `false` ends the conversation.
    async fn obey(&mut self, line: Line) -> io::Result<bool> {
        let (verb, arguments) = line.split();
        self.note(&verb, &line.text);
        match verb.as_str() {
            "STARTTLS" => self.start_tls(&line.tag).await,
            "AUTHENTICATE" => self.authenticate(&line.tag).await,
            "IDLE" => self.idle(&line.tag).await,
            "LOGOUT" => {
                let answer = Answer::ok().says("* BYE see you");
                self.answer("LOGOUT", &line.tag, answer).await?;
                Ok(false)
            }
            _ => {
                let planned = self.peek_fault(&verb);
                let is_done = !matches!(
                    planned,
                    Some(Fault::No | Fault::Bad | Fault::Bye | Fault::Close | Fault::Silence)
                        | Some(Fault::OkUndone | Fault::Raw(_))
                );
                let shift = if planned == Some(Fault::WrongUid) { 1000 } else { 0 };
                let answer = if is_done {
                    self.carry_out(&verb, arguments, &line.literal, shift)
                } else {
                    Answer::ok()
                };
                self.answer(&verb, &line.tag, answer).await
            }
        }
    }

    fn peek_fault(&self, verb: &str) -> Option<Fault> {
        let plans = self.shared.plans.lock().unwrap();
        let plan = plans.iter().find(|plan| plan.verb == verb && plan.times > 0);
        plan.map(|plan| plan.fault.clone())
    }

    /// Sends an answer, spoiled if a fault is planned. `false` hangs up.
    async fn answer(&mut self, verb: &str, tag: &str, answer: Answer) -> io::Result<bool> {
        let whole = answer.bytes(tag);
        let half = answer.untagged.len() / 2;
        match self.shared.next_fault(verb) {
            None | Some(Fault::WrongUid) => self.send(&whole).await?,
            Some(Fault::OkUndone) => self.send(format!("{tag} OK done\r\n").as_bytes()).await?,
            Some(Fault::No) => self.send(format!("{tag} NO not now\r\n").as_bytes()).await?,
            Some(Fault::Bad) => self.send(format!("{tag} BAD what?\r\n").as_bytes()).await?,
            Some(Fault::NoHalfway) => {
                let mut bytes = answer.untagged[..half].concat();
                bytes.extend(format!("{tag} NO gave up\r\n").into_bytes());
                self.send(&bytes).await?;
            }
            Some(Fault::Bye) => {
                self.send(b"* BYE going down\r\n").await?;
                return Ok(false);
            }
            Some(Fault::Close | Fault::DoThenClose) => return Ok(false),
            Some(Fault::CloseHalfway) => {
                self.send(&whole[..whole.len() / 2]).await?;
                return Ok(false);
            }
            Some(Fault::CloseBeforeTagged) => {
                self.send(&answer.untagged.concat()).await?;
                return Ok(false);
            }
            Some(Fault::Silence) => self.be_silent().await?,
            Some(Fault::Raw(bytes)) => {
                self.send(&bytes).await?;
                self.be_silent().await?;
            }
            Some(Fault::Trickle(size)) => {
                for piece in whole.chunks(size) {
                    self.send(piece).await?;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
            Some(Fault::Trailing(more)) => self.send(&[whole, more].concat()).await?,
            Some(Fault::Twice) => {
                let twice: Vec<u8> = answer
                    .untagged
                    .iter()
                    .flat_map(|one| [one.clone(), one.clone()].concat())
                    .collect();
                self.send(&[twice, format!("{tag} {}\r\n", answer.tagged).into_bytes()].concat())
                    .await?;
            }
            Some(Fault::MissingFirst) => {
                let untagged = answer.untagged.into_iter().skip(1).collect();
                let rest = Answer { untagged, tagged: answer.tagged };
                self.send(&rest.bytes(tag)).await?;
            }
        }
        Ok(true)
    }

    /// Says nothing and hears everything until the client hangs up.
    async fn be_silent(&mut self) -> io::Result<()> {
        while self.read_line().await?.is_some() {}
        Ok(())
    }

    async fn start_tls(&mut self, tag: &str) -> io::Result<bool> {
        if !self.answer("STARTTLS", tag, Answer::ok()).await? {
            return Ok(false);
        }
        let nothing = Box::new(tokio::io::empty()) as Box<dyn Duplex>;
        let plain = std::mem::replace(&mut self.stream, BufReader::new(nothing)).into_inner();
        let tls = self.shared.tls.accept(plain).await?;
        self.stream = BufReader::new(Box::new(tls));
        Ok(true)
    }

    async fn authenticate(&mut self, tag: &str) -> io::Result<bool> {
        self.send(b"+ \r\n").await?;
        let Some(answer) = self.read_line().await? else { return Ok(false) };
        let plain = BASE64.decode(answer.as_bytes()).unwrap_or_default();
        let plain = String::from_utf8_lossy(&plain).into_owned();
        let token = plain.split('\x01').find_map(|field| field.strip_prefix("auth=Bearer "));
        let is_known = token.is_some_and(|token| self.shared.state().tokens.contains(token));
        if is_known {
            return self.answer("AUTHENTICATE", tag, Answer::ok()).await;
        }
        self.send(format!("+ {}\r\n", BASE64.encode(br#"{"status":"400"}"#)).as_bytes()).await?;
        let Some(second) = self.read_line().await? else { return Ok(false) };
        assert_eq!(second, "", "a second challenge is answered with an empty line");
        self.answer("AUTHENTICATE", tag, Answer::no("[AUTHENTICATIONFAILED] no")).await
    }

    async fn idle(&mut self, tag: &str) -> io::Result<bool> {
        self.send(b"+ idling\r\n").await?;
        self.shared.state().idling += 1;
        self.shared.changed.notify_waiters();
        let done = self.idle_until_done().await;
        self.shared.state().idling -= 1;
        self.shared.changed.notify_waiters();
        if !done? {
            return Ok(false);
        }
        self.answer("IDLE", tag, Answer::ok()).await
    }

    /// `false` when the client is gone, or a fault planned for `IDLING` says so.
    async fn idle_until_done(&mut self) -> io::Result<bool> {
        loop {
            let shared = Arc::clone(&self.shared);
            let changed = shared.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            match self.shared.next_fault("IDLING") {
                Some(Fault::Bye) => {
                    self.send(b"* BYE going down\r\n").await?;
                    return Ok(false);
                }
                Some(_) => return Ok(false),
                None => {}
            }
            let news = self.news(true);
            self.send(&news.concat()).await?;
            tokio::select! {
                () = changed => {}
                line = self.read_line() => {
                    return Ok(line?.is_some_and(|line| line.eq_ignore_ascii_case("DONE")));
                }
            }
        }
    }

    /// Brings the client's view up to date; gone mails only where that is
    /// allowed (RFC 3501 §7.4.1).
    pub(super) fn news(&mut self, may_expunge: bool) -> Vec<Vec<u8>> {
        let Some(name) = self.selected.clone() else { return Vec::new() };
        let mut state = self.shared.state();
        let present: Vec<u32> = state.folder(&name).mails.iter().map(|mail| mail.uid).collect();
        let mut lines = Vec::new();
        if may_expunge {
            while let Some(at) = self.view.iter().position(|uid| !present.contains(uid)) {
                self.view.remove(at);
                lines.push(format!("* {} EXPUNGE\r\n", at + 1).into_bytes());
            }
        }
        let before = self.view.len();
        for uid in present {
            if !self.view.contains(&uid) {
                self.view.push(uid);
            }
        }
        if self.view.len() > before {
            lines.push(format!("* {} EXISTS\r\n", self.view.len()).into_bytes());
        }
        lines
    }
}
