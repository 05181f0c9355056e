//! Invented mail, 5 KB each, no two alike: what borrowers write about, in two
//! languages, plain and with an HTML twin, some with a quoted letter below.

/// Bytes of a mail as the figures state it.
pub const BYTES: usize = 5_000;

const FIRST: &[&str] = &[
    "Rosa", "Martin", "Grace", "Paul", "Dana", "Ines", "Kwame", "Lena", "Omar", "Yuki", "Carla",
    "Tobias", "Noor", "Felix", "Hanna", "Diego",
];
const LAST: &[&str] = &[
    "Delgado",
    "Oyelaran",
    "Lindqvist",
    "Whitfield",
    "Kowalski",
    "Moreau",
    "Asante",
    "Brandt",
    "Haddad",
    "Tanaka",
    "Ferreira",
    "Novak",
    "Rahman",
    "Sorensen",
    "Vidal",
    "Castillo",
];

/// What one kind of mail says.
struct Kind {
    subject: &'static str,
    text: &'static str,
    is_spanish: bool,
}

const KINDS: &[Kind] = &[
    Kind {
        subject: "Notice of error: payments misapplied",
        text: "This is a notice of error under 12 CFR 1024.35. You applied my payment of \
               $1,412.88 to the wrong month and then charged a late fee. Please correct the error \
               and confirm the correction in writing.",
        is_spanish: false,
    },
    Kind {
        subject: "What do I still owe?",
        text: "Could you tell me the current principal balance on my mortgage? I would like to \
               know how much I still owe before I plan the kitchen.",
        is_spanish: false,
    },
    Kind {
        subject: "Escrow analysis shows a shortage",
        text: "My new escrow analysis says I have a shortage of $1,212.40 and my payment goes up \
               by $101 a month. The property tax did not change. How was it computed?",
        is_spanish: false,
    },
    Kind {
        subject: "Payoff statement, please",
        text: "We are selling the house and need a payoff statement good through the end of next \
               month. The title company asks for the per diem as well.",
        is_spanish: false,
    },
    Kind {
        subject: "I lost my job and can't pay in full",
        text: "I was laid off and cannot make the full mortgage payment. Is there a hardship \
               program, a forbearance or a loan modification that I can apply for?",
        is_spanish: false,
    },
    Kind {
        subject: "Locked out of my online account",
        text: "I cannot log in any more. The reset code never arrives and after three attempts \
               the site says that my account is locked.",
        is_spanish: false,
    },
    Kind {
        subject: "Request for information about my loan",
        text: "This is a request for information. Please tell me who owns my mortgage loan and \
               send me a complete payment history with the date each payment was received.",
        is_spanish: false,
    },
    Kind {
        subject: "Very unhappy with your service, I want to complain",
        text: "This is the third time I write and nobody answers. I am dissatisfied and want to \
               file a complaint. Please let me speak to a supervisor.",
        is_spanish: false,
    },
    Kind {
        subject: "Seguro de la casa",
        text: "Les mandé la póliza del seguro hace dos semanas y ayer recibí una carta que dice \
               que no tengo seguro y que ustedes van a comprar uno. Por favor revisen mi cuenta.",
        is_spanish: true,
    },
    Kind {
        subject: "Pregunta sobre mi pago",
        text: "Hice el pago de mi hipoteca por internet y todavía no aparece en mi cuenta. \
               ¿Pueden decirme si lo recibieron y en qué fecha lo aplicaron?",
        is_spanish: true,
    },
    Kind {
        subject: "Orders to report for active duty",
        text: "I received orders for active duty in the Navy and will be deployed for nine \
               months. Please apply the interest rate protection for servicemembers to my loan.",
        is_spanish: false,
    },
    Kind {
        subject: "Property tax bill came to my house",
        text: "The county sent the property tax bill to me and not to you. It is due on the \
               fifteenth. Will you pay it out of my escrow account?",
        is_spanish: false,
    },
];

const ENGLISH: &[&str] = &[
    "We moved in nine years ago and have kept every paper since then in one green folder.",
    "My neighbor told me that her company answers such questions within a week.",
    "On the telephone I waited forty minutes and then the line was cut.",
    "The roof was done in spring and the garden wall will follow when the weather is dry.",
    "I work at night, so an answer by mail is better for me than a call in the morning.",
    "My daughter starts school in the next town and we drive there together on most days.",
    "Please use this address and not the old one, which still appears on some envelopes.",
    "The bank branch on Main Street has closed and the next one is an hour away.",
    "I attach nothing today, but I can scan whatever you need over the weekend.",
    "Both of us have signed, as you can see from the copy that went out with the last letter.",
];

