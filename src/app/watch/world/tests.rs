//! A world of made-up feeds: what stands behind what, as it changes.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::chain::ConnectFailure;
use crate::feed::{Document, Hints, Limits, parse};
use crate::judge::testing::{broken, link, reached, unconnected};

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn source(number: usize) -> String {
    format!("https://feeds.example/{number}.xml")
}

/// Settings with so many sources.
fn settings(sources: usize) -> Arc<Settings> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("podprobe.toml");
    let mut text = String::new();
    for number in 0..sources {
        let _ = writeln!(text, "[[source]]\nurl = \"{}\"", source(number));
    }
    std::fs::write(&file, text).unwrap();
    Arc::new(crate::app::configuration::read(&file).unwrap().settings)
}

/// A feed whose items have their files at these hosts.
fn feed(number: usize, hosts: &[usize]) -> LoadedFeed {
    let file = |(item, host)| format!("https://h{host}.example/{number}/{item}.mp3");
    let files: Vec<String> = hosts.iter().enumerate().map(file).collect();
    feed_of(number, &files)
}

/// A feed whose items have these files.
fn feed_of(number: usize, files: &[impl AsRef<str>]) -> LoadedFeed {
    let mut items = String::new();
    for (item, file) in files.iter().enumerate() {
        let file = file.as_ref();
        let _ = write!(
            items,
            "<item><title>{item}</title><enclosure url=\"{file}\" type=\"audio/mpeg\" length=\"1\"/></item>"
        );
    }
    let text = format!("<rss version=\"2.0\"><channel><title>Show {number}</title>{items}</channel></rss>");
    let limits = Limits { episodes: Some(100), ..Limits::default() };
    let Document::Feed(feed) = parse(text.as_bytes(), &Hints::default(), &limits) else { panic!("{text}") };
    Arc::new(Loaded {
        source: source(number),
        url: None,
        chain: None,
        title: None,
        content: Content::Feed(feed),
        spool: None,
    })
}

fn origin(host: &str) -> Origin {
    Link::parse(&format!("https://{host}/")).unwrap().origin()
}

/// So many feeds, none read yet.
fn world(feeds: usize) -> (World, Vec<FeedId>) {
    let settings = settings(feeds);
    let mut world = World::new(&settings, &Arc::new(Catalogue::builtin()), 7, now());
    let ids = settings.sources.iter().map(|source| world.add(source, &source.source)).collect();
    (world, ids)
}

/// What the index should say, the long way round.
fn behind(world: &World, origins: &BTreeSet<Origin>) -> (BTreeMap<String, u64>, u64) {
    let mut shows = BTreeMap::new();
    for feed in world.feeds.values() {
        let crosses = |route: &[Origin]| route.iter().any(|origin| origins.contains(origin));
        let items: BTreeSet<usize> = feed
            .loaded
            .as_deref()
            .into_iter()
            .flat_map(enclosures)
            .filter(|(.., link)| crosses(&world.route(enclosure_id(link), link)))
            .map(|(_, item, ..)| item)
            .collect();
        if crosses(&feed.led) || !items.is_empty() {
            shows.insert(feed.source.clone(), items.len() as u64);
        }
    }
    let all = shows.values().sum();
    (shows, all)
}

