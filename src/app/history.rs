//! `podprobe history`: how origins, shows and endpoints stood.

mod faults;

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

use super::{Exit, Fault, clock, configuration, output};
use crate::cli::{By, CONFIG_FILE, HistoryCommand, PlainFormat, StoreArgs};
use crate::markup;
use crate::store::{Bucket, Mark, Place, Reader, Scale, Standing, Tenure, Thing, ThingKind};

/// Where the history is if nobody says.
const DEFAULT: &str = "podprobe.db";
/// The variable that names it.
const VARIABLE: &str = "PODPROBE_STORE_URL";
/// By the hour up to so many hours, where `--by` does not say.
const HOURS: i64 = 72;
/// Faults of one thing that are looked at, and those that are shown: as JSON one by one, as text those
/// that are the same from one round to the next together.
const MARKS: u32 = 5_000;
const SHOWN: usize = 20;
/// Names that are offered where several fit.
const OFFERED: usize = 20;

/// Where the history is: what `--store` names, else the environment, else the configuration, else the
/// usual file.
pub(super) fn place(arguments: &StoreArgs) -> Result<Place, Fault> {
    let named = arguments.store.clone().or_else(|| std::env::var(VARIABLE).ok().filter(|text| !text.is_empty()));
    if let (Some(named), None) = (&named, &arguments.config) {
        return Ok(Place::parse(named)?);
    }
    let usual = Path::new(CONFIG_FILE);
    let text = match &arguments.config {
        Some(config) => store_of(config)?,
        None if usual.exists() => store_of(usual)?,
        None => DEFAULT.to_owned(),
    };
    Ok(Place::parse(&text)?)
}

/// The store that a configuration names. One with mistakes (a daemon may run on with the one before)
/// says how to do without it.
fn store_of(config: &Path) -> Result<String, Fault> {
    match configuration::read(config) {
        Ok(loaded) => Ok(loaded.settings.store.url.expose().to_owned()),
        Err(mistakes) => {
            output::remark(&mistakes.to_string());
            Err(Fault::NotInHistory(format!(
                "{} {}, so it does not tell where the history is: name it with --store, such as --store {DEFAULT}",
                config.display(),
                if config.is_file() { "has mistakes" } else { "is not there" }
            )))
        }
    }
}

/// Opens the history to read it.
pub(super) async fn open(arguments: &StoreArgs) -> Result<Reader, Fault> {
    Ok(Reader::open(&place(arguments)?).await?)
}

pub(super) async fn run(arguments: &HistoryCommand) -> Result<Exit, Fault> {
    let now = clock::now();
    let since = arguments.since.at(now);
    let scale = match arguments.by {
        Some(By::Hour) => Scale::Hour,
        None if now.duration_since(since).as_hours() <= HOURS => Scale::Hour,
        Some(By::Day) | None => Scale::Day,
    };
    let reader = open(&arguments.store).await?;
    let text = match &arguments.name {
        None => {
            let standings = reader.overview(since, now, scale).await?;
            match arguments.format {
                PlainFormat::Text => overview(&standings, since),
                PlainFormat::Json => output::json(&json!({
                    "schema": "podprobe.history/v1", "since": since, "until": now, "standings": standings,
                })),
            }
        }
        Some(name) => {
            let things = reader.things().await?;
            let thing = find(&things, name)?;
            let has_feed = thing.kind == ThingKind::Show
                && things.iter().any(|other| other.kind == ThingKind::Feed && other.id == thing.id);
            let page = Page {
                buckets: reader.course(&thing, since, now, scale).await?,
                marks: reader.marks(&thing, since, MARKS).await?,
                tenures: match thing.kind {
                    ThingKind::Origin => reader.tenures(&thing.name, 10).await?,
                    ThingKind::Show | ThingKind::Feed | ThingKind::Endpoint => Vec::new(),
                },
                thing,
                has_feed,
            };
            match arguments.format {
                PlainFormat::Text => page.text(since, output::width(std::io::stdout().is_terminal())),
                PlainFormat::Json => output::json(&page.json(since, now)),
            }
        }
    };
    output::print(&text)?;
    Ok(Exit::Ok)
}

