//! The letters that may leave: compiled from the template versions that a
//! second person has approved, as the database holds them, never from files.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;

use crate::domain::digest::Digest;
use crate::domain::letter::{AcknowledgmentContext, FrozenLetter, LetterIntent, LetterState};
use crate::postage::fit::fit_to_send;
use crate::postage::render::{
    RenderError, Renderer, SenderIdentity, TemplateVersion, Words, form_of,
};
use crate::postage::sign::Signer;
use crate::store::approved::ApprovedVersion;
use crate::store::{Store, StoreError};

/// Approved template versions in force, ready to render.
#[derive(Debug)]
pub struct ApprovedLetters {
    /// Digest of the approved versions' hashes.
    key: Digest,
    renderer: Renderer,
    signer: Option<Arc<Signer>>,
}

/// The versions in force, compiled again only when the set has changed.
#[derive(Debug, Default)]
pub struct LetterShelf {
    current: RwLock<Option<Arc<ApprovedLetters>>>,
    signer: Option<Arc<Signer>>,
}

impl LetterShelf {
    /// A shelf whose letters are signed for the sending domain.
    #[must_use]
    pub fn signing(signer: Option<Signer>) -> Self {
        Self { current: RwLock::default(), signer: signer.map(Arc::new) }
    }

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
        let compiled = Arc::new(ApprovedLetters {
            key,
            renderer: compile(versions),
            signer: self.signer.clone(),
        });
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
        print: kept.print,
        form: form_of(&kept.about),
        audience: crate::domain::wording::Audience::Anyone,
        about: String::new(),
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
        match self.bytes(intent, version, sender) {
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

    /// Rendered, signed, and looked at once more: the signature is on the wire too.
    fn bytes(
        &self,
        intent: &LetterIntent,
        version: &TemplateVersion,
        sender: &SenderIdentity,
    ) -> Result<Vec<u8>, RenderError> {
        self.signed(self.renderer.render(intent, version, sender)?)
    }

    /// Wordings in `locale` that a person may send, by name.
    pub fn forms(&self, locale: &str) -> impl Iterator<Item = &TemplateVersion> {
        let versions = self.renderer.versions();
        versions.filter(move |version| version.form.is_some() && version.locale == locale)
    }

    /// The wording `name` in `locale`, if a person may send it.
    #[must_use]
    pub fn form(&self, name: &str, locale: &str) -> Option<&TemplateVersion> {
        self.forms(locale).find(|version| version.name == name)
    }

    /// The words of a wording with its fields filled in.
    ///
    /// # Errors
    /// When the template fails on this context.
    pub fn words(
        &self,
        version: &TemplateVersion,
        context: &AcknowledgmentContext,
    ) -> Result<Words, RenderError> {
        self.renderer.wording(context, version)
    }

    /// Fixes the bytes of a letter that a person filled in, also while it waits
    /// for a second one. The version must still be the one they saw.
    ///
    /// # Errors
    /// When it was replaced or stopped since, or cannot be rendered.
    pub fn freeze_filled(
        &self,
        intent: &LetterIntent,
        seen: Digest,
        sender: &SenderIdentity,
    ) -> Result<FrozenLetter, RenderError> {
        let (name, locale) = (intent.template.clone(), intent.locale.clone());
        let version = self.form(&name, &locale).filter(|version| version.hash == seen);
        let version = version.ok_or(RenderError::UnknownVersion { name, locale })?;
        Ok(FrozenLetter {
            intent: intent.clone(),
            template_version: version.hash,
            bytes: self.bytes(intent, version, sender)?,
            state: if intent.hold.is_some() { LetterState::Held } else { LetterState::Available },
            held_reason: intent.hold.clone(),
        })
    }

    /// A person's own words, signed for the sending domain like any other letter.
    ///
    /// # Errors
    /// When the bytes cannot be signed.
    pub fn signed(&self, bytes: Vec<u8>) -> Result<Vec<u8>, RenderError> {
        let Some(signer) = &self.signer else { return Ok(bytes) };
        let signed = signer.sign(&bytes).map_err(|error| RenderError::Build(error.to_string()))?;
        fit_to_send(&signed).map_err(RenderError::NotFit)?;
        Ok(signed)
    }

    /// The words of the letter on paper for `context`, with the version they are
    /// of; `None` without an approved version that has a paper form.
    ///
    /// # Errors
    /// When the template fails on this context.
    pub fn paper(
        &self,
        template: &str,
        locale: &str,
        context: &AcknowledgmentContext,
    ) -> Result<Option<(Digest, String)>, RenderError> {
        let version = self.renderer.version(template, locale);
        let Some(version) = version.filter(|version| !version.print.is_empty()) else {
            return Ok(None);
        };
        Ok(Some((version.hash, self.renderer.paper(context, version)?)))
    }
}
