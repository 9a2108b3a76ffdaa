//! Rounds made by hand, for this room's tests: facts as the prober would record them, verdicts as
//! the judge would give them.

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
    Affects, Code, Conclusion, EdgeVerdict, EnclosureVerdict, FeedVerdict, Finding, OriginVerdict, Outcome, Severity,
    Subject, SubjectKind, Verdict,
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
    let headers = location.map(|to| ("location", to.to_owned())).into_iter().collect();
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
    Chain { hops, end, media, took: Duration::from_micros(812_400), walks: 1 }
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
        written: url.to_owned(),
        link: Link::parse(url),
        kind: EnclosureKind::Enclosure,
        media_type: Some("audio/mpeg".to_owned()),
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

/// A round in the making.
pub(super) struct Round {
    pub(super) hosts: Vec<Host>,
    /// Source, title.
    pub(super) feeds: Vec<(&'static str, &'static str)>,
    /// Feed, episode, chain, outcome, verdict.
    pub(super) walked: Vec<(usize, Episode, Option<Chain>, Option<Outcome>, Verdict)>,
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
        let mut builder = Builder::new(self.start(), &who);
        for (index, (source, title)) in self.feeds.iter().enumerate() {
            let chain = self.feed_chain(source);
            builder.feed(&self.feed_input(index, source, title, &chain));
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
            let verdict = EnclosureVerdict { outcome: *outcome, verdict: *verdict };
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

    pub(super) fn start(&self) -> Start<'static> {
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

    pub(super) fn feed_chain(&self, source: &str) -> Chain {
        walk(vec![hop(source, 200, None)], chain::End::Reached, None)
    }

    pub(super) fn feed_input<'a>(
        &self,
        index: usize,
        source: &'a str,
        title: &'a str,
        chain: &'a Chain,
    ) -> FeedInput<'a> {
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

fn through(round: &mut Round, feeds: u64, episodes: u64) {
    for url in ["https://pfx.example/", "https://ads.example.net/", "https://cdn.example.org/"] {
        round.conclusion.through.insert(origin(url), Affects { feeds, episodes });
    }
}

/// Everything works.
pub(super) fn healthy() -> Round {
    let ads = host("https://ads.example.net/", &certificate("ads.example.net", "DigiCert Inc", 300 * DAY), &[]);
    let mut round = Round::new(Verdict::Ok).with_hosts(ads);
    round.feeds = vec![("https://feeds.example.com/show.xml", "The Night Shift")];
    round.episodes(0, 10, Verdict::Ok);
    through(&mut round, 1, 10);
    round
}

/// The night of 2022-05-30: one expired certificate, twelve episodes of three shows.
pub(super) fn expired() -> Round {
    let leaf = certificate("ads.example.net", "DigiCert Inc", -9 * 3600);
    let evidence = "ads.example.net ended 2022-05-30 23:59:59 UTC, 9 hours before";
    let ads = host("https://ads.example.net/", &leaf, &[(Code::CertExpired, Severity::Critical, evidence)]);
    let mut round = Round::new(Verdict::Critical).with_hosts(ads);
    round.feeds = vec![
        ("https://feeds.example.com/a.xml", "The Night Shift"),
        ("https://feeds.example.com/b.xml", "Slow Rivers"),
        ("https://feeds.example.com/c.xml", "Nine Lives"),
    ];
    for feed in 0..3 {
        round.episodes(feed, 4, Verdict::Critical);
    }
    through(&mut round, 3, 12);
    let mut cause = finding(
        Code::CertExpired,
        (SubjectKind::Origin, "https://ads.example.net:443", "ads.example.net"),
        "The certificate of ads.example.net expired 9 hours ago, so podcast apps refuse to download through it.",
        "The certificate for ads.example.net ended on 2022-05-30 at 23:59:59 UTC. 203.0.113.7:443 shows it.",
        "Only MegaAds can fix this, by installing a renewed certificate. Write to them, and watch their status page. \
         Until then your host may be able to serve episodes without this service.",
    )
    .at(origin("https://ads.example.net/"));
    cause.affects = Affects { feeds: 3, episodes: 12 };
    let id = cause.id.clone();
    round.finding(cause);
    for n in 0..12 {
        let url = format!("https://pfx.example/e/ads.example.net/cdn.example.org/{n}.mp3");
        let mut symptom = finding(
            Code::HttpProtocolError,
            (SubjectKind::Enclosure, &url, "Nine Lives: Episode 1"),
            "The download breaks off at ads.example.net.",
            "",
            "",
        );
        symptom.caused_by = Some(id.clone());
        round.finding(symptom);
    }
    round
}

/// Some of everything.
pub(super) fn mixed() -> Round {
    let leaf = certificate("ads.example.net", "DigiCert Inc", 5 * DAY);
    let ads =
        host("https://ads.example.net/", &leaf, &[(Code::CertExpiring, Severity::Warning, "5 days of 90 are left")]);
    let mut round = Round::new(Verdict::Critical).with_hosts(ads);
    round.feeds = vec![
        ("https://feeds.example.com/a.xml?token=s3cret", "The Night Shift"),
        ("https://feeds.example.com/b.xml", "Slow Rivers"),
    ];
    round.episodes(0, 6, Verdict::Warning);
    let url = "https://pfx.example/e/hosting.example.com/shows/slow-rivers/2022/the-long-way-down-to-the-sea.mp3";
    let target = "https://hosting.example.com/shows/slow-rivers/2022/the-long-way-down-to-the-sea.mp3";
    let gone = walk(vec![hop(url, 302, Some(target)), hop(target, 404, None)], chain::End::Broken, None);
    let long = episode(0, "The long way down to the sea", Some(url));
    round.walked.push((1, long, Some(gone), Some(Outcome::Broken), Verdict::Critical));
    let timeout = walk(vec![failed_hop(target, RequestFailure::HeadTimeout)], chain::End::Broken, None);
    let slow = episode(1, "Springs", Some(target));
    round.walked.push((1, slow, Some(timeout), Some(Outcome::Broken), Verdict::Critical));
    round.walked.push((1, episode(2, "A note without audio", None), None, None, Verdict::Ok));
    through(&mut round, 1, 6);
    round.hosts.push(host(
        "https://hosting.example.com/",
        &certificate("hosting.example.com", "Let's Encrypt", 41 * DAY),
        &[],
    ));
    let subject = (SubjectKind::Enclosure, url, "Slow Rivers: The long way down to the sea");
    let mut gone = finding(
        Code::HttpGone,
        subject,
        "The audio of \"The long way down to the sea\" is not there: hosting.example.com answers 404 Not Found.",
        "hop 2 of 2, https://hosting.example.com/shows/slow-rivers/2022/the-long-way-down-to-the-sea.mp3, answered 404 to HEAD and to GET",
        "Upload the file again at your host, or correct the episode's enclosure URL in the feed.",
    )
    .at(origin("https://hosting.example.com/"));
    gone.affects = Affects { feeds: 1, episodes: 1 };
    round.finding(gone);
    let mut late = finding(
        Code::HttpTimeout,
        (SubjectKind::Enclosure, target, "Slow Rivers: Springs"),
        "hosting.example.com does not answer for \"Springs\".",
        "no complete answer within 10 s, asked twice",
        "Write to your host.",
    )
    .at(origin("https://hosting.example.com/"));
    late.affects = Affects { feeds: 1, episodes: 1 };
    round.finding(late);
    let mut ending = finding(
        Code::CertExpiring,
        (SubjectKind::Origin, "https://ads.example.net:443", "ads.example.net"),
        "The certificate of ads.example.net ends in 5 days and has not been renewed.",
        "5 days of 90 are left; certificates like this one are usually renewed with 30 days left",
        "MegaAds has to renew it. If nothing changes within two days, write to them.",
    )
    .at(origin("https://ads.example.net/"));
    ending.affects = Affects { feeds: 1, episodes: 6 };
    round.finding(ending.severity(Severity::Warning));
    for n in 1..=5 {
        let name = format!("The Night Shift: Episode {n}");
        let mut other = finding(
            Code::MediaTypeMismatch,
            (SubjectKind::Enclosure, &format!("https://pfx.example/{n}"), &name),
            "The feed says audio/x-m4a, and the file is an MP3.",
            "the feed says audio/x-m4a, the server audio/mpeg, the bytes are mp3",
            "Correct the type in the feed.",
        )
        .at(origin("https://cdn.example.org/"));
        other.affects = Affects { feeds: 1, episodes: 1 };
        round.finding(other);
    }
    round.finding(finding(
        Code::EnclosureMissing,
        (SubjectKind::Episode, "guid-2", "Slow Rivers: A note without audio"),
        "\"A note without audio\" has no audio file.",
        "the item has no enclosure",
        "Nothing, if it is meant to have none.",
    ));
    round
}

/// What could not be judged: a wall against bots, and a source that is not there.
pub(super) fn unknown() -> Round {
    let ads = host("https://ads.example.net/", &certificate("ads.example.net", "DigiCert Inc", 300 * DAY), &[]);
    let mut round = Round::new(Verdict::Warning).with_hosts(ads);
    round.feeds = vec![("https://feeds.example.com/show.xml", "The Night Shift")];
    round.episodes(0, 2, Verdict::Ok);
    let url = "https://cdn.example.org/wall.mp3";
    let walled = walk(vec![hop(url, 403, None)], chain::End::Broken, None);
    let behind = episode(7, "Behind the wall", Some(url));
    round.walked.push((0, behind, Some(walled), Some(Outcome::Unknown), Verdict::Unknown));
    round.errors = vec![("notes/shows.opml", "no such file")];
    through(&mut round, 1, 2);
    let mut wall = finding(
        Code::BlockedToBots,
        (SubjectKind::Enclosure, url, "The Night Shift: Behind the wall"),
        "cdn.example.org turns podprobe away as a bot; listeners may well get the episode.",
        "403 with cf-mitigated: challenge",
        "Ask the host to let podprobe through, or try the episode in an app.",
    );
    wall.affects = Affects { feeds: 1, episodes: 1 };
    round.finding(wall);
    round
}

/// Titles that try to take the terminal over.
pub(super) fn hostile() -> Round {
    let mut round = Round::new(Verdict::Critical);
    round.feeds =
        vec![("https://user:pass@feeds.example.com/a.xml?token=s3cret", "Show\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}gnp")];
    let url = "https://cdn.example.org/x.mp3";
    let chain = walk(vec![hop(url, 302, Some("https://cdn.example.org/x.mp3"))], chain::End::Loop { back_to: 0 }, None);
    let title = "Zero\u{200b}width \u{9b}31m <script>\n\r\u{2028}second line \u{0} 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字";
    round.walked.push((0, episode(0, title, Some(url)), Some(chain), Some(Outcome::Broken), Verdict::Critical));
    let mut looping = finding(
        Code::RedirectLoop,
        (SubjectKind::Enclosure, url, title),
        &format!("The download of {title} goes round in circles."),
        "https://cdn.example.org/x.mp3?token=abc leads to itself\u{1b}[1A\u{7f}",
        "Write to \u{202e}the host\u{2066}.",
    );
    looping.affects = Affects { feeds: 1, episodes: 1 };
    round.finding(looping);
    round
}
