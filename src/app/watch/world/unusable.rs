//! Enclosures whose links cannot be used. Nothing walks them: they are judged with the feed's document,
//! and known by what findings call them, which is no URL.

use std::collections::{BTreeSet, HashMap};

use crate::app::sources::{Content, Loaded};
use crate::judge::enclosure_subject_id;
use crate::schedule::FeedId;

/// Feeds by the subjects of such enclosures.
#[derive(Debug, Default)]
pub(super) struct Unusable(HashMap<String, BTreeSet<FeedId>>);

impl Unusable {
    /// A feed was read.
    pub(super) fn learn(&mut self, feed: FeedId, loaded: &Loaded, newest: usize) {
        for subject in subjects(loaded, newest) {
            self.0.entry(subject).or_default().insert(feed);
        }
    }

    /// What a feed showed is forgotten.
    pub(super) fn forget(&mut self, feed: FeedId, loaded: &Loaded, newest: usize) {
        for subject in subjects(loaded, newest) {
            if let Some(feeds) = self.0.get_mut(&subject) {
                feeds.remove(&feed);
                if feeds.is_empty() {
                    self.0.remove(&subject);
                }
            }
        }
    }

    /// The feeds that have the enclosure which a finding is about.
    pub(super) fn feeds(&self, subject: &str) -> impl Iterator<Item = FeedId> {
        self.0.get(subject).into_iter().flatten().copied()
    }
}

/// Those of a feed's newest episodes: item, place in the item.
pub(super) fn places(loaded: &Loaded, newest: usize) -> impl Iterator<Item = (usize, usize)> {
    let feed = match &loaded.content {
        Content::Feed(feed) => Some(feed),
        Content::Other(_) | Content::Nothing => None,
    };
    let episodes = feed.into_iter().flat_map(|feed| &feed.episodes).take(newest).enumerate();
    episodes.flat_map(|(item, episode)| {
        let enclosures = episode.enclosures.iter().enumerate();
        let unusable = enclosures.filter(|(_, enclosure)| enclosure.link.is_err() && !enclosure.is_torrent());
        unusable.map(move |(place, _)| (item, place))
    })
}

/// What findings call them. A show without a title goes by what it is known as, or by its source where
/// nothing new came.
fn subjects(loaded: &Loaded, newest: usize) -> BTreeSet<String> {
    let Content::Feed(feed) = &loaded.content else { return BTreeSet::new() };
    let unusable = places(loaded, newest).filter_map(|(item, place)| {
        let episode = feed.episodes.get(item)?;
        Some((episode, episode.enclosures.get(place)?))
    });
    let shows = |source: &'_ str| [loaded.show().to_owned(), source.to_owned()];
    let shows = if feed.title.is_empty() { shows(&loaded.source) } else { shows(loaded.show()) };
    let called = unusable
        .flat_map(|(episode, enclosure)| shows.iter().map(move |show| enclosure_subject_id(show, episode, enclosure)));
    called.collect()
}
