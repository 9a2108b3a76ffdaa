//! What a round remembers of each origin: its addresses, marks of a CDN, how long it asked not to
//! be asked, how its URLs fail.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use foldhash::HashMap;
use tokio::time::Instant;

use super::lock;
use crate::chain::{Answer, Connection, DnsFailure, Edge, Phase, RequestFailure, Resolution};
use crate::link::{Host, Link, Origin};

/// What one address showed. Held while it is being asked for the first time.
pub(crate) type EdgeSlot = Arc<tokio::sync::Mutex<Known>>;

/// A name's resolution. Held while it is being asked for.
pub(crate) type NameSlot = Arc<tokio::sync::Mutex<Option<Phase<Arc<Resolution>, DnsFailure>>>>;

/// What is known of an address.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// What it showed.
    pub(crate) edge: Option<Edge>,
    /// How often it was opened.
    pub(crate) tries: u32,
}

impl Known {
    /// Keeps the first success, else the last failure.
    pub(crate) fn keep(&mut self, edge: &Edge) {
        self.tries = self.tries.saturating_add(1);
        if self.edge.is_none() || self.is_down() {
            self.edge = Some(edge.clone());
        }
    }

    /// It was asked, and failed.
    pub(crate) fn is_down(&self) -> bool {
        self.edge.as_ref().is_some_and(|edge| edge.connect.failure().is_some() || edge.tls.failure().is_some())
    }
}

/// The headers whose values name a CDN or bot wall.
const MARKS: &[&str] = &[
    "server",
    "via",
    "cf-ray",
    "cf-cache-status",
    "x-amz-cf-id",
    "x-served-by",
    "x-cache",
    "x-akamai-request-id",
    "x-datadome",
    "x-powered-by",
];

/// All origins of a round.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    records: Mutex<HashMap<Origin, Arc<Record>>>,
    names: Mutex<HashMap<(Host, u16), NameSlot>>,
}

impl Origins {
    /// The record of an origin.
    pub(crate) fn record(&self, origin: &Origin) -> Arc<Record> {
        let mut records = lock(&self.records);
        if let Some(record) = records.get(origin) {
            return Arc::clone(record);
        }
        Arc::clone(records.entry(origin.clone()).or_default())
    }

    /// Where a name's resolution is kept.
    pub(crate) fn name(&self, host: &Host, port: u16) -> NameSlot {
        Arc::clone(lock(&self.names).entry((host.clone(), port)).or_default())
    }
}

/// One origin.
#[derive(Debug, Default)]
pub(crate) struct Record {
    edges: Mutex<HashMap<SocketAddr, EdgeSlot>>,
    facts: Mutex<Facts>,
}

#[derive(Debug, Default)]
struct Facts {
    marks: Vec<(&'static str, String)>,
    silence: Silence,
    breaker: Breaker,
    /// How HTTP/2 broke where HTTP/1.1 then worked.
    http2_broken: Option<String>,
}

/// An answer that asked for silence, and the connection that it came over.
pub(crate) type Standing = (Answer, Option<Arc<Connection>>);

#[derive(Debug, Default)]
struct Silence {
    until: Option<Instant>,
    spent: Duration,
    standing: Option<(Instant, Standing)>,
}

/// What `Retry-After` means for an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Ask again then.
    Until(Instant),
    /// Longer than a round waits.
    Over,
}

#[derive(Debug, Default)]
struct Breaker {
    succeeded: bool,
    failed: Vec<(Link, RequestFailure)>,
}

impl Record {
    /// The slot of an address.
    pub(crate) fn edge(&self, address: SocketAddr) -> EdgeSlot {
        Arc::clone(lock(&self.edges).entry(address).or_default())
    }

    /// An answer came: its marks are kept, and the origin works.
    pub(crate) fn answered(&self, answer: &Answer) {
        let mut facts = lock(&self.facts);
        facts.breaker.succeeded = true;
        for (name, value) in answer.headers.iter() {
            if MARKS.contains(&name) && !facts.marks.iter().any(|(known, _)| *known == name) {
                facts.marks.push((name, value.to_owned()));
            }
        }
    }

