//! `tierline templates show`: what a reviewer reads before a decision: the
//! words, what the checks say, and how they differ from the version in force.

use serde_json::{Value, json};

use super::{act, sample};
use crate::app::approve;
use crate::cli::arguments::Named;
use crate::cli::compose::{self, database_error};
use crate::cli::exit::{CliError, Exit};
use crate::cli::output::Output;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::wording::{Piece, difference};
use crate::postage::render::Renderer;
use crate::store::template::TemplateVersion;

pub(super) async fn run(
    config: &Config,
    named: &Named,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let policy = compose::policy(config)?;
    let store = compose::store_beside(config).await?;
    let version = act::find(&store, named).await?;
    let now = SystemClock.now();
    let in_force =
        store.find_approved(&version.name, &version.locale, now).await.map_err(database_error)?;
    let in_force = in_force.filter(|other| other.hash != version.hash);
    let compiled = approve::loaded(&version);
    let (renderer, problems) = Renderer::of_versions(vec![compiled.clone()]);
    let mut findings: Vec<String> = problems.iter().map(ToString::to_string).collect();
    if findings.is_empty() {
        let inspected = sample::words(config, &policy, &renderer, &compiled);
        findings.extend(inspected.findings.iter().map(ToString::to_string));
    }
    let differences = in_force.as_ref().map(|former| differences(former, &version));
    let text = text(&version, &findings, in_force.as_ref().zip(differences.as_deref()));
    let answer = json!({
        "name": version.name, "locale": version.locale, "version": version.hash,
        "state": version.state, "purpose": version.about.purpose,
        "audience": version.about.audience, "subject": version.subject, "text": version.text,
        "html": version.html, "print": version.about.print, "rejection": version.rejection,
        "findings": findings, "in_force": in_force.as_ref().map(|former| former.hash),
        "differences": differences.iter().flatten().map(value).collect::<Vec<_>>(),
    });
    output.answer(&text, &answer)?;
    Ok(if findings.is_empty() { Exit::Done } else { Exit::ProblemsFound })
}

/// One part in both directions.
struct PartDifference {
    part: &'static str,
    /// From the version in force to this one.
    forward: Vec<Piece>,
    /// And back.
    backward: Vec<Piece>,
}

fn differences(former: &TemplateVersion, new: &TemplateVersion) -> Vec<PartDifference> {
    [
        ("subject", &former.subject, &new.subject),
        ("text", &former.text, &new.text),
        ("html", &former.html, &new.html),
        ("print", &former.about.print, &new.about.print),
    ]
    .into_iter()
    .filter(|(_, former, new)| former != new)
    .map(|(part, former, new)| PartDifference {
        part,
        forward: difference(former, new),
        backward: difference(new, former),
    })
    .collect()
}

fn value(part: &PartDifference) -> Value {
    let pieces = |pieces: &[Piece]| -> Vec<Value> {
        pieces
            .iter()
            .map(|piece| match piece {
                Piece::Same(words) => json!({ "same": words }),
                Piece::Removed(words) => json!({ "removed": words }),
                Piece::Added(words) => json!({ "added": words }),
            })
            .collect()
    };
    json!({ "part": part.part, "forward": pieces(&part.forward), "backward": pieces(&part.backward) })
}

fn text(
    version: &TemplateVersion,
    findings: &[String],
    changed: Option<(&TemplateVersion, &[PartDifference])>,
) -> String {
    let mut lines = vec![
        format!("template   {} {}", version.name, version.locale),
        format!("version    {}", version.hash.hex()),
        format!("state      {}", version.state),
        format!("purpose    {}", version.about.purpose),
        format!("audience   {}", version.about.audience),
    ];
    lines.extend(version.rejection.iter().map(|comment| format!("sent back  {comment}")));
    lines.push(format!("\nSubject: {}\n\n{}", version.subject, version.text));
    if !version.about.print.is_empty() {
        lines.push(format!("On paper:\n\n{}", version.about.print));
    }
    lines.push(match findings {
        [] => "The checks found nothing.".to_owned(),
        found => format!("The checks found:\n{}", found.join("\n")),
    });
    match changed {
        None => lines.push("There is no other version in force.".to_owned()),
        Some((former, parts)) => {
            let hash: String = former.hash.hex().chars().take(super::SHORT_HASH).collect();
            for part in parts {
                lines.push(format!("\n{} {hash} -> this:\n{}", part.part, marked(&part.forward)));
                lines.push(format!("{} this -> {hash}:\n{}", part.part, marked(&part.backward)));
            }
        }
    }
    lines.join("\n")
}

/// `[-removed-] {+added+}`, long equal runs cut.
fn marked(pieces: &[Piece]) -> String {
    const MOST_SAME: usize = 12;
    let shortened = |words: &str| {
        let all: Vec<&str> = words.split(' ').collect();
        if all.len() <= 2 * MOST_SAME {
            return words.to_owned();
        }
        let (head, tail) = (&all[..MOST_SAME], &all[all.len() - MOST_SAME..]);
        format!("{} … {}", head.join(" "), tail.join(" "))
    };
    let pieces: Vec<String> = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Same(words) => shortened(words),
            Piece::Removed(words) => format!("[-{words}-]"),
            Piece::Added(words) => format!("{{+{words}+}}"),
        })
        .collect();
    pieces.join(" ")
}
