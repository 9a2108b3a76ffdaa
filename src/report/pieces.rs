//! The pieces of a report, made from recorded facts. Everything from outside is redacted and
//! bounded here, and what repeats is shared.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;

use super::model::apps::{App, Apps};
use super::model::{
    Affects, Bypass, Certificate, Chain, Days, Dns, Edge, Enclosure, Episode, Fault, FaultPhase, Feed, Finding, Hop,
    Media, Millis, Name, Origin, Reason, SecondOpinion, Stamp, Subject, Text, Timings, Tls, Unreadable,
};
use super::words;
use crate::audio::Sniff;
use crate::cert::{self, Fingerprint, Served};
use crate::chain::{self, End, OriginSighting, Phase, RangeAnswer, RequestFailure, TlsFailure};
use crate::judge::apps::AppVerdict;
use crate::judge::trust::ChainJudgement;
use crate::judge::{self, OriginVerdict, Outcome, SubjectKind, Verdict};
use crate::link::{self, Link, redact};
use crate::parties::{Party, Role};
use crate::{audio, feed};

/// Whose host a URL is on.
pub(super) type Who<'a> = &'a (dyn Fn(&Link) -> Party + Send + Sync);

/// The URLs written in a URL, itself first.
pub(super) type Plan<'a> = &'a (dyn Fn(&Link) -> Vec<Link> + Send + Sync);

/// Characters of a title or a text of a finding that are kept.
const MAX_TEXT: usize = 4_000;
/// Characters of a title, a media type and the like that are kept.
const MAX_TITLE: usize = 500;
/// Subject alternative names that are shown of a certificate (interface page: complete up to 100).
const MAX_NAMES: usize = 100;
/// Texts that are remembered for sharing; beyond these a text is its own.
const MAX_SHARED: usize = 4_096;

/// Makes pieces, and shares texts and certificates between them.
pub(super) struct Pieces<'a> {
    who: Who<'a>,
    plan: Option<Plan<'a>>,
    at: Stamp,
    texts: foldhash::HashSet<Text>,
    /// What the hops of a connection have in common, by its id.
    peers: foldhash::HashMap<u64, Peer>,
    certificates: HashMap<Fingerprint, Arc<Certificate>>,
    apps: HashSet<Apps>,
}

/// How a peer is shown.
struct Peer {
    origin_of: crate::link::Origin,
    address_of: SocketAddr,
    origin: Text,
    address: Text,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(who: Who<'a>, at: Stamp) -> Self {
        Self {
            who,
            plan: None,
            at,
            texts: foldhash::HashSet::default(),
            peers: foldhash::HashMap::default(),
            certificates: HashMap::new(),
            apps: HashSet::new(),
        }
    }

    /// From now on enclosures show the route written in their URL.
    pub(super) fn set_plan(&mut self, plan: Plan<'a>) {
        self.plan = Some(plan);
    }

    /// A text that is likely to come again.
    pub(super) fn share(&mut self, text: &str) -> Text {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let text: Text = text.into();
        if self.texts.len() < MAX_SHARED {
            self.texts.insert(Arc::clone(&text));
        }
        text
    }

    /// A feed without its episodes.
    pub(super) fn feed(&mut self, input: &super::FeedInput<'_>) -> Feed {
        let chain = input.chain.map(|chain| {
            let mut chain = self.chain(chain, input.verdict.outcome);
            if let Some(last) = chain.hops.last_mut().filter(|hop| hop.role.0 == Role::Unknown) {
                last.role = Name(Role::Feed);
            }
            chain
        });
        Feed {
            source: bounded(&redact(input.source), link::MAX_URL_BYTES).into(),
            url: input.url.map(|url| url.to_string().into()),
            title: input.title.map(title),
            verdict: Name(input.verdict.verdict),
            chain,
            error: input.error.map(prose),
            episodes: Vec::new(),
        }
    }

    /// An episode without its enclosures.
    pub(super) fn episode(episode: &feed::Episode) -> Episode {
        Episode {
            guid: episode.guid.as_deref().map(title),
            title: title(&episode.title),
            published_at: episode.published.map(Stamp::from),
            verdict: Name(Verdict::Ok),
            enclosures: Vec::new(),
        }
    }

