//! What is handed over while a document is read, and what stays.

use super::*;

/// Takes the episodes that have an enclosure.
#[derive(Default)]
struct Elsewhere {
    taken: Vec<Episode>,
    is_overfull: bool,
    beside: Option<usize>,
}

impl Keep for Elsewhere {
    fn keep(&mut self, episode: Episode) -> Option<Episode> {
        if episode.enclosures.is_empty() {
            return Some(episode);
        }
        self.taken.push(episode);
        None
    }
    fn room_beside(&self, kept: usize) -> usize {
        self.beside.unwrap_or(kept)
    }
    fn is_overfull(&self) -> bool {
        self.is_overfull
    }
}

fn read_into(bytes: &[u8], limits: &Limits, keep: &mut Elsewhere) -> Feed {
    feed_of(parse_into(bytes, &Hints::default(), limits, keep))
}

#[test]
fn each_episode_is_handed_over_in_document_order() {
    for bytes in [sample!("show.xml"), sample!("paged.xml"), sample!("media-rss.xml"), sample!("show.json")] {
        let whole = feed(bytes);
        let mut elsewhere = Elsewhere::default();
        let mut rest = read_into(bytes, &every(), &mut elsewhere);
        assert!(!elsewhere.taken.is_empty());
        assert!(elsewhere.taken.is_sorted_by_key(|episode| episode.order));
        assert!(rest.episodes.iter().all(|episode| episode.enclosures.is_empty()), "what was given back");
        rest.episodes.append(&mut elsewhere.taken);
        rest.episodes.sort_by_key(Episode::rank);
        assert_eq!(rest, whole, "together they are the feed");
    }
}

#[test]
fn of_a_few_the_shelf_knows_which() {
    let mut elsewhere = Elsewhere::default();
    let limits = Limits { episodes: Some(1), ..Limits::default() };
    let few = read_into(sample!("show.xml"), &limits, &mut elsewhere);
    assert_eq!((few.episodes.len(), elsewhere.taken.len()), (1, 0));
}

#[test]
fn that_some_had_to_go_is_said_at_the_end() {
    let text = rss("<item><enclosure url='https://m.example/1.mp3'/></item>");
    for document in [text.as_bytes(), sample!("show.json")] {
        let mut elsewhere = Elsewhere { is_overfull: true, ..Elsewhere::default() };
        let feed = read_into(document, &every(), &mut elsewhere);
        assert!(feed.oddities.iter().any(|oddity| oddity.what == OddityKind::Limit(Limit::Episodes)));
        elsewhere.is_overfull = false;
        assert_eq!(read_into(document, &every(), &mut elsewhere).oddities, []);
    }
}

#[test]
fn what_is_given_back_has_the_room_that_the_keeper_leaves() {
    let text = rss(&"<item><title>bare</title></item>".repeat(20));
    let mut elsewhere = Elsewhere::default();
    assert_eq!(read_into(text.as_bytes(), &every(), &mut elsewhere).episodes.len(), 20);
    elsewhere.beside = Some(500);
    let feed = read_into(text.as_bytes(), &every(), &mut elsewhere);
    assert!(!feed.episodes.is_empty() && feed.episodes.len() < 10, "{}", feed.episodes.len());
    assert!(feed.oddities.iter().any(|oddity| oddity.what == OddityKind::Limit(Limit::Episodes)));
    // Of a list that is no feed, nothing is kept elsewhere.
    let urls = "https://a.example/feed\n".repeat(50);
    let list = parse_into(urls.as_bytes(), &Hints::default(), &every(), &mut elsewhere);
    assert!(matches!(list, Document::List(list) if list.entries.len() == 50));
}
