//! What borrowers write while the engine dies: a few kinds of mail, each known
//! by the address of its sender.

use std::fmt::Write as _;

/// Kinds of mail; each has one expected outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A notice of error, which starts clocks of the law.
    NoticeOfError,
    /// A plain question.
    Question,
    /// Hardship, in Spanish.
    Hardship,
    /// A robot answers.
    Robot,
    /// A question with so much text that it comes in many packets.
    Long,
    /// The same question twice, as a mail server delivers after a lost answer.
    Twice,
}

impl Kind {
    pub const ALL: [Self; 6] =
        [Self::NoticeOfError, Self::Question, Self::Hardship, Self::Robot, Self::Long, Self::Twice];

    /// Tickets that come of it.
    pub fn tickets(self) -> usize {
        usize::from(self != Self::Robot)
    }

    /// Mails that arrive.
    pub fn mails(self) -> usize {
        if self == Self::Twice { 2 } else { 1 }
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NoticeOfError => (
                "Notice of error",
                "I am writing to report an error. You charged a late fee on my account for June, \
                 although my payment arrived on time. Please correct the error.",
            ),
            Self::Question | Self::Long | Self::Twice => {
                ("Payment history", "Please send me a payment history of the last year. Thank you.")
            }
            Self::Hardship => (
                "No puedo pagar",
                "Perdí mi trabajo y no puedo pagar la hipoteca de este mes. ¿Qué ayuda tienen \
                 para una modificación del préstamo? Muchas gracias.",
            ),
            Self::Robot => ("Automatic reply: I am away", "I am away until Monday."),
        }
    }
}

/// One borrower with all that they send.
#[derive(Clone, Debug)]
pub struct Sender {
    pub kind: Kind,
    /// `person7.tag@example.net`: the tag tells the runs of one stage apart.
    pub address: String,
    /// Whether it goes to the second mailbox.
    pub is_to_help: bool,
}

/// Borrower number `n` of the run `tag`; kinds and mailboxes take turns.
pub fn sender(tag: &str, n: usize) -> Sender {
    let kind = Kind::ALL[n % Kind::ALL.len()];
    let is_to_help = (n / Kind::ALL.len()) % 2 == 1;
    Sender { kind, address: format!("person{n}.{tag}@example.net"), is_to_help }
}

impl Sender {
    /// The bytes of each mail.
    pub fn raws(&self) -> Vec<Vec<u8>> {
        (0..self.kind.mails()).map(|copy| self.raw(copy)).collect()
    }

    fn raw(&self, copy: usize) -> Vec<u8> {
        let (subject, text) = self.kind.words();
        let to = if self.is_to_help { "help@example.com" } else { "care@example.com" };
        // Trace lines differ from copy to copy; what the sender wrote does not.
        let mut mail = format!(
            "Received: from mx{copy}.example.net by mx.example.com; Tue, 24 Nov 2026 17:00:0{copy} +0000\r\n"
        );
        if self.kind == Kind::Robot {
            mail.push_str("Auto-Submitted: auto-replied\r\n");
        }
        let _ = write!(
            mail,
            "Message-ID: <mail.{}>\r\nDate: Tue, 24 Nov 2026 16:59:00 +0000\r\nFrom: {}\r\n\
             To: {to}\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n",
            self.address, self.address
        );
        if self.kind == Kind::Long {
            for line in 0..4000 {
                let _ = write!(mail, "\r\nLine {line} of the list I keep of what I have paid.");
            }
            mail.push_str("\r\n");
        }
        mail.into_bytes()
    }
}