    /// An enclosure with its chain.
    pub(super) fn enclosure(&mut self, input: &super::EnclosureInput<'_>) -> Enclosure {
        let chain = input.chain.map(|chain| self.chain(chain, input.verdict.outcome));
        let url = match &input.enclosure.link {
            Ok(link) => Self::url(link, chain.as_ref().and_then(|chain| chain.hops.first())),
            Err(_) => bounded(&redact(&input.enclosure.written), link::MAX_URL_BYTES).into(),
        };
        let (planned, strayed) = match &input.enclosure.link {
            Ok(link) => self.planned(link, input.chain, chain.as_ref()),
            Err(_) => (Vec::new(), None),
        };
        Enclosure {
            url,
            planned,
            strayed,
            kind: Name(input.enclosure.kind),
            media_type: input.enclosure.media_type.as_deref().map(|text| self.share(bounded(text, MAX_TITLE))),
            length: input.enclosure.length,
            verdict: Name(input.verdict.verdict),
            chain,
            apps: self.apps(&input.verdict.apps),
        }
    }

    /// What apps make of an enclosure, shared with the enclosures of which they make the same.
    fn apps(&mut self, verdicts: &[AppVerdict]) -> Apps {
        let apps = verdicts.iter().map(|verdict| App {
            app: verdict.app.id,
            works: Name(verdict.works),
            because: verdict.because.iter().map(|text| self.share(bounded(&redact_urls(text), MAX_TITLE))).collect(),
            name: verdict.app.name,
        });
        let apps: Apps = apps.collect();
        if let Some(known) = self.apps.get(&apps) {
            return Arc::clone(known);
        }
        if self.apps.len() < MAX_SHARED {
            self.apps.insert(Arc::clone(&apps));
        }
        apps
    }

    /// The route written in an enclosure's URL, and the first URL of it that the chain left out;
    /// empty where nothing is written in it. A prefix may make a detour (over https, over another of
    /// its hosts), so the planned URLs are looked for among the hops in their order.
    fn planned(&self, link: &Link, seen: Option<&chain::Chain>, chain: Option<&Chain>) -> (Vec<Text>, Option<usize>) {
        let route = self.plan.map(|plan| plan(link)).filter(|route| route.len() > 1).unwrap_or_default();
        let mut asked = seen.iter().flat_map(|seen| &seen.hops);
        let strayed = route.iter().position(|link| {
            let wanted = link.canonical();
            !asked.any(|hop| hop.url.canonical() == wanted)
        });
        let hops = chain.map(|chain| chain.hops.as_slice()).unwrap_or_default();
        let texts = route.iter().map(|link| {
            let shown = link.to_string();
            hops.iter().find(|hop| *hop.url == *shown).map_or_else(|| shown.into(), |hop| Arc::clone(&hop.url))
        });
        (texts.collect(), strayed.filter(|_| seen.is_some()))
    }

    /// The URL's redacted text, shared with the hop that asked for it.
    fn url(link: &Link, hop: Option<&Hop>) -> Text {
        let shown = link.to_string();
        match hop {
            Some(hop) if *hop.url == *shown => Arc::clone(&hop.url),
            _ => shown.into(),
        }
    }

    /// A chain, hop by hop.
    pub(super) fn chain(&mut self, chain: &chain::Chain, outcome: Option<Outcome>) -> Chain {
        let urls: Vec<Text> = chain.hops.iter().map(|hop| hop.url.to_string().into()).collect();
        let hops = chain.hops.iter().enumerate().filter_map(|(at, hop)| {
            let url = urls.get(at)?;
            Some(self.hop(hop, url, urls.get(at + 1)))
        });
        let hops: Vec<Hop> = hops.collect();
        Chain {
            outcome: Name(outcome.unwrap_or(Outcome::Unknown)),
            final_url: urls.last().map_or_else(|| "".into(), Arc::clone),
            total_ms: Millis::of(chain.took),
            hops,
            media: chain.media.as_ref().map(|media| Box::new(self.media(media))),
            second_opinion: chain.second_opinion.as_deref().map(|second| Box::new(self.second_opinion(second))),
            end: self.end(&chain.end),
        }
    }

