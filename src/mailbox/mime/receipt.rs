//! When a mail reached us: the instant that starts statutory clocks. `Date:`
//! is the sender's claim and is never asked.

use jiff::Timestamp;
use mail_parser::{DateTime, HeaderValue, Host, parsers::MessageStream};

use super::field::Fields;

/// Trace headers that are looked at, and the longest that is read.
const MAX_RECEIVED: usize = 50;
const MAX_VALUE: usize = 8 * 1024;

/// The earliest date among the topmost `Received` headers whose `by` host is
/// one of `own_hosts` (exact, any letter case). The run ends at the first
/// header that another host wrote: what stands below it is the sender's word.
#[must_use]
pub fn received_by_own_mx(raw_head: &[u8], own_hosts: &[String]) -> Option<Timestamp> {
    Fields::new(raw_head)
        .filter(|field| field.is("Received"))
        .take(MAX_RECEIVED)
        .map_while(|field| own_stamp(field.value, own_hosts))
        .flatten()
        .min()
}

/// Receipt: the earlier of INTERNALDATE and our own MX's stamp, never after
/// `now`; `now` when neither is known.
#[must_use]
pub fn receipt(
    internal_date: Option<Timestamp>,
    own_mx: Option<Timestamp>,
    now: Timestamp,
) -> Timestamp {
    internal_date.into_iter().chain(own_mx).min().unwrap_or(now).min(now)
}

/// `None` when another host wrote the header, `Some(None)` when ours did but
/// its date cannot be read.
fn own_stamp(value: &[u8], own_hosts: &[String]) -> Option<Option<Timestamp>> {
    let line = line(value);
    let HeaderValue::Received(received) = MessageStream::new(&line).parse_received() else {
        return None;
    };
    let by = host_of(received.by.as_ref()?);
    let is_own = own_hosts.iter().any(|own| own.trim_end_matches('.').eq_ignore_ascii_case(&by));
    is_own.then(|| received.date.as_ref().and_then(instant))
}

/// The `by` host of a `Received` value, without a final dot.
pub(super) fn written_by(value: &[u8]) -> Option<String> {
    match MessageStream::new(&line(value)).parse_received() {
        HeaderValue::Received(received) => received.by.as_ref().map(host_of),
        _ => None,
    }
}

fn host_of(host: &Host<'_>) -> String {
    match host {
        Host::Name(name) => name.trim_end_matches('.').to_owned(),
        Host::IpAddr(address) => address.to_string(),
    }
}

/// The instant of a `Date` value; `None` for anything that is no real date.
pub(super) fn date(value: &[u8]) -> Option<Timestamp> {
    match MessageStream::new(&line(value)).parse_date() {
        HeaderValue::DateTime(date) => instant(&date),
        _ => None,
    }
}

fn instant(date: &DateTime) -> Option<Timestamp> {
    let civil = jiff::civil::date(1, 1, 1)
        .with()
        .year(i16::try_from(date.year).ok()?)
        .month(i8::try_from(date.month).ok()?)
        .day(i8::try_from(date.day).ok()?)
        .build()
        .ok()?;
    // a leap second is the last ordinary second
    let second = i8::try_from(date.second.min(59)).ok()?;
    let time = jiff::civil::Time::new(
        i8::try_from(date.hour).ok()?,
        i8::try_from(date.minute).ok()?,
        second,
        0,
    )
    .ok()?;
    let is_plausible = (1970..=2999).contains(&date.year)
        && date.second <= 60
        && date.tz_hour <= 23
        && date.tz_minute <= 59;
    let offset = (i32::from(date.tz_hour) * 60 + i32::from(date.tz_minute)) * 60;
    let offset = if date.tz_before_gmt { -offset } else { offset };
    let offset = jiff::tz::Offset::from_seconds(offset).ok()?;
    offset.to_timestamp(civil.to_datetime(time)).ok().filter(|_| is_plausible)
}

fn line(value: &[u8]) -> Vec<u8> {
    let mut line = value.get(..value.len().min(MAX_VALUE)).unwrap_or_default().to_vec();
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const HEAD: &[u8] = b"Return-Path: <r@example.com>\r\n\
        Received: from mx.tierline.example (mx.tierline.example [192.0.2.1])\r\n\
        \tby store.tierline.example (Postfix) with LMTP id 2; Tue, 4 Mar 2025 10:00:09 -0500\r\n\
        Received: from out.example.com (out.example.com [198.51.100.9])\r\n\
        \tby MX.Tierline.example with ESMTPS id 1; Tue, 4 Mar 2025 10:00:05 -0500\r\n\
        Received: from laptop by out.example.com with ESMTPSA; Tue, 4 Mar 2025 09:00:00 -0500\r\n\
        Received: from x by mx.tierline.example; Mon, 3 Mar 2025 09:00:00 -0500\r\n\
        Date: Sat, 1 Mar 2025 09:00:00 -0500\r\n\r\n";

    #[test]
    fn only_the_topmost_run_of_our_own_hosts_counts_and_its_earliest_instant_wins() {
        let own = ["store.tierline.example".to_owned(), "mx.tierline.example".to_owned()];
        assert_eq!(received_by_own_mx(HEAD, &own), Some(at("2025-03-04T15:00:05Z")));
        assert_eq!(received_by_own_mx(HEAD, &own[1..]), None, "another host stands on top");
        assert_eq!(received_by_own_mx(HEAD, &[]), None);
        assert_eq!(received_by_own_mx(b"Subject: x\r\n\r\n", &own), None);
    }

    #[test]
    fn a_stranger_cannot_name_our_host_inside_another_name_or_a_comment() {
        let own = ["mx.tierline.example".to_owned()];
        for forged in [
            "from a by evil.example (by mx.tierline.example); Mon, 3 Mar 2025 09:00:00 +0000",
            "from a (by mx.tierline.example) by evil.example; Mon, 3 Mar 2025 09:00:00 +0000",
            "from a by mx.tierline.example.evil.example; Mon, 3 Mar 2025 09:00:00 +0000",
        ] {
            let head = format!("Received: {forged}\r\n\r\n");
            assert_eq!(received_by_own_mx(head.as_bytes(), &own), None, "{forged}");
        }
    }

    #[test]
    fn receipt_is_the_earlier_stamp_and_never_in_the_future() {
        let (early, late) = (at("2025-03-04T10:00:00Z"), at("2025-03-04T11:00:00Z"));
        assert_eq!(receipt(Some(late), Some(early), late), early);
        assert_eq!(receipt(Some(early), Some(late), late), early);
        assert_eq!(receipt(Some(late), None, early), early);
        assert_eq!(receipt(None, None, early), early);
    }

    #[test]
    fn dates_that_do_not_exist_are_none() {
        assert_eq!(date(b" Tue, 4 Mar 2025 10:00:00 -0500"), Some(at("2025-03-04T15:00:00Z")));
        assert_eq!(date(b"Sat, 31 Dec 2016 23:59:60 +0000"), Some(at("2016-12-31T23:59:59Z")));
        for bad in
            ["not a date", "", "Fri, 31 Dec 9999 10:00:00 +0000", "31 Feb 2025 10:00:00 +0000"]
        {
            assert_eq!(date(bad.as_bytes()), None, "{bad}");
        }
    }
}