/// What happens to a world.
#[derive(Clone, Debug)]
enum Event {
    /// A feed is read: its items are at these hosts.
    Read(usize, Vec<usize>),
    /// A file is walked: it is at another host in truth.
    Walk(usize, usize, usize),
    /// A feed's document comes through this host.
    Asked(usize, usize),
    /// So many of the sources stay.
    Reload(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0_usize..4, prop::collection::vec(0_usize..5, 0..6)).prop_map(|(feed, hosts)| Event::Read(feed, hosts)),
        4 => (0_usize..4, 0_usize..6, 0_usize..8).prop_map(|(feed, item, host)| Event::Walk(feed, item, host)),
        2 => (0_usize..4, 0_usize..5).prop_map(|(feed, host)| Event::Asked(feed, host)),
        1 => (0_usize..5).prop_map(Event::Reload),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_says_what_a_look_at_every_feed_says(events in prop::collection::vec(event(), 1..25)) {
        let (mut world, ids) = world(4);
        let few: Vec<Arc<Settings>> = (0..5).map(|sources| settings(sources.max(1))).collect();
        for event in events {
            match event {
                Event::Read(of, hosts) if world.feed(ids[of]).is_some() => world.learn(ids[of], feed(of, &hosts)),
                Event::Walk(of, item, host) => {
                    let loaded = world.feed(ids[of]).and_then(|feed| feed.loaded.clone());
                    let walked = loaded.as_deref().and_then(|loaded| enclosures(loaded).nth(item));
                    if let Some((.., link)) = walked {
                        let chain = reached(&[link.expose(), &format!("https://h{host}.example/x.mp3")]);
                        let link = link.clone();
                        world.observe(&link, &chain);
                        // The neighbours' files go the same way from now on.
                        world.replan(ids.clone());
                    }
                }
                Event::Asked(of, host) => {
                    world.asked_for_feed(ids[of], Some(&reached(&[&format!("https://h{host}.example/feed")])));
                }
                Event::Reload(sources) => {
                    let catalogue = Arc::clone(world.catalogue());
                    world.reload(&few[sources], &catalogue, 7, now());
                }
                Event::Read(..) => {}
            }
            for hosts in [&[0][..], &[1, 2], &[3, 4, 5, 6, 7]] {
                let origins = hosts.iter().map(|host| origin(&format!("h{host}.example"))).collect();
                let reach = world.behind(&origins);
                let (shows, episodes) = behind(&world, &origins);
                let found: BTreeMap<String, u64> =
                    reach.shows.iter().map(|show| (show.source.clone(), show.episodes)).collect();
                prop_assert_eq!((found, reach.feeds, reach.episodes), (shows.clone(), shows.len() as u64, episodes));
            }
            for (number, id) in ids.iter().enumerate() {
                prop_assert_eq!(world.with_source(&source(number)).feeds == 1, world.feed(*id).is_some());
            }
        }
    }
}

#[test]
fn the_largest_shows_are_named_and_all_are_counted() {
    let (mut world, ids) = world(600);
    for (number, id) in ids.iter().enumerate() {
        let hosts = vec![0; 1 + number % 7];
        world.learn(*id, feed(number, &hosts));
    }
    let reach = world.behind(&BTreeSet::from([origin("h0.example")]));
    assert_eq!((reach.shows.len(), reach.feeds), (500, 600));
    assert_eq!(reach.episodes, (0..600).map(|number| 1 + number % 7).sum::<u64>());
    assert!(reach.shows.is_sorted_by_key(|show| std::cmp::Reverse(show.episodes)));
    assert!(reach.shows.iter().all(|show| show.episodes > 1), "those of one episode are left out");
    assert_eq!(world.everything(), reach);
}

#[test]
fn where_a_failed_walk_strayed_to_is_led_to_until_it_goes_another_way() {
    let (mut world, ids) = world(1);
    world.learn(ids[0], feed(0, &[0]));
    let file = link("https://h0.example/0/0.mp3");
    world.observe(&file, &reached(&[file.expose(), "https://h1.example/x", "https://h2.example/x"]));
    world.replan([ids[0]]);
    world.plan.due(now());
    let gone = |world: &World, host: &str| {
        let subject = origin(host).to_string();
        !world.unknown(BTreeSet::from([subject])).is_empty()
    };
    assert!(!gone(&world, "h2.example") && gone(&world, "h3.example"));
    // It ends at a host that is not on the known way; nothing is known of what stands behind.
    let failed = unconnected("https://h3.example/x", ConnectFailure::Refused);
    world.observe(&file, &broken(&[file.expose()], failed));
    assert!(!gone(&world, "h3.example") && !gone(&world, "h2.example"));
    world.observe(&file, &reached(&[file.expose(), "https://h1.example/x", "https://h2.example/x"]));
    assert!(gone(&world, "h3.example"));
    // The redirects of documents and endpoints lead somewhere, too.
    world.asked_for_feed(ids[0], Some(&reached(&[&source(0), "https://h3.example/feed"])));
    assert!(!gone(&world, "h3.example"));
    world.asked_for_feed(ids[0], Some(&reached(&[&source(0)])));
    world.asked_endpoint(&link("https://cms.example/"), &reached(&["https://cms.example/", "https://h3.example/"]));
    assert!(!gone(&world, "h3.example"));
}

