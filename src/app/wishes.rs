//! `podprobe acknowledge` and `podprobe silence`: what is asked of a running daemon.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::history::place;
use super::incidents::{MOST, TAKES_ON, time_zone};
use super::{Exit, Fault, clock, output};
use crate::cli::{AcknowledgeCommand, Lift, PlainFormat, SilenceCommand};
use crate::config::nearest;
use crate::incident::{Incident, IncidentId, State};
use crate::link::Link;
use crate::markup;
use crate::notice::{is_at_or_below, say};
use crate::report::text::wrap;
use crate::store::{Acknowledgement, Desk, KeptSilence, Reader, SilenceWish, ThingKind};

/// Where a login's name stands in the environment. Who became root by sudo is meant as themselves.
const LOGINS: [&str; 4] = ["SUDO_USER", "LOGNAME", "USER", "USERNAME"];

/// Numbers of incidents and silences that are offered in place of one that is not there.
const OFFERED: usize = 12;

/// Who asks: as they say, or by the name of their login.
fn asker(by: Option<&str>) -> Option<String> {
    let login = || LOGINS.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()));
    by.map(ToOwned::to_owned).or_else(login).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Takes an incident up, or hands it back.
pub(super) async fn acknowledge(arguments: &AcknowledgeCommand) -> Result<Exit, Fault> {
    let place = place(&arguments.store)?;
    let Some(by) = asker(arguments.by.as_deref()) else {
        return Err(Fault::Usage(format!(
            "say who it is with --by NAME: the environment names no login ({})",
            LOGINS.join(", ")
        )));
    };
    let incident = IncidentId(arguments.incident);
    let reader = Reader::open(&place).await?;
    let known = known(&reader, incident).await?;
    if !matches!(known.state, State::Open | State::Flapping) {
        let why = match known.closed_at {
            Some(at) => format!("incident {} is over since {}", incident.0, say::utc(at)),
            None => format!("incident {} is a mere suspicion", incident.0),
        };
        return Err(Fault::NotInHistory(format!("{why}, so there is nothing to take up{}", going_on(&reader).await?)));
    }
    let zone = say::zone(&time_zone(&arguments.store));
    let before = known.acknowledged.as_ref();
    let n = incident.0;
    let done = match (before, arguments.release) {
        (None, true) => {
            return Err(Fault::NotInHistory(format!("nobody has taken incident {n} up, so nobody can hand it back")));
        }
        (Some((has, since)), false) if *has == by => {
            let since = say::both(*since, &zone);
            return Err(Fault::NotInHistory(format!("incident {n} is {by}'s already, since {since}")));
        }
        (None, false) => format!("Incident {n} is taken up by {by}: reminders and escalation stop"),
        (Some((from, _)), false) => format!("Incident {n} is taken over from {from} by {by}"),
        (Some((has, _)), true) if *has == by => format!("Incident {n} is handed back by {by}: nobody has it now"),
        (Some((has, _)), true) => format!("Incident {n}, which {has} had, is handed back by {by}: nobody has it now"),
    };
    let desk = Desk::open(&place).await?;
    desk.acknowledge(&Acknowledgement { incident, by, release: arguments.release }, clock::now()).await?;
    desk.close().await;
    output::print(&wrapped(&format!("{done}.\n  {}\n{TAKES_ON}", known.summary)))?;
    Ok(Exit::Ok)
}

/// The incident of this number. One that is not there is told with those that are.
async fn known(reader: &Reader, incident: IncidentId) -> Result<Incident, Fault> {
    if let Some(dossier) = reader.incident(incident).await? {
        return Ok(dossier.incident);
    }
    let others = going_on(reader).await?;
    Err(Fault::NotInHistory(format!("there is no incident {}{others}", incident.0)))
}

