//! Finds reply tokens in a mail: plus-addresses, In-Reply-To, References.

use crate::domain::mail::InboundMail;

use super::token::Token;

/// More than this in one mail are not read: a thread of ours has one or two.
const MOST: usize = 20;
/// Lines of reports that are looked at.
const MOST_LINES: usize = 2_000;

/// Where a token stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenPlace {
    /// `reply+<token>@host` among To, Cc, Delivered-To.
    ReplyAddress,
    /// `bounce+<token>@host` there: only bounces are expected.
    BounceAddress,
    /// In-Reply-To names a Message-ID of ours.
    InReplyTo,
    /// References names one.
    References,
}

/// Something that stands where a token of ours belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenSeen {
    /// The token; `None` when the text there is not one (cut, garbled, guessed).
    pub token: Option<Token>,
    /// Where.
    pub place: TokenPlace,
}

/// Every token in `mail` at `mail_host`, strongest place first, each once per
/// place. Not verified.
#[must_use]
pub fn find_tokens(mail: &InboundMail, mail_host: &str) -> Vec<TokenSeen> {
    let recipients = mail.to.iter().chain(&mail.cc).map(|to| to.address.as_str());
    let recipients = recipients.chain(mail.delivered_to.iter().map(String::as_str));
    let addresses = recipients.filter_map(|address| in_address(address, mail_host));
    let answered = mail.in_reply_to.iter().map(|id| (id, TokenPlace::InReplyTo));
    // The nearest ancestor stands last.
    let ancestors = mail.references.iter().rev().map(|id| (id, TokenPlace::References));
    let ids = answered.chain(ancestors).filter_map(|(id, place)| in_id(id, place, mail_host));
    let mut found: Vec<TokenSeen> = Vec::new();
    for seen in addresses.chain(ids) {
        if found.len() < MOST && !found.contains(&seen) {
            found.push(seen);
        }
    }
    found.sort_by_key(|seen| seen.place);
    found
}

/// Message-IDs at `mail_host` that the reports of a mail name: those of letters
/// of ours that came back. Without brackets; not verified.
#[must_use]
pub fn returned_ids(mail: &InboundMail, mail_host: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let lines = mail.reports.iter().flat_map(|report| report.lines()).take(MOST_LINES);
    for word in lines.flat_map(str::split_whitespace) {
        // `Message-ID:<id>` may stand without a space
        let id = word.rsplit('<').next().unwrap_or_default().trim_end_matches('>');
        let host = id.rsplit_once('@').map(|(_, host)| host);
        let is_ours = host.is_some_and(|host| host.eq_ignore_ascii_case(mail_host));
        if is_ours && found.len() < MOST && !found.iter().any(|one| one == id) {
            found.push(id.to_owned());
        }
    }
    found
}

fn in_address(address: &str, mail_host: &str) -> Option<TokenSeen> {
    let address = address.trim().trim_start_matches('<').trim_end_matches('>');
    let (local, host) = address.rsplit_once('@')?;
    let (word, text) = local.split_once('+')?;
    let place = match word.to_ascii_lowercase().as_str() {
        "reply" => TokenPlace::ReplyAddress,
        "bounce" => TokenPlace::BounceAddress,
        _ => return None,
    };
    host.eq_ignore_ascii_case(mail_host).then(|| TokenSeen { token: Token::parse(text), place })
}

fn in_id(id: &str, place: TokenPlace, mail_host: &str) -> Option<TokenSeen> {
    let id = id.trim().trim_start_matches('<').trim_end_matches('>');
    let (left, host) = id.rsplit_once('@')?;
    let (text, _) = left.split_once('.')?;
    host.eq_ignore_ascii_case(mail_host).then(|| TokenSeen { token: Token::parse(text), place })
}