/// The one thing that is meant: by its whole name, its kind before it or not, or else by a part that
/// only one has. A show goes before its feed.
fn find(things: &[Thing], given: &str) -> Result<Thing, Fault> {
    let wanted = given.trim().to_lowercase();
    let exact = |thing: &Thing| {
        let host = thing.name.strip_prefix("https://").or_else(|| thing.name.strip_prefix("http://"));
        let host = host.and_then(|host| host.rsplit_once(':')).map(|(host, _)| host);
        thing.name.to_lowercase() == wanted
            || format!("{} {}", thing.kind.as_str(), thing.name).to_lowercase() == wanted
            || host == Some(wanted.as_str())
            || thing.kind != ThingKind::Origin && thing.about.as_deref().is_some_and(|about| about == given.trim())
    };
    let part = |thing: &Thing| {
        let about = thing.about.as_deref().unwrap_or_default().to_lowercase();
        thing.name.to_lowercase().contains(&wanted) || thing.kind != ThingKind::Origin && about.contains(&wanted)
    };
    let mut found: Vec<Thing> = things.iter().filter(|thing| exact(thing)).cloned().collect();
    if found.is_empty() {
        found = things.iter().filter(|thing| part(thing)).cloned().collect();
    }
    if found.iter().any(|thing| thing.kind == ThingKind::Show) {
        found.retain(|thing| thing.kind != ThingKind::Feed);
    }
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Fault::NotInHistory(format!(
            "nothing in the history is called {given:?}; `podprobe history` lists all"
        ))),
        several => {
            let mut text = format!("{} things in the history are called {given:?}; say which:", several.len());
            for thing in several.iter().take(OFFERED) {
                let about = thing.about.as_deref().unwrap_or_default();
                let _ = write!(text, "\n  {} {} {about}", thing.kind.as_str(), thing.name);
            }
            Err(Fault::NotInHistory(text))
        }
    }
}

/// To the second, for people.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn percent(share: Option<f64>) -> String {
    // Rounded down: 99.999 % is not 100 %.
    share.map_or_else(|| "-".into(), |share| format!("{:.2}%", (share * 10_000.0).floor() / 100.0))
}

fn length(ms: Option<f64>) -> String {
    match ms {
        None => "-".into(),
        Some(ms) if ms < 1_000.0 => format!("{ms:.0} ms"),
        Some(ms) => format!("{:.1} s", ms / 1_000.0),
    }
}

fn overview(standings: &[Standing], since: Timestamp) -> String {
    let mut text = format!("Since {}\n\n", time(since));
    if standings.is_empty() {
        text.push_str("Nothing was looked at.\n");
        return text;
    }
    let _ = writeln!(
        text,
        "{:>8}  {:>8}  {:>7}  {:>7}  {:>8}  {:>8}  name",
        "uptime", "checks", "failed", "unknown", "median", "slow"
    );
    for line in standings {
        let about = match (line.thing.kind, &line.thing.about) {
            (_, Some(about)) if *about != line.thing.name => format!("  ({})", markup::terminal(about)),
            _ => String::new(),
        };
        let _ = writeln!(
            text,
            "{:>8}  {:>8}  {:>7}  {:>7}  {:>8}  {:>8}  {} {}{about}",
            percent(line.uptime),
            line.checks,
            line.failed,
            line.unknown,
            length(line.p50_ms),
            length(line.p95_ms),
            line.thing.kind.as_str(),
            markup::terminal(&line.thing.name),
        );
    }
    text
}

/// Everything of one thing.
struct Page {
    thing: Thing,
    buckets: Vec<Bucket>,
    marks: Vec<Mark>,
    tenures: Vec<Tenure>,
    /// A show's feed has a history of its own.
    has_feed: bool,
}

