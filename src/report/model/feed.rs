//! Feeds, their episodes, and the chains of hops that their files are reached by.

use schemars::JsonSchema;
use serde::Serialize;

use super::apps::Apps;
use super::{Millis, Name, Named, Seconds, Stamp, Text};
use crate::audio;
use crate::feed::EnclosureKind;
use crate::judge::{Outcome, Verdict};
use crate::parties::Role;

/// One source.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Feed {
    /// The source as given, redacted.
    pub source: Text,
    /// Its URL after redirects; null for a file.
    pub url: Option<Text>,
    /// The show's title; null where no feed was read.
    pub title: Option<Text>,
    /// The worst of its own document and its episodes.
    pub verdict: Name<Verdict>,
    /// The chain of the feed's own document; null for a file.
    pub chain: Option<Chain>,
    /// Why the source could not be read at all; otherwise the field is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Text>,
    /// Its episodes, newest first.
    pub episodes: Vec<Episode>,
}

/// One item of a feed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Episode {
    /// Its guid or id; null where it has none.
    pub guid: Option<Text>,
    /// Its title; empty where it has none.
    pub title: Text,
    /// When it was published; null where the feed does not say.
    pub published_at: Option<Stamp>,
    /// The worst of its enclosures.
    pub verdict: Name<Verdict>,
    /// Its files.
    pub enclosures: Vec<Enclosure>,
}

/// A file that listeners download.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Enclosure {
    /// Its URL, redacted.
    pub url: Text,
    /// The route that is written in the URL, itself first, as its prefixes' rules say before any
    /// request; the field is there only where another URL is written in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub planned: Vec<Text>,
    /// The first of `planned` that was not observed.
    #[serde(skip)]
    pub strayed: Option<usize>,
    /// The element that it came from.
    pub kind: Name<EnclosureKind>,
    /// The media type that the feed states.
    #[serde(rename = "type")]
    pub media_type: Option<Text>,
    /// The length in bytes that the feed states.
    pub length: Option<u64>,
    /// The worst of its own findings and those of the origins on its way.
    pub verdict: Name<Verdict>,
    /// How it was reached; null where it cannot be requested.
    pub chain: Option<Chain>,
    /// What listeners' apps make of it; the field is there only with `--as`.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub apps: Apps,
}

/// One walk from a URL to its end.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Chain {
    /// What became of it. `document`: a feed's own chain; `unknown`: blocked to bots, sinkholed, a
    /// blocked address, a round that was stopped.
    pub outcome: Name<Outcome>,
    /// The URL of the last hop.
    pub final_url: Text,
    /// From start to end.
    pub total_ms: Millis,
    /// Every hop, in order.
    pub hops: Vec<Hop>,
    /// What was learnt of the media at the end; null where it was not reached.
    pub media: Option<Box<Media>>,
    /// What somebody else was answered at the last hop; the field is there only where a second
    /// opinion was asked for and the chain ended in a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_opinion: Option<Box<SecondOpinion>>,
    /// Why it ended where no hop failed: a loop, a redirect that leads nowhere.
    #[serde(skip)]
    pub end: Option<Text>,
}

/// A refused request, repeated once with another User-Agent, for headers only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct SecondOpinion {
    /// The User-Agent that asked.
    pub user_agent: Text,
    /// The status that it got; null without an answer.
    pub status: Option<u16>,
    /// Whether it got what was refused before.
    pub served: bool,
    /// Why there was no answer; null where there was.
    pub error: Option<Text>,
}

/// One hop: one URL asked.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Hop {
    /// What was asked for, redacted.
    pub url: Text,
    /// Scheme, host and port.
    pub origin: Text,
    /// What its host does on the way.
    pub role: Name<Role>,
    /// Whose host it is; null where that is not known.
    pub provider: Option<Text>,
    /// The address that served it; null where none was connected to.
    pub address: Option<Text>,
    /// `h2` or `http/1.1`; null without an answer.
    pub http_version: Option<&'static str>,
    /// The status of the answer that counts; null without an answer.
    pub status: Option<u16>,
    /// The answer's Location as sent, redacted.
    pub location: Option<Text>,
    /// How long each phase took; null for one that did not happen.
    pub timings_ms: Timings,
    /// Served by a connection that an earlier request had opened.
    pub reused_connection: bool,
    /// Why there is no answer, or no whole one; null where there is.
    pub error: Option<Box<Fault>>,
    /// How HTTP/2 failed before the same was asked over HTTP/1.1; the field is there only then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http2_error: Option<Text>,
}

