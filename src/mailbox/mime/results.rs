//! `Authentication-Results` of our own mail server (RFC 8601): read only where
//! a sender cannot have written it, above our server's own `Received`.

use super::field::Fields;
use super::receipt;
use crate::domain::authentication::{Authentication, DkimCheck, DmarcCheck, Source, Verdict};

/// Header fields that are walked, results fields that are read, and their length.
const MAX_FIELDS: usize = 300;
const MAX_RESULTS: usize = 8;
const MAX_VALUE: usize = 8 * 1024;
/// Signatures that are kept.
const MAX_DKIM: usize = 16;

/// What the server `authserv_id` found out, from its results fields above the
/// topmost `Received` line of the border.
///
/// The border is the one of `own_hosts` that is called like `authserv_id` or
/// stands below it; when none is, the topmost of our own. A sender writes
/// below that line only, even when the lines there name our hosts. Without
/// such a line nothing is believed.
#[must_use]
pub fn authentication_results(
    raw_head: &[u8],
    own_hosts: &[String],
    authserv_id: &str,
) -> Authentication {
    let id = authserv_id.trim_end_matches('.').to_ascii_lowercase();
    let mut statements: Vec<Statement> = Vec::new();
    let mut seen = 0;
    for field in Fields::new(raw_head).take(MAX_FIELDS) {
        if field.is("Received") {
            match receipt::written_by(field.value) {
                Some(host) if is_own(&host, own_hosts) => {
                    if is_border(&host, own_hosts, &id) {
                        return evaluated(&statements);
                    }
                }
                _ => return Authentication::default(),
            }
        } else if field.is("Authentication-Results") && seen < MAX_RESULTS {
            let value = field.value.get(..field.value.len().min(MAX_VALUE)).unwrap_or_default();
            let mut read = statements_of(&String::from_utf8_lossy(value)).into_iter();
            let names_us = read.next().is_some_and(|first| {
                first.words.first().is_some_and(|word| word.eq_ignore_ascii_case(&id))
            });
            if names_us {
                seen += 1;
                statements.extend(read);
            }
        }
    }
    Authentication::default()
}

fn is_own(host: &str, own_hosts: &[String]) -> bool {
    own_hosts.iter().any(|own| own.trim_end_matches('.').eq_ignore_ascii_case(host))
}

