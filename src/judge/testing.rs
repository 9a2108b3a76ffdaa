//! Small builders of facts for this room's tests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::audio::{Facts, Format, Sniff};
use crate::cert::{Certificate, Fingerprint, Hash, Key, Served, Signature, UnixSeconds};
use crate::chain::*;
use crate::feed::{Enclosure, EnclosureKind, Episode, Feed};
use crate::judge::trust::{ChainJudgement, Problem, Stores};
use crate::judge::*;
use crate::link::{Host, Link, Origin};
use crate::parties::Catalogue;

pub(crate) const PODTRAC: &str = "https://dts.podtrac.com/redirect.mp3/h.example/a.mp3";
pub(crate) const FILE: &str = "https://h.example/a.mp3";

const TOOK: Duration = Duration::from_millis(20);

pub(crate) fn now() -> Timestamp {
    "2026-11-23T05:00:00Z".parse().unwrap()
}

pub(crate) fn days(days: i64) -> UnixSeconds {
    now().as_second() + days * 86_400
}

pub(crate) fn link(url: &str) -> Link {
    Link::parse(url).unwrap()
}

pub(crate) fn done<T, E>(fact: T) -> Phase<T, E> {
    Phase::Done { took: TOOK, fact }
}

pub(crate) fn failed<T, E>(why: E) -> Phase<T, E> {
    Phase::Failed { took: TOOK, why }
}

