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
async fn told(episodes: &[Episode], spooled: bool) -> (Vec<String>, Vec<Option<SharedChain>>) {
    let (loaded, part) = loaded(episodes, spooled);
    let places = places(&loaded, part).await;
    let (mut words, mut walks) = (Vec::new(), Vec::new());
    for place in places.all.collect::<Vec<_>>().await {
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

#[tokio::test]
async fn enclosures_of_one_url_share_their_walk_however_far_apart_they_stand() {
    let urls = ["https://a.example/1.mp3", "https://a.example/2.mp3", "https://a.example/1.mp3", "local:///x"];
    let mut episodes: Vec<_> =
        urls.iter().enumerate().map(|(at, url)| episode(at, vec![enclosure(url, EnclosureKind::Enclosure)])).collect();
    // Live, the same URL is asked for in another way.
    episodes.push(episode(4, vec![enclosure(urls[1], EnclosureKind::Live)]));
    for spooled in [false, true] {
        let (_, walks) = told(&episodes, spooled).await;
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
    let walks: Vec<_> = all.iter().map(|one| (shared.walk(one).is_some(), shared.live.len())).collect();
    assert_eq!(walks, [(true, 1), (false, 1), (true, 1), (true, 0)]);
    assert!(shared.left.is_empty());
}

#[test]
fn urls_of_one_digest_are_told_apart() {
    let [one, other] =
        ["https://a.example/1", "https://a.example/2"].map(|url| enclosure(url, EnclosureKind::Enclosure));
    let digests = Digests::default();
    let digest = digests.walk(&other).unwrap();
    let mut shared = Shared::new(digests, vec![digest; 3]);
    shared.live.insert(digest, Walk { link: one.link.unwrap(), live: false, chain: SharedChain::default() });
    assert!(shared.walk(&other).is_none());
}

#[tokio::test]
async fn what_is_in_memory_and_what_is_on_disk_come_in_one_order() {
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
        assert_eq!(told(&episodes, spooled).await.0, words);
    }
}

#[tokio::test]
async fn some_of_a_feed_are_those_that_were_chosen() {
    let (loaded, _) = loaded(&[episode(0, vec![enclosure("https://a.example/0", EnclosureKind::Enclosure)])], false);
    for (document, expected) in [(true, vec![true, false]), (false, vec![false])] {
        let places = places(&loaded, Part::Some { document, enclosures: vec![(0, 0)] }).await;
        assert_eq!(places.count, expected.len());
        let is_document = |place| std::future::ready(matches!(place, Ok(Place::Document)));
        assert_eq!(places.all.then(is_document).collect::<Vec<_>>().await, expected);
    }
}

#[tokio::test]
async fn what_cannot_be_read_again_is_said_and_the_rest_still_comes() {
    let mut spool = Spooling::unreadable().open();
    for order in 0..2000 {
        let url = format!("https://a.example/{order}");
        assert!(spool.keep(episode(order, vec![enclosure(&url, EnclosureKind::Enclosure)])).is_none());
    }
    let (loaded, _) = loaded(&[episode(2000, Vec::new())], false);
    let places: Vec<_> = places(&loaded, Part::All(Some(Box::new(spool)))).await.all.collect().await;
    let [Ok(Place::Document), Err(told), Ok(Place::Bare(_))] = places.as_slice() else { panic!("{places:?}") };
    assert_eq!(told.source, "feed.xml");
    assert!(told.why.contains("temporary file"), "{}", told.why);
}

#[test]
fn so_many_walks_are_shared_at_once_and_no_more() {
    let urls =
        |count: usize| (0..count).map(|n| enclosure(&format!("https://a.example/{n}"), EnclosureKind::Enclosure));
    for (count, expected) in [(MOST_SHARED, MOST_SHARED), (3 * MOST_SHARED, MOST_SHARED)] {
        let all: Vec<_> = urls(count).chain(urls(count)).collect();
        let digests = Digests::default();
        let mut shared = Shared::new(digests.clone(), all.iter().filter_map(|one| digests.walk(one)).collect());
        let mut walks = Vec::new();
        for one in &all {
            walks.push(shared.walk(one));
            assert!(shared.live.len() <= MOST_SHARED);
        }
        let (first, again) = walks.split_at(count);
        let once = first.iter().zip(again).filter(|pair| match pair {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        });
        assert_eq!(once.count(), expected);
        assert!(shared.left.is_empty() && shared.live.is_empty());
    }
}

#[tokio::test]
async fn what_is_on_disk_is_read_beside_the_runtime() {
    // A runtime of one thread: what it does itself is done here.
    let mut spool = Spooling::aside().open();
    let all: Vec<_> = (0..2000_usize)
        .map(|order| episode(order, vec![enclosure(&format!("https://a.example/{order}"), EnclosureKind::Enclosure)]))
        .collect();
    for one in &all {
        assert!(spool.keep(one.clone()).is_none());
    }
    let (loaded, _) = loaded(&[], false);
    let places = places(&loaded, Part::All(Some(Box::new(spool)))).await;
    assert_eq!(places.count, 2001);
    let read = places.all.filter_map(|place| {
        std::future::ready(match place.unwrap() {
            Place::Enclosure(item, ..) => item.episode(&loaded).cloned(),
            _ => None,
        })
    });
    assert_eq!(read.collect::<Vec<_>>().await, all);
}