fn is_border(host: &str, own_hosts: &[String], id: &str) -> bool {
    let is_named = |host: &str| {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        host.strip_suffix(id).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    is_named(host) || !own_hosts.iter().any(|own| is_named(own))
}

fn evaluated(statements: &[Statement]) -> Authentication {
    let mut authentication = Authentication::default();
    for statement in statements {
        let Some((method, verdict)) = statement.result() else { continue };
        authentication.from = Source::TrustedServer;
        if method == "dkim" && authentication.dkim.len() < MAX_DKIM {
            let signer = statement.property("header.d").or_else(|| {
                let identity = statement.property("header.i")?;
                identity.rsplit_once('@').map(|(_, domain)| domain)
            });
            let domain = signer.unwrap_or_default().to_lowercase();
            authentication.dkim.push(DkimCheck { domain, verdict });
        } else if method == "dmarc" && authentication.dmarc == DmarcCheck::default() {
            let from = statement.property("header.from").unwrap_or_default();
            let domain = from.rsplit_once('@').map_or(from, |(_, domain)| domain).to_lowercase();
            let is_enforcing = statement.asks_to_refuse();
            authentication.dmarc = DmarcCheck { domain, verdict, is_enforcing };
        }
    }
    authentication
}

/// One `method=result` with its properties; the first one is the server's name.
#[derive(Debug, Default)]
struct Statement {
    words: Vec<String>,
    comments: String,
}

impl Statement {
    fn result(&self) -> Option<(String, Verdict)> {
        let (method, result) = self.words.first()?.split_once('=')?;
        let method = method.split('/').next().unwrap_or_default().to_ascii_lowercase();
        let verdict = match result.to_ascii_lowercase().as_str() {
            "pass" => Verdict::Pass,
            "fail" => Verdict::Fail,
            "temperror" => Verdict::TempError,
            "permerror" => Verdict::PermError,
            _ => Verdict::None,
        };
        Some((method, verdict))
    }

    fn property(&self, name: &str) -> Option<&str> {
        let is_it = |word: &&String| {
            word.split_once('=').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
        };
        let word = self.words.iter().skip(1).find(is_it)?;
        word.split_once('=').map(|(_, value)| value)
    }

    /// Servers name the owner's policy in a comment (`p=reject`) or a property
    /// (`policy.dmarc=reject`).
    fn asks_to_refuse(&self) -> bool {
        let is_refusing = |value: &str| {
            ["reject", "quarantine"].iter().any(|one| value.eq_ignore_ascii_case(one))
        };
        let in_comments = self
            .comments
            .split(|c: char| c.is_whitespace() || ",;".contains(c))
            .filter_map(|word| word.split_once('='))
            .any(|(name, value)| name.eq_ignore_ascii_case("p") && is_refusing(value));
        let in_properties = self.words.iter().skip(1).filter_map(|word| word.split_once('='));
        in_comments
            || in_properties.into_iter().any(|(name, value)| {
                name.get(..7).is_some_and(|head| head.eq_ignore_ascii_case("policy."))
                    && is_refusing(value)
            })
    }
}

/// Splits a value at its `;`, outside comments and quotes.
fn statements_of(value: &str) -> Vec<Statement> {
    let mut reader = Reader::default();
    for c in value.chars() {
        reader.take(c);
    }
    reader.end_statement();
    reader.statements
}

#[derive(Default)]
struct Reader {
    statements: Vec<Statement>,
    statement: Statement,
    word: String,
    depth: u32,
    is_quoted: bool,
    is_escaped: bool,
}

impl Reader {
    fn take(&mut self, c: char) {
        if std::mem::take(&mut self.is_escaped) {
            return self.keep(c);
        }
        match c {
            '\\' if self.is_quoted || self.depth > 0 => self.is_escaped = true,
            '"' if self.depth == 0 => self.is_quoted = !self.is_quoted,
            _ if self.is_quoted => self.keep(c),
            '(' => {
                self.depth += 1;
                self.statement.comments.push(' ');
            }
            ')' if self.depth > 0 => self.depth -= 1,
            _ if self.depth > 0 => self.keep(c),
            ';' => self.end_statement(),
            // Space around "=" is allowed and means nothing.
            '=' if self.word.is_empty() => {
                self.word = self.statement.words.pop().unwrap_or_default();
                self.word.push('=');
            }
            _ if c.is_whitespace() && !self.word.ends_with('=') => self.end_word(),
            _ if c.is_whitespace() => {}
            _ => self.word.push(c),
        }
    }

    fn keep(&mut self, c: char) {
        let text = if self.depth > 0 { &mut self.statement.comments } else { &mut self.word };
        text.push(c);
    }

    fn end_word(&mut self) {
        if !self.word.is_empty() {
            self.statement.words.push(std::mem::take(&mut self.word));
        }
    }

    fn end_statement(&mut self) {
        self.end_word();
        self.statements.push(std::mem::take(&mut self.statement));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECEIVED: &str = "Received: from out.example.com (out.example.com [198.51.100.9])\r\n\
        \tby mx1.tierline.example with ESMTPS; Tue, 4 Mar 2025 10:00:05 -0500\r\n";
    const STORED: &str = "Received: from mx1.tierline.example by store.tierline.example with LMTP;\
        \r\n\tTue, 4 Mar 2025 10:00:06 -0500\r\n";
    const PASSED: &str = "Authentication-Results: mx1.tierline.example 1;\r\n\
        \tspf=pass smtp.mailfrom=\"a;dmarc=fail\"@example.com;\r\n\
        \tdkim=pass (2048-bit key; unprotected) header.d=Example.com header.s=s1;\r\n\
        \tdmarc = pass (p=REJECT sp=NONE (nested) dis=NONE) header.from=example.com\r\n";

    fn read(head: &str) -> Authentication {
        let own = ["mx1.tierline.example".to_owned(), "store.tierline.example".to_owned()];
        let head = format!("{head}From: rosa@example.com\r\n\r\nhi");
        authentication_results(head.as_bytes(), &own, "mx1.tierline.example")
    }

    fn verdict(head: &str) -> Verdict {
        read(head).dmarc.verdict
    }

    #[test]
    fn the_results_of_our_own_server_are_read_in_full() {
        let found = read(&format!("{PASSED}{RECEIVED}"));
        assert_eq!(found.from, Source::TrustedServer);
        let dmarc =
            DmarcCheck { domain: "example.com".into(), verdict: Verdict::Pass, is_enforcing: true };
        assert_eq!(found.dmarc, dmarc);
        let dkim = DkimCheck { domain: "example.com".into(), verdict: Verdict::Pass };
        assert_eq!(found.dkim, [dkim]);
    }

    #[test]
    fn results_below_our_received_line_are_the_senders_word() {
        assert_eq!(verdict(&format!("{RECEIVED}{PASSED}")), Verdict::None);
        assert_eq!(verdict(&format!("{RECEIVED}{PASSED}{RECEIVED}")), Verdict::None);
        assert_eq!(verdict(&format!("{STORED}{RECEIVED}{PASSED}{RECEIVED}")), Verdict::None);
        assert_eq!(verdict(PASSED), Verdict::None, "without a line of ours");
        let foreign = RECEIVED.replace("mx1.tierline", "mx1.evil");
        assert_eq!(verdict(&format!("{foreign}{PASSED}{RECEIVED}")), Verdict::None);
    }

    #[test]
    fn an_inner_hop_above_the_border_hides_no_result() {
        assert_eq!(verdict(&format!("{STORED}{PASSED}{RECEIVED}")), Verdict::Pass);
        assert_eq!(verdict(&format!("{PASSED}{STORED}{RECEIVED}")), Verdict::Pass);
    }

    #[test]
    fn results_of_another_server_are_nobodys() {
        for name in ["mx1.evil.example", "mx1.tierline.example.evil.example", "tierline.example"] {
            let other = PASSED.replace("mx1.tierline.example", name);
            assert_eq!(read(&format!("{other}{RECEIVED}")), Authentication::default(), "{name}");
        }
    }

    #[test]
    fn a_result_inside_a_comment_or_a_quoted_word_is_none() {
        for forged in [
            "mx1.tierline.example; spf=none (; dmarc=pass header.from=example.com)",
            "mx1.tierline.example; spf=none smtp.mailfrom=\"; dmarc=pass \"",
            "mx1.tierline.example; spf=none (\\); dmarc=pass)",
            "mx1.tierline.example; none",
            "mx1.tierline.example",
            "",
        ] {
            let head = format!("Authentication-Results: {forged}\r\n{RECEIVED}");
            assert_eq!(verdict(&head), Verdict::None, "{forged}");
        }
    }

    #[test]
    fn results_in_two_fields_of_the_same_server_count_together() {
        let dkim =
            "Authentication-Results: mx1.tierline.example; dkim=pass header.i=@example.com\r\n";
        let dmarc = "Authentication-Results: mx1.tierline.example; dmarc=fail (p=none) header.from=example.com\r\n";
        let found = read(&format!("{dmarc}{dkim}{RECEIVED}"));
        assert_eq!((found.dmarc.verdict, found.dkim.len()), (Verdict::Fail, 1));
        assert!(!found.dmarc.is_enforcing);
    }
}