/// Whether a round that read these feeds says that the subject was taken out.
fn gone(world: &World, subject: &str, read: &[FeedId]) -> bool {
    !world.gone(BTreeSet::from([subject.to_owned()]), &read.iter().copied().collect()).is_empty()
}

#[test]
fn only_what_was_led_to_in_this_run_can_be_gone() {
    let (mut world, ids) = world(1);
    world.learn(ids[0], feed(0, &[0, 1]));
    // A way around a prefix, and a host that redirects led to before a restart: nobody took them out.
    let around = "https://behind.example/0.mp3".to_owned();
    let host = origin("cdn.example").to_string();
    let file = "https://h1.example/0/1.mp3".to_owned();
    let all = BTreeSet::from([around.clone(), host.clone(), file.clone()]);
    world.meet(&all);
    assert!(all.iter().all(|subject| !gone(&world, subject, &ids)), "{all:?}");
    // Once a walk led there, it is known; when walks lead elsewhere it is gone.
    let first = link("https://h0.example/0/0.mp3");
    world.observe(&first, &reached(&[first.expose(), "https://cdn.example/x"]));
    world.replan(ids.clone());
    world.meet(&all);
    assert!(!gone(&world, &host, &ids));
    world.learn(ids[0], feed(0, &[2]));
    assert!(gone(&world, &host, &ids) && gone(&world, &file, &ids) && !gone(&world, &around, &ids));
    // What no incident is about any more is not kept in mind.
    world.meet(&BTreeSet::new());
    assert!(!gone(&world, &file, &ids));
}

#[test]
fn a_file_is_gone_in_rounds_that_read_its_feed() {
    let (mut world, ids) = world(2);
    world.learn(ids[0], feed(0, &[0, 1]));
    world.learn(ids[1], feed(1, &[5]));
    let file = "https://h1.example/0/1.mp3";
    let host = origin("h1.example").to_string();
    let all = BTreeSet::from([file.to_owned(), host.clone()]);
    world.meet(&all);
    world.learn(ids[0], feed(0, &[0]));
    for _ in 0..2 {
        assert!(gone(&world, file, &ids[..1]) && gone(&world, &host, &ids[..1]));
        assert!(!gone(&world, file, &ids[1..]) && !gone(&world, &host, &ids[1..]), "its feed was not read");
        assert!(!gone(&world, file, &[]) && !gone(&world, &host, &[]));
        world.meet(&all);
    }
    // A source that is taken out is not read again.
    let one = settings(2);
    let mut one = Settings::clone(&one);
    one.sources.remove(0);
    let catalogue = Arc::clone(world.catalogue());
    world.reload(&Arc::new(one), &catalogue, 7, now());
    assert!(gone(&world, file, &[]) && gone(&world, &host, &[]));
}

