//! The questions that a chain can raise, and each profile's answer. One function a question.

use std::collections::BTreeSet;

use crate::audio::{Format, Sniff, TypeFamily, family_of_type};
use crate::chain::{Chain, End, HeadVerdict, Hop, Media, RangeAnswer, TlsFailure};
use crate::judge::apps::{AppVerdict, Profile, TlsVersion, Works};
use crate::judge::trust::{ChainJudgement, lifetime_days};
use crate::judge::walk::{Ending, Walk};
use crate::judge::{Code, Outcome, Severity, say};
use crate::link::Link;

/// An enclosure's chain as apps are asked about it.
#[derive(Clone, Copy)]
pub struct AppCase<'a> {
    /// What was recorded.
    pub chain: &'a Chain,
    /// What became of it.
    pub outcome: Option<Outcome>,
    /// The judgement over the certificates that served a hop, where there is one.
    pub certificate: &'a dyn Fn(&Hop) -> Option<&'a ChainJudgement>,
    /// The ids of the trust stores that certificates were judged against.
    pub stores: &'a [String],
}

/// Redirects that every client known follows (the lowest default is reqwest's, 10).
const FOLLOWED_BY_ALL: u32 = 10;

/// Files below this size are asked about: the largest of the smallest sizes known.
const SMALL: u64 = 150 << 10;

/// What speaks against an app, or is not known of it.
type Doubts = Vec<(Works, String)>;

/// A question: looks at the case, and adds what stands against this app.
type Rule = fn(&AppCase<'_>, &Profile, &mut Doubts);

const RULES: &[Rule] = &[redirects, schemes, versions, certificates, stores, ending, kind, size, ranges, heads];

/// What each app makes of the chain, in the order of `profiles`.
pub fn apps(case: &AppCase<'_>, profiles: &[&'static Profile]) -> Vec<AppVerdict> {
    profiles
        .iter()
        .map(|app| {
            let mut doubts = Doubts::new();
            for rule in RULES {
                rule(case, app, &mut doubts);
            }
            let works = doubts.iter().map(|(works, _)| *works).max().unwrap_or_default();
            // What is not known does not matter where something that is known stands against it.
            let mut because: Vec<String> = Vec::new();
            for (_, text) in doubts.into_iter().filter(|(of, _)| *of == works) {
                if !because.contains(&text) {
                    because.push(text);
                }
            }
            AppVerdict { app, works, because }
        })
        .collect()
}

/// Asks one question of a fact: `Some(bad)` where it is known, with the reason; unknown otherwise.
fn ask(out: &mut Doubts, answer: Option<bool>, fails: impl FnOnce() -> String, open: impl FnOnce() -> String) {
    match answer {
        Some(false) => {}
        Some(true) => out.push((Works::No, fails())),
        None => out.push((Works::Unknown, open())),
    }
}

fn host(link: &Link) -> String {
    link.origin().host.to_string()
}

