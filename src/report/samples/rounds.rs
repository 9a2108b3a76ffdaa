//! The rounds themselves.

use super::*;
use crate::chain::RequestFailure;
use crate::judge::{Affects, Bypass};

fn through(round: &mut Round, feeds: u64, episodes: u64) {
    for url in ["https://pfx.example/", "https://ads.example.net/", "https://cdn.example.org/"] {
        round.conclusion.through.insert(origin(url), Affects { feeds, episodes });
    }
}

/// Everything works.
pub(in crate::report) fn healthy() -> Round {
    let ads = host("https://ads.example.net/", &certificate("ads.example.net", "DigiCert Inc", 300 * DAY), &[]);
    let mut round = Round::new(Verdict::Ok).with_hosts(ads);
    round.feeds = vec![("https://feeds.example.com/show.xml", "The Night Shift")];
    round.episodes(0, 10, Verdict::Ok);
    through(&mut round, 1, 10);
    round
}

/// The night of 2022-05-30: one expired certificate, twelve episodes of three shows.
pub(in crate::report) fn expired() -> Round {
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
pub(in crate::report) fn mixed() -> Round {
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
pub(in crate::report) fn unknown() -> Round {
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

/// A show's title of the same kind.
pub(in crate::report) const HOSTILE_SHOW: &str =
    "Show\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}gnp</title><img src=x onerror=alert(1)>";

/// Titles that try to take over whatever shows them.
pub(in crate::report) fn hostile() -> Round {
    let mut round = Round::new(Verdict::Critical);
    round.feeds = vec![("https://user:pass@feeds.example.com/a.xml?token=s3cret", HOSTILE_SHOW)];
    let url = "https://cdn.example.org/x.mp3";
    let chain = walk(vec![hop(url, 302, Some("https://cdn.example.org/x.mp3"))], chain::End::Loop { back_to: 0 }, None);
    let title = "Zero\u{200b}width <!channel> | table | breaks ::error::x ##[add-mask]y @everyone \u{9b}31m <script>\n\r\u{2028}second line \u{0} 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字";
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

/// Stopped after four of ten episodes.
pub(in crate::report) fn interrupted() -> Round {
    let ads = host("https://ads.example.net/", &certificate("ads.example.net", "DigiCert Inc", 300 * DAY), &[]);
    let mut round = Round::new(Verdict::Ok).with_hosts(ads);
    round.feeds = vec![("https://feeds.example.com/show.xml", "The Night Shift")];
    round.episodes(0, 4, Verdict::Ok);
    round.interrupted = true;
    round
}

/// A certificate in its last days: everything still works.
pub(in crate::report) fn soon() -> Round {
    let leaf = certificate("ads.example.net", "DigiCert Inc", 2 * DAY);
    let ads =
        host("https://ads.example.net/", &leaf, &[(Code::CertExpiring, Severity::Critical, "2 days of 90 are left")]);
    let mut round = Round::new(Verdict::Critical).with_hosts(ads);
    round.feeds = vec![("https://feeds.example.com/show.xml", "The Night Shift")];
    round.episodes(0, 3, Verdict::Critical);
    through(&mut round, 1, 3);
    let mut ending = finding(
        Code::CertExpiring,
        (SubjectKind::Origin, "https://ads.example.net:443", "ads.example.net"),
        "The certificate of ads.example.net ends in 2 days and has not been renewed.",
        "2 days of 90 are left",
        "Write to MegaAds today.",
    )
    .at(origin("https://ads.example.net/"));
    ending.affects = Affects { feeds: 1, episodes: 3 };
    round.finding(ending.severity(Severity::Critical));
    round
}

/// No network on this side.
pub(in crate::report) fn offline() -> Round {
    let mut round = Round::new(Verdict::Unknown);
    round.feeds = vec![("https://feeds.example.com/show.xml", "The Night Shift")];
    let url = "https://cdn.example.org/a.mp3";
    let dead = Hop {
        connect: Phase::Failed { took: Duration::from_secs(5), why: chain::ConnectFailure::Unreachable },
        request: Phase::NotReached,
        connection: None,
        ..hop(url, 0, None)
    };
    let chain = walk(vec![dead], chain::End::Broken, None);
    round.walked.push((0, episode(0, "One", Some(url)), Some(chain), Some(Outcome::Broken), Verdict::Critical));
    round.conclusion.offline = true;
    round.finding(
        finding(
            Code::ProberOffline,
            (SubjectKind::Origin, "local", "podprobe"),
            "podprobe has no network.",
            "www.apple.com:443 and www.google.com:443 do not answer either",
            "Look at this machine's network and try again.",
        )
        .severity(Severity::Warning),
    );
    round
}

/// Hosts for `podprobe host`: one with an expired address beside a good one and a dead one, and one
/// that has no name.
pub(in crate::report) fn inspected() -> (Vec<Host>, Conclusion) {
    let good = certificate("cdn.example.org", "Let's Encrypt", 41 * DAY);
    let old = certificate("cdn.example.org", "Let's Encrypt", -9 * 3600);
    let mut many = host("https://cdn.example.org/", &good, &[]);
    let problem = [(Code::CertExpired, Severity::Critical, "cdn.example.org ended 2022-05-30 23:59:59 UTC")];
    for (address, leaf, problems) in [("203.0.113.8:443", &good, &[][..]), ("203.0.113.9:443", &old, &problem[..])] {
        let edge =
            Edge { address: address.parse().unwrap(), connect: done(19_000, ()), tls: done(30_000, session(leaf)) };
        many.sighting.edges.push(edge);
        many.verdict.edges.push(EdgeVerdict { certificate: Some(judgement(leaf, problems)) });
    }
    many.sighting.edges.push(Edge {
        address: "[2001:db8::1]:443".parse().unwrap(),
        connect: Phase::Failed { took: Duration::from_secs(5), why: chain::ConnectFailure::Timeout },
        tls: Phase::NotReached,
    });
    many.verdict.edges.push(EdgeVerdict { certificate: None });
    many.verdict.verdict = Verdict::Critical;
    if let Phase::Done { fact, .. } = &mut many.sighting.dns {
        Arc::make_mut(fact).cname = vec!["d1.cdn.example".to_owned(), "edge.cdn.example".to_owned()];
    }
    let nameless = Host {
        sighting: OriginSighting {
            origin: origin("https://gone.example:8443/"),
            dns: Phase::Failed { took: Duration::from_millis(12), why: chain::DnsFailure::NoSuchName },
            edges: vec![],
            papers: vec![],
            marks: vec![],
        },
        verdict: OriginVerdict { verdict: Verdict::Critical, edges: vec![] },
        party: who(&link("https://gone.example:8443/")),
    };
    let mut round = Round::new(Verdict::Critical);
    round.finding(
        finding(
            Code::CertExpired,
            (SubjectKind::Origin, "https://cdn.example.org:443", "cdn.example.org"),
            "1 of 4 addresses of cdn.example.org shows an expired certificate.",
            "203.0.113.9:443 shows a certificate that ended on 2022-05-30 at 23:59:59 UTC.",
            "Fastcache has to put the new certificate on this address as well.",
        )
        .at(origin("https://cdn.example.org/")),
    );
    (vec![many, nameless], round.conclusion)
}

/// A measurement prefix with an expired certificate, and the proof that it can be left out.
pub(in crate::report) fn prefix() -> Round {
    let ads = host("https://ads.example.net/", &certificate("ads.example.net", "DigiCert Inc", 300 * DAY), &[]);
    let mut round = Round::new(Verdict::Critical).with_hosts(ads);
    let leaf = certificate("pfx.example", "Amazon", -3 * DAY);
    let problem = [(Code::CertExpired, Severity::Critical, "pfx.example ended 2022-05-28 08:59:59 UTC")];
    round.hosts[1] = host("https://pfx.example/", &leaf, &problem);
    round.hosts[1].party.support = Some("support@pfx.example".to_owned());
    round.hosts[1].party.status_page = Some("https://status.pfx.example/".to_owned());
    round.feeds = vec![("https://feeds.example.com/show.xml", "The Night Shift")];
    round.episodes(0, 3, Verdict::Critical);
    through(&mut round, 1, 3);
    let mut cause = finding(
        Code::CertExpired,
        (SubjectKind::Origin, "https://pfx.example:443", "pfx.example"),
        "The certificate of pfx.example expired 3 days ago.",
        "It ended on 2022-05-28 at 08:59:59 UTC.",
        "Take the prefix out of your feed until Prefixly has renewed it; your host's settings have a field for it.",
    )
    .at(origin("https://pfx.example/"));
    cause.affects = Affects { feeds: 1, episodes: 3 };
    cause.bypass = Some(Bypass {
        url: "https://ads.example.net/cdn.example.org/f0e0.mp3?key=s3cret".to_owned(),
        works: true,
        without: origin("https://pfx.example/"),
    });
    round.finding(cause);
    round
}

/// A prefix that leads elsewhere than its URL says, and one that does not lead on.
pub(in crate::report) fn strayed() -> Round {
    let ads = host("https://ads.example.net/", &certificate("ads.example.net", "DigiCert Inc", 300 * DAY), &[]);
    let mut round = Round::new(Verdict::Critical).with_hosts(ads);
    round.feeds = vec![("https://feeds.example.com/show.xml", "The Night Shift")];
    let url = "https://pfx.example/e/cdn.example.org/one.mp3";
    let elsewhere = "https://ads.example.net/parked.mp3";
    let led = walk(vec![hop(url, 302, Some(elsewhere)), hop(elsewhere, 206, None)], chain::End::Reached, Some(mp3()));
    round.walked.push((0, episode(0, "One", Some(url)), Some(led), Some(Outcome::Media), Verdict::Warning));
    let other = "https://pfx.example/e/cdn.example.org/two.mp3";
    let dead = walk(vec![failed_hop(other, RequestFailure::HeadTimeout)], chain::End::Broken, None);
    round.walked.push((0, episode(1, "Two", Some(other)), Some(dead), Some(Outcome::Broken), Verdict::Critical));
    through(&mut round, 1, 2);
    round
}