impl Page {
    fn text(&self, since: Timestamp, columns: usize) -> String {
        let name = markup::terminal(&self.thing.name);
        let about = self.thing.about.as_deref().map(markup::terminal).unwrap_or_default();
        let mut text = format!("{} {name}\n{about}\nSince {}\n", self.thing.kind.as_str(), time(since));
        if self.has_feed {
            let _ = writeln!(
                text,
                "Whether its episodes can be downloaded; its feed: podprobe history {}",
                super::lab::shell(&[format!("feed {}", self.thing.name)])
            );
        }
        text.push('\n');
        let _ = writeln!(
            text,
            "{:16}  {:>8}  {:>8}  {:>7}  {:>7}  {:>8}  {:>8}",
            "begins (UTC)", "uptime", "checks", "failed", "unknown", "median", "slow"
        );
        for bucket in &self.buckets {
            let _ = writeln!(
                text,
                "{:16}  {:>8}  {:>8}  {:>7}  {:>7}  {:>8}  {:>8}",
                bucket.start.strftime("%Y-%m-%d %H:%M").to_string(),
                percent(bucket.uptime()),
                bucket.checks,
                bucket.failed,
                bucket.unknown,
                length(bucket.p50_ms),
                length(bucket.p95_ms),
            );
        }
        if !self.tenures.is_empty() {
            text.push_str("\nCertificates\n");
        }
        for tenure in &self.tenures {
            let left = tenure.remaining_share.map(|share| format!(", renewed with {:.0}% left", share * 100.0));
            let _ = writeln!(
                text,
                "  {} to {}  ends {}  {}{}",
                tenure.first_seen.strftime("%Y-%m-%d"),
                tenure.last_seen.strftime("%Y-%m-%d"),
                tenure.certificate.not_after.strftime("%Y-%m-%d"),
                markup::terminal(&tenure.certificate.issuer),
                left.unwrap_or_default(),
            );
        }
        faults::write(&mut text, &self.thing, &self.marks, columns);
        text
    }

    fn json(&self, since: Timestamp, now: Timestamp) -> serde_json::Value {
        let tenures: Vec<_> = self.tenures.iter().map(tenure).collect();
        json!({
            "schema": "podprobe.history/v1", "since": since, "until": now, "subject": self.thing,
            "buckets": self.buckets, "certificates": tenures, "faults": self.marks.get(..SHOWN).unwrap_or(&self.marks),
        })
    }
}

fn tenure(tenure: &Tenure) -> serde_json::Value {
    json!({
        "sha256": tenure.certificate.sha256, "subject": tenure.certificate.subject,
        "issuer": tenure.certificate.issuer, "root": tenure.root,
        "not_before": tenure.certificate.not_before, "not_after": tenure.certificate.not_after,
        "first_seen_at": tenure.first_seen, "last_seen_at": tenure.last_seen,
        "remaining_share": tenure.remaining_share,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(kind: ThingKind, name: &str, about: Option<&str>) -> Thing {
        Thing { kind, id: 1, name: name.into(), about: about.map(String::from), last_seen: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn a_name_finds_one_thing_or_says_which_there_are() {
        let things = vec![
            thing(ThingKind::Show, "The Night Shift", Some("https://feeds.example/night.xml")),
            thing(ThingKind::Show, "The Night Shift Extra", Some("https://feeds.example/extra.xml")),
            thing(ThingKind::Origin, "https://feeds.example:443", Some("Example")),
            thing(ThingKind::Feed, "The Night Shift", Some("https://feeds.example/night.xml")),
        ];
        let found = |name: &str| find(&things, name).map(|thing| thing.name);
        assert_eq!(found("the night shift").unwrap(), "The Night Shift", "the whole name before a part");
        assert_eq!(found("feeds.example").unwrap(), "https://feeds.example:443");
        assert_eq!(found("extra").unwrap(), "The Night Shift Extra");
        assert_eq!(found("https://feeds.example/night.xml").unwrap(), "The Night Shift");
        let several = found("night").unwrap_err().to_string();
        assert!(several.contains("night.xml") && several.contains("extra.xml"), "{several}");
        let kind = |name: &str| find(&things, name).unwrap().kind;
        assert_eq!((kind("the night shift"), kind("feed the night shift")), (ThingKind::Show, ThingKind::Feed));
        assert_eq!(kind("show The Night Shift Extra"), ThingKind::Show, "as the overview prints it");
        assert!(found("day").unwrap_err().to_string().contains("podprobe history"));
    }

    #[test]
    fn a_configuration_with_mistakes_is_not_said_to_be_unreadable() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("podprobe.toml");
        assert!(store_of(&config).unwrap_err().to_string().contains("podprobe.toml is not there, so"));
        std::fs::write(&config, "[[source]]\nurl = 7\n").unwrap();
        let why = store_of(&config).unwrap_err().to_string();
        assert!(why.contains("has mistakes, so it does not tell where the history is: name it with --store"), "{why}");
    }

    #[test]
    fn uptime_is_never_rounded_up_to_perfect() {
        assert_eq!(percent(Some(0.999_99)), "99.99%");
        assert_eq!(percent(Some(1.0)), "100.00%");
        assert_eq!(percent(None), "-");
        assert_eq!((length(Some(12.4)), length(Some(1_250.0))), ("12 ms".into(), "1.2 s".into()));
    }
}