    fn second_opinion(&mut self, second: &chain::SecondOpinion) -> SecondOpinion {
        SecondOpinion {
            user_agent: self.share(bounded(&second.user_agent, MAX_TITLE)),
            status: second.answer.as_ref().ok().map(|answer| answer.status),
            served: second.is_served(),
            error: second.answer.as_ref().err().map(|why| self.share(bounded(&words::request(why), MAX_TITLE))),
        }
    }

    fn end(&mut self, end: &End) -> Option<Text> {
        match end {
            End::Reached | End::Broken => None,
            End::Loop { back_to } => Some(self.share(&format!("a loop: back to hop {}", back_to.saturating_add(1)))),
            End::TooManyRedirects { limit } => Some(self.share(&format!("more than {limit} redirects"))),
            End::BadRedirect(why) => Some(prose(&words::redirect(why))),
            End::Interrupted => Some(self.share("stopped before the end")),
        }
    }

    fn hop(&mut self, hop: &chain::Hop, url: &Text, next: Option<&Text>) -> Hop {
        let party = (self.who)(&hop.url);
        let answer = hop.request.fact();
        let location = answer.and_then(|answer| answer.header("location")).map(redact).map(|location| match next {
            Some(next) if **next == *location => Arc::clone(next),
            _ => bounded(&location, link::MAX_URL_BYTES).into(),
        });
        // A wait that ended in a failure was a wait: for the head, or for the body where it broke there.
        let waited = match &hop.request {
            Phase::Failed { took, why } if !took.is_zero() => Some((Millis::of(*took), fault_phase(why))),
            _ => None,
        };
        let waited_in = |phase| waited.filter(|(_, failed)| *failed == phase).map(|(took, _)| took);
        let (origin, address) = self.peer(hop);
        Hop {
            url: Arc::clone(url),
            origin,
            role: Name(party.role),
            provider: party.provider.as_deref().map(|name| self.share(name)),
            address,
            http_version: answer.map(|answer| answer.version),
            status: answer.map(|answer| answer.status),
            location,
            timings_ms: Timings {
                dns: hop.dns.took().map(Millis::of),
                connect: hop.connect.took().map(Millis::of),
                tls: hop.tls.took().map(Millis::of),
                first_byte: answer.map(|answer| Millis::of(answer.first_byte)).or(waited_in(FaultPhase::Request)),
                transfer: answer.and_then(|answer| answer.transfer).map(Millis::of).or(waited_in(FaultPhase::Body)),
            },
            reused_connection: hop.reused,
            error: self.hop_fault(hop).map(Box::new),
            http2_error: hop.http2_broken.as_deref().map(|why| self.share(bounded(why, MAX_TITLE))),
        }
    }

    /// The origin of a hop, and the address where one was dialled.
    fn peer(&mut self, hop: &chain::Hop) -> (Text, Option<Text>) {
        let Some(connection) = &hop.connection else {
            let address = hop.connect.fact().map(|address| self.share(&address.to_string()));
            return (self.share(&hop.origin().to_string()), address);
        };
        // Ids are a round's own, and a report may be made of several.
        if let Some(peer) = self.peers.get(&connection.id)
            && peer.origin_of == connection.origin
            && peer.address_of == connection.address
        {
            return (Arc::clone(&peer.origin), Some(Arc::clone(&peer.address)));
        }
        let (origin, address) =
            (self.share(&connection.origin.to_string()), self.share(&connection.address.to_string()));
        if self.peers.len() < MAX_SHARED {
            let (origin, address) = (Arc::clone(&origin), Arc::clone(&address));
            let (origin_of, address_of) = (connection.origin.clone(), connection.address);
            self.peers.insert(connection.id, Peer { origin_of, address_of, origin, address });
        }
        (origin, Some(address))
    }

