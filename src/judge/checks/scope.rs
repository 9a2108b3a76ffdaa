//! What checks are given to look at, by scope.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use jiff::Timestamp;

use crate::audio::{Facts, Sniff};
use crate::chain::{Canary, ConnectFailure, Edge, Hop, Media, OriginSighting, Phase, TlsFailure};
use crate::feed::{Enclosure, Episode};
use crate::judge::advice::for_feed;
use crate::judge::ledger::Ledger;
use crate::judge::trust::ChainJudgement;
use crate::judge::verdicts::{EnclosureCase, FeedCase, FeedContent};
use crate::judge::walk::{Ending, Walk};
use crate::judge::{Code, Finding, Policy, Subject, SubjectKind, say};
use crate::link::{Link, Origin, redact};
use crate::parties::{Catalogue, Party, Role};

/// The longest title shown in a text, in characters.
pub(crate) const TITLE: usize = 120;

/// What every check may consult.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bench<'a> {
    /// Thresholds.
    pub(crate) policy: &'a Policy,
    /// The time judged for.
    pub(crate) at: Timestamp,
    /// Whose host is whose.
    pub(crate) catalogue: &'a Catalogue,
}

/// An origin, and its edges' certificates judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OriginFacts<'a> {
    pub(crate) bench: Bench<'a>,
    pub(crate) sighting: &'a OriginSighting,
    pub(crate) party: &'a Party,
    /// One for each edge, in their order.
    pub(crate) certificates: &'a [Option<ChainJudgement>],
}

/// How an edge fared.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EdgeState<'a> {
    /// A session, or a connection where no TLS is spoken.
    Works,
    /// Not a public address; nothing was sent.
    Blocked,
    /// TCP failed.
    NoConnection(&'a ConnectFailure),
    /// TLS failed.
    NoTls(&'a TlsFailure),
    /// Not tried.
    Untried,
}

/// How an edge fared.
pub(crate) fn edge_state(edge: &Edge) -> EdgeState<'_> {
    match (&edge.connect, &edge.tls) {
        (Phase::Failed { why: ConnectFailure::Blocked(_), .. }, _) => EdgeState::Blocked,
        (Phase::Failed { why, .. }, _) => EdgeState::NoConnection(why),
        (_, Phase::Failed { why, .. }) => EdgeState::NoTls(why),
        (Phase::NotReached, _) => EdgeState::Untried,
        (Phase::Done { .. }, _) => EdgeState::Works,
    }
}

/// Whether this machine has no way to the IPv6 internet, rather than the host a fault.
pub(crate) fn is_no_route(edge: &Edge) -> bool {
    edge.address.is_ipv6()
        && matches!(edge.connect.failure(), Some(ConnectFailure::NoNetwork | ConnectFailure::Unreachable))
}

impl<'a> OriginFacts<'a> {
    /// The host, with its provider where known: `dts.example (Podtrac)`.
    pub(crate) fn host(&self) -> String {
        host_of(&self.sighting.origin, self.party)
    }

    /// A finding about the origin.
    pub(crate) fn finding(&self, code: Code, summary: String, detail: String) -> Finding {
        Finding::new(code, origin_subject(&self.sighting.origin, self.party), summary, detail)
            .at(self.sighting.origin.clone())
    }

    /// A finding about one of its addresses.
    pub(crate) fn edge_finding(&self, code: Code, address: SocketAddr, summary: String, detail: String) -> Finding {
        let name = format!("{} at {}", self.host(), address.ip());
        let subject = Subject { kind: SubjectKind::Edge, id: address.to_string(), name };
        Finding::new(code, subject, summary, detail).at(self.sighting.origin.clone())
    }

    /// Edges with their states.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (&'a Edge, EdgeState<'a>)> {
        self.sighting.edges.iter().map(|edge| (edge, edge_state(edge)))
    }

    /// Whether an address works.
    pub(crate) fn works(&self) -> bool {
        self.edges().any(|(_, state)| matches!(state, EdgeState::Works))
    }
}