const SPANISH: &[&str] = &[
    "Vivimos aquí desde hace nueve años y guardamos todos los papeles en una carpeta verde.",
    "Por teléfono esperé cuarenta minutos y después se cortó la llamada.",
    "Trabajo de noche, así que prefiero una respuesta por correo y no una llamada.",
    "Mi hija empieza la escuela en el pueblo vecino y viajamos juntos casi todos los días.",
    "Hoy no adjunto nada, pero el fin de semana puedo escanear lo que haga falta.",
    "Los dos firmamos, como se ve en la copia que salió con la última carta.",
];

/// Mail number `n`, exactly [`BYTES`] long, from a sender of its own.
pub fn mail(n: usize) -> Vec<u8> {
    let kind = &KINDS[n % KINDS.len()];
    let is_newsletter = n % 50 == 49;
    let has_html = n % 5 < 2;
    let mut raw = head(n, kind, is_newsletter, has_html);
    if has_html {
        // Plain text and its twin share what is left.
        let half = (BYTES - raw.len()) / 2;
        raw.push_str("--part\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
        let until = raw.len() + half - 300;
        write_text(&mut raw, n, kind, until);
        raw.push_str("\r\n--part\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>");
        let until = BYTES - 40;
        write_text(&mut raw, n, kind, until);
        raw.push_str("</p></body></html>\r\n--part--\r\n");
    } else {
        write_text(&mut raw, n, kind, BYTES);
    }
    fill(raw)
}

fn head(n: usize, kind: &Kind, is_newsletter: bool, has_html: bool) -> String {
    let (first, last) = (FIRST[n % FIRST.len()], LAST[n / FIRST.len() % LAST.len()]);
    let content =
        if has_html { "multipart/alternative; boundary=part" } else { "text/plain; charset=utf-8" };
    let list = if is_newsletter {
        "List-Id: <news.example.net>\r\nList-Unsubscribe: <https://news.example.net/out>\r\n\
         Precedence: bulk\r\n"
    } else {
        ""
    };
    format!(
        "Return-Path: <borrower{n}@example.net>\r\n\
         Received: from out.example.net (out.example.net [192.0.2.{host}])\r\n\
         \tby mx.example.com with ESMTPS id q{n:08}; Wed, 25 Nov 2026 09:{minute:02}:00 +0000\r\n\
         Date: Wed, 25 Nov 2026 09:{minute:02}:00 +0000\r\n\
         From: {first} {last} <borrower{n}@example.net>\r\nTo: care@example.com\r\n\
         Subject: {subject}\r\nMessage-ID: <mail-{n}@example.net>\r\n{list}\
         MIME-Version: 1.0\r\nContent-Type: {content}\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n",
        host = n % 250 + 1,
        minute = n % 60,
        subject = encoded(kind, n),
    )
}

/// A subject with accents is an encoded word; the others are plain.
fn encoded(kind: &Kind, n: usize) -> String {
    if kind.subject.is_ascii() {
        format!("{} ({n})", kind.subject)
    } else {
        kind.subject.to_owned()
    }
}

/// What the mail is about, then whatever else people write, up to `until`.
fn write_text(raw: &mut String, n: usize, kind: &Kind, until: usize) {
    let (hello, more, quoted) = if kind.is_spanish {
        ("Buenos días,", SPANISH, "El 3 de noviembre escribieron ustedes:")
    } else {
        ("Hello,", ENGLISH, "On November 3, 2026 you wrote:")
    };
    raw.push_str(&format!(
        "{hello}\r\n\r\n{}\r\nMy loan number is {:010}.\r\n\r\n",
        kind.text,
        n * 7919 % 10_000_000_000
    ));
    let quotes_from = until - until.saturating_sub(raw.len()) / 3;
    let is_reply = n % 4 == 1;
    let mut at = n;
    let mut has_quoted = false;
    while raw.len() + 120 < until {
        if is_reply && !has_quoted && raw.len() > quotes_from {
            raw.push_str(&format!("\r\n{quoted}\r\n"));
            has_quoted = true;
        }
        let mark = if has_quoted { "> " } else { "" };
        raw.push_str(&format!("{mark}{} ({at})\r\n", more[at % more.len()]));
        at += 7;
    }
}

fn fill(mut raw: String) -> Vec<u8> {
    while raw.len() + 2 < BYTES {
        raw.push(if raw.len() % 60 == 59 { '\n' } else { '.' });
    }
    raw.truncate(raw.floor_char_boundary(BYTES));
    raw.into_bytes()
}