    fn hop_fault(&mut self, hop: &chain::Hop) -> Option<Fault> {
        if let Phase::Failed { why, .. } = &hop.dns {
            return Some(self.fault(FaultPhase::Dns, &words::dns(why)));
        }
        if let Phase::Failed { why, .. } = &hop.connect {
            return Some(self.fault(FaultPhase::Connect, &words::connect(why)));
        }
        if let Phase::Failed { why, .. } = &hop.tls {
            return Some(self.fault(FaultPhase::Tls, &words::tls(why)));
        }
        let why = hop.request.failure()?;
        if let RequestFailure::Withheld(unproven) = why {
            let text = words::withheld(*unproven, &host_for_people(&hop.url.origin()));
            return Some(self.fault(FaultPhase::Request, &text));
        }
        Some(self.fault(fault_phase(why), &words::request(why)))
    }

    fn fault(&mut self, phase: FaultPhase, message: &str) -> Fault {
        Fault { phase: Name(phase), message: self.share(bounded(&redact_urls(message), MAX_TITLE)) }
    }

    fn media(&mut self, media: &chain::Media) -> Media {
        let facts: Option<&audio::Facts> = match &media.sniff {
            Some(Sniff::Audio(facts)) => Some(facts),
            _ => None,
        };
        let instead = match &media.sniff {
            Some(Sniff::Impostor(what)) => Some(what.as_str()),
            Some(Sniff::Empty) => Some("nothing"),
            Some(Sniff::Corrupt { .. }) => Some("broken audio"),
            Some(Sniff::Unknown) => Some("no known kind of audio"),
            Some(Sniff::Audio(_) | Sniff::More | Sniff::Jump { .. }) | None => None,
        };
        let counted = media.full.as_ref().and_then(|full| full.audio_ms);
        Media {
            format: Name(facts.map(|facts| facts.format)),
            content_type: media.content_type.as_deref().map(|text| self.share(bounded(text, MAX_TITLE))),
            bytes_total: media.bytes_total,
            bytes_read: media.bytes_read,
            range_supported: media.range.as_ref().map(|range| matches!(range, RangeAnswer::Honoured)),
            bitrate_kbps: facts.and_then(|facts| facts.bitrate_kbps),
            duration_s: counted.or_else(|| facts.and_then(|facts| facts.duration_ms)).map(super::model::Seconds::of_ms),
            instead,
        }
    }

    /// An origin, before it is known how many episodes run through it.
    pub(super) fn origin(&mut self, seen: &OriginSighting, verdict: &OriginVerdict, party: &Party) -> Origin {
        let resolution = seen.dns.fact();
        let addresses = resolution.map(|found| found.addresses.as_slice()).unwrap_or_default();
        let cname = resolution.map(|found| found.cname.as_slice()).unwrap_or_default();
        let error = seen.dns.failure().map(|why| self.fault(FaultPhase::Dns, &words::dns(why)));
        let edges = seen.edges.iter().enumerate().map(|(at, edge)| {
            let judged = verdict.edges.get(at).and_then(|edge| edge.certificate.as_ref());
            self.edge(edge, judged)
        });
        let edges = edges.collect();
        Origin {
            origin: self.share(&seen.origin.to_string()),
            role: Name(party.role),
            provider: party.provider.as_deref().map(|name| self.share(name)),
            verdict: Name(verdict.verdict),
            episodes_through: None,
            feeds_through: None,
            dns: Dns {
                addresses: addresses.iter().map(|ip| ip.to_string().into()).collect(),
                cname: cname.iter().map(|name| bounded(name, MAX_TITLE).into()).collect(),
                ms: seen.dns.took().map(Millis::of),
                error,
                given: resolution.map(|found| found.given).unwrap_or_default(),
            },
            edges,
            host: self.share(&host_for_people(&seen.origin)),
            status_page: party.status_page.as_deref().map(|url| self.share(url)),
            support: party.support.as_deref().map(|text| self.share(text)),
        }
    }

