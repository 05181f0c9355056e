//! Where the truth is kept.

use super::reader::Section;
use super::setting::without_password;
use secrecy::ExposeSecret as _;

use super::secret::{SecretError, SecretSource};

/// `[database]`
#[derive(Clone, Debug)]
pub struct Database {
    /// `sqlite:<path>` or `postgres://…` without a password.
    pub url: String,
    /// Password of the PostgreSQL role.
    pub password: Option<SecretSource>,
    /// Readers on SQLite, all connections on PostgreSQL.
    pub max_connections: u32,
    /// Set by test harnesses only: the last commits may be lost in a power cut.
    pub allow_unsafe_durability: bool,
}

impl Database {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        let url = section.text("url");
        let is_known = ["sqlite:", "postgres://", "postgresql://"];
        if !is_known.iter().any(|scheme| url.starts_with(scheme)) {
            section.problem("url", "is no database we know", "write sqlite:<path> or postgres://…");
        }
        if without_password(&url) != url || url.contains("password=") {
            let fix = "take it out and use password_file or password_env";
            section.problem("url", "has a password in it", fix);
        }
        let database = Self {
            url,
            password: section.secret("password"),
            max_connections: section.integer("max_connections", 2, 200),
            allow_unsafe_durability: section.flag("allow_unsafe_durability"),
        };
        section.end();
        database
    }
}

impl Database {
    /// The URL with the role's password in it, for the connection alone.
    ///
    /// # Errors
    /// When the password cannot be read.
    pub fn url_with_password(&self) -> Result<String, SecretError> {
        let Some(source) = &self.password else { return Ok(self.url.clone()) };
        let password = source.load()?;
        let Some((scheme, rest)) = self.url.split_once("://") else { return Ok(self.url.clone()) };
        let Some((role, place)) = rest.split_once('@') else { return Ok(self.url.clone()) };
        Ok(format!("{scheme}://{role}:{}@{place}", escaped(password.expose_secret())))
    }
}

/// Percent-encoding of everything but RFC 3986 §2.3's unreserved characters.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_with_any_character_stays_in_its_place() {
        let database = Database {
            url: "postgres://tierline@db.example.com/tierline".to_owned(),
            password: Some(SecretSource::Held("p@ss/wörd:1".into())),
            max_connections: 8,
            allow_unsafe_durability: false,
        };
        assert_eq!(
            database.url_with_password().unwrap(),
            "postgres://tierline:p%40ss%2Fw%C3%B6rd%3A1@db.example.com/tierline"
        );
    }
}
