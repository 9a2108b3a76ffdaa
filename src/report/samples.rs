//! Rounds made by hand, for this room's tests: facts as the prober would record them, verdicts as
//! the judge would give them.

mod crowds;
mod rounds;

pub(super) use crowds::*;
pub(super) use rounds::*;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Builder, EnclosureInput, End, FeedInput, Report, Start, Traffic};
use crate::audio::{Facts, Format, Sniff};
use crate::cert::{Certificate, Fingerprint, Hash, Key, Name, Served, Signature};
use crate::chain::{
    self, Answer, Chain, Connection, Edge, HeadVerdict, Hop, Media, Method, OriginSighting, Phase, RangeAnswer,
    RequestFailure, Resolution, Session,
};
use crate::feed::{Enclosure, EnclosureKind, Episode};
use crate::judge::trust::{ChainJudgement, Problem};
use crate::judge::{
    Code, Conclusion, EdgeVerdict, EnclosureVerdict, FeedVerdict, Finding, OriginVerdict, Outcome, Severity, Subject,
    SubjectKind, Verdict,
};
use crate::link::{Link, Origin};
use crate::parties::{Party, Role};

/// The morning after: nine hours past the end of the certificate.
pub(super) fn at() -> Timestamp {
    "2022-05-31T08:59:59Z".parse().unwrap()
}

const DAY: i64 = 86_400;

pub(super) fn link(text: &str) -> Link {
    Link::parse(text).unwrap()
}

fn origin(text: &str) -> Origin {
    link(text).origin()
}

/// Whose hosts the samples' hosts are.
pub(super) fn who(link: &Link) -> Party {
    let (role, provider) = match link.origin().host.to_string().as_str() {
        "pfx.example" => (Role::Prefix, Some("Prefixly")),
        "ads.example.net" => (Role::AdInsertion, Some("MegaAds")),
        "cdn.example.org" => (Role::Cdn, Some("Fastcache")),
        "hosting.example.com" => (Role::Hosting, None),
        _ => (Role::Unknown, None),
    };
    let provider = provider.map(str::to_owned);
    Party { role, provider, retired: None, status_page: None, support: None }
}

/// The routes written in the samples' URLs: only pfx.example is a prefix.
pub(super) fn planned(link: &Link) -> Vec<Link> {
    let next = link.expose().strip_prefix("https://pfx.example/e/").map(|rest| format!("https://{rest}"));
    std::iter::once(link.clone()).chain(next.and_then(|next| Link::parse(&next).ok())).collect()
}

/// A certificate for a host that ends so many days from [`at`].
pub(super) fn certificate(host: &str, issuer: &str, end: i64) -> Arc<Certificate> {
    let der: Arc<[u8]> = format!("{host} {issuer} {end}").into_bytes().into();
    Arc::new(Certificate {
        sha256: Fingerprint::of(&der),
        der: Arc::clone(&der),
        subject: format!("CN={host}"),
        issuer: format!("C=US,O={issuer},CN=R1"),
        subject_der: Arc::clone(&der),
        issuer_der: der,
        issuer_name: issuer.to_owned(),
        serial: "0a1b2c".to_owned(),
        serial_der: vec![0x0a, 0x1b, 0x2c],
        version: 3,
        not_before: at().as_second() + end - 90 * DAY,
        not_after: at().as_second() + end,
        names: vec![Name::Dns(host.to_owned()), Name::Dns(format!("www.{host}"))],
        common_name: None,
        key: Key::Ec { curve: "P-256".to_owned() },
        signature: Signature { name: "ecdsa-with-SHA256".to_owned(), hash: Hash::Sound },
        is_ca: false,
        path_len: None,
        key_usage: None,
        extended_key_usage: None,
        subject_key_id: None,
        authority_key_id: None,
        issuer_urls: vec![],
        crl_urls: vec![],
        timestamps: vec![],
        must_staple: false,
        has_name_constraints: false,
        unknown_critical: vec![],
    })
}

fn done<T, E>(micros: u64, fact: T) -> Phase<T, E> {
    Phase::Done { took: Duration::from_micros(micros), fact }
}

pub(super) fn session(leaf: &Arc<Certificate>) -> Arc<Session> {
    Arc::new(Session {
        version: "TLSv1.3".to_owned(),
        cipher: "TLS13_AES_128_GCM_SHA256".to_owned(),
        alpn: Some("h2".to_owned()),
        served: Arc::new(Served { entries: vec![Ok(Arc::clone(leaf))], sent: 1 }),
        staple: None,
        signature: Ok(()),
    })
}

