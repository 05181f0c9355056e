//! Settings as they are shown to persons: without secrets.

use super::problem::is_secret_like;
use super::source::Value;

/// One setting as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Full path, e.g. `mailbox[0].port`.
    pub key: String,
    /// Its value; secrets and passwords in addresses are hidden.
    pub value: String,
    /// Where it was written; `None` is the default.
    pub place: Option<String>,
}

/// A value for eyes: no secret, no password.
pub(crate) fn shown(path: &str, value: &Value) -> Option<String> {
    if is_secret_like(path) {
        return Some("(hidden)".to_owned());
    }
    match value {
        Value::Text(text) => Some(format!("{:?}", without_password(text))),
        Value::Integer(number) => Some(number.to_string()),
        Value::Flag(flag) => Some(flag.to_string()),
        Value::Other(what) => Some((*what).to_owned()),
        Value::List(items) => {
            let items: Option<Vec<String>> =
                items.iter().map(|item| shown(path, &item.value)).collect();
            items.map(|items| format!("[{}]", items.join(", ")))
        }
        Value::Table(_) => None,
    }
}

/// A URL's `user:password@` without the password.
pub(crate) fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let authority = rest.split('/').next().unwrap_or(rest);
    match authority.rsplit_once('@').and_then(|(login, _)| login.split_once(':')) {
        Some((user, password)) => {
            let tail = rest.get(user.len() + 1 + password.len()..).unwrap_or_default();
            format!("{scheme}://{user}:(hidden){tail}")
        }
        None => text.to_owned(),
    }
}
