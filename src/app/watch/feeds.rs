//! Sources become feeds, and feeds are read again. A list is opened anew each hour; a feed is asked
//! for only if it changed.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};

use super::world::{Watched, World};
use crate::app::sources::{Again, By, Content, Loaded, LoadedFeed, Loader, Opened, Unreadable};
use crate::config::SourceSettings;
use crate::probe::Validators;
use crate::schedule::FeedId;

/// Lists within lists are opened to this depth.
const MAX_NESTING: usize = 5;

/// Feeds of one list.
const MAX_FEEDS: usize = 1_000_000;

/// Sources that are read at once; the prober's gates bound what is asked of each host.
const READING: usize = 64;

/// How long what a list names is believed.
const LISTS: SignedDuration = SignedDuration::from_hours(1);

/// When a source that could not be read is tried again.
const RETRY: SignedDuration = SignedDuration::from_mins(5);

/// The sources of the configuration, and when each was last opened as a list.
#[derive(Debug, Default)]
pub(super) struct Sources {
    opened: Vec<Opening>,
}

#[derive(Debug)]
struct Opening {
    settings: SourceSettings,
    /// When it was opened; `None` before.
    at: Option<Timestamp>,
    /// When it is opened again: a list, or what could not be read.
    again: Option<SignedDuration>,
    /// It was a list once.
    was_list: bool,
}

/// A feed that was read in this round.
#[derive(Debug)]
pub(super) struct Read {
    /// Which.
    pub(super) feed: FeedId,
    /// What came, judged in this round.
    pub(super) loaded: LoadedFeed,
    /// For the first time since podprobe runs.
    pub(super) first: bool,
}

/// What reading gave.
#[derive(Debug, Default)]
pub(super) struct Readings {
    pub(super) feeds: Vec<Read>,
    pub(super) unreadable: Vec<Unreadable>,
    /// Sources that turned out to be lists.
    pub(super) lists: Vec<String>,
}

impl Sources {
    /// The sources of a configuration, none of them opened.
    pub(super) fn new(sources: &[SourceSettings]) -> Self {
        let opened = sources.iter().map(|settings| Opening {
            settings: settings.clone(),
            at: None,
            again: None,
            was_list: false,
        });
        Self { opened: opened.collect() }
    }

    /// Whether there is one that was never opened, or is to be opened again.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.opened.iter().any(|opening| opening.is_due(now))
    }

    /// When a source is to be opened next: now where one never was.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.opened.iter().filter_map(Opening::due_at).min()
    }

    /// Whether every source was opened and read as what it is.
    pub(super) fn is_settled(&self) -> bool {
        self.opened.iter().all(|opening| opening.at.is_some() && opening.again != Some(RETRY))
    }

    /// A feed turned out to be a list: its source is opened again at the next turn.
    pub(super) fn reopen(&mut self, source: &str) {
        for opening in self.opened.iter_mut().filter(|opening| opening.settings.source == source) {
            opening.at = None;
        }
    }

    /// Opens what was never opened, and lists whose hour is over.
    pub(super) async fn open(&mut self, world: &mut World, loader: &Loader, now: Timestamp) -> Readings {
        let mut readings = Readings::default();
        let due: Vec<&mut Opening> = self.opened.iter_mut().filter(|opening| opening.is_due(now)).collect();
        let firsts = stream::iter(due).map(|opening| async move {
            let opened = loader.one(&opening.settings.source, By::User, &[]).await;
            (opening, opened)
        });
        let mut firsts = std::pin::pin!(firsts.buffered(READING));
        while let Some((opening, opened)) = firsts.next().await {
            opening.at = Some(now);
            // A list that is an error page for once stays a list.
            let was_list = opening.was_list;
            opening.was_list |= matches!(opened, Opened::List(..));
            opening.again = match &opened {
                Opened::List(..) => Some(LISTS),
                Opened::Feed(loaded) if matches!(loaded.content, Content::Feed(_)) => None,
                Opened::Feed(_) | Opened::Unreadable(_) => Some(RETRY),
            };
            unfold(&opening.settings, opened, was_list, world, loader, &mut readings).await;
        }
        readings
    }
}

impl Opening {
    fn due_at(&self) -> Option<Timestamp> {
        let Some(at) = self.at else { return Some(Timestamp::MIN) };
        Some(at.checked_add(self.again?).unwrap_or(Timestamp::MAX))
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.due_at().is_some_and(|at| at <= now)
    }
}