/// The verdict over a chain: good, or with these problems.
pub(super) fn judgement(leaf: &Arc<Certificate>, problems: &[(Code, Severity, &str)]) -> ChainJudgement {
    let refused =
        problems.iter().any(|(code, severity, _)| *code != Code::CertExpiring && *severity == Severity::Critical);
    ChainJudgement {
        trusted: !refused,
        problems: problems
            .iter()
            .map(|&(code, severity, evidence)| Problem { code, severity, evidence: evidence.to_owned() })
            .collect(),
        remarks: vec![],
        path: vec![Arc::clone(leaf)],
        anchored_in: vec!["mozilla".to_owned()],
        outside: vec![],
        expires_at: Some(leaf.not_after),
    }
}

/// A host with one address.
pub(super) struct Host {
    pub(super) sighting: OriginSighting,
    pub(super) verdict: OriginVerdict,
    pub(super) party: Party,
}

pub(super) fn host(url: &str, leaf: &Arc<Certificate>, problems: &[(Code, Severity, &str)]) -> Host {
    let worst = problems.iter().map(|&(_, severity, _)| Verdict::from(severity)).max().unwrap_or_default();
    let address = format!("203.0.113.7:{}", origin(url).port).parse().unwrap();
    Host {
        sighting: OriginSighting {
            origin: origin(url),
            dns: done(
                1_000,
                Arc::new(Resolution {
                    addresses: vec!["203.0.113.7".parse().unwrap()],
                    given: 1,
                    ..Resolution::default()
                }),
            ),
            edges: vec![Edge { address, connect: done(20_100, ()), tls: done(22_900, session(leaf)) }],
            papers: vec![],
            marks: vec![],
        },
        verdict: OriginVerdict {
            verdict: worst,
            edges: vec![EdgeVerdict { certificate: Some(judgement(leaf, problems)) }],
        },
        party: who(&link(url)),
    }
}

/// A hop that was answered.
pub(super) fn hop(url: &str, status: u16, location: Option<&str>) -> Hop {
    let link = link(url);
    let address = format!("203.0.113.7:{}", link.origin().port).parse().unwrap();
    let headers = location.map(|to| ("location", to)).into_iter().collect();
    Hop {
        dns: done(1_000, Arc::new(Resolution::default())),
        connect: done(20_100, address),
        tls: Phase::NotReached,
        request: done(
            40_200,
            Answer {
                method: Method::Head,
                version: "h2",
                status,
                headers,
                first_byte: Duration::from_micros(40_200),
                transfer: None,
            },
        ),
        connection: Some(Arc::new(Connection { id: 1, origin: link.origin(), address, session: None })),
        reused: false,
        head: HeadVerdict::Fine,
        http2_broken: None,
        waited_ms: None,
        url: link,
    }
}

/// A hop whose request failed.
pub(super) fn failed_hop(url: &str, why: RequestFailure) -> Hop {
    Hop { request: Phase::Failed { took: Duration::from_secs(10), why }, ..hop(url, 0, None) }
}

pub(super) fn walk(hops: Vec<Hop>, end: chain::End, media: Option<Media>) -> Chain {
    Chain { hops, end, media, took: Duration::from_micros(812_400), walks: 1, second_opinion: None }
}

pub(super) fn mp3() -> Media {
    Media {
        content_type: Some("audio/mpeg".to_owned()),
        bytes_total: Some(2_000_000),
        bytes_read: 65_536,
        range: Some(RangeAnswer::Honoured),
        sniff: Some(Sniff::Audio(Facts {
            format: Format::Mp3,
            audio_start: 0,
            bitrate_kbps: Some(128),
            duration_ms: Some(125_000),
            stated_end: None,
            stated_duration_ms: None,
            moov: None,
            odd_codec: None,
            remarks: vec![],
        })),
        full: None,
        first_audio_byte: Some(Duration::from_millis(400)),
    }
}

/// Through a prefix and an ad server to a CDN, with audio at the end.
pub(super) fn good_chain(name: &str) -> Chain {
    let cdn = format!("https://cdn.example.org/{name}.mp3?sig=s3cret");
    let ads = format!("https://ads.example.net/cdn.example.org/{name}.mp3");
    let start = format!("https://pfx.example/e/ads.example.net/cdn.example.org/{name}.mp3");
    let hops = vec![hop(&start, 302, Some(&ads)), hop(&ads, 302, Some(&cdn)), hop(&cdn, 206, None)];
    walk(hops, chain::End::Reached, Some(mp3()))
}

pub(super) fn episode(order: usize, title: &str, url: Option<&str>) -> Episode {
    let enclosures = url.map(|url| Enclosure {
        written: url.into(),
        link: Link::parse(url),
        kind: EnclosureKind::Enclosure,
        media_type: Some("audio/mpeg".into()),
        length: Some(2_000_000),
    });
    Episode {
        guid: Some(format!("guid-{order}")),
        title: title.to_owned(),
        published: Some(at()),
        order,
        enclosures: enclosures.into_iter().collect(),
    }
}

