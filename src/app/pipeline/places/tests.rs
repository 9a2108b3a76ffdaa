//! What several enclosures share, and in which order places come.

use super::*;
use crate::app::spool::Spooling;
use crate::feed::{EnclosureKind, Feed, Keep as _};

fn enclosure(url: &str, kind: EnclosureKind) -> Enclosure {
    Enclosure { written: url.into(), link: Link::parse(url), kind, media_type: None, length: None }
}

fn episode(order: usize, enclosures: Vec<Enclosure>) -> Episode {
    Episode { title: order.to_string(), order, enclosures, ..Episode::default() }
}

/// A feed as it is loaded: in memory, or spooled as far as it goes.
fn loaded(episodes: &[Episode], spooled: bool) -> (LoadedFeed, Part) {
    let mut spool = spooled.then(|| Spooling::new(usize::MAX).open());
    let kept = episodes.iter().cloned().filter_map(|episode| match &mut spool {
        Some(spool) => spool.keep(episode),
        None => Some(episode),
    });
    let content = Content::Feed(Feed { episodes: kept.collect(), ..Feed::default() });
    let loaded = Loaded { source: "feed.xml".into(), url: None, chain: None, title: None, content, spool: None };
    (Arc::new(loaded), Part::All(spool.map(Box::new)))
}

/// The places in words, and the walks that they share.
fn told(episodes: &[Episode], spooled: bool) -> (Vec<String>, Vec<Option<SharedChain>>) {
    let (loaded, part) = loaded(episodes, spooled);
    let places = places(&loaded, part);
    let (mut words, mut walks) = (Vec::new(), Vec::new());
    for place in places.all {
        words.push(match place.unwrap() {
            Place::Document => "document".to_owned(),
            Place::Bare(item) => format!("{} bare", item.episode(&loaded).unwrap().title),
            Place::Enclosure(item, at, shared) => {
                walks.push(shared);
                format!("{}.{at}", item.episode(&loaded).unwrap().title)
            }
        });
    }
    assert_eq!(words.len(), places.count);
    (words, walks)
}

#[test]
fn enclosures_of_one_url_share_their_walk_however_far_apart_they_stand() {
    let urls = ["https://a.example/1.mp3", "https://a.example/2.mp3", "https://a.example/1.mp3", "local:///x"];
    let mut episodes: Vec<_> =
        urls.iter().enumerate().map(|(at, url)| episode(at, vec![enclosure(url, EnclosureKind::Enclosure)])).collect();
    // Live, the same URL is asked for in another way.
    episodes.push(episode(4, vec![enclosure(urls[1], EnclosureKind::Live)]));
    for spooled in [false, true] {
        let (_, walks) = told(&episodes, spooled);
        let [Some(one), None, Some(other), None, None] = walks.as_slice() else { panic!("{walks:?}") };
        assert!(Arc::ptr_eq(one, other));
    }
}

#[test]
fn a_shared_walk_is_forgotten_with_its_last_use() {
    let urls = ["https://a.example/1", "https://a.example/2", "https://a.example/1", "https://a.example/1"];
    let all = urls.map(|url| enclosure(url, EnclosureKind::Enclosure));
    let digests = Digests::default();
    let mut shared = Shared::new(digests.clone(), all.iter().filter_map(|one| digests.walk(one)).collect());
    let walks: Vec<_> = all.iter().map(|one| (shared.walk(one).is_some(), shared.walks.len())).collect();
    assert_eq!(walks, [(true, 1), (false, 1), (true, 1), (true, 0)]);
}

#[test]
fn urls_of_one_digest_are_told_apart() {
    let [one, other] =
        ["https://a.example/1", "https://a.example/2"].map(|url| enclosure(url, EnclosureKind::Enclosure));
    let mut shared = Shared::new(Digests::default(), Vec::new());
    let of = one.link.clone().ok().map(|link| (link, false, SharedChain::default()));
    shared.walks.insert(shared.digests.walk(&other).unwrap(), Walk { left: 2, of });
    assert!(shared.walk(&other).is_none());
}

#[test]
fn what_is_in_memory_and_what_is_on_disk_come_in_one_order() {
    let file = |url: &str| enclosure(url, EnclosureKind::Enclosure);
    let episodes = [
        episode(0, vec![file("https://a.example/0")]),
        episode(1, Vec::new()),
        episode(2, vec![file("https://a.example/2"), file("https://a.example/2b")]),
        episode(3, vec![file("https://a.example/3"), file("not a URL")]),
        episode(4, vec![file("https://a.example/4")]),
        episode(5, Vec::new()),
    ];
    let words = ["document", "0.0", "1 bare", "2.0", "2.1", "3.0", "3.1", "4.0", "5 bare"];
    for spooled in [false, true] {
        assert_eq!(told(&episodes, spooled).0, words);
    }
}

#[test]
fn some_of_a_feed_are_those_that_were_chosen() {
    let (loaded, _) = loaded(&[episode(0, vec![enclosure("https://a.example/0", EnclosureKind::Enclosure)])], false);
    let chosen = |document| {
        let places = places(&loaded, Part::Some { document, enclosures: vec![(0, 0)] });
        (places.count, places.all.map(|place| matches!(place, Ok(Place::Document))).collect::<Vec<_>>())
    };
    assert_eq!(chosen(true), (2, vec![true, false]));
    assert_eq!(chosen(false), (1, vec![false]));
}

#[test]
fn what_cannot_be_read_again_is_said_and_the_rest_still_comes() {
    let mut spool = Spooling::unreadable().open();
    for order in 0..2000 {
        let url = format!("https://a.example/{order}");
        assert!(spool.keep(episode(order, vec![enclosure(&url, EnclosureKind::Enclosure)])).is_none());
    }
    let (loaded, _) = loaded(&[episode(2000, Vec::new())], false);
    let places: Vec<_> = places(&loaded, Part::All(Some(Box::new(spool)))).all.collect();
    let [Ok(Place::Document), Err(told), Ok(Place::Bare(_))] = places.as_slice() else { panic!("{places:?}") };
    assert_eq!(told.source, "feed.xml");
    assert!(told.why.contains("temporary file"), "{}", told.why);
}
