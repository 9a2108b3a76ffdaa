//! Listeners' apps: what each of them would make of a chain that was recorded. A profile is the
//! documented behaviour of an app or of the platform below it; it is applied to facts that are
//! there already. Nothing is asked again, and nobody's User-Agent is borrowed.
//!
//! What is not documented stays unknown: where a chain raises a question that a profile has no fact
//! for (an http hop, eleven redirects, a certificate without receipts), the answer is
//! [`Works::Unknown`] and says which question it was. The facts stand in `apps/profiles.rs`, the
//! questions in `apps/rules.rs`.

mod panel;
mod profiles;
mod rules;
#[cfg(test)]
mod tests;

pub(crate) use panel::Panel;
pub use profiles::{NO_LIMIT, PROFILES};
pub use rules::{AppCase, apps};

/// Something documented, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    /// What.
    pub is: T,
    /// Where it is written: a document, or the source file that does it.
    pub source: &'static str,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// SSL 3.0, or what is older.
    Ssl3,
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

impl TlsVersion {
    /// The version of this name (`TLSv1.2`).
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "SSLv3" | "SSLv2" => Some(Self::Ssl3),
            "TLSv1.0" | "TLSv1" => Some(Self::Tls10),
            "TLSv1.1" => Some(Self::Tls11),
            "TLSv1.2" => Some(Self::Tls12),
            "TLSv1.3" => Some(Self::Tls13),
            _ => None,
        }
    }

    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ssl3 => "SSL 3.0",
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }
}

/// A kind of answer that an app takes for no audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusedType {
    /// Content types that begin so, in lower case.
    pub prefix: &'static str,
    /// Only where the file is smaller than so many bytes, or does not say how large it is.
    pub below: Option<u64>,
}

/// What is documented of one app. A field without a fact is not known.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// Its name in `--as`.
    pub id: &'static str,
    /// For people.
    pub name: &'static str,
    /// What exactly is meant, in a sentence.
    pub about: &'static str,
    /// The most redirects that it follows.
    pub redirects: Option<Fact<u32>>,
    /// Whether it follows a redirect from https to http.
    pub downgrade: Option<Fact<bool>>,
    /// Whether it follows a redirect from http to https. Taken for granted where nothing is known.
    pub upgrade: Option<Fact<bool>>,
    /// Whether it asks for http URLs at all.
    pub cleartext: Option<Fact<bool>>,
    /// Content types of an answer that it refuses.
    pub refused_types: Option<Fact<&'static [RefusedType]>>,
    /// The smallest file that it takes, bytes.
    pub least_bytes: Option<Fact<u64>>,
    /// Whether it needs answers to ranged requests (206).
    pub needs_range: Option<Fact<bool>>,
    /// Whether it, or its directory, asks with HEAD.
    pub needs_head: Option<Fact<bool>>,
    /// Whether it fetches an intermediate certificate that the server does not send.
    pub fetches_issuers: Option<Fact<bool>>,
    /// Whether it refuses public certificates without enough log receipts (SCTs).
    pub needs_timestamps: Option<Fact<bool>>,
    /// The longest life of a public certificate that it takes, days; [`NO_LIMIT`] where it does not
    /// look.
    pub most_days: Option<Fact<i64>>,
    /// Whether it refuses a certificate that does not say that it is for servers.
    pub needs_usage: Option<Fact<bool>>,
    /// Whether it refuses a certificate that was revoked.
    pub checks_revocation: Option<Fact<bool>>,
    /// The oldest TLS that it speaks.
    pub least_tls: Option<Fact<TlsVersion>>,
    /// Whether it refuses key exchange without forward secrecy (RSA).
    pub forward_secrecy: Option<Fact<bool>>,
    /// Names of `--trust NAME=FILE` that stand for its trust store, beside its own id.
    pub stores: &'static [&'static str],
    /// It is about its trust store: without one that is loaded, nothing over https is known.
    pub store_decides: bool,
}

impl Profile {
    /// Whether a trust store of this name is its own.
    pub fn owns_store(&self, name: &str) -> bool {
        self.id == name || self.stores.contains(&name)
    }
}

/// The profile of this name.
pub fn find(id: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.id == id)
}

/// Whether an app gets the file and takes it. Ordered by what counts: `Yes < Unknown < No`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Works {
    /// Nothing that is known stands against it.
    #[default]
    Yes,
    /// It turns on something that is not documented, or that was not seen.
    Unknown,
    /// It fails.
    No,
}

impl Works {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Unknown => "unknown",
            Self::No => "no",
        }
    }
}

/// What an app makes of an enclosure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppVerdict {
    /// The app.
    pub app: &'static Profile,
    /// Whether it works there.
    pub works: Works,
    /// Why not, or what is not known: sentences without a full stop. Texts hold what came from
    /// outside; URLs in them are redacted.
    pub because: Vec<String>,
}

impl PartialEq for Profile {
    /// Profiles are told apart by their names.
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Profile {}