    fn edge(&mut self, edge: &chain::Edge, judged: Option<&ChainJudgement>) -> Edge {
        let tls = match &edge.tls {
            Phase::Done { fact, .. } => Some(Tls {
                version: self.share(&fact.version),
                cipher: self.share(&fact.cipher),
                alpn: fact.alpn.as_deref().map(|name| self.share(bounded(name, MAX_TITLE))),
                ..self.tls(&fact.served, judged)
            }),
            Phase::Failed { why: TlsFailure::Obsolete(old), .. } => Some(Tls {
                version: self.share(&old.version),
                cipher: self.share(&old.suite),
                ..self.tls(&old.served, judged)
            }),
            Phase::Failed { .. } | Phase::NotReached => None,
        };
        let error = match (&edge.connect, &edge.tls) {
            (Phase::Failed { why, .. }, _) => Some(self.fault(FaultPhase::Connect, &words::connect(why))),
            (_, Phase::Failed { why, .. }) => Some(self.fault(FaultPhase::Tls, &words::tls(why))),
            _ => None,
        };
        Edge {
            address: self.share(&edge.address.to_string()),
            reachable: edge.connect.fact().is_some(),
            tls,
            error,
            connect_ms: edge.connect.took().map(Millis::of),
            tls_ms: edge.tls.took().map(Millis::of),
        }
    }

    /// A served chain and its verdict; the session's own parameters are the caller's.
    fn tls(&mut self, served: &Served, judged: Option<&ChainJudgement>) -> Tls {
        let expires_at = expiry(served, judged);
        Tls {
            version: self.share(""),
            cipher: self.share(""),
            alpn: None,
            chain: self.certificates(served),
            unreadable: unreadable(served),
            trusted: judged.is_some_and(|judged| judged.trusted),
            trusted_by: judged.map(|judged| self.names(&judged.anchored_in)).unwrap_or_default(),
            not_trusted_by: judged.map(|judged| self.names(&judged.outside)).unwrap_or_default(),
            root: judged.and_then(root),
            expires_at,
            expires_in_days: expires_at.map(|end| Days::of(end.since(self.at))),
            problems: judged.map(problems).unwrap_or_default(),
            reasons: judged.map(reasons).unwrap_or_default(),
            remarks: judged.map(remarks).unwrap_or_default(),
        }
    }

    /// Names that are likely to come again.
    pub(super) fn names(&mut self, names: &[String]) -> Vec<Text> {
        names.iter().map(|name| self.share(bounded(name, MAX_TITLE))).collect()
    }

    /// The certificates of a chain that can be read.
    pub(super) fn certificates(&mut self, served: &Served) -> Vec<Arc<Certificate>> {
        let mut chain = Vec::new();
        for certificate in served.readable() {
            let made = if let Some(known) = self.certificates.get(&certificate.sha256) {
                Arc::clone(known)
            } else {
                let made = Arc::new(self.certificate(certificate));
                if self.certificates.len() < MAX_SHARED {
                    self.certificates.insert(certificate.sha256, Arc::clone(&made));
                }
                made
            };
            chain.push(made);
        }
        chain
    }

    fn certificate(&mut self, certificate: &cert::Certificate) -> Certificate {
        Certificate {
            subject: bounded(&certificate.subject, MAX_TEXT).into(),
            issuer: self.share(bounded(&certificate.issuer, MAX_TEXT)),
            serial: bounded(&certificate.serial, MAX_TITLE).into(),
            sha256: certificate.sha256.to_string().into(),
            not_before: Stamp(certificate.not_before),
            not_after: Stamp(certificate.not_after),
            names: certificate.names.iter().take(MAX_NAMES).map(|name| name.to_string().into()).collect(),
            key: self.share(&certificate.key.to_string()),
            signature: self.share(&certificate.signature.name),
            issuer_name: self.share(bounded(&certificate.issuer_name, MAX_TITLE)),
        }
    }

