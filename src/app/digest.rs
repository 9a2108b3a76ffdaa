//! What a digest says, and `podprobe digest`: what it would say now. When the weekly one is due is
//! the daemon's.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::IsTerminal as _;

use jiff::{SignedDuration, Timestamp};

use super::incidents::MOST;
use super::{Exit, Fault, clock, configuration, history, output, tell, watch};
use crate::cli::{CONFIG_FILE, DigestCommand};
use crate::config::{Settings, nearest};
use crate::incident::Show;
use crate::link::{self, Link, Origin};
use crate::notice::{self, DigestIncident, DigestInput, Expiry, Message, Uptime};
use crate::report::text::wrap;
use crate::store::{Reader, Scale, Standing, StoreError, ThingKind};

/// What a digest looks back on.
pub(super) const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What a digest wants to know of shows that the history does not keep.
pub(super) trait Known {
    /// The tags of the show of a source (redacted), and its owner's channel.
    fn show(&self, source: &str) -> (BTreeSet<String>, Option<String>);

    /// The shows whose episodes or feeds cross an origin.
    fn behind(&self, origin: &Origin) -> Behind;
}

/// Shows behind an origin.
#[derive(Clone, Debug, Default)]
pub(super) struct Behind {
    /// Those that are named.
    pub(super) shows: Vec<Show>,
    /// How many there are in all.
    pub(super) all: u64,
}

/// What is known where no daemon runs: what the configuration says of its sources, and the ways that
/// the last walks took.
#[derive(Debug, Default)]
struct Kept {
    by_source: BTreeMap<String, (BTreeSet<String>, Option<String>)>,
    by_origin: BTreeMap<Origin, BTreeMap<String, Show>>,
}

impl Kept {
    async fn of(settings: Option<&Settings>, history: &Reader, since: Timestamp) -> Result<Self, StoreError> {
        let sources = settings.into_iter().flat_map(|settings| &settings.sources);
        let by_source =
            sources.map(|source| (link::redact(&source.source), (source.tags.clone(), source.channel.clone())));
        let mut kept = Self { by_source: by_source.collect(), by_origin: BTreeMap::new() };
        for route in history.show_routes(since).await? {
            let (tags, owner) = kept.show(&route.source);
            let show =
                Show { name: route.name, source: route.source, episodes: 0, tags, owner, downloads_per_day: None };
            for origin in route.urls.iter().filter_map(|url| Link::parse(url).ok()).map(|link| link.origin()) {
                let behind = kept.by_origin.entry(origin).or_default();
                behind.entry(show.source.clone()).or_insert_with(|| show.clone());
            }
        }
        Ok(kept)
    }
}

impl Known for Kept {
    fn show(&self, source: &str) -> (BTreeSet<String>, Option<String>) {
        self.by_source.get(source).cloned().unwrap_or_default()
    }

    fn behind(&self, origin: &Origin) -> Behind {
        let shows: Vec<Show> = self.by_origin.get(origin).into_iter().flat_map(BTreeMap::values).cloned().collect();
        let all = u64::try_from(shows.len()).unwrap_or(u64::MAX);
        Behind { shows, all }
    }
}

/// `podprobe digest`.
pub(super) async fn run(arguments: &DigestCommand) -> Result<Exit, Fault> {
    let now = clock::now();
    let file = arguments.store.config.clone().unwrap_or_else(|| CONFIG_FILE.into());
    // Where nothing is sent a history is enough.
    let (settings, channels) = match configuration::read(&file) {
        Ok(loaded) => {
            let channels = open(&arguments.send, &loaded.settings)?;
            (Some(loaded.settings), channels)
        }
        Err(_) if arguments.send.is_empty() => (None, watch::Channels::default()),
        Err(mistakes) => return Err(mistakes.into()),
    };
    let reader = history::open(&arguments.store).await?;
    let known = Kept::of(settings.as_ref(), &reader, now.checked_sub(WEEK).unwrap_or(now)).await?;
    let input = week(&reader, &known, now, Vec::new()).await?;
    let routing = settings.as_ref().map(watch::routing).unwrap_or_default();
    if arguments.send.is_empty() {
        let columns = output::width(std::io::stdout().is_terminal());
        output::print(&text(&notice::digest_now(&input, None, &routing.time_zone, now).message, columns))?;
        return Ok(Exit::Ok);
    }
    let made = routing.channels.iter().filter(|route| channels.get(&route.channel).is_some());
    let made = made.map(|route| notice::digest_now(&input, Some(route), &routing.time_zone, now)).collect();
    tell::say_what_came(tell::deliver(&channels, made, now).await)
}