#[test]
fn files_that_look_alike_without_their_secrets_are_told_apart() {
    let (mut world, ids) = world(3);
    let with = |number: usize, token: &str| {
        let url = format!("https://h0.example/x.mp3?token={token}");
        feed_of(number, &[&url])
    };
    // Two feeds share a file; a third has one that differs in its token alone.
    world.learn(ids[0], with(0, "AAAAAAAAAAAA"));
    world.learn(ids[1], with(1, "AAAAAAAAAAAA"));
    world.learn(ids[2], with(2, "BBBBBBBBBBBB"));
    let shown = link("https://h0.example/x.mp3?token=AAAAAAAAAAAA").to_string();
    assert!(!shown.contains("AAAA"), "{shown}");
    let feeds =
        |world: &World| -> BTreeSet<FeedId> { world.places_of(&shown).into_iter().map(|(_, feed)| feed).collect() };
    assert_eq!(feeds(&world), ids.iter().copied().collect());
    world.meet(&BTreeSet::from([shown.clone()]));
    world.learn(ids[2], feed(2, &[1]));
    assert_eq!(feeds(&world), BTreeSet::from([ids[0], ids[1]]));
    world.learn(ids[1], feed(1, &[1]));
    assert_eq!(feeds(&world), BTreeSet::from([ids[0]]));
    assert!(!gone(&world, &shown, &ids), "one feed still has it");
    world.learn(ids[0], feed(0, &[1]));
    assert!(gone(&world, &shown, &ids) && world.shown.is_empty());
    // A feed with both is one show.
    let both = ["A", "B"].map(|letter| format!("https://h0.example/x.mp3?token={}", letter.repeat(12)));
    world.learn(ids[0], feed_of(0, &both));
    let reach = world.with_enclosure(&shown);
    assert_eq!((reach.feeds, reach.episodes, reach.shows.len()), (1, 2, 1));
}

/// Each walk of a file is led to this host.
fn walk_to(world: &mut World, ids: &[FeedId], number: usize, item: usize, host: &str) {
    let file = link(&format!("https://h0.example/{number}/{item}.mp3"));
    if world.observe(&file, &reached(&[file.expose(), &format!("https://{host}/x.mp3")])) {
        world.replan([ids[number]]);
    }
}

fn looked_at(world: &mut World, minutes: i64) -> BTreeSet<String> {
    let now = now() + jiff::SignedDuration::from_mins(minutes);
    world.tidy(now);
    let due = world.due(now);
    due.origins.iter().filter_map(|origin| world.plan().name(*origin)).map(ToOwned::to_owned).collect()
}

#[test]
fn a_network_of_made_up_names_costs_a_few_hosts_and_not_one_for_each_file() {
    let (mut world, ids) = world(2);
    for (number, id) in ids.iter().enumerate() {
        world.learn(*id, feed(number, &[0; 40]));
    }
    let mut looked = BTreeSet::new();
    for round in 0..400_usize {
        for (number, item) in [(0, round % 40), (1, (round * 7) % 40)] {
            walk_to(&mut world, &ids, number, item, &format!("edge-{round}-{number}.example"));
        }
        looked = looked_at(&mut world, 15 * i64::try_from(round).unwrap());
    }
    // The host of the URLs, the feeds' own, and the last one of each feed.
    assert!(looked.len() <= 4, "{looked:?}");
    assert!(looked.contains("https://edge-399-1.example:443"), "{looked:?}");
    assert!(world.plan().size().0 < 2 * 192 + 10, "{:?}", world.plan().size());
    assert_eq!(world.behind(&BTreeSet::from([origin("edge-399-1.example")])).episodes, 40);
}

#[test]
fn a_network_of_many_hosts_is_looked_at_whole() {
    let (mut world, ids) = world(1);
    world.learn(ids[0], feed(0, &[0; 40]));
    let mut looked = BTreeSet::new();
    for round in 0..400_usize {
        walk_to(&mut world, &ids, 0, round % 40, &format!("pool-{}.example", (round * 11 + round / 40) % 20));
        looked = looked_at(&mut world, 15 * i64::try_from(round).unwrap());
    }
    let pool = looked.iter().filter(|name| name.contains("pool-")).count();
    assert!(pool >= 18, "{looked:?}");
}
