//! What must not be shown.

use std::fmt;

use serde::Deserialize;

/// Texts shorter than this are not looked for: they would blot out ordinary words.
const SHORTEST: usize = 6;

/// A token, a password, or a URL that is as good as one. It is shown nowhere: not by `Debug`, not
/// in errors, and it cannot be serialised.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the request that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// `text` without the secrets: a server may say back what it was sent.
pub(super) fn without<'a>(text: &str, secrets: impl IntoIterator<Item = &'a str>) -> String {
    let mut secrets: Vec<&str> = secrets.into_iter().filter(|secret| secret.len() >= SHORTEST).collect();
    // The longest first: a secret may be a part of another.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let secret = Secret::new("xoxb-123456");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(without("bad token xoxb-123456-7, a", ["xoxb-123456", "xoxb-123456-7", "a"]), "bad token ***, a");
    }
}