    /// The marks seen.
    pub(crate) fn marks(&self) -> Vec<(&'static str, String)> {
        lock(&self.facts).marks.clone()
    }

    /// A URL got no answer in time.
    pub(crate) fn timed_out(&self, url: &Link, why: &RequestFailure, limit: u32) {
        let mut facts = lock(&self.facts);
        let failed = &mut facts.breaker.failed;
        if failed.len() < limit as usize && !failed.iter().any(|(known, _)| known == url) {
            failed.push((url.clone(), why.clone()));
        }
    }

    /// Why a URL is not asked: so many others of this origin failed alike and none worked. Those
    /// that failed themselves may be asked again, to confirm it.
    pub(crate) fn broken(&self, url: &Link, limit: u32) -> Option<RequestFailure> {
        let facts = lock(&self.facts);
        let Breaker { succeeded, failed } = &facts.breaker;
        if *succeeded || limit == 0 || failed.len() < limit as usize || failed.iter().any(|(known, _)| known == url) {
            return None;
        }
        let (_, like) = failed.first()?;
        if failed.iter().any(|(_, why)| why != like) {
            return None;
        }
        Some(RequestFailure::NotAsked {
            after: u32::try_from(failed.len()).unwrap_or(u32::MAX),
            like: Box::new(like.clone()),
        })
    }

    /// How HTTP/2 is known to break here.
    pub(crate) fn http2_broken(&self) -> Option<String> {
        lock(&self.facts).http2_broken.clone()
    }

    /// HTTP/2 broke like this, and HTTP/1.1 worked.
    pub(crate) fn set_http2_broken(&self, why: String) {
        lock(&self.facts).http2_broken = Some(why);
    }

    /// Until when the origin is not to be asked.
    pub(crate) fn silent_until(&self, now: Instant) -> Option<Instant> {
        lock(&self.facts).silence.until.filter(|until| *until > now)
    }

    /// Whether nothing speaks against asking it now over any protocol: it asked for no silence, URLs
    /// do not time out one after the other, HTTP/2 is not known to break.
    pub(crate) fn is_open(&self, now: Instant) -> bool {
        let facts = lock(&self.facts);
        let asked_to_wait = facts.silence.until.is_some_and(|until| until > now)
            || facts.silence.standing.as_ref().is_some_and(|(until, _)| *until > now);
        let fails = !facts.breaker.succeeded && !facts.breaker.failed.is_empty();
        !asked_to_wait && !fails && facts.http2_broken.is_none()
    }

    /// The answer that stands for every URL while the origin asks for more silence than a round
    /// has.
    pub(crate) fn standing(&self, now: Instant) -> Option<Standing> {
        let facts = lock(&self.facts);
        let (until, standing) = facts.silence.standing.as_ref()?;
        (*until > now).then(|| standing.clone())
    }

    /// The origin asked for silence of `delay`; `limit` is what it gets within a round.
    pub(crate) fn hush(&self, now: Instant, delay: Duration, limit: Duration, answer: &Standing) -> Patience {
        let mut facts = lock(&self.facts);
        let silence = &mut facts.silence;
        let until = now.checked_add(delay);
        // Requests that were under way together ask for the same time: it counts once.
        let already = silence.until.map_or(Duration::ZERO, |known| known.saturating_duration_since(now));
        let spent = silence.spent.saturating_add(delay.saturating_sub(already));
        match until {
            Some(until) if spent <= limit => {
                silence.spent = spent;
                let until = silence.until.map_or(until, |known| known.max(until));
                silence.until = Some(until);
                Patience::Until(until)
            }
            until => {
                let far = until.unwrap_or_else(|| now + Duration::from_hours(24));
                silence.standing = Some((far, answer.clone()));
                Patience::Over
            }
        }
    }
}
