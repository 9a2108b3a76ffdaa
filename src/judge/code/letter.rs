//! Letters: a text ready to send to the party at fault. What is known of a case is filled in; what
//! is not stays as a place to fill by hand.

use std::fmt::Write as _;

use super::CodeInfo;

/// Whom a letter goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// The support of the host that the finding is about.
    Host,
    /// The podcaster's own hosting company.
    Hosting,
    /// Whoever hosts the feed.
    FeedHost,
    /// The operator of the measurement prefix.
    Prefix,
}

impl Recipient {
    /// For people: `the support of the host`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Host => "the support of the host",
            Self::Hosting => "your hosting company",
            Self::FeedHost => "whoever hosts the feed",
            Self::Prefix => "the operator of the prefix",
        }
    }
}

/// What is known of a case. Texts stand in the letter as they come; where it is shown, `markup`
/// makes them safe.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fill<'a> {
    /// The host.
    pub host: Option<&'a str>,
    /// What was seen: the finding's detail.
    pub evidence: Option<&'a str>,
    /// When, in UTC.
    pub time: Option<&'a str>,
    /// Whom it touches: shows and episodes.
    pub affected: Option<&'a str>,
}

impl CodeInfo {
    /// The letter about a case, its subject line first; `None` where there is nobody to write to.
    /// Places that are not filled read `{host}`, `{evidence}`, `{time}`, `{affected}`.
    pub fn letter(&self, fill: &Fill<'_>) -> Option<String> {
        let (_, body) = self.letter?;
        let host = fill.host.unwrap_or("{host}");
        let evidence = fill.evidence.unwrap_or("{evidence}");
        let time = fill.time.unwrap_or("{time}");
        let affected = fill.affected.unwrap_or("{affected}");
        let mut text = format!("Subject: {}: {host}\n\nHello,\n\n", self.title);
        text.push_str(&body.replace("{host}", host));
        text.push_str("\n\n");
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "Host: {host}\nWhat was seen: {evidence}\nWhen: {time} (UTC)\nAffected: {affected}\n\nThank you.\n"
        );
        Some(text)
    }
}
