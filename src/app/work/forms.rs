//! Approved wordings that a person may send on a ticket, and what they fill in.

use super::{WorkError, locale_of};
use crate::app::App;
use crate::domain::letter_field::LetterField;
use crate::domain::work::TicketView;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormChoice {
    /// Name of the template.
    pub template: String,
    /// What the letter is for.
    pub purpose: String,
    /// What it counts as.
    pub sent_as: String,
    /// What is filled in.
    pub fields: Vec<LetterField>,
}

/// Those in force in the requester's language, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn forms(app: &App, view: &TicketView) -> Result<Vec<FormChoice>, WorkError> {
    let approved = app.letters.approved(&app.store, app.now()).await?;
    let choice = |template: &str, form: &crate::postage::render::LetterForm| FormChoice {
        template: template.to_owned(),
        purpose: form.purpose.clone(),
        sent_as: form.sent_as.clone(),
        fields: form.fields.clone(),
    };
    let forms = approved.forms(locale_of(view));
    Ok(forms.filter_map(|version| Some(choice(&version.name, version.form.as_ref()?))).collect())
}
