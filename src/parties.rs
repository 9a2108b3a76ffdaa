//! `parties` knows whose host is whose: roles, providers, prefixes and their URL shapes.

use crate::chain::OriginSighting;
use crate::link::{Link, Origin};

/// What a host does on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A measurement prefix: redirects and counts.
    Prefix,
    /// Holds the files or hands them to a CDN.
    Hosting,
    /// Inserts advertisements.
    AdInsertion,
    /// Delivers.
    Cdn,
    /// Serves the feed.
    Feed,
    /// Not known; never guessed.
    Unknown,
}

impl Role {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prefix => "prefix",
            Self::Hosting => "hosting",
            Self::AdInsertion => "ad_insertion",
            Self::Cdn => "cdn",
            Self::Feed => "feed",
            Self::Unknown => "unknown",
        }
    }
}

/// Whose host it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// What it does.
    pub role: Role,
    /// Whose it is.
    pub provider: Option<String>,
    /// When the service closed, as a date, where it has.
    pub retired: Option<String>,
    /// Where its operator says how it is.
    pub status_page: Option<String>,
    /// Where to write to.
    pub support: Option<String>,
}

/// The catalogue.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {}

impl Catalogue {
    /// The one that is built in.
    pub fn builtin() -> Self {
        Self {}
    }

    /// Whose host a URL is on, from the URL alone.
    pub fn who(&self, link: &Link) -> Party {
        let _ = link;
        unimplemented!()
    }

    /// Whose origin it is, from its name, CNAME chain and marks.
    pub fn who_origin(&self, sighting: &OriginSighting) -> Party {
        let _ = sighting;
        unimplemented!()
    }

    /// The URLs written in a URL: itself first, then what each prefix says it leads to.
    pub fn planned(&self, link: &Link) -> Vec<Link> {
        let _ = link;
        unimplemented!()
    }

    /// The same URL without the prefix on this origin; `None` where it is not in it.
    pub fn without(&self, link: &Link, prefix: &Origin) -> Option<Link> {
        let _ = (link, prefix);
        unimplemented!()
    }
}