/// `; going on are 3, 5 and 7`.
async fn going_on(reader: &Reader) -> Result<String, Fault> {
    let mut open: Vec<u64> = reader.incidents(None, MOST).await?.iter().map(|line| line.id).collect();
    open.sort_unstable();
    Ok(match open.as_slice() {
        [] => "; none is going on".to_owned(),
        [one] => format!("; going on is {one} alone"),
        many => format!("; going on are {}", numbers(many)),
    })
}

/// `3, 5 and 7`, the first few of many.
fn numbers(all: &[u64]) -> String {
    let mut parts: Vec<String> = all.iter().take(OFFERED).map(u64::to_string).collect();
    let more = all.len().saturating_sub(parts.len());
    if more > 0 {
        parts.push(format!("{more} more"));
    }
    match parts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => parts.concat(),
    }
}

/// Silences something for a while, lists silences, lifts them.
pub(super) async fn silence(arguments: &SilenceCommand) -> Result<Exit, Fault> {
    let place = place(&arguments.store)?;
    let now = clock::now();
    let zone = time_zone(&arguments.store);
    if arguments.list {
        let kept = Reader::open(&place).await?.silences(now).await?;
        output::print(&match arguments.format {
            PlainFormat::Text => list(&kept, &zone),
            PlainFormat::Json => output::json(&document(&kept)),
        })?;
        return Ok(Exit::Ok);
    }
    if let Some(lift) = arguments.lift {
        let kept = Reader::open(&place).await?.silences(now).await?;
        let chosen = chosen(&kept, lift)?;
        let desk = Desk::open(&place).await?;
        for silence in &chosen {
            desk.lift(silence.id).await?;
        }
        desk.close().await;
        output::print(&wrapped(&lifted(&chosen)))?;
        return Ok(Exit::Ok);
    }
    let Some(span) = arguments.span else {
        return Err(Fault::Usage("for how long? Say it with --for 2h".to_owned()));
    };
    let until = now.checked_add(span).unwrap_or(Timestamp::MAX);
    let wish = SilenceWish {
        host: arguments.host.as_deref().map(host_of),
        code: arguments.code,
        incident: arguments.incident.map(IncidentId),
        by: asker(arguments.by.as_deref()),
    };
    let reader = Reader::open(&place).await?;
    if let Some(incident) = wish.incident {
        let known = known(&reader, incident).await?;
        if let Some(at) = known.closed_at {
            output::complain(&format!(
                "incident {} is over since {}; it is silent if it comes back under its number",
                incident.0,
                say::utc(at)
            ));
        }
    }
    if let Some(host) = &wish.host {
        let seen = hosts(&reader).await?;
        if let Some(why) = unseen(host, &seen) {
            output::complain(&why);
        }
    }
    let desk = Desk::open(&place).await?;
    let id = desk.silence(&wish, until, now).await?;
    desk.close().await;
    let kept = KeptSilence { id, wish, at: now, until };
    output::print(&wrapped(&made(&kept, &zone)))?;
    Ok(Exit::Ok)
}

/// A host as it is compared with those of incidents: of a URL or origin, its host.
fn host_of(given: &str) -> String {
    let text = given.trim();
    let host = Link::parse(text).map_or_else(|_| text.to_owned(), |link| link.origin().host.to_string());
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// Hosts that the history knows: those looked at, and those of incidents that are going on.
async fn hosts(reader: &Reader) -> Result<Vec<String>, Fault> {
    let mut hosts: Vec<String> = Vec::new();
    for thing in reader.things().await? {
        let url = match thing.kind {
            ThingKind::Origin => Some(thing.name),
            ThingKind::Endpoint => thing.about,
            ThingKind::Show | ThingKind::Feed => None,
        };
        hosts.extend(url.and_then(|url| Link::parse(&url).ok()).map(|link| link.origin().host.to_string()));
    }
    hosts.extend(reader.incidents(None, MOST).await?.into_iter().filter_map(|line| line.host));
    Ok(hosts)
}

/// What is said of a host that nobody ever saw: it may come, or it is a slip.
fn unseen(host: &str, seen: &[String]) -> Option<String> {
    if seen.iter().any(|own| is_at_or_below(own, host)) {
        return None;
    }
    let alike = |own: &&String| {
        let (mine, theirs) = fronts(host, own);
        !mine.is_empty() && !theirs.is_empty() && nearest(mine, [theirs]).is_some()
    };
    let near = seen.iter().find(alike);
    let near = near.map(|near| format!(" Did you mean {near}?"));
    Some(format!(
        "no host called {host}, nor one below it, is in the history; it is silenced all the same, should it come.{}",
        near.unwrap_or_default()
    ))
}

/// What two hosts have before the domain that they share: hosts of one domain are alike from behind.
fn fronts<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    let same = one.rsplit('.').zip(other.rsplit('.')).take_while(|(a, b)| a == b);
    let shared: usize = same.map(|(label, _)| label.len() + 1).sum();
    let front = |host: &'a str| host.get(..host.len().saturating_sub(shared)).unwrap_or_default();
    (front(one), front(other))
}

