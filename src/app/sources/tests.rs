//! What a source may be, and what lists lead to.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::probe::guard::Guard;
use crate::probe::resolve::Resolver;
use crate::probe::{self, Prober, Settings};

fn parse(text: &str) -> Result<Source, Unreadable> {
    Source::parse(text, By::User)
}

#[test]
fn a_source_is_a_url_a_file_or_standard_input() {
    assert_eq!(parse("-"), Ok(Source::Stdin));
    assert_eq!(parse("feeds/a.xml"), Ok(Source::File("feeds/a.xml".into())));
    assert_eq!(parse("file:///feeds/a%20b.xml"), Ok(Source::File("/feeds/a b.xml".into())));
    assert_eq!(parse("file://localhost/a.xml"), Ok(Source::File("/a.xml".into())));
    assert!(parse("file://elsewhere.example/a.xml").is_err());
    assert!(matches!(parse("https://h.example/feed"), Ok(Source::Url(_))));
    assert!(matches!(parse("Https://h.example/feed"), Ok(Source::Url(_))));
    assert!(parse("ftp://h.example/feed").unwrap_err().why.contains("ftp"));
    assert!(parse("https://").is_err());
    let unreadable = parse("ftp://u:secret@h.example/feed").unwrap_err();
    assert!(!unreadable.source.contains("secret"));
}

#[test]
fn a_list_from_the_network_does_not_reach_into_files() {
    for text in ["/etc/hostname", "file:///etc/hostname", "../feed.xml", "-"] {
        assert!(Source::parse(text, By::RemoteList).is_err(), "{text}");
    }
    assert!(Source::parse("https://h.example/feed", By::RemoteList).is_ok());
    assert!(Source::parse("-", By::LocalList).is_err());
    assert!(Source::parse("show.xml", By::LocalList).is_ok());
}

fn list(entries: &[String]) -> Step {
    let list = Named { text: "https://list.example/".into(), by: By::User, within: Arc::default() };
    Step::Opened(list, Opened::List(entries.to_vec(), By::RemoteList))
}

#[test]
fn entries_are_opened_once_within_bounds() {
    let mut named = HashSet::from([key("https://a.example/")]);
    let entries = ["https://A.example", "https://b.example/", "https://b.example", "https://list.example"];
    let entries = entries.map(String::from);
    let steps = unfold(list(&entries), 0, &mut named);
    assert!(matches!(steps.as_slice(), [Step::Open(Named { text, .. })] if text == "https://b.example/"));
    let many: Vec<String> = (0..=MAX_SOURCES).map(|n| format!("https://h.example/{n}")).collect();
    let steps = unfold(list(&many), 0, &mut named);
    assert!(steps.len() <= MAX_SOURCES);
    assert!(matches!(steps.last(), Some(Step::Opened(_, Opened::Unreadable(_)))), "what is left out is said");
    let steps = unfold(list(&entries), MAX_NESTING, &mut named);
    assert!(matches!(steps.as_slice(), [Step::Opened(_, Opened::Unreadable(_))]));
}

fn round() -> Round {
    let settings = Settings {
        overrides: Arc::default(),
        guard: Guard::new(vec!["127.0.0.0/8".parse().unwrap()]),
        resolver: Arc::new(Resolver::server("127.0.0.1:9".parse().unwrap())),
        limits: probe::Limits::default(),
        user_agent: "podprobe/0 (bot)".to_owned(),
        second_opinion: None,
        concurrency: 4,
        per_host: 4,
        max_redirects: 0,
        fetch_tls: probe::trusting([]),
        papers: probe::papers::Shelf::default(),
        clock: None,
    };
    Prober::new(settings, Arc::new(|_, _| false)).round()
}

fn loaded(text: &str) -> Step {
    let named = Named { text: text.to_owned(), by: By::User, within: Arc::default() };
    let content = Content::Nothing;
    let feed = Loaded { source: text.to_owned(), url: None, chain: None, title: None, content, spool: None };
    Step::Opened(named, Opened::Feed(Box::new(feed)))
}