/// A source that was opened, and everything that it leads to.
async fn unfold(
    settings: &SourceSettings,
    opened: Opened,
    was_list: bool,
    world: &mut World,
    loader: &Loader,
    readings: &mut Readings,
) {
    let mut queue = VecDeque::from([(settings.source.clone(), Vec::<String>::new(), opened)]);
    let mut named = BTreeSet::new();
    let mut seen = BTreeSet::from([settings.source.clone()]);
    // What a list that cannot be read now named before is not forgotten.
    let mut whole = true;
    while let Some((source, within, opened)) = queue.pop_front() {
        let (entries, by) = match opened {
            // What cannot be read now may be a list of shows that are watched: they stay.
            Opened::Feed(loaded) if was_list && within.is_empty() && !matches!(loaded.content, Content::Feed(_)) => {
                let why = "the list cannot be read; the shows that it named are watched on".to_owned();
                readings.unreadable.push(Unreadable { source: loaded.source.clone(), why });
                whole = false;
                continue;
            }
            Opened::Feed(loaded) => {
                whole &= within.is_empty() || matches!(loaded.content, Content::Feed(_));
                let feed = world.add(settings, &source);
                named.insert(feed);
                take(world, feed, loaded, readings);
                continue;
            }
            Opened::Unreadable(unreadable) => {
                whole = false;
                readings.unreadable.push(unreadable);
                continue;
            }
            Opened::List(entries, by) => (entries, by),
        };
        if within.len() >= MAX_NESTING {
            let why = format!("lists are nested more than {MAX_NESTING} deep");
            readings.unreadable.push(Unreadable { source: crate::link::redact(&source), why });
            continue;
        }
        let within: Vec<String> = within.into_iter().chain([source]).collect();
        let mut new = Vec::new();
        for entry in entries.into_iter().take(MAX_FEEDS.saturating_sub(seen.len())) {
            if !seen.insert(entry.clone()) {
                continue;
            }
            match world.known(&entry) {
                Some(feed) => drop(named.insert(feed)),
                None => new.push(entry),
            }
        }
        let list = &within;
        let opening = stream::iter(new).map(|entry| async move {
            let opened = loader.one(&entry, by, list).await;
            (entry, opened)
        });
        let mut opening = std::pin::pin!(opening.buffered(READING));
        while let Some((entry, opened)) = opening.next().await {
            queue.push_back((entry, within.clone(), opened));
        }
    }
    if whole {
        world.keep_of(&settings.source, &named);
    }
}

/// A feed came, or what stands in its place: it is judged in any case, and learnt from where it is
/// one.
fn take(world: &mut World, feed: FeedId, mut loaded: Box<Loaded>, readings: &mut Readings) {
    loaded.title = world.feed(feed).and_then(Watched::known_as);
    let loaded: LoadedFeed = Arc::from(loaded);
    let first = world.feed(feed).is_some_and(|known| known.loaded.is_none());
    if matches!(loaded.content, Content::Feed(_)) {
        let validators = loaded.chain.as_ref().map(Validators::of).unwrap_or_default();
        world.remember(feed, validators);
        world.learn(feed, Arc::clone(&loaded));
    }
    readings.feeds.push(Read { feed, loaded, first });
}

/// Reads feeds again.
pub(super) async fn reread(world: &mut World, loader: &Loader, due: &[FeedId]) -> Readings {
    let mut readings = Readings::default();
    let wanted: Vec<(FeedId, String, Vec<String>, Validators)> = due
        .iter()
        .filter_map(|id| world.feed(*id).map(|feed| (*id, feed)))
        .map(|(id, feed)| {
            let list = feed.settings.source != feed.source;
            let within = if list { vec![feed.settings.source.clone()] } else { Vec::new() };
            (id, feed.source.clone(), within, feed.validators.clone())
        })
        .collect();
    let reading = stream::iter(wanted).map(|(id, source, within, validators)| async move {
        let by = match within.first() {
            None => By::User,
            Some(list) if list.contains("://") => By::RemoteList,
            Some(_) => By::LocalList,
        };
        (id, loader.again(&source, by, &within, &validators).await)
    });
    let mut reading = std::pin::pin!(reading.buffered(READING));
    while let Some((id, again)) = reading.next().await {
        match again {
            Again::Same(chain) => {
                let Some(known) = world.feed(id).and_then(|feed| feed.loaded.clone()) else { continue };
                let loaded = same(&known, *chain);
                readings.feeds.push(Read { feed: id, loaded, first: false });
            }
            Again::Changed(Opened::Feed(loaded)) => take(world, id, loaded, &mut readings),
            Again::Changed(Opened::Unreadable(unreadable)) => readings.unreadable.push(unreadable),
            // What was a feed, or was taken for one while it could not be read, is a list.
            Again::Changed(Opened::List(..)) => {
                let Some(watched) = world.feed(id) else { continue };
                readings.lists.push(watched.settings.source.clone());
                let Some(known) = watched.loaded.clone() else { continue };
                let content = Content::Other(crate::feed::Other::Xml);
                let (source, url) = (known.source.clone(), known.url.clone());
                let loaded = Loaded { source, url, chain: None, title: None, content, spool: None };
                readings.feeds.push(Read { feed: id, loaded: Arc::new(loaded), first: false });
            }
        }
    }
    readings
}

/// A feed as it was, over the chain that said so.
fn same(known: &Loaded, chain: crate::chain::Chain) -> LoadedFeed {
    let content = match &known.content {
        Content::Feed(feed) => Content::Feed(feed.clone()),
        Content::Other(other) => Content::Other(*other),
        Content::Nothing => Content::Nothing,
    };
    let (source, url) = (known.source.clone(), known.url.clone());
    Arc::new(Loaded { source, url, chain: Some(chain), title: None, content, spool: None })
}