fn redirects(case: &AppCase<'_>, app: &Profile, out: &mut Doubts) {
    let seen = u32::try_from(case.chain.hops.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let (count, more) = match &case.chain.end {
        End::TooManyRedirects { limit } => (limit.saturating_add(1).max(seen), "more than "),
        _ => (seen, ""),
    };
    let shown = if more.is_empty() { count } else { count.saturating_sub(1) };
    let answer = match app.redirects {
        Some(limit) => Some(count > limit.is),
        None if count <= FOLLOWED_BY_ALL => Some(false),
        None => None,
    };
    ask(
        out,
        answer,
        || {
            let limit = app.redirects.map_or(0, |limit| limit.is);
            format!("the audio is {more}{shown} redirects away, and the app gives up after {limit}")
        },
        || format!("the audio is {more}{shown} redirects away; how many the app follows is not documented"),
    );
}

/// http on the way: where the chain begins on it, and where a redirect leads to it or from it.
fn schemes(case: &AppCase<'_>, app: &Profile, out: &mut Doubts) {
    let hops = &case.chain.hops;
    if let Some(first) = hops.first().filter(|hop| !hop.url.is_https()) {
        ask(
            out,
            app.cleartext.map(|allowed| !allowed.is),
            || format!("the link starts on http ({}), which the app refuses", host(&first.url)),
            || format!("the link starts on http ({}); whether the app allows that is not documented", host(&first.url)),
        );
    }
    let mut down = false;
    let mut up = false;
    for (from, to) in hops.iter().zip(hops.iter().skip(1)) {
        match (from.url.is_https(), to.url.is_https()) {
            (true, false) if !down => {
                down = true;
                let refuses = [app.downgrade, app.cleartext].into_iter().flatten().any(|follows| !follows.is);
                let knows = refuses || app.downgrade.is_some() && app.cleartext.is_some();
                // A client that follows such redirects still needs leave to use http at all.
                ask(
                    out,
                    knows.then_some(refuses),
                    || format!("{} leads from https to http, which the app does not follow", host(&from.url)),
                    || {
                        format!(
                            "{} leads from https to http; whether the app follows is not documented",
                            host(&from.url)
                        )
                    },
                );
            }
            (false, true) if !up => {
                up = true;
                let refuses = app.upgrade.is_some_and(|follows| !follows.is);
                ask(
                    out,
                    Some(refuses),
                    || format!("{} leads from http to https, which the app does not follow", host(&from.url)),
                    String::new,
                );
            }
            _ => {}
        }
    }
}

/// A server that speaks only what is old.
fn versions(case: &AppCase<'_>, app: &Profile, out: &mut Doubts) {
    let Some(hop) = case.chain.last() else { return };
    let Some(TlsFailure::Obsolete(old)) = hop.tls.failure() else { return };
    let at = host(&hop.url);
    let version = TlsVersion::named(&old.version);
    let too_old = app.least_tls.zip(version).is_some_and(|(least, version)| version < least.is);
    let shown = version.map_or(&*old.version, |version| version.as_str());
    if too_old {
        let least = app.least_tls.map_or("", |least| least.is.as_str());
        out.push((Works::No, format!("{at} speaks only {shown}, and the app needs {least}")));
    } else if version >= Some(TlsVersion::Tls12) && app.forward_secrecy.is_some_and(|needed| needed.is) {
        out.push((Works::No, format!("{at} offers no forward secrecy, which the app needs")));
    } else {
        let text = format!("{at} speaks only {shown} with {}; what lies behind it was not seen", old.suite);
        out.push((Works::Unknown, text));
    }
}

/// A code's title within a sentence.
fn title(code: Code) -> String {
    let title = code.info().title;
    let mut characters = title.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

/// Hops over https, one for each origin, with what was judged of their certificates.
fn judged<'c>(case: &'c AppCase<'_>) -> impl Iterator<Item = (&'c Hop, &'c ChainJudgement)> {
    let mut seen = BTreeSet::new();
    let secure = case.chain.hops.iter().filter(|hop| hop.url.is_https() && hop.connection.is_some());
    secure.filter_map(move |hop| Some((hop, (case.certificate)(hop)?)).filter(|_| seen.insert(hop.url.origin())))
}

fn certificates(case: &AppCase<'_>, app: &Profile, out: &mut Doubts) {
    for (hop, judged) in judged(case) {
        let at = host(&hop.url);
        for problem in &judged.problems {
            let what = title(problem.code);
            let fails = || format!("{at}: {what}");
            let open = || format!("{at}: {what}; what the app does then is not documented");
            let answer = match (problem.code, problem.severity) {
                (Code::CertExpiring | Code::CertRenewalOverdue | Code::CertChanged, _) => Some(false),
                (Code::CertChainIncomplete, _) => match app.fetches_issuers {
                    Some(fetches) if fetches.is => says_where(hop).then_some(false),
                    fetches => fetches.map(|_| true),
                },
                (Code::CertRevoked, _) => app.checks_revocation.map(|checks| checks.is),
                (Code::CertNoSct, _) => app.needs_timestamps.map(|needs| needs.is),
                (Code::CertLifetimeTooLong, _) => lives_too_long(hop, app),
                (Code::CertInvalid, Severity::Warning) => app.needs_usage.map(|needs| needs.is),
                (_, Severity::Critical) => Some(true),
                (_, Severity::Warning | Severity::Info) => None,
            };
            ask(out, answer, fails, open);
        }
    }
}

/// Whether a certificate that was sent says where its issuer's can be had.
fn says_where(hop: &Hop) -> bool {
    let session = hop.connection.as_ref().and_then(|connection| connection.session.as_ref());
    session.is_some_and(|session| session.served.readable().any(|each| !each.issuer_urls.is_empty()))
}

/// The limits changed over the years; an app is known for the one that its maker has written down.
/// A life between that and what the rules allow is an open question.
fn lives_too_long(hop: &Hop, app: &Profile) -> Option<bool> {
    let limit = app.most_days?.is;
    let session = hop.connection.as_ref()?.session.as_ref()?;
    let days = lifetime_days(session.served.leaf()?);
    match days {
        _ if limit == super::NO_LIMIT => Some(false),
        days if days > limit => Some(true),
        _ => None,
    }
}

/// Trust stores that were loaded for the app, held against where the chain is anchored. What
/// `--ca-file` adds is trusted by everybody.
fn stores(case: &AppCase<'_>, app: &Profile, out: &mut Doubts) {
    let own: Vec<&String> = case.stores.iter().filter(|store| app.owns_store(store)).collect();
    for (hop, judged) in judged(case) {
        let held = |store: &String| judged.anchored_in.contains(store);
        if judged.anchored_in.is_empty() || judged.anchored_in.iter().any(|store| store == "ca-file") {
            continue;
        }
        let at = host(&hop.url);
        if own.is_empty() && app.store_decides {
            out.push((
                Works::Unknown,
                format!("which roots the app trusts is not known: give them as --trust {}=FILE", app.id),
            ));
        } else if !own.is_empty() && !own.iter().any(|store| held(store)) {
            let root = judged.path.last().map(|root| root.subject.as_str()).unwrap_or_default();
            let names: Vec<&str> = own.iter().map(|store| store.as_str()).collect();
            let text = format!("{at}: its root {root} is outside the trust store {}", names.join(", "));
            out.push((Works::No, text));
        }
    }
}

/// How the chain ended, for everybody.
fn ending(case: &AppCase<'_>, app: &Profile, out: &mut Doubts) {
    let walk = Walk::of(case.chain);
    if case.outcome == Some(Outcome::Unknown) || case.outcome.is_none() {
        let at = walk.last().map(|hop| host(&hop.url)).unwrap_or_default();
        let text = if at.is_empty() {
            "the chain was not walked to its end".to_owned()
        } else {
            format!("what {at} gives to listeners was not seen")
        };
        out.push((Works::Unknown, text));
        return;
    }
    if case.outcome != Some(Outcome::Broken) {
        return;
    }
    let why = match walk.ending {
        Ending::NoConnection(hop) => {
            let at = host(&hop.url);
            match (hop.dns.failure(), hop.connect.failure(), hop.tls.failure()) {
                (Some(why), _, _) => format!("{at}: {}", say::dns(why)),
                (_, Some(why), _) => format!("{at}: {}", say::connect(why)),
                // `versions` has spoken.
                (_, _, Some(TlsFailure::Obsolete(_))) => return,
                (_, _, Some(why)) => format!("{at}: {}", say::tls(why)),
                _ => format!("{at} cannot be connected to"),
            }
        }
        Ending::NoAnswer(hop, why) => format!("{}: {}", host(&hop.url), say::request(why)),
        Ending::Refused(hop, answer) => format!("{} answers {}", host(&hop.url), say::status(answer.status)),
        Ending::Circle(hop, _) => format!("{} leads in a circle", host(&hop.url)),
        Ending::TooMany(_, limit) => {
            // `redirects` has spoken of those that give up earlier.
            if app.redirects.is_some_and(|most| most.is > limit) {
                out.push((Works::Unknown, format!("podprobe gave up after {limit} redirects")));
            }
            return;
        }
        Ending::Lost(hop, _) => format!("{} leads nowhere", host(&hop.url)),
        Ending::Reached(hop) => format!("what {} sends is not the audio", host(&hop.url)),
        Ending::Interrupted => "the round was stopped".to_owned(),
    };
    out.push((Works::No, why));
}

fn reached<'a>(case: &AppCase<'a>) -> Option<&'a Media> {
    case.chain.media.as_ref().filter(|_| case.chain.end == End::Reached)
}