pub(super) fn finding(
    code: Code,
    subject: (SubjectKind, &str, &str),
    summary: &str,
    detail: &str,
    advice: &str,
) -> Finding {
    let (kind, id, name) = subject;
    let subject = Subject { kind, id: id.to_owned(), name: name.to_owned() };
    let mut finding = Finding::new(code, subject, summary.to_owned(), detail.to_owned());
    advice.clone_into(&mut finding.advice);
    finding
}

/// Feed, episode, chain, outcome, verdict.
pub(super) type Walked = (usize, Episode, Option<Chain>, Option<Outcome>, Verdict);

/// A round in the making.
pub(super) struct Round {
    pub(super) hosts: Vec<Host>,
    /// Source, title.
    pub(super) feeds: Vec<(&'static str, &'static str)>,
    pub(super) walked: Vec<Walked>,
    pub(super) errors: Vec<(&'static str, &'static str)>,
    pub(super) conclusion: Conclusion,
    pub(super) interrupted: bool,
}

impl Round {
    pub(super) fn new(verdict: Verdict) -> Self {
        Self {
            hosts: vec![],
            feeds: vec![],
            walked: vec![],
            errors: vec![],
            conclusion: Conclusion {
                verdict,
                findings: vec![],
                through: HashMap::new(),
                origins: HashMap::new(),
                offline: false,
                everyone: crate::judge::Affects::default(),
                undecided: false,
            },
            interrupted: false,
        }
    }

    /// The prefix, ad and CDN hosts, the feed's too, with sound certificates.
    pub(super) fn with_hosts(mut self, ads: Host) -> Self {
        let le = "Let's Encrypt";
        self.hosts = vec![
            host("https://feeds.example.com/", &certificate("feeds.example.com", le, 52 * DAY), &[]),
            host("https://pfx.example/", &certificate("pfx.example", "Amazon", 201 * DAY), &[]),
            ads,
            host("https://cdn.example.org/", &certificate("cdn.example.org", le, 41 * DAY), &[]),
        ];
        self
    }

    pub(super) fn finding(&mut self, finding: Finding) {
        self.conclusion.findings.push(finding);
    }

    /// Feeds everything to `builder`.
    pub(super) fn report(&self) -> Report {
        let mut builder = Builder::new(Self::start(), &who).with_plan(&planned);
        for (index, (source, title)) in self.feeds.iter().enumerate() {
            let chain = Self::feed_chain(source);
            builder.feed(&Self::feed_input(index, source, title, &chain));
        }
        for (at, (source, why)) in self.errors.iter().enumerate() {
            let verdict = FeedVerdict { outcome: None, verdict: Verdict::Unknown };
            builder.feed(&FeedInput {
                index: self.feeds.len() + at,
                source,
                url: None,
                title: None,
                chain: None,
                verdict: &verdict,
                error: Some(why),
            });
        }
        for (feed, episode, chain, outcome, verdict) in &self.walked {
            builder.episode(*feed, episode);
            let Some(enclosure) = episode.enclosures.first() else { continue };
            let verdict = EnclosureVerdict { outcome: *outcome, verdict: *verdict, apps: Vec::new() };
            builder.enclosure(&EnclosureInput {
                feed: *feed,
                episode,
                enclosure,
                chain: chain.as_ref(),
                verdict: &verdict,
            });
        }
        for host in &self.hosts {
            builder.origin(&host.sighting, &host.verdict, &host.party);
        }
        builder.finish(&self.end())
    }

    pub(super) fn start() -> Start<'static> {
        let started_at = at();
        Start { version: "0.1.0", vantage: "local", started_at, evaluated_at: started_at }
    }

    pub(super) fn end(&self) -> End<'_> {
        End {
            conclusion: &self.conclusion,
            traffic: Traffic { connections: 4, requests: 41 },
            finished_at: at() + Duration::from_secs(3),
            interrupted: self.interrupted,
        }
    }

    pub(super) fn feed_chain(source: &str) -> Chain {
        walk(vec![hop(source, 200, None)], chain::End::Reached, None)
    }

    pub(super) fn feed_input<'a>(index: usize, source: &'a str, title: &'a str, chain: &'a Chain) -> FeedInput<'a> {
        const FINE: FeedVerdict = FeedVerdict { outcome: Some(Outcome::Document), verdict: Verdict::Ok };
        FeedInput {
            index,
            source,
            url: chain.hops.last().map(|hop| &hop.url),
            title: Some(title),
            chain: Some(chain),
            verdict: &FINE,
            error: None,
        }
    }

    /// So many episodes of a feed, all walked with this verdict.
    pub(super) fn episodes(&mut self, feed: usize, n: usize, verdict: Verdict) {
        for order in 0..n {
            let chain = good_chain(&format!("f{feed}e{order}"));
            let url = chain.hops[0].url.to_string();
            let episode = episode(order, &format!("Episode {}", n - order), Some(&url));
            self.walked.push((feed, episode, Some(chain), Some(Outcome::Media), verdict));
        }
    }
}