/// Opens the channels of these names.
fn open(names: &[String], settings: &Settings) -> Result<watch::Channels, Fault> {
    if names.is_empty() {
        return Ok(watch::Channels::default());
    }
    let mut wanted = Vec::new();
    for name in names {
        let Some(channel) = settings.channels.iter().find(|channel| channel.name == *name) else {
            let known = || settings.channels.iter().map(|channel| channel.name.as_str());
            let near = nearest(name, known()).map(|near| format!(" (did you mean {near:?}?)")).unwrap_or_default();
            let all = known().collect::<Vec<_>>().join(", ");
            return Err(Fault::Usage(format!(
                "--send {name}: {} has no channel {name:?}{near}; it has: {}",
                settings.file.display(),
                if all.is_empty() { "none" } else { &all }
            )));
        };
        wanted.push(channel.clone());
    }
    watch::Channels::open(&wanted, &watch::http_of(settings)?).map_err(Fault::Channel)
}

/// The message for a terminal.
fn text(message: &Message, columns: usize) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let mut put = |first: &str, indent: usize, text: &str| {
        for (at, line) in wrap(text, columns.saturating_sub(indent).max(20), "\u{2026}").iter().enumerate() {
            let _ = writeln!(out, "{:indent$}{line}", if at == 0 { first } else { "" });
        }
    };
    put("", 0, &message.headline);
    for list in &message.lists {
        put("\n", 0, &list.title);
        list.lines.iter().for_each(|line| put("- ", 2, line));
    }
    for (at, fact) in message.facts.iter().enumerate() {
        put(if at == 0 { "\n" } else { "" }, 0, &format!("{}: {}", fact.label, fact.value));
    }
    out
}

/// What the history says of the seven days before a time.
pub(super) async fn week(
    history: &Reader,
    known: &(dyn Known + Sync),
    to: Timestamp,
    channels: Vec<String>,
) -> Result<DigestInput, StoreError> {
    let from = to.checked_sub(WEEK).unwrap_or(to);
    let standings = history.overview(from, to, Scale::Hour).await?;
    let mut shows = Vec::new();
    let mut providers: BTreeMap<String, Uptime> = BTreeMap::new();
    let mut expiries = Vec::new();
    for standing in &standings {
        match standing.thing.kind {
            ThingKind::Show => shows.push(show(known, standing)),
            ThingKind::Origin => {
                let name = standing.thing.about.clone().unwrap_or_else(|| host(&standing.thing.name));
                let sum = providers.entry(name.clone()).or_insert_with(|| blank(name));
                sum.checks = sum.checks.saturating_add(standing.checks);
                sum.failed = sum.failed.saturating_add(standing.failed);
                sum.unknown = sum.unknown.saturating_add(standing.unknown);
                expiries.extend(expiry(history, known, &standing.thing.name, to).await?);
            }
            // Whether a feed can be fetched says nothing about downloads.
            ThingKind::Feed | ThingKind::Endpoint => {}
        }
    }
    let mut incidents = Vec::new();
    for line in history.incidents(Some(from), MOST).await? {
        // What was never confirmed was told to nobody.
        let Some(dossier) = history.incident(crate::incident::IncidentId(line.id)).await? else { continue };
        let incident = dossier.incident;
        if incident.opened_at.is_some() && incident.since <= to {
            incidents.push(DigestIncident {
                id: incident.id,
                summary: incident.summary,
                since: incident.since,
                closed_at: incident.closed_at,
                ending: incident.ending,
                shows: incident.shows,
            });
        }
    }
    Ok(DigestInput { from, to, channels, expiries, shows, providers: providers.into_values().collect(), incidents })
}

/// What people call an origin whose provider is not known: its host, with the port where that is an
/// unusual one.
fn host(origin: &str) -> String {
    let Ok(link) = Link::parse(origin) else { return origin.to_owned() };
    let Origin { host, port, .. } = link.origin();
    if matches!(port, 80 | 443) { host.to_string() } else { format!("{host}:{port}") }
}

fn blank(name: String) -> Uptime {
    Uptime { name, tags: BTreeSet::new(), owner: None, checks: 0, failed: 0, unknown: 0 }
}

fn show(known: &(dyn Known + Sync), standing: &Standing) -> Uptime {
    let (tags, owner) = known.show(standing.thing.about.as_deref().unwrap_or_default());
    Uptime {
        name: standing.thing.name.clone(),
        tags,
        owner,
        checks: standing.checks,
        failed: standing.failed,
        unknown: standing.unknown,
    }
}

/// When the certificate that an origin serves now ends.
async fn expiry(
    history: &Reader,
    known: &(dyn Known + Sync),
    origin: &str,
    now: Timestamp,
) -> Result<Option<Expiry>, StoreError> {
    let Some(tenure) = history.tenures(origin, 1).await?.into_iter().next() else { return Ok(None) };
    let Ok(link) = Link::parse(origin) else { return Ok(None) };
    if now.duration_since(tenure.last_seen) >= WEEK {
        return Ok(None);
    }
    let behind = known.behind(&link.origin());
    Ok(Some(Expiry {
        host: link.origin().host.to_string(),
        not_after: tenure.certificate.not_after,
        shows: behind.shows,
        shows_total: behind.all,
    }))
}
