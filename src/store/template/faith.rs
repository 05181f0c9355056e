//! Whether the wording in the database is the wording on the record: words,
//! author and approval of each version against what its events say.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{COLUMNS, TemplateState, TemplateVersion, read};
use crate::domain::digest::Digest;
use crate::store::audit::ChainBreak;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, get, get_count, values};

/// Digest of all that a reviewer saw.
pub(super) fn content(version: &TemplateVersion) -> Digest {
    let about = &version.about;
    Digest::of_fields(&[
        version.name.as_bytes(),
        version.locale.as_bytes(),
        version.subject.as_bytes(),
        version.text.as_bytes(),
        version.html.as_bytes(),
        about.print.as_bytes(),
        about.purpose.as_bytes(),
        about.audience.word().as_bytes(),
        about.file.as_bytes(),
        version.author.0.as_bytes(),
    ])
}

/// What the record says of one version.
#[derive(Default)]
struct OnRecord {
    seq: u64,
    author: String,
    content: Option<Digest>,
    approval: Option<(String, Value, Value)>,
}

impl Store {
    /// The first version that is not as the record says. Versions imported
    /// before the record held their content are compared by author and approval.
    pub(in crate::store) async fn unfaithful_wording(
        &self,
        stream: Option<&str>,
    ) -> Result<Option<ChainBreak>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM template_version ORDER BY name, locale, hash");
        let mut told: BTreeMap<String, BTreeMap<Digest, OnRecord>> = BTreeMap::new();
        for row in sql::all(self.readers(), &text, values![]).await? {
            let version = read(&row)?;
            let own = format!("template:{}", version.name);
            if stream.is_some_and(|only| only != own) {
                continue;
            }
            if !told.contains_key(&own) {
                let on_record = self.on_record(&own).await?;
                told.insert(own.clone(), on_record);
            }
            let on_record = told.get(&own).and_then(|stream| stream.get(&version.hash));
            if let Some((seq, what)) = unfaithful(&version, on_record) {
                return Ok(Some(ChainBreak { stream: own, seq, what }));
            }
        }
        Ok(None)
    }

    async fn on_record(&self, stream: &str) -> Result<BTreeMap<Digest, OnRecord>, StoreError> {
        let text = "SELECT seq, actor, kind, particulars FROM event WHERE stream = $1 ORDER BY seq";
        let mut versions: BTreeMap<Digest, OnRecord> = BTreeMap::new();
        for row in sql::all(self.readers(), text, values![stream]).await? {
            let particulars: Value = serde_json::from_str(&get::<String>(&row, "particulars")?)
                .map_err(|_| StoreError::Malformed("particulars"))?;
            let digest = |key: &str| particulars[key].as_str().and_then(Digest::from_hex);
            let Some(hash) = digest("hash") else { continue };
            let version = versions.entry(hash).or_default();
            version.seq = get_count(&row, "seq")?;
            version.content = digest("content").or(version.content);
            let actor: String = get(&row, "actor")?;
            match get::<String>(&row, "kind")?.as_str() {
                "template_imported" => version.author = actor,
                "template_approved" => {
                    let (from, to) = (&particulars["from_at"], &particulars["to_at"]);
                    version.approval = Some((actor, from.clone(), to.clone()));
                }
                "template_retired" | "template_rejected" => version.approval = None,
                _ => {}
            }
        }
        Ok(versions)
    }
}

fn unfaithful(
    version: &TemplateVersion,
    on_record: Option<&OnRecord>,
) -> Option<(u64, &'static str)> {
    let Some(told) = on_record else { return Some((1, "a version that nobody imported")) };
    let wrong = |what| Some((told.seq, what));
    if told.author != format!("person:{}", version.author) {
        return wrong("the author of a version was changed");
    }
    if told.content.is_some_and(|kept| kept != content(version)) {
        return wrong("the wording of a version was changed");
    }
    if version.state != TemplateState::Approved {
        return None;
    }
    let Some((approver, from, to)) = &told.approval else {
        return wrong("a version is approved and nobody approved it");
    };
    let is_by = version.approved_by.is_some_and(|by| *approver == format!("person:{by}"));
    let instant = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
    let is_as_told =
        instant(from) == version.effective_from_at && instant(to) == version.effective_to_at;
    if !is_by || !is_as_told {
        return wrong("the approval of a version was changed");
    }
    None
}
