//! Mails as borrowers write them.

use super::{CARE, ROSA};

/// A mail that is being written.
#[derive(Clone, Debug)]
pub struct Written {
    from: String,
    to: String,
    subject: String,
    message_id: Option<String>,
    headers: Vec<(String, String)>,
    text: String,
}

/// Rosa writes to the desk; the Message-ID follows from subject and text.
pub fn mail(subject: &str, text: &str) -> Written {
    let id = tierline::domain::digest::Digest::of(format!("{subject}\n{text}").as_bytes()).hex();
    Written {
        from: format!("Rosa Delgado <{ROSA}>"),
        to: CARE.to_owned(),
        subject: subject.to_owned(),
        message_id: Some(format!("{}@borrowers.example.net", &id[..24])),
        headers: Vec::new(),
        text: text.to_owned(),
    }
}

impl Written {
    pub fn from(mut self, from: &str) -> Self {
        self.from = from.to_owned();
        self
    }

    pub fn to(mut self, to: &str) -> Self {
        self.to = to.to_owned();
        self
    }

    pub fn message_id(mut self, id: Option<&str>) -> Self {
        self.message_id = id.map(str::to_owned);
        self
    }

    /// One more header, above the others.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The answer to the mail with this Message-ID.
    pub fn in_reply_to(self, id: &str) -> Self {
        self.header("In-Reply-To", &format!("<{id}>")).header("References", &format!("<{id}>"))
    }

    /// The bytes.
    pub fn raw(&self) -> Vec<u8> {
        let mut head = String::new();
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(id) = &self.message_id {
            head.push_str(&format!("Message-ID: <{id}>\r\n"));
        }
        let text = self.text.replace('\n', "\r\n");
        format!(
            "{head}Date: Tue, 24 Nov 2026 16:59:00 +0000\r\nFrom: {}\r\nTo: {}\r\n\
             Subject: {}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
             {text}\r\n",
            self.from, self.to, self.subject
        )
        .into_bytes()
    }
}
