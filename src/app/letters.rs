//! The letters that may leave: compiled from the template versions that a
//! second person has approved, as the database holds them, never from files.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;

use crate::domain::digest::Digest;
use crate::domain::letter::{FrozenLetter, LetterIntent, LetterState};
use crate::postage::render::{Renderer, SenderIdentity, TemplateVersion};
use crate::store::approved::ApprovedVersion;
use crate::store::{Store, StoreError};

/// Approved template versions in force, ready to render.
#[derive(Debug)]
pub struct ApprovedLetters {
    /// Digest of the approved versions' hashes.
    key: Digest,
    renderer: Renderer,
}

/// The versions in force, compiled again only when the set has changed.
#[derive(Debug, Default)]
pub struct LetterShelf {
    current: RwLock<Option<Arc<ApprovedLetters>>>,
}

impl LetterShelf {
    /// What is approved and in force at `now`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn approved(
        &self,
        store: &Store,
        now: Timestamp,
    ) -> Result<Arc<ApprovedLetters>, StoreError> {
        let hashes = store.approved_hashes(now).await?;
        let fields: Vec<&[u8]> = hashes.iter().map(|hash| hash.0.as_slice()).collect();
        let key = Digest::of_fields(&fields);
        if let Some(current) = self.current().filter(|current| current.key == key) {
            return Ok(current);
        }
        let versions = store.approved_versions(now).await?;
        let compiled = Arc::new(ApprovedLetters { key, renderer: compile(versions) });
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&compiled));
        Ok(compiled)
    }

    fn current(&self) -> Option<Arc<ApprovedLetters>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A version that an older program accepted and this one does not compile is
/// left out: its letters wait as held, and the log names it.
fn compile(versions: Vec<ApprovedVersion>) -> Renderer {
    let version = |kept: ApprovedVersion| TemplateVersion {
        name: kept.name,
        locale: kept.locale,
        subject: kept.subject,
        text: kept.text,
        html: kept.html,
        print: String::new(),
        audience: crate::domain::wording::Audience::Anyone,
        purpose: String::new(),
        wording: String::new(),
        hash: kept.hash,
    };
    let versions = versions.into_iter().map(version).collect();
    let (renderer, problems) = Renderer::of_versions(versions);
    for problem in problems {
        tracing::error!(%problem, "an approved template cannot be compiled; its letters are held");
    }
    renderer
}

impl ApprovedLetters {
    /// Fixes a letter's bytes. Without an approved version, or when rendering
    /// fails, the letter waits as held: nothing that nobody released leaves.
    #[must_use]
    pub fn freeze(&self, intent: &LetterIntent, sender: &SenderIdentity) -> FrozenLetter {
        let held = |version: Digest, reason: &str| FrozenLetter {
            intent: intent.clone(),
            template_version: version,
            bytes: Vec::new(),
            state: LetterState::Held,
            held_reason: Some(reason.to_owned()),
        };
        let Some(version) = self.renderer.version(&intent.template, &intent.locale) else {
            return held(Digest::default(), "no_approved_template");
        };
        if let Some(reason) = &intent.hold {
            return held(version.hash, reason);
        }
        match self.renderer.render(intent, version, sender) {
            Ok(bytes) => FrozenLetter {
                intent: intent.clone(),
                template_version: version.hash,
                bytes,
                state: LetterState::Available,
                held_reason: None,
            },
            Err(error) => {
                tracing::error!(template = intent.template, %error, "a letter cannot be rendered");
                held(version.hash, "not_renderable")
            }
        }
    }
}