/// What the answer calls itself.
fn kind(case: &AppCase<'_>, app: &Profile, out: &mut Doubts) {
    let Some(media) = reached(case) else { return };
    let Some(written) = media.content_type.as_deref().map(str::trim).filter(|kind| !kind.is_empty()) else { return };
    let shown = say::cut(written, 80);
    match app.refused_types {
        Some(refused) => {
            let lower = written.to_ascii_lowercase();
            let fits = |kind: &super::RefusedType| {
                let small = |below| media.bytes_total.is_none_or(|bytes| bytes < below);
                lower.starts_with(kind.prefix) && kind.below.is_none_or(small)
            };
            if refused.is.iter().any(fits) {
                out.push((Works::No, format!("the file is served as {shown}, which the app takes for no audio")));
            }
        }
        None => {
            if matches!(family_of_type(written), TypeFamily::Text | TypeFamily::Image | TypeFamily::Other) {
                let text = format!("the file is served as {shown}; whether the app takes that is not documented");
                out.push((Works::Unknown, text));
            }
        }
    }
}

fn size(case: &AppCase<'_>, app: &Profile, out: &mut Doubts) {
    let Some(media) = reached(case) else { return };
    // A playlist is small by nature.
    if matches!(&media.sniff, Some(Sniff::Audio(facts)) if facts.format == Format::Hls) {
        return;
    }
    let Some(bytes) = media.bytes_total.or_else(|| media.full.as_ref().map(|full| full.bytes)) else { return };
    if bytes >= app.least_bytes.map_or(SMALL, |least| least.is) {
        return;
    }
    ask(
        out,
        app.least_bytes.map(|_| true),
        || format!("the file has {bytes} bytes, and the app takes none below {}", app.least_bytes.map_or(0, |l| l.is)),
        || format!("the file has {bytes} bytes; whether the app takes so small ones is not documented"),
    );
}