/// The silences that are to be lifted.
fn chosen(kept: &[KeptSilence], lift: Lift) -> Result<Vec<KeptSilence>, Fault> {
    let Lift::One(id) = lift else { return Ok(kept.to_vec()) };
    let one: Vec<KeptSilence> = kept.iter().filter(|silence| silence.id == id).cloned().collect();
    if one.is_empty() {
        let ids: Vec<u64> = kept.iter().map(|silence| silence.id).collect();
        let others =
            if ids.is_empty() { "none is in force".to_owned() } else { format!("in force: {}", numbers(&ids)) };
        return Err(Fault::NotInHistory(format!("there is no silence {id}; {others}")));
    }
    Ok(one)
}

/// What a silence is about: `everything`, `cdn.example.com and what is below it, of chain-slow`.
fn about(wish: &SilenceWish) -> String {
    let mut parts = Vec::new();
    parts.extend(wish.incident.map(|id| format!("incident {}", id.0)));
    parts.extend(wish.code.map(|code| code.as_str().to_owned()));
    parts.extend(wish.host.as_ref().map(|host| format!("{host} and what is below it")));
    if parts.is_empty() { "everything".to_owned() } else { parts.join(", at ") }
}

fn made(kept: &KeptSilence, zone: &str) -> String {
    let by = kept.wish.by.as_ref().map(|by| format!(", for {by}")).unwrap_or_default();
    format!(
        "Silence {id}: nobody is told about {}{by}\nuntil {}.\nJudgement goes on; what still lasts then is told \
         then. `podprobe silence --lift {id}` ends it sooner.",
        about(&kept.wish),
        say::both(kept.until, &say::zone(zone)),
        id = kept.id,
    )
}

fn lifted(chosen: &[KeptSilence]) -> String {
    if chosen.is_empty() {
        return "No silence is in force.".to_owned();
    }
    let mut text = String::new();
    for silence in chosen {
        let _ = writeln!(text, "Silence {} is lifted: {}.", silence.id, about(&silence.wish));
    }
    text + "What waited because of it and still lasts is told. " + TAKES_ON
}

fn list(kept: &[KeptSilence], zone: &str) -> String {
    if kept.is_empty() {
        return "No silence is in force.\n".to_owned();
    }
    let zone = say::zone(zone);
    let mut text = String::new();
    for silence in kept {
        let by = silence.wish.by.as_ref().map(|by| format!(" by {}", markup::terminal(by))).unwrap_or_default();
        let _ = writeln!(
            text,
            "{:>5}  {}\n       until {}\n       asked for{by} on {}",
            silence.id,
            markup::terminal(&about(&silence.wish)),
            say::both(silence.until, &zone),
            say::both(silence.at, &zone),
        );
    }
    text + "\n`podprobe silence --lift N` ends one, `--lift all` ends all.\n"
}