    /// A finding.
    pub(super) fn finding(&mut self, finding: &judge::Finding) -> Finding {
        Finding {
            id: finding.id.0.as_str().into(),
            code: Name(finding.code),
            severity: Name(finding.severity),
            subject: Subject {
                kind: Name(finding.subject.kind),
                id: match finding.subject.kind {
                    SubjectKind::Episode => title(&finding.subject.id),
                    _ => bounded(&redact(&finding.subject.id), link::MAX_URL_BYTES).into(),
                },
                name: prose(&finding.subject.name),
            },
            summary: prose(&finding.summary),
            detail: prose(&finding.detail),
            advice: self.share(&redact_urls(&finding.advice)),
            caused_by: finding.caused_by.as_ref().map(|id| self.share(&id.0)),
            affects: Affects { feeds: finding.affects.feeds, episodes: finding.affects.episodes },
            not_listed: finding.not_listed,
            bypass: finding
                .bypass
                .as_ref()
                .map(|bypass| Bypass { url: redact(&bypass.url).into(), works: bypass.works }),
            origin: finding.origin.as_ref().map(|origin| self.share(&origin.to_string())),
        }
    }
}

/// The earliest end that counts: the judge's, else of what was served.
pub(super) fn expiry(served: &Served, judged: Option<&ChainJudgement>) -> Option<Stamp> {
    judged
        .and_then(|judged| judged.expires_at)
        .or_else(|| served.readable().map(|certificate| certificate.not_after).min())
        .map(Stamp)
}

/// What stands in a chain in place of certificates.
pub(super) fn unreadable(served: &Served) -> Vec<Unreadable> {
    let entries = served.entries.iter().enumerate();
    entries
        .filter_map(|(index, entry)| entry.as_ref().err().map(|bad| (index, bad)))
        .map(|(index, bad)| Unreadable {
            index,
            sha256: bad.sha256.to_string().into(),
            why: bounded(&bad.why, MAX_TITLE).into(),
        })
        .collect()
}

/// The subject of the root that the path used leads to.
pub(super) fn root(judged: &ChainJudgement) -> Option<Text> {
    let root = judged.path.last().filter(|_| !judged.anchored_in.is_empty())?;
    Some(bounded(&root.subject, MAX_TEXT).into())
}

/// The codes that apply, each once.
pub(super) fn problems(judged: &ChainJudgement) -> Vec<Name<judge::Code>> {
    let mut codes = Vec::new();
    for problem in &judged.problems {
        if !codes.contains(&Name(problem.code)) {
            codes.push(Name(problem.code));
        }
    }
    codes
}

/// The evidence for each problem.
pub(super) fn reasons(judged: &ChainJudgement) -> Vec<Reason> {
    let problems = judged.problems.iter();
    problems
        .map(|problem| Reason { code: problem.code, severity: problem.severity, evidence: prose(&problem.evidence) })
        .collect()
}

/// What is odd and no problem.
pub(super) fn remarks(judged: &ChainJudgement) -> Vec<Text> {
    judged.remarks.iter().map(|remark| prose(remark)).collect()
}

/// The host as people write it: no scheme, no default port.
pub(super) fn host_for_people(origin: &link::Origin) -> String {
    if origin.port == origin.scheme.default_port() {
        origin.host.to_string()
    } else {
        format!("{}:{}", origin.host, origin.port)
    }
}

/// A title or guid: bounded, URLs in it redacted.
fn title(text: &str) -> Text {
    bounded(&redact_urls(text), MAX_TITLE).into()
}

/// Sentences: bounded, URLs in them redacted.
fn prose(text: &str) -> Text {
    bounded(&redact_urls(text), MAX_TEXT).into()
}

/// `text` with secrets replaced in its words that are URLs. Only these: a title may well say
/// "code=42" and mean it.
fn redact_urls(text: &str) -> String {
    if !text.contains("//") {
        return text.to_owned();
    }
    let words = text.split_inclusive(char::is_whitespace);
    words.map(|word| if word.contains("//") { redact(word) } else { word.to_owned() }).collect()
}

/// The first `most` characters.
fn bounded(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}

/// Whether a request failed before its answer's head was there, or within the body.
fn fault_phase(why: &RequestFailure) -> FaultPhase {
    match why {
        RequestFailure::BodyTimeout | RequestFailure::BodyCut { .. } => FaultPhase::Body,
        _ => FaultPhase::Request,
    }
}