fn ranges(case: &AppCase<'_>, app: &Profile, out: &mut Doubts) {
    let Some(range) = reached(case).and_then(|media| media.range.as_ref()) else { return };
    let what = match range {
        RangeAnswer::Honoured => return,
        RangeAnswer::Ignored => "the server sends no parts of the file (200 in place of 206)",
        RangeAnswer::Wrong(_) => "the server sends another part of the file than it was asked for",
        RangeAnswer::NotSatisfiable => "the server refuses to send a part of the file (416)",
    };
    ask(
        out,
        app.needs_range.map(|needs| needs.is),
        || format!("{what}, and the app needs that"),
        || format!("{what}; whether the app can do without is not documented"),
    );
}

fn heads(case: &AppCase<'_>, app: &Profile, out: &mut Doubts) {
    let refused =
        |hop: &&Hop| matches!(hop.head, HeadVerdict::Refused(_) | HeadVerdict::Failed | HeadVerdict::Unfit(_));
    // Where GET fails as well, that is the finding.
    let answered = |hop: &&Hop| hop.request.fact().is_some_and(|answer| answer.status < 400);
    let Some(hop) = case.chain.hops.iter().filter(refused).find(answered) else { return };
    // Nobody is known to ask with HEAD unless it is written.
    if app.needs_head.is_some_and(|needs| needs.is) {
        out.push((Works::No, format!("{} refuses HEAD requests, with which the app asks first", host(&hop.url))));
    }
}
