//! A backtest as one HTML page: no script, nothing loaded from elsewhere, and
//! every word escaped.

use std::collections::{BTreeMap, BTreeSet};

use super::Report;
use super::text::differences;
use crate::domain::backtest::{Change, Table};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;\
    padding:0 1rem;color:#1a1a1a;background:#fff}h1{font-size:1.4rem}h2{font-size:1.1rem;\
    margin-top:2rem}table{border-collapse:collapse}th,td{border:1px solid #c8c8c8;\
    padding:.25rem .6rem;text-align:left;vertical-align:top}td.n{text-align:right;\
    font-variant-numeric:tabular-nums}td.moved{background:#fff3cd}.bad{color:#8a1010;\
    font-weight:600}.good{color:#14602b;font-weight:600}code{font-size:.9em}\
    .wide{overflow-x:auto}";

pub(super) fn page(report: &Report<'_>) -> String {
    let tally = report.tally;
    let (class, verdict) = if report.ok {
        ("good", "No statutory clock is lost.")
    } else {
        ("bad", "Statutory clocks are lost: this policy fails the gate.")
    };
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'\">\
         <title>Backtest</title><style>{STYLE}</style></head><body>\n\
         <h1>Backtest of policy <code>{}</code></h1>\n\
         <p>Against <code>{}</code>, over {} mails: {} change, {} move to another queue.</p>\n\
         <p class=\"{class}\">{verdict}</p>\n\
         <p>Statutory clocks: {} lost, {} later, {} gained.</p>\n",
        report.policy,
        report.against,
        tally.mails,
        tally.changed,
        tally.queue_moves,
        tally.statutory_lost,
        tally.statutory_later,
        tally.statutory_gained
    );
    counts("Clocks lost", &tally.clocks_lost, &mut html);
    counts("Clocks gained", &tally.clocks_gained, &mut html);
    confusion("Queues: before (rows) and after (columns)", &tally.queues, &mut html);
    confusion("Leading matters: before (rows) and after (columns)", &tally.leads, &mut html);
    confusion("Letters that change", &tally.letters, &mut html);
    confusion("Priorities that change", &tally.priorities, &mut html);
    counts("Flags raised (+) or no longer raised (-)", &tally.flags, &mut html);
    changes(&tally.changes, tally.changed, &mut html);
    html.push_str("</body></html>\n");
    html
}

fn counts(head: &str, counts: &BTreeMap<String, u64>, html: &mut String) {
    if counts.is_empty() {
        return;
    }
    html.push_str(&format!("<h2>{head}</h2>\n<table>\n"));
    for (name, count) in counts {
        html.push_str(&format!(
            "<tr><th>{}</th><td class=\"n\">{count}</td></tr>\n",
            escaped(name)
        ));
    }
    html.push_str("</table>\n");
}

fn confusion(head: &str, table: &Table, html: &mut String) {
    if table.is_empty() {
        return;
    }
    let columns: BTreeSet<&String> = table.values().flat_map(BTreeMap::keys).collect();
    html.push_str(&format!("<h2>{head}</h2>\n<div class=\"wide\"><table>\n<tr><th></th>"));
    for column in &columns {
        html.push_str(&format!("<th>{}</th>", escaped(column)));
    }
    html.push_str("</tr>\n");
    for (from, row) in table {
        html.push_str(&format!("<tr><th>{}</th>", escaped(from)));
        for to in &columns {
            let class = if *to == from { "n" } else { "n moved" };
            match row.get(*to) {
                Some(count) => html.push_str(&format!("<td class=\"{class}\">{count}</td>")),
                None => html.push_str("<td></td>"),
            }
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</table></div>\n");
}

fn changes(changes: &[Change], all: u64, html: &mut String) {
    if changes.is_empty() {
        return;
    }
    html.push_str(&format!("<h2>Mails that change ({} of {all})</h2>\n<table>\n", changes.len()));
    for change in changes {
        let class = if change.loses() { " class=\"bad\"" } else { "" };
        let list: Vec<String> = differences(change).iter().map(|one| escaped(one)).collect();
        html.push_str(&format!(
            "<tr><th><code>{}</code></th><td{class}>{}</td></tr>\n",
            escaped(&change.key),
            list.join("<br>")
        ));
    }
    html.push_str("</table>\n");
}

/// Text that is nothing but text inside an element or a quoted attribute.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ if character.is_control() => safe.push('\u{fffd}'),
            _ => safe.push(character),
        }
    }
    safe
}