/// The host of an origin with its provider where known.
pub(crate) fn host_of(origin: &Origin, party: &Party) -> String {
    match &party.provider {
        Some(provider) => format!("{} ({provider})", origin.host),
        None => origin.host.to_string(),
    }
}

/// An origin as a subject.
pub(crate) fn origin_subject(origin: &Origin, party: &Party) -> Subject {
    Subject { kind: SubjectKind::Origin, id: origin.to_string(), name: host_of(origin, party) }
}

/// Whose chain it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Owner<'a> {
    /// A feed's own.
    Feed(&'a FeedCase<'a>),
    /// An enclosure's.
    Enclosure(&'a EnclosureCase<'a>),
}

impl Owner<'_> {
    /// The feed or enclosure as a subject.
    pub(crate) fn subject(&self) -> Subject {
        match self {
            Self::Feed(case) => feed_subject(case),
            Self::Enclosure(case) => enclosure_subject(case),
        }
    }

    /// What should stand at the end of its chain.
    pub(crate) fn goal(&self) -> &'static str {
        match self {
            Self::Feed(_) => "the feed",
            Self::Enclosure(_) => "the audio",
        }
    }

    /// In a sentence: `The feed of X`, `"Episode" of X`.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Feed(case) => format!("The feed of {}", show_of(case)),
            Self::Enclosure(case) => label_of(case),
        }
    }
}

/// A feed as a subject.
pub(crate) fn feed_subject(case: &FeedCase<'_>) -> Subject {
    Subject { kind: SubjectKind::Feed, id: case.source.to_owned(), name: show_of(case) }
}

/// The show's title, or what it is known as; the source where it has none.
pub(crate) fn show_of(case: &FeedCase<'_>) -> String {
    match case.content {
        FeedContent::Feed(feed) if !feed.title.is_empty() => say::cut(&feed.title, TITLE),
        _ => case.title.map_or_else(|| say::cut(case.source, 300), |title| say::cut(title, TITLE)),
    }
}

/// `"Episode" of Show`.
pub(crate) fn label_of(case: &EnclosureCase<'_>) -> String {
    let show = say::cut(case.show, TITLE);
    match case.episode.title.as_str() {
        "" => format!("An episode of {show}"),
        title => format!("\u{201c}{}\u{201d} of {show}", say::cut(title, TITLE)),
    }
}

/// What a finding about an enclosure is about: its URL, or, where that cannot be used, where it stands
/// and how it is written.
pub(crate) fn enclosure_subject_id(show: &str, episode: &Episode, enclosure: &Enclosure) -> String {
    if let Ok(link) = &enclosure.link {
        return link.to_string();
    }
    let name = episode.guid.as_deref().unwrap_or(&episode.title);
    say::cut(&format!("{show}#{name}: {}", redact(&enclosure.written).trim()), 1_000)
}

fn enclosure_subject(case: &EnclosureCase<'_>) -> Subject {
    let id = enclosure_subject_id(case.show, case.episode, case.enclosure);
    let show = say::cut(case.show, TITLE);
    let name = match case.episode.title.as_str() {
        "" => show,
        title => format!("{show}: {}", say::cut(title, TITLE)),
    };
    Subject { kind: SubjectKind::Enclosure, id, name }
}

/// A chain, whosever it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChainFacts<'a> {
    pub(crate) bench: Bench<'a>,
    pub(crate) owner: Owner<'a>,
    pub(crate) walk: Walk<'a>,
    /// The origin at which it ended is sinkholed or blocked.
    pub(crate) hidden: bool,
}