fn document(kept: &[KeptSilence]) -> Value {
    let silences = kept.iter().map(|silence| {
        let wish = &silence.wish;
        json!({
            "id": silence.id,
            "host": wish.host, "code": wish.code.map(crate::judge::Code::as_str),
            "incident": wish.incident.map(|id| id.0),
            "everything": wish.host.is_none() && wish.code.is_none() && wish.incident.is_none(),
            "by": wish.by, "asked_at": silence.at, "until": silence.until,
        })
    });
    json!({ "schema": "podprobe.silences/v1", "silences": silences.collect::<Vec<_>>() })
}

/// Lines, each made safe for a terminal and no longer than it is wide.
fn wrapped(text: &str) -> String {
    let columns = output::width(std::io::stdout().is_terminal());
    let mut out = String::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        for part in wrap(line, columns.saturating_sub(indent), "\u{2026}") {
            let _ = writeln!(out, "{:indent$}{part}", "");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Code;

    fn kept(id: u64, wish: SilenceWish) -> KeptSilence {
        let at = "2026-11-30T12:00:00Z".parse().unwrap();
        KeptSilence { id, wish, at, until: "2026-11-30T14:00:00Z".parse().unwrap() }
    }

    #[test]
    fn a_silence_says_what_until_when_on_both_clocks_and_for_whom() {
        let wish = SilenceWish {
            host: Some("cdn.example".into()),
            code: Some(Code::ChainSlow),
            by: Some("Ada \u{1b}[31m".into()),
            ..SilenceWish::default()
        };
        let text = wrapped(&made(&kept(3, wish.clone()), "Europe/Berlin"));
        for part in [
            "Silence 3: nobody is told about chain-slow, at cdn.example and what is below it, for Ada",
            "until 2026-11-30 14:00:00 UTC (2026-11-30 15:00:00 Europe/Berlin).",
            "podprobe silence --lift 3",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains('\u{1b}'), "{text:?}");
        let text = list(&[kept(3, wish), kept(4, SilenceWish::default())], "");
        assert!(text.contains("    4  everything\n       until 2026-11-30 14:00:00 UTC\n"), "{text}");
        assert!(text.contains("asked for by Ada") && !text.contains('\u{1b}'), "{text:?}");
        assert_eq!(list(&[], ""), "No silence is in force.\n");
    }

    #[test]
    fn only_what_is_in_force_can_be_lifted() {
        let all = [kept(3, SilenceWish::default()), kept(8, SilenceWish::default())];
        assert_eq!(chosen(&all, Lift::One(8)).unwrap(), all[1..]);
        assert_eq!(chosen(&all, Lift::All).unwrap(), all);
        assert_eq!(chosen(&all, Lift::One(5)).unwrap_err().to_string(), "there is no silence 5; in force: 3 and 8");
        assert!(chosen(&[], Lift::One(5)).unwrap_err().to_string().ends_with("none is in force"));
        assert_eq!(lifted(&[]), "No silence is in force.");
    }

    #[test]
    fn a_host_that_nobody_saw_is_told_with_the_nearest_one() {
        let seen = ["media.cdn.example".to_owned(), "feeds.example".to_owned()];
        assert_eq!(unseen("cdn.example", &seen), None, "one below it was seen");
        let why = unseen("fedes.example", &seen).unwrap();
        assert!(why.contains("Did you mean feeds.example?") && why.contains("all the same"), "{why}");
        // What stands before the same domain is nothing alike.
        let why = unseen("expired.lab.example", &["feeds.lab.example".to_owned()]).unwrap();
        assert!(!why.contains("Did you mean"), "{why}");
        let why = unseen("expird.lab.example", &["feeds.lab.example".to_owned(), "expired.lab.example".to_owned()]);
        assert!(why.unwrap().contains("Did you mean expired.lab.example?"));
        assert_eq!(host_of("https://CDN.example:8443/x"), "cdn.example");
        assert_eq!(host_of(" CDN.example. "), "cdn.example");
    }
}