#[tokio::test]
async fn levels_of_lists_hold_few_feeds_that_others_loaded() {
    let loader = Loader { round: round(), limits: Limits::default(), spooling: None };
    let names: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let taken = AtomicUsize::new(0);
    let steps = names.iter().map(|name| {
        taken.fetch_add(1, Ordering::Relaxed);
        loaded(name)
    });
    let mut steps = stream::iter(steps).boxed();
    for depth in 1..=MAX_NESTING {
        steps = loader.level(steps, depth, HashSet::new());
    }
    let mut handed_on = Vec::new();
    while let Some(step) = steps.next().await {
        let Step::Opened(named, _) = step else { panic!("it was opened") };
        handed_on.push(named.text);
        assert!(taken.load(Ordering::Relaxed) - handed_on.len() <= MAX_NESTING);
    }
    assert_eq!(handed_on, names);
}

#[tokio::test]
async fn a_level_opens_as_many_at_once_as_may_be() {
    let loader = Loader { round: round(), limits: Limits::default(), spooling: None };
    let taken = AtomicUsize::new(0);
    let steps = (0..100).map(|n| {
        taken.fetch_add(1, Ordering::Relaxed);
        Step::Open(Named { text: format!("/is/not/there/{n}"), by: By::User, within: Arc::default() })
    });
    let mut opened = loader.level(stream::iter(steps).boxed(), 0, HashSet::new());
    assert!(opened.next().await.is_some());
    assert!((LOADING..=LOADING + 1).contains(&taken.load(Ordering::Relaxed)));
    assert_eq!(opened.count().await, 99);
}

/// Serves three pages of a feed, the second longer than a spool holds in memory, and notes who is asked for.
async fn pages(asked: Arc<Mutex<String>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    let base = host.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 2048];
            let size = stream.read(&mut head).await.unwrap_or_default();
            let page = std::str::from_utf8(&head[..size]).unwrap().split(['/', ' ']).nth(2).unwrap().to_owned();
            asked.lock().unwrap().push_str(&page);
            let (next, count) = match page.as_str() {
                "1" => ("2", 1),
                "2" => ("3", 2000),
                _ => ("1", 1),
            };
            let mut feed =
                format!("<rss><channel><link rel='next' xmlns='http://www.w3.org/2005/Atom' href='{base}/{next}'/>");
            for n in 0..count {
                let _ =
                    write!(feed, "<item><guid>{page} {n}</guid><enclosure url='https://m.example/{page}/{n}'/></item>");
            }
            feed.push_str("</channel></rss>");
            let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", feed.len());
            let _ = stream.write_all((head + &feed).as_bytes()).await;
        }
    });
    host
}

/// What a spooling gives of them: the feed, its spool's episodes, and the pages that were asked for.
async fn paged(spooling: Spooling) -> (Feed, Vec<std::io::Result<usize>>, String) {
    let asked = Arc::new(Mutex::new(String::new()));
    let host = pages(Arc::clone(&asked)).await;
    let round = round();
    let limits = Limits { episodes: None, ..Limits::default() };
    let loader = Loader { round, limits, spooling: Some(spooling) };
    let Opened::Feed(loaded) = loader.one(&format!("{host}/1"), By::User, &[]).await else { panic!("no feed") };
    let Content::Feed(feed) = loaded.content else { panic!("{:?}", loaded.content) };
    let spool = loaded.spool.unwrap();
    let read =
        tokio::task::spawn_blocking(move || spool.into_episodes().map(|read| read.map(|one| one.order)).collect());
    let asked = asked.lock().unwrap().clone();
    (feed, read.await.unwrap(), asked)
}

#[tokio::test]
async fn pages_are_joined_beside_the_runtime() {
    let (feed, read, asked) = paged(Spooling::aside()).await;
    assert_eq!((feed.items, asked.as_str()), (2002, "123"));
    assert_eq!(read.into_iter().map(Result::unwrap).collect::<Vec<_>>(), (0..2002).collect::<Vec<_>>());
}

#[tokio::test]
async fn no_page_is_followed_behind_one_that_cannot_be_read_again() {
    let (feed, read, asked) = paged(Spooling::unreadable()).await;
    assert_eq!(asked, "12");
    let [Ok(0), Err(why)] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!(why.kind(), std::io::ErrorKind::BrokenPipe);
    assert_eq!(feed.oddities, []);
}
