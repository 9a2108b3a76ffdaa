//! Rounds over so many hosts, for the picture.

use super::*;
use crate::judge::Affects;

/// Names that live as long as the tests.
fn kept(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

const TITLES: [&str; 8] = [
    "The Night Shift",
    "Slow Rivers",
    "Nine Lives",
    "Kartoffeln & Käse: der Küchenfunk mit einem sehr langen Titel",
    "深夜のラジオ",
    "Salt",
    "A History of Doors",
    "بودكاست الصباح",
];

/// A round over so many hosts: a third prefixes, a third hosts, a third CDNs. Some of them fail.
pub(in crate::report) fn crowd(hosts: usize) -> Round {
    let mut round = Round::new(Verdict::Critical);
    let (prefixes, middles) = (hosts / 4, hosts / 2);
    let cdns = hosts - prefixes - middles;
    let name = |n: usize| match n {
        n if n < prefixes => format!("https://p{n}.pfx.example/"),
        n if n < prefixes + middles => format!("https://traffic{n}.some-hosting-company{n}.example.com/"),
        n => format!("https://dl{n}.cdn.example.org/"),
    };
    let ends = "ends 2022-05-30 23:59:59 UTC";
    for n in 0..hosts {
        let url = name(n);
        let (left, problems) = match n % 17 {
            4 => (-9 * 3600, vec![(Code::CertExpired, Severity::Critical, ends)]),
            9 => (5 * DAY, vec![(Code::CertExpiring, Severity::Warning, ends)]),
            _ => ((30 + i64::try_from(n).unwrap()) * DAY, vec![]),
        };
        let leaf = certificate(&origin(&url).host.to_string(), "Let's Encrypt", left);
        let mut host = host(&url, &leaf, &problems);
        host.party.role = match n {
            n if n < prefixes => Role::Prefix,
            n if n < prefixes + middles => Role::Hosting,
            _ => Role::Cdn,
        };
        if n % 17 == 4 && hosts > 1 {
            let host = origin(&url).host.to_string();
            let mut cause = finding(
                Code::CertExpired,
                (SubjectKind::Origin, &origin(&url).to_string(), &host),
                &format!("The certificate of {host} ran out 9 hours ago: podcast apps refuse the connection."),
                ends,
                "The host must renew the certificate.",
            )
            .at(origin(&url));
            cause.affects = Affects { feeds: 1, episodes: 3 };
            round.finding(cause);
        }
        round.hosts.push(host);
    }
    let shows = (hosts / 2).max(1);
    for show in 0..shows {
        let title = TITLES[show % TITLES.len()];
        let title = if show < TITLES.len() { title } else { kept(format!("{title} {show}")) };
        round.feeds.push((kept(format!("https://feeds.example.com/{show}.xml")), title));
        for n in 0..(3 + 40 / (show + 1)) {
            let mut ways = Vec::new();
            if prefixes > 0 && n % 3 > 0 {
                ways.push((show * 7 + n % 2) % prefixes);
            }
            if prefixes > 1 && n % 3 == 2 {
                ways.push((show * 7 + 1 + n % 2) % prefixes);
            }
            if middles > 0 {
                ways.push(prefixes + show % middles);
            }
            ways.push(prefixes + middles + (show / 2) % cdns);
            ways.dedup();
            let bad = ways.iter().any(|way| way % 17 == 4) && hosts > 1;
            let path = format!("s{show}e{n}.mp3");
            let urls: Vec<String> = ways.iter().map(|way| format!("{}{path}", name(*way))).collect();
            let hops = urls.iter().enumerate().map(|(at, url)| {
                let next = urls.get(at + 1);
                hop(url, if next.is_some() { 302 } else { 206 }, next.map(String::as_str))
            });
            let chain = walk(hops.collect(), chain::End::Reached, Some(mp3()));
            for url in urls.iter().map(|url| origin(url)) {
                let through = round.conclusion.through.entry(url).or_insert(Affects { feeds: 0, episodes: 0 });
                through.episodes += 1;
            }
            let episode = episode(n, &format!("Episode {n}"), Some(&urls[0]));
            let verdict = if bad { Verdict::Critical } else { Verdict::Ok };
            round.walked.push((show, episode, Some(chain), Some(Outcome::Media), verdict));
        }
    }
    if hosts == 1 {
        round.conclusion.verdict = Verdict::Ok;
    }
    round
}