impl ChainFacts<'_> {
    /// A finding about the feed or enclosure.
    pub(crate) fn finding(&self, code: Code, summary: String, detail: String) -> Finding {
        let mut finding = Finding::new(code, self.owner.subject(), summary, detail);
        if let (Owner::Feed(_), Some(advice)) = (self.owner, for_feed(code)) {
            advice.clone_into(&mut finding.advice);
        }
        finding
    }

    /// Whether it is an enclosure's.
    pub(crate) fn is_enclosure(&self) -> bool {
        matches!(self.owner, Owner::Enclosure(_))
    }

    /// Whose a URL is.
    pub(crate) fn who(&self, link: &Link) -> Party {
        self.bench.catalogue.who(link)
    }

    /// What a URL's host does.
    pub(crate) fn role(&self, link: &Link) -> Role {
        self.bench.catalogue.role(link)
    }

    /// The host of a URL, with its provider where known.
    pub(crate) fn host(&self, link: &Link) -> String {
        host_of(&link.origin(), &self.who(link))
    }

    /// Whether a hop is at a measurement prefix.
    pub(crate) fn is_prefix(&self, hop: &Hop) -> bool {
        self.is_enclosure() && self.role(&hop.url) == Role::Prefix
    }

    /// Whether a host on the way, or one named by an origin's marks, inserts ads.
    pub(crate) fn inserts_ads(&self) -> bool {
        self.walk.chain.hops.iter().any(|hop| self.role(&hop.url) == Role::AdInsertion)
    }
}

/// An enclosure with its chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EnclosureFacts<'a> {
    pub(crate) bench: Bench<'a>,
    pub(crate) case: &'a EnclosureCase<'a>,
    pub(crate) chain: Option<ChainFacts<'a>>,
    /// What is known of the origins.
    pub(crate) ledger: &'a Ledger,
}

impl<'a> EnclosureFacts<'a> {
    /// A finding about the enclosure.
    pub(crate) fn finding(&self, code: Code, summary: String, detail: String) -> Finding {
        Finding::new(code, enclosure_subject(self.case), summary, detail)
    }

    /// A finding about the media at the end of its chain.
    pub(crate) fn media_finding(&self, code: Code, hop: &Hop, what: &str, evidence: &str) -> Finding {
        let chain = self.chain.map(|chain| chain.walk.chain);
        let place = chain.map(|chain| say::hop(chain, hop)).unwrap_or_default();
        self.finding(code, format!("{}: {what}", label_of(self.case)), format!("{evidence} ({place})"))
            .at(hop.url.origin())
    }

    /// The last hop and the media, where the end was reached.
    pub(crate) fn reached(&self) -> Option<(&'a Hop, &'a Media)> {
        let walk = self.chain?.walk;
        match walk.ending {
            Ending::Reached(hop) => Some((hop, walk.chain.media.as_ref()?)),
            _ => None,
        }
    }

    /// The same where the bytes are proven audio.
    pub(crate) fn audio(&self) -> Option<(&'a Hop, &'a Media, &'a Facts)> {
        let (hop, media) = self.reached()?;
        match &media.sniff {
            Some(Sniff::Audio(facts)) => Some((hop, media, facts)),
            _ => None,
        }
    }
}

/// A feed's document with its chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FeedFacts<'a> {
    pub(crate) case: &'a FeedCase<'a>,
    pub(crate) chain: Option<ChainFacts<'a>>,
}

impl FeedFacts<'_> {
    /// A finding about the feed.
    pub(crate) fn finding(&self, code: Code, summary: String, detail: String) -> Finding {
        Finding::new(code, feed_subject(self.case), summary, detail)
    }
}

/// The round as a whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoundFacts<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) canaries: &'a [Canary],
    /// Everything was down and so were the canaries, or this machine is cut off.
    pub(crate) offline: bool,
    /// Everything failed for want of a resolver or a route of this machine's own.
    pub(crate) cut_off: bool,
    /// Some connection over IPv6 came to be, so this machine has a way there.
    pub(crate) ipv6: bool,
    /// Of a round that looks at a part of what there is: origins that feeds alone are read from.
    pub(crate) feed_hosts: Option<&'a BTreeSet<Origin>>,
}
