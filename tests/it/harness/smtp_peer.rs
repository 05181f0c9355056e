//! A scripted SMTP server for the faults that a real one cannot be made to show.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Where in the conversation something goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Banner,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// While the letter is being written.
    Payload,
    AfterDot,
}

/// What goes wrong there.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// These bytes instead of the usual reply; the conversation goes on.
    Say(&'static str),
    /// These bytes, then the connection is closed.
    SayAndClose(&'static str),
    /// The connection is closed.
    Eof,
    /// Nothing is ever said again.
    Silence,
}

/// What one peer does.
#[derive(Clone, Debug, Default)]
pub struct Script {
    fault: Option<(At, Fault)>,
    refused: Vec<&'static str>,
}

impl Script {
    pub fn fault(at: At, fault: Fault) -> Self {
        Self { fault: Some((at, fault)), refused: Vec::new() }
    }

    /// 550 for this recipient only.
    pub fn refusing(recipient: &'static str) -> Self {
        Self { fault: None, refused: vec![recipient] }
    }
}

/// What the peer saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// Command lines, in order, over all connections.
    pub commands: Vec<String>,
    /// Letters whose final dot arrived, dots unstuffed.
    pub letters: Vec<Vec<u8>>,
    /// Bytes of payload read, finished or not.
    pub payload_bytes: usize,
    pub connections: usize,
    /// Connections that the client closed.
    pub closed: usize,
}

/// A running peer; it ends with the value.
pub struct SmtpPeer {
    pub port: u16,
    script: Arc<Mutex<Script>>,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Drop for SmtpPeer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl SmtpPeer {
    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        let script = Arc::new(Mutex::new(script));
        let played = Arc::clone(&script);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                let (script, seen) = (played.lock().unwrap().clone(), Arc::clone(&shared));
                tokio::spawn(async move {
                    // Ends on any error: the client went away.
                    let _ = Conversation::new(socket, script, seen).run().await;
                });
            }
        });
        Self { port, script, seen, task }
    }

    /// Plays another script from the next connection on.
    pub fn plays(&self, script: Script) {
        *self.script.lock().unwrap() = script;
    }

    pub fn seen<T>(&self, read: impl FnOnce(&Seen) -> T) -> T {
        read(&self.seen.lock().unwrap())
    }

    /// Waits until the peer has seen what `is_so` asks for.
    pub async fn until(&self, is_so: impl Fn(&Seen) -> bool) {
        while !self.seen(&is_so) {
            tokio::task::yield_now().await;
        }
    }
}

struct Conversation {
    socket: BufReader<TcpStream>,
    script: Script,
    seen: Arc<Mutex<Seen>>,
}

/// Whether the conversation goes on.
type GoesOn = std::io::Result<bool>;

impl Conversation {
    fn new(socket: TcpStream, script: Script, seen: Arc<Mutex<Seen>>) -> Self {
        Self { socket: BufReader::new(socket), script, seen }
    }

    async fn run(mut self) -> std::io::Result<()> {
        let mut goes_on = self.answer(At::Banner, "220 peer ESMTP\r\n").await?;
        while goes_on {
            let mut line = String::new();
            if self.socket.read_line(&mut line).await? == 0 {
                self.seen.lock().unwrap().closed += 1;
                return Ok(());
            }
            let line = line.trim_end().to_owned();
            self.seen.lock().unwrap().commands.push(line.clone());
            goes_on = self.command(&line).await?;
        }
        Ok(())
    }

    async fn command(&mut self, line: &str) -> GoesOn {
        let upper = line.to_ascii_uppercase();
        let refused = self.script.refused.iter().any(|bad| line.contains(bad));
        match upper.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => self.answer(At::Ehlo, EHLO).await,
            "STARTTLS" => self.answer(At::StartTls, "220 go ahead\r\n").await,
            "AUTH" => self.answer(At::Auth, "235 2.7.0 welcome\r\n").await,
            "MAIL" => self.answer(At::Mail, "250 2.1.0 ok\r\n").await,
            "RCPT" if refused => self.say("550 5.1.1 no such user here\r\n").await,
            "RCPT" => self.answer(At::Rcpt, "250 2.1.5 ok\r\n").await,
            "DATA" => {
                let usual = self.is_usual(At::Data);
                Ok(self.answer(At::Data, "354 go\r\n").await? && (!usual || self.letter().await?))
            }
            "QUIT" => self.say("221 bye\r\n").await.map(|_| false),
            _ => self.say("502 5.5.2 what\r\n").await,
        }
    }

    async fn letter(&mut self) -> GoesOn {
        let mut letter = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.socket.read_until(b'\n', &mut line).await? == 0 {
                self.seen.lock().unwrap().closed += 1;
                return Ok(false);
            }
            if line == b".\r\n" {
                break;
            }
            self.seen.lock().unwrap().payload_bytes += line.len();
            if !self.is_usual(At::Payload) {
                return self.answer(At::Payload, "").await;
            }
            letter.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        self.seen.lock().unwrap().letters.push(letter);
        self.answer(At::AfterDot, "250 2.0.0 queued as 1\r\n").await
    }

    fn is_usual(&self, at: At) -> bool {
        self.script.fault.is_none_or(|(faulty, _)| faulty != at)
    }

    async fn answer(&mut self, at: At, usual: &str) -> GoesOn {
        match self.script.fault {
            Some((faulty, fault)) if faulty == at => self.go_wrong(fault).await,
            _ => self.say(usual).await,
        }
    }

    async fn go_wrong(&mut self, fault: Fault) -> GoesOn {
        match fault {
            Fault::Say(text) => self.say(text).await,
            Fault::SayAndClose(text) => self.say(text).await.map(|_| false),
            Fault::Eof => Ok(false),
            Fault::Silence => {
                // Reads on, so that the client's writes succeed, and says nothing.
                let mut line = Vec::new();
                while self.socket.read_until(b'\n', &mut line).await? > 0 {
                    line.clear();
                }
                self.seen.lock().unwrap().closed += 1;
                Ok(false)
            }
        }
    }

    async fn say(&mut self, text: &str) -> GoesOn {
        self.socket.get_mut().write_all(text.as_bytes()).await?;
        Ok(true)
    }
}

const EHLO: &str = "250-peer\r\n250-STARTTLS\r\n250-AUTH PLAIN XOAUTH2\r\n250 SIZE 52428800\r\n";