pub(crate) fn answer(status: u16, headers: &[(&'static str, &str)]) -> Answer {
    Answer {
        method: Method::Get,
        version: "h2",
        status,
        headers: headers.iter().copied().collect(),
        first_byte: TOOK,
        transfer: None,
    }
}

/// A hop that was answered over a connection of its own.
pub(crate) fn hop(url: &str, status: u16) -> Hop {
    answered(url, answer(status, &[]))
}

pub(crate) fn answered(url: &str, answer: Answer) -> Hop {
    let address: SocketAddr = "198.51.100.1:443".parse().unwrap();
    Hop {
        url: link(url),
        dns: done(Arc::new(names(&["198.51.100.1"]))),
        connect: done(address),
        tls: Phase::NotReached,
        request: done(answer),
        connection: Some(Arc::new(Connection { id: 1, origin: link(url).origin(), address, session: None })),
        reused: false,
        head: HeadVerdict::Fine,
        http2_broken: None,
        waited_ms: None,
    }
}

/// A hop that was asked and gave no answer.
pub(crate) fn silent(url: &str, why: RequestFailure) -> Hop {
    Hop { request: failed(why), ..hop(url, 200) }
}

/// A hop whose name gave no address.
pub(crate) fn nameless(url: &str, why: DnsFailure) -> Hop {
    Hop { dns: failed(why), connect: Phase::NotReached, request: Phase::NotReached, connection: None, ..hop(url, 200) }
}

/// A hop to which no connection came.
pub(crate) fn unconnected(url: &str, why: ConnectFailure) -> Hop {
    Hop { connect: failed(why), request: Phase::NotReached, connection: None, ..hop(url, 200) }
}

/// A hop without a session.
pub(crate) fn unencrypted(url: &str, why: TlsFailure) -> Hop {
    Hop { tls: failed(why), request: Phase::NotReached, connection: None, ..hop(url, 200) }
}

pub(crate) fn names(addresses: &[&str]) -> Resolution {
    Resolution {
        addresses: addresses.iter().map(|ip| ip.parse().unwrap()).collect(),
        given: addresses.len(),
        cname: Vec::new(),
        source: ResolvedBy::Dns,
    }
}

pub(crate) fn chain(hops: Vec<Hop>, end: End) -> Chain {
    Chain { hops, end, media: None, took: TOOK, walks: 1, second_opinion: None }
}

/// Redirects over all but the last of these URLs, the last one with healthy media.
pub(crate) fn reached(urls: &[&str]) -> Chain {
    let (last, before) = urls.split_last().unwrap();
    let mut hops: Vec<Hop> = before.iter().map(|url| hop(url, 302)).collect();
    hops.push(hop(last, 206));
    Chain { media: Some(media()), ..chain(hops, End::Reached) }
}

/// Redirects over all but the last hop, which is the given one.
pub(crate) fn broken(urls: &[&str], last: Hop) -> Chain {
    let mut hops: Vec<Hop> = urls.iter().map(|url| hop(url, 302)).collect();
    hops.push(last);
    chain(hops, End::Broken)
}

pub(crate) fn audio() -> Facts {
    Facts {
        format: Format::Mp3,
        audio_start: 0,
        bitrate_kbps: Some(128),
        duration_ms: Some(125_000),
        stated_end: None,
        stated_duration_ms: None,
        moov: None,
        odd_codec: None,
        remarks: Vec::new(),
    }
}

pub(crate) fn media() -> Media {
    Media {
        content_type: Some("audio/mpeg".into()),
        bytes_total: Some(2_000_000),
        bytes_read: 65_536,
        range: Some(RangeAnswer::Honoured),
        sniff: Some(Sniff::Audio(audio())),
        full: None,
        first_audio_byte: Some(Duration::from_secs(1)),
    }
}

pub(crate) fn full(bytes: u64) -> FullBody {
    FullBody { bytes, took: Duration::from_secs(1), end: Ok(()), audio_ms: Some(125_000), cut: false }
}

pub(crate) fn with_media(change: impl FnOnce(&mut Media)) -> Chain {
    let mut chain = reached(&[FILE]);
    change(chain.media.as_mut().unwrap());
    chain
}

pub(crate) fn with_audio(change: impl FnOnce(&mut Media, &mut Facts)) -> Chain {
    let mut facts = audio();
    with_media(|media| {
        change(media, &mut facts);
        media.sniff = Some(Sniff::Audio(facts));
    })
}

pub(crate) fn enclosure(url: &str) -> Enclosure {
    Enclosure {
        written: url.into(),
        link: Link::parse(url),
        kind: EnclosureKind::Enclosure,
        media_type: Some("audio/mpeg".into()),
        length: Some(2_000_000),
    }
}

pub(crate) fn episode(order: usize, url: &str) -> Episode {
    Episode {
        guid: Some(format!("guid-{order}")),
        title: format!("Episode {order}"),
        published: None,
        order,
        enclosures: vec![enclosure(url)],
    }
}

pub(crate) fn feed_of(episodes: Vec<Episode>) -> Feed {
    Feed { title: "The Show".into(), items: episodes.len(), episodes, ..Feed::default() }
}

/// A sighting of an origin at these addresses, over cleartext so far.
pub(crate) fn seen(url: &str, addresses: &[&str]) -> OriginSighting {
    let origin = link(url).origin();
    let edges = addresses
        .iter()
        .map(|ip| Edge {
            address: SocketAddr::new(ip.parse().unwrap(), origin.port),
            connect: done(()),
            tls: Phase::NotReached,
        })
        .collect();
    OriginSighting { origin, dns: done(Arc::new(names(addresses))), edges, papers: Vec::new(), marks: Vec::new() }
}

/// The same with what became of each edge.
pub(crate) fn edges(url: &str, edges: &[(&str, Result<(), ConnectFailure>)]) -> OriginSighting {
    let addresses: Vec<&str> = edges.iter().map(|(ip, _)| *ip).collect();
    let mut sighting = seen(url, &addresses);
    for (edge, (_, fate)) in sighting.edges.iter_mut().zip(edges) {
        if let Err(why) = fate {
            edge.connect = failed(why.clone());
        }
    }
    sighting
}

/// A certificate that [`fake_trust`] finds these faults with, given as its common name: codes
/// divided by spaces, a `!` behind one for critical.
pub(crate) fn certificate(serial: &str, faults: &str, not_after: UnixSeconds) -> Arc<Certificate> {
    let der: Arc<[u8]> = format!("{serial} {faults} {not_after}").into_bytes().into();
    Arc::new(Certificate {
        sha256: Fingerprint::of(&der),
        der,
        subject: "CN=h.example".into(),
        issuer: "CN=CA".into(),
        subject_der: Arc::from(&b"h"[..]),
        issuer_der: Arc::from(&b"ca"[..]),
        issuer_name: "CA".into(),
        serial: serial.into(),
        serial_der: vec![1],
        version: 3,
        not_before: not_after - 90 * 86_400,
        not_after,
        names: Vec::new(),
        common_name: Some(faults.to_owned()),
        key: Key::Rsa { bits: 2048 },
        signature: Signature { name: "ecdsa-with-SHA256".into(), hash: Hash::Sound },
        is_ca: false,
        path_len: None,
        key_usage: None,
        extended_key_usage: None,
        subject_key_id: None,
        authority_key_id: None,
        issuer_urls: Vec::new(),
        crl_urls: Vec::new(),
        timestamps: Vec::new(),
        must_staple: false,
        has_name_constraints: false,
        unknown_critical: Vec::new(),
    })
}

pub(crate) fn served(certificates: &[Arc<Certificate>]) -> Arc<Served> {
    let entries = certificates.iter().cloned().map(Ok).collect::<Vec<_>>();
    Arc::new(Served { sent: entries.len(), entries })
}

pub(crate) fn session(certificates: &[Arc<Certificate>]) -> Arc<Session> {
    Arc::new(Session {
        version: "TLSv1.3".into(),
        cipher: "TLS13_AES_128_GCM_SHA256".into(),
        alpn: Some("h2".into()),
        served: served(certificates),
        staple: None,
        signature: Ok(()),
    })
}

/// A sighting in which each address shows a certificate.
pub(crate) fn shown(url: &str, edges: &[(&str, &Arc<Certificate>)]) -> OriginSighting {
    let addresses: Vec<&str> = edges.iter().map(|(ip, _)| *ip).collect();
    let mut sighting = seen(url, &addresses);
    for (edge, (_, certificate)) in sighting.edges.iter_mut().zip(edges) {
        edge.tls = done(session(&[Arc::clone(certificate)]));
    }
    sighting
}

fn fake_trust(served: &Served) -> ChainJudgement {
    let leaf = served.leaf().unwrap();
    let problems: Vec<Problem> = leaf
        .common_name
        .as_deref()
        .unwrap_or_default()
        .split_whitespace()
        .map(|fault| {
            let code = Code::named(fault.trim_end_matches('!')).unwrap();
            let severity = if fault.ends_with('!') { Severity::Critical } else { code.info().severity };
            Problem { code, severity, evidence: format!("serial {} shows {code}", leaf.serial) }
        })
        .collect();
    ChainJudgement {
        trusted: problems.is_empty(),
        problems,
        remarks: Vec::new(),
        path: served.readable().cloned().collect(),
        anchored_in: Vec::new(),
        outside: Vec::new(),
        expires_at: served.readable().map(|certificate| certificate.not_after).min(),
    }
}

/// What a judge stands on.
#[derive(Debug)]
pub(crate) struct Court {
    pub(crate) policy: Policy,
    stores: Stores,
    catalogue: Catalogue,
}

pub(crate) fn court() -> Court {
    Court { policy: Policy::default(), stores: Stores::default(), catalogue: Catalogue::builtin() }
}

impl Court {
    pub(crate) fn judge(&self) -> Judge<'_> {
        fn by_session(
            session: &Session,
            _: Option<&Host>,
            _: Option<&Papers>,
            _: &Stores,
            _: &Policy,
            _: Timestamp,
        ) -> ChainJudgement {
            fake_trust(&session.served)
        }
        fn by_served(
            served: &Served,
            _: Option<&Host>,
            _: Option<&Papers>,
            _: &Stores,
            _: &Policy,
            _: Timestamp,
        ) -> ChainJudgement {
            fake_trust(served)
        }
        Judge::new(&self.policy, now(), &self.stores, &self.catalogue).with_trust(by_session, by_served)
    }
}

/// Judges one enclosure's chain in the given judge.
pub(crate) fn play(
    judge: &mut Judge<'_>,
    feed: usize,
    episode: &Episode,
    chain: &Chain,
    bypasses: &[Bypass],
) -> EnclosureVerdict {
    let enclosure = &episode.enclosures[0];
    judge.enclosure(&EnclosureCase { feed, show: "The Show", episode, enclosure, chain: Some(chain), bypasses })
}

/// One enclosure, one chain, nothing else.
pub(crate) fn alone(chain: &Chain) -> (EnclosureVerdict, Conclusion) {
    alone_as(chain, |_| {})
}

/// The same with a changed enclosure.
pub(crate) fn alone_as(chain: &Chain, change: impl FnOnce(&mut Enclosure)) -> (EnclosureVerdict, Conclusion) {
    let court = court();
    let mut judge = court.judge();
    let mut episode = episode(0, chain.hops[0].url.expose());
    change(&mut episode.enclosures[0]);
    let verdict = play(&mut judge, 0, &episode, chain, &[]);
    (verdict, judge.conclude(&[]))
}

/// One origin, nothing else.
pub(crate) fn origin_alone(sighting: &OriginSighting) -> (OriginVerdict, Conclusion) {
    let court = court();
    let mut judge = court.judge();
    let verdict = judge.origin(sighting);
    (verdict, judge.conclude(&[]))
}

/// One feed, nothing else.
pub(crate) fn feed_alone(chain: Option<&Chain>, content: FeedContent<'_>) -> (FeedVerdict, Conclusion) {
    let court = court();
    let mut judge = court.judge();
    let verdict = judge.feed(&FeedCase { feed: 0, source: "https://f.example/rss", chain, title: None, content });
    (verdict, judge.conclude(&[]))
}

pub(crate) fn codes(conclusion: &Conclusion) -> Vec<&'static str> {
    conclusion.findings.iter().map(|f| f.code.as_str()).collect()
}

pub(crate) fn find(conclusion: &Conclusion, code: Code) -> &Finding {
    conclusion
        .findings
        .iter()
        .find(|f| f.code == code)
        .unwrap_or_else(|| panic!("no {code} in {:?}", codes(conclusion)))
}

/// The findings that nothing explains.
pub(crate) fn causes(conclusion: &Conclusion) -> Vec<&'static str> {
    conclusion.findings.iter().filter(|f| f.caused_by.is_none()).map(|f| f.code.as_str()).collect()
}

pub(crate) fn bypass(url: &str, works: bool) -> Bypass {
    Bypass { url: FILE.to_owned(), works, without: origin(url) }
}

pub(crate) fn origin(url: &str) -> Origin {
    link(url).origin()
}
