//! What goes in comes out, in the right order and within bounds, whatever the disk does.

use std::cell::Cell;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::feed::{Enclosure, EnclosureKind, Hints};
use crate::link::{Link, LinkError};

fn spooling(medium: fn() -> Box<dyn Medium>) -> Spooling {
    Spooling { room: usize::MAX, beside: usize::MAX, digests: Digests::default(), medium }
}

impl Spooling {
    /// To a medium that takes everything and gives nothing back.
    pub(in crate::app) fn unreadable() -> Self {
        spooling(|| Box::new(Full { inner: Cursor::default(), left: usize::MAX, readable: false }))
    }

    /// To a medium that a test's own thread cannot read.
    pub(in crate::app) fn aside() -> Self {
        spooling(|| Box::new(Aside(Cursor::default())))
    }
}

/// A medium that is read by the threads of tokio alone: beside a runtime of one thread, the test's own,
/// these are those that may wait.
struct Aside(Cursor<Vec<u8>>);

impl Write for Aside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Aside {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let may_wait = thread::current().name().is_some_and(|name| name.starts_with("tokio"));
        if may_wait { self.0.read(out) } else { Err(io::ErrorKind::WouldBlock.into()) }
    }
}

impl Seek for Aside {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// The digests of what these episodes have, as a spool holds them.
fn digests(how: &Spooling, episodes: &[Episode]) -> Vec<u64> {
    let all = episodes.iter().flat_map(|one| &one.enclosures);
    let mut digests: Vec<u64> = all.filter_map(|enclosure| how.digests.walk(enclosure)).collect();
    digests.sort_unstable();
    digests
}

fn memory() -> Box<dyn Medium> {
    Box::new(Cursor::new(Vec::new()))
}

fn episode(second: Option<i64>, order: usize) -> Episode {
    let url = format!("https://m.example/{order}.mp3");
    let link = Link::parse(&url);
    let written = link.as_ref().unwrap().to_text();
    let media_type = Some("audio/mpeg".into());
    let enclosure = Enclosure { written, link, kind: EnclosureKind::Enclosure, media_type, length: Some(7) };
    Episode {
        guid: Some(format!("guid {order}")),
        title: format!("Episode {order}"),
        published: second.map(|second| Timestamp::from_second(second).unwrap()),
        order,
        enclosures: vec![enclosure],
    }
}

fn read(spool: Spool) -> Vec<Episode> {
    spool.into_episodes().map(Result::unwrap).collect()
}

fn orders(spool: Spool) -> Vec<usize> {
    read(spool).iter().map(|episode| episode.order).collect()
}

/// A medium that fails once `left` bytes were written; what was written can be read, or not.
struct Full {
    inner: Cursor<Vec<u8>>,
    left: usize,
    readable: bool,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = bytes.len().min(self.left);
        if size == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.left -= size;
        self.inner.write(&bytes[..size])
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Full {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.readable { self.inner.read(out) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    }
}

impl Seek for Full {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[test]
fn the_newest_come_first_the_undated_last() {
    let mut spool = spooling(memory).open();
    for (order, date) in [Some(5), None, Some(9), None, Some(5), Some(7), Some(-3)].into_iter().enumerate() {
        assert_eq!(spool.keep(episode(date, order)), None);
    }
    let fine = Timestamp::new(5, 1).unwrap();
    spool.keep(Episode { published: Some(fine), ..episode(None, 7) });
    assert_eq!(orders(spool), [2, 5, 7, 0, 4, 6, 1, 3], "to the nanosecond");
}

#[test]
fn whatever_the_order_of_the_document_every_episode_comes_back() {
    let dates: [fn(i64) -> i64; 3] = [|n| -n, |n| n, |n| n * 7919 % 1000];
    for date in dates {
        let mut spool = Spooling::new(usize::MAX).open();
        let mut all: Vec<_> = (0..5000).map(|n| episode(Some(date(n)), usize::try_from(n).unwrap())).collect();
        for one in &all {
            assert_eq!(spool.keep(one.clone()), None);
        }
        assert!(spool.tape.held() < 100 << 10, "the rest is on the medium");
        all.sort_by_key(Episode::rank);
        assert_eq!(read(spool), all);
    }
}

#[test]
fn in_memory_stays_little_of_an_episode() {
    let mut spool = Spooling::new(usize::MAX).open();
    let count = 20_000;
    (0..count).for_each(|order| assert_eq!(spool.keep(episode(None, order)), None));
    assert_eq!(size_of::<Slot>(), 40);
    let held = spool.slots.capacity() * size_of::<Slot>() + spool.links.capacity() * size_of::<u64>();
    assert!(held <= count * 100, "{} bytes an episode", held / count);
    let on_disk = spool.tape.len();
    assert!(on_disk > count * 60);
    let held = spool.tape.held() + spool.scratch.capacity();
    assert!(held < 100 << 10, "{held} bytes besides");
}

#[test]
fn what_would_not_come_back_stays_as_it_is() {
    let mut spool = spooling(memory).open();
    let bare = Episode { enclosures: Vec::new(), ..episode(None, 0) };
    assert_eq!(spool.keep(bare.clone()), Some(bare));
    let mut odd = episode(None, 1);
    odd.enclosures[0].link = Err(LinkError::Relative);
    assert_eq!(spool.keep(odd.clone()), Some(odd));
    assert_eq!(orders(spool), [0_usize; 0]);
}

#[test]
fn the_oldest_make_room() {
    let one = {
        let mut spool = spooling(memory).open();
        spool.keep(episode(Some(10), 10));
        spool.used
    };
    let room = one * 10;
    let mut spool = Spooling { room, ..spooling(memory) }.open();
    for order in 10..20 {
        spool.keep(episode(Some(100 - i64::try_from(order).unwrap()), order));
    }
    assert!(!spool.is_overfull() && spool.used == room, "the room itself is allowed");
    spool.keep(episode(Some(95), 20));
    assert!(spool.is_overfull());
    assert_eq!(spool.slots.len(), 7, "three quarters");
    assert_eq!(spool.links.len(), 7);
    // What is older than what had to go has no place any more, however much room there is.
    assert_eq!(spool.keep(episode(Some(50), 21)), None);
    assert_eq!(spool.keep(episode(Some(99), 22)), None);
    assert_eq!(orders(spool), [22, 20, 10, 11, 12, 13, 14, 15][..].to_vec());
    let mut lone = Spooling { room: 1, ..spooling(memory) }.open();
    lone.keep(episode(None, 1));
    lone.keep(episode(None, 0));
    assert_eq!(orders(lone), [0], "one is better than none");
}

#[test]
fn a_spool_that_makes_room_many_times_holds_the_newest() {
    let mut spool = Spooling { room: 20_000, ..spooling(memory) }.open();
    let mut all = Vec::new();
    for order in 0..3000 {
        let one = episode(Some(i64::try_from(order * 7919 % 3000).unwrap()), order);
        all.push(one.clone());
        assert_eq!(spool.keep(one), None);
        assert!(spool.used <= 20_000);
    }
    assert!(spool.tape.len() <= 4 * 20_000, "the file is made shorter too");
    all.sort_by_key(Episode::rank);
    let (how, mut links) = (spool.how.clone(), spool.take_links());
    let kept = read(spool);
    links.sort_unstable();
    assert_eq!(links, digests(&how, &kept));
    assert!(kept.len() > 20);
    assert_eq!(kept, all[..kept.len()]);
}

#[test]
fn a_full_disk_leaves_the_rest_in_memory() {
    let full = || -> Box<dyn Medium> { Box::new(Full { inner: Cursor::default(), left: 50_000, readable: true }) };
    let none = || -> Box<dyn Medium> { Box::new(Full { inner: Cursor::default(), left: 0, readable: true }) };
    for medium in [full, none] {
        let mut spool = spooling(medium).open();
        let all: Vec<_> = (0..2000).map(|order| episode(None, order)).collect();
        let mut back: Vec<_> = all.iter().cloned().filter_map(|one| spool.keep(one)).collect();
        assert!(back.len() > 500 && back.len() < 2000, "{}", back.len());
        back.extend(read(spool));
        back.sort_by_key(Episode::rank);
        assert_eq!(back, all);
    }
}

#[test]
fn a_disk_that_fills_up_while_room_is_made_loses_nothing_that_is_kept() {
    thread_local!(static MADE: Cell<usize> = const { Cell::new(0) });
    // The third medium takes little of what it is given.
    let medium = || -> Box<dyn Medium> {
        let made = MADE.replace(MADE.get() + 1);
        let left = if made < 2 { usize::MAX } else { 40_000 };
        Box::new(Full { inner: Cursor::default(), left, readable: true })
    };
    // In no order, with one file and two.
    let some = |order: usize| {
        let mut one = episode(Some(i64::try_from(order * 1009 % 3000).unwrap()), order);
        let more = one.enclosures[0].clone();
        one.enclosures.extend(order.is_multiple_of(2).then_some(more));
        one
    };
    let all: Vec<_> = (0..3000).map(some).collect();
    let mut spool = Spooling { room: 150_000, ..spooling(medium) }.open();
    let mut back = Vec::new();
    for one in &all {
        back.extend(spool.keep(one.clone()));
    }
    assert_eq!(MADE.get(), 3);
    assert!(spool.is_overfull() && !back.is_empty());
    let (how, slots, floor, mut links) = (spool.how.clone(), spool.slots.len(), spool.floor, spool.take_links());
    let kept = read(spool);
    assert_eq!(kept.len(), slots);
    assert!(slots > 500, "{slots}");
    links.sort_unstable();
    assert_eq!(links, digests(&how, &kept));
    // With those that were given back they are all that are newer than what had to go.
    back.extend(kept);
    back.sort_by_key(Episode::rank);
    let mut newest: Vec<_> = all.into_iter().filter(|one| floor.is_none_or(|floor| one.rank() < floor)).collect();
    newest.sort_by_key(Episode::rank);
    assert_eq!(back, newest);
}

#[test]
fn a_slot_weighs_its_memory_and_a_quarter_of_its_bytes() {
    let weight = |length: usize, files: usize| Slot::new(&episode(None, 0), 0..length, 0, 0..files).unwrap().weight();
    assert_eq!(weight(0, 1), 2 * (40 + 8));
    assert_eq!(weight(401, 2), 2 * (40 + 16) + 101);
    let how = Spooling::new(Limits::default().kept);
    assert_eq!((how.room, how.beside), (24 << 20, 12 << 20));
    assert!(weight(380, 1) * 130_000 <= how.room, "that many ordinary episodes fit");
    assert!(Slot::new(&episode(None, 0), 0..1, 0, 0..usize::from(u16::MAX) + 1).is_none());
}

#[test]
fn what_stays_in_memory_has_its_own_room() {
    let bare = "<item><title>bare</title></item>".repeat(500);
    let file = "<item><enclosure url='https://m.example/'/></item>";
    let text = format!("<rss><channel>{file}{bare}</channel></rss>");
    let limits = Limits { episodes: None, kept: 64 << 10, ..Limits::default() };
    let how = Spooling::new(limits.kept);
    let parsed = || {
        let mut spool = how.open();
        (feed_of(feed::parse_into(text.as_bytes(), &Hints::default(), &limits, &mut spool)), spool)
    };
    let (mut first, mut spool) = parsed();
    let alone = first.episodes.len();
    let whole = feed_of(feed::parse(text.as_bytes(), &Hints::default(), &limits)).episodes.len();
    assert!(alone.abs_diff(whole / 4) < 3, "{alone} of {whole}");
    // So it is for pages together.
    let (next, page) = parsed();
    spool.merge(&mut first, next, page, &limits);
    assert!(first.episodes.len().abs_diff(alone) < 3, "{}", first.episodes.len());
}

#[test]
fn a_disk_that_cannot_be_read_again_ends_it_with_an_error() {
    let how = Spooling::unreadable();
    let mut spool = how.open();
    (0..2000).for_each(|order| assert_eq!(spool.keep(episode(None, order)), None));
    let read: Vec<_> = spool.into_episodes().map(|read| read.map_err(|why| why.kind())).collect();
    assert_eq!(read, [Err(io::ErrorKind::BrokenPipe)]);

    // A page that cannot be read is told behind what can.
    let mut page = how.open();
    let mut first = Spooling { medium: memory, ..how }.open();
    first.keep(episode(None, 0));
    (1..2000).for_each(|order| assert_eq!(page.keep(episode(None, order)), None));
    let next = Feed { items: 1999, ..Feed::default() };
    assert!(!first.is_broken());
    first.merge(&mut Feed { items: 1, ..Feed::default() }, next, page, &Limits::default());
    assert!(first.is_broken());
    let read: Vec<_> = first.into_episodes().map(|read| read.map(|one| one.order).map_err(|why| why.kind())).collect();
    assert_eq!(read, [Ok(0), Err(io::ErrorKind::BrokenPipe)]);
}

/// An item as a feed has it.
fn item(guid: Option<u8>, date: Option<u8>, url: Option<u8>) -> String {
    let guid = guid.map(|guid| format!("<guid>{guid}</guid>")).unwrap_or_default();
    let date = date.map(|day| format!("<pubDate>2026-01-{:02}T00:00:00Z</pubDate>", day + 1)).unwrap_or_default();
    let url = match url {
        Some(9) => "<enclosure url='relative'/>".to_owned(),
        Some(url) => format!("<enclosure url='https://m.example/{url}'/>"),
        None => String::new(),
    };
    format!("<item>{guid}{date}{url}</item>")
}

fn feed_of(document: feed::Document) -> Feed {
    match document {
        feed::Document::Feed(feed) => feed,
        other => panic!("{other:?}"),
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z\"\\\\\u{0}-\u{1f} ]{0,12}"]
}

fn enclosure() -> impl Strategy<Value = Enclosure> {
    let url = prop_oneof![
        "[ -~]{0,30}".prop_map(|tail| format!("https://m.example/{tail}")),
        Just("HTTP://User:p%40ss@Ex\u{e4}mple.example:80/%7e?a=b c#x".to_owned()),
        text(),
    ];
    let length = any::<Option<u64>>();
    (url, text(), proptest::option::of(text()), length, 0_usize..4, any::<bool>()).prop_map(
        |(url, written, media_type, length, kind, same)| {
            let link = Link::parse(&url);
            let written = if same { url.into() } else { written.into() };
            let kind =
                [EnclosureKind::Enclosure, EnclosureKind::Alternate, EnclosureKind::MediaContent, EnclosureKind::Live]
                    [kind];
            Enclosure { written, link, kind, media_type: media_type.map(Into::into), length }
        },
    )
}

fn any_episode() -> impl Strategy<Value = Episode> {
    let date = proptest::option::of((-377_705_023_201_i64..=253_402_207_200, 0_i32..1_000_000_000));
    (proptest::option::of(text()), text(), date, vec(enclosure(), 0..4)).prop_map(|(guid, title, date, enclosures)| {
        let published = date.and_then(|(second, nano)| Timestamp::new(second, nano).ok());
        Episode { guid, title, published, order: 0, enclosures }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn what_goes_in_comes_out(episodes in vec(any_episode(), 0..20)) {
        let mut spool = spooling(memory).open();
        let mut all: Vec<_> = episodes.into_iter().enumerate().map(|(order, one)| Episode { order, ..one }).collect();
        let mut back: Vec<_> = all.iter().cloned().filter_map(|one| spool.keep(one)).collect();
        for one in &back {
            let sound = one.enclosures.iter().all(|enclosure| enclosure.link.is_ok());
            prop_assert!(one.enclosures.is_empty() || !sound, "{one:?}");
        }
        back.extend(read(spool));
        back.sort_by_key(Episode::rank);
        all.sort_by_key(Episode::rank);
        for (one, other) in back.iter().zip(&all) {
            for (one, other) in one.enclosures.iter().zip(&other.enclosures) {
                // Spelled out: equal links may differ in what they take apart.
                prop_assert_eq!(
                    one.link.as_ref().map(|link| (link.expose(), link.origin(), link.path())),
                    other.link.as_ref().map(|link| (link.expose(), link.origin(), link.path()))
                );
            }
        }
        prop_assert_eq!(back, all);
    }

    #[test]
    fn pages_are_joined_as_those_in_memory_are(
        pages in vec(
            vec((proptest::option::of(0_u8..6), proptest::option::of(0_u8..4), proptest::option::of(0_u8..10)), 0..8),
            1..4,
        ),
    ) {
        let limits = Limits { episodes: None, ..Limits::default() };
        let pages = pages.into_iter().map(|items| {
            let items: String = items.into_iter().map(|(guid, date, url)| item(guid, date, url)).collect();
            format!("<rss><channel><title>Show</title>{items}</channel></rss>")
        });
        let how = spooling(memory);
        let (mut whole, mut kept): (Option<Feed>, Option<(Feed, Spool)>) = (None, None);
        for page in pages {
            let next = feed_of(feed::parse(page.as_bytes(), &Hints::default(), &limits));
            let mut spool = how.open();
            let left = feed_of(feed::parse_into(page.as_bytes(), &Hints::default(), &limits, &mut spool));
            if let (Some(whole), Some((first, spooled))) = (&mut whole, &mut kept) {
                feed::merge(whole, next, &limits);
                spooled.merge(first, left, spool, &limits);
            } else {
                (whole, kept) = (Some(next), Some((left, spool)));
            }
        }
        let (Some(whole), Some((mut first, spool))) = (whole, kept) else { unreachable!("there is a page") };
        first.episodes.extend(read(spool));
        first.episodes.sort_by_key(Episode::rank);
        prop_assert_eq!(first, whole);
    }
}
