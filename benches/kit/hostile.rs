//! Mails that want to be slow: near matches, endless lines, deep quotes,
//! numbers without end. The same seed gives the same mail.

use tierline::domain::mail::{Address, InboundMail};

const PIECES: &[&str] = &[
    "pay ",
    "payoff wrong ",
    "foreclosure sale on ",
    "12/12 ",
    "1",
    "4111 1111 1111 111",
    "é",
    "> ",
    "\n",
    "On Mon, Ana wrote:\n",
    "From: a\nTo: b\nSubject: c\n",
    "not ",
    "did not ",
    "the the the ",
    "notice of ",
    "my attorney ",
    "stop ",
    "no ",
    "-- \n",
    "\u{202e}",
    "\u{0}",
    "escrow ",
    "ejecución ",
    "<td>",
    "$1,",
    "a.",
    "http://",
    "loan number ",
    "000-00-000",
    "please answer by ",
    "servicer ",
    "wrote:\n",
    "\t",
    "'",
    "never receive ",
    "December ",
];

/// Mail number `seed`.
pub fn mail(seed: u64) -> InboundMail {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap_or(0) % limit
    };
    let few: Vec<&str> = (0..1 + next(4)).map(|_| PIECES[next(PIECES.len())]).collect();
    let mut text = String::new();
    while text.len() < 200_000 {
        // Mostly the same few, as a bomb would; now and then anything.
        let piece = if next(20) == 0 { PIECES[next(PIECES.len())] } else { few[next(few.len())] };
        text.push_str(piece);
    }
    InboundMail {
        from: vec![Address { name: String::new(), address: "rosa@example.com".into() }],
        subject: text.chars().take(900).collect(),
        text,
        ..InboundMail::default()
    }
}