/// How long each phase of a hop took, in milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
pub struct Timings {
    /// Name resolution.
    pub dns: Option<Millis>,
    /// TCP.
    pub connect: Option<Millis>,
    /// The TLS handshake.
    pub tls: Option<Millis>,
    /// From the request to the last byte of the answer's head.
    pub first_byte: Option<Millis>,
    /// The body, as much of it as was read.
    pub transfer: Option<Millis>,
}

impl Timings {
    /// All phases together, in tenths of a millisecond.
    pub fn total_tenths(&self) -> u64 {
        let phases = [self.dns, self.connect, self.tls, self.first_byte, self.transfer];
        phases.into_iter().flatten().map(|ms| u64::from(ms.tenths())).sum()
    }
}

/// A phase that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fault {
    /// Which one.
    pub phase: Name<FaultPhase>,
    /// Why, in words.
    pub message: Text,
}

/// The phases that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultPhase {
    /// Name resolution.
    Dns,
    /// TCP.
    Connect,
    /// The TLS handshake.
    Tls,
    /// The request, up to the answer's head.
    Request,
    /// The answer's body.
    Body,
}

/// What was learnt of the media at the end of a chain.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Media {
    /// What the bytes are; `unknown` where they are none of these or none were asked for.
    pub format: Name<Option<audio::Format>>,
    /// Content-Type as sent.
    pub content_type: Option<Text>,
    /// The whole file's size.
    pub bytes_total: Option<u64>,
    /// Bytes that were read of it.
    pub bytes_read: u64,
    /// Whether a ranged request was answered with that range; null where none was made.
    pub range_supported: Option<bool>,
    /// Average bitrate, kbit/s.
    pub bitrate_kbps: Option<u32>,
    /// Duration in seconds.
    pub duration_s: Option<Seconds>,
    /// What came in place of audio, in words.
    #[serde(skip)]
    pub instead: Option<&'static str>,
}

impl Named for Verdict {
    fn name(self) -> &'static str {
        self.as_str()
    }

    fn names() -> Vec<&'static str> {
        [Self::Ok, Self::Warning, Self::Critical, Self::Unknown].map(Self::as_str).to_vec()
    }
}

impl Named for EnclosureKind {
    fn name(self) -> &'static str {
        self.as_str()
    }

    fn names() -> Vec<&'static str> {
        [Self::Enclosure, Self::Alternate, Self::MediaContent, Self::Live].map(Self::as_str).to_vec()
    }
}

impl Named for Role {
    fn name(self) -> &'static str {
        self.as_str()
    }

    fn names() -> Vec<&'static str> {
        [Self::Prefix, Self::Hosting, Self::AdInsertion, Self::Cdn, Self::Feed, Self::Unknown]
            .map(Self::as_str)
            .to_vec()
    }
}

impl Named for Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Media => "media",
            Self::Document => "document",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
        }
    }

    fn names() -> Vec<&'static str> {
        [Self::Media, Self::Document, Self::Broken, Self::Unknown].map(Self::name).to_vec()
    }
}

impl Named for FaultPhase {
    fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Request => "request",
            Self::Body => "body",
        }
    }

    fn names() -> Vec<&'static str> {
        [Self::Dns, Self::Connect, Self::Tls, Self::Request, Self::Body].map(Self::name).to_vec()
    }
}

impl Named for Option<audio::Format> {
    fn name(self) -> &'static str {
        self.map_or("unknown", audio::Format::as_str)
    }

    fn names() -> Vec<&'static str> {
        audio::Format::ALL.iter().map(|format| format.as_str()).chain(["unknown"]).collect()
    }
}
