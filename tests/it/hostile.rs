//! Feeds made to fill the memory: each is many times larger than what may be held of it. A process of
//! its own reads them one after the other and looks at its peak, for tests beside it would count.

use std::fs;
use std::io::Read;
use std::process::Command;

use podprobe::app::spool::Spooling;
use podprobe::feed::{Document, Hints, Limit, Limits, Oddity, OddityKind, parse, parse_into};

/// Bytes of every document, and what may be held of one that is read past.
const SIZE: usize = 4 << 20;
const PASSING: usize = 3 << 20;
/// What episodes and entries may take here, and what may be held of a document in all.
const KEPT: usize = 4 << 20;
const WHOLE: usize = 12 << 20;

/// Cases whose episodes wait on disk.
const FILES: &str = "files";
const MANY_FILES: &str = "many files an episode";

const RSS: &str = "<rss><channel><item><guid>first</guid><pubDate>2030-01-01</pubDate></item>";
const ENTITY: &str = "<!DOCTYPE rss [<!ENTITY a 'EXPANSION'>]>";

/// `start` and then `unit` without end.
struct Endless {
    start: Vec<u8>,
    unit: Vec<u8>,
    given: usize,
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let at = self.given;
        let from = match at.checked_sub(self.start.len()) {
            None => &self.start[at..],
            Some(past) => &self.unit[past % self.unit.len()..],
        };
        let size = from.len().min(out.len()).min(SIZE.saturating_sub(at));
        out[..size].copy_from_slice(&from[..size]);
        self.given += size;
        Ok(size)
    }
}

/// Name, beginning, what is repeated, bytes that may be held, and whether a limit must be told.
fn cases() -> Vec<(&'static str, String, String, usize, Option<Limit>)> {
    let long = "n".repeat(900_000);
    let rss = RSS.to_owned();
    let bomb = format!("{}{RSS}", ENTITY.replace("EXPANSION", &"x".repeat(250)));
    let text = Some(Limit::Text);
    vec![
        ("text", format!("{rss}<item><title>"), "x".into(), WHOLE, text),
        ("text in CDATA", format!("{rss}<item><title><![CDATA["), "x".into(), PASSING, text),
        ("name", format!("{rss}<"), "a".into(), PASSING, text),
        ("names within names", rss.clone(), format!("<{long}>"), PASSING, None),
        ("end tags", rss.clone(), format!("</{long}>"), PASSING, None),
        ("value", format!("{rss}<a b='"), "x".into(), PASSING, text),
        ("attributes", format!("{rss}<a"), " b='c'".into(), PASSING, text),
        ("tags of many attributes", rss.clone(), format!("<a{}/>", " b='c' d='e'".repeat(5000)), PASSING, None),
        ("prefixes", rss.clone(), format!("<{long}:a/>"), PASSING, None),
        ("declared prefixes", rss.clone(), format!("<a xmlns:{long}='x'>"), PASSING, None),
        ("comment", format!("{rss}<!--"), "x".into(), PASSING, text),
        ("instruction", format!("{rss}<?a "), "x".into(), PASSING, text),
        ("DOCTYPE", format!("{rss}<!DOCTYPE a ["), "<!ENTITY b 'c'>".into(), PASSING, text),
        ("DOCTYPEs", rss.clone(), format!("<!DOCTYPE a [{}]>", "<!ENTITY b 'c'>".repeat(60)), PASSING, None),
        ("depth", rss.clone(), "<a>".into(), PASSING, Some(Limit::Depth)),
        (
            "entities in attributes",
            bomb.clone(),
            format!("<item><enclosure url='{}'/></item>", "&a;".repeat(300_000)),
            WHOLE,
            text,
        ),
        ("entities in texts", bomb, format!("<item><title>{}</title></item>", "&a;".repeat(3000)), WHOLE, text),
        ("items", rss.clone(), "<item/>".into(), WHOLE, Some(Limit::Episodes)),
        (
            "enclosures",
            rss.clone(),
            "<item><enclosure url='https://a.example/'/><enclosure url='b'/></item>".into(),
            WHOLE,
            Some(Limit::Episodes),
        ),
        (FILES, rss.clone(), "<item><enclosure url='https://a.example/'/></item>".into(), WHOLE, Some(Limit::Episodes)),
        (
            MANY_FILES,
            rss,
            format!("<item>{}</item>", "<enclosure url='https://a.example/'/>".repeat(50)),
            WHOLE,
            Some(Limit::Episodes),
        ),
        (
            "entities in a list",
            format!("{}<opml><outline xmlUrl='first'/>", ENTITY.replace("EXPANSION", &"x".repeat(250))),
            format!("<outline xmlUrl='{}'/>", "&a;".repeat(200)),
            WHOLE,
            Some(Limit::Entries),
        ),
    ]
}

fn kib(name: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
}

/// Reads one to the end, its episodes on disk if wanted; how many came back from there.
fn read(input: impl Read, spooled: bool) -> (Document, usize) {
    let limits = Limits { episodes: None, kept: KEPT, ..Limits::default() };
    if !spooled {
        return (parse(input, &Hints::default(), &limits), 0);
    }
    let mut spool = Spooling::new(KEPT).open();
    let document = parse_into(input, &Hints::default(), &limits, &mut spool);
    (document, spool.into_episodes().map(Result::unwrap).count())
}

/// Each runs in a process of its own, started by the test below: what one case leaves to the allocator
/// the next one takes.
#[test]
#[ignore = "a part of the test below"]
fn reads_them_one_after_the_other() {
    read_all(false);
}

#[test]
#[ignore = "a part of the test below"]
fn reads_them_with_a_spool() {
    read_all(true);
}

#[expect(clippy::print_stdout, reason = "the figures are what one runs it by hand for")]
fn read_all(spooled: bool) {
    let mut cases = cases();
    if spooled {
        // What a spool holds is looked at before others leave the allocator anything, but what the first
        // reading loads of the program is no document's.
        let short = format!("{RSS}{}", "<item><enclosure url='https://a.example/'/></item>".repeat(2000));
        assert_eq!(read(short.as_bytes(), spooled).1, 2000);
        cases.sort_by_key(|case| !case.0.contains(FILES));
    }
    for (name, start, unit, most, limit) in cases {
        // Whole chunks at once: a reader that drips is another matter.
        let unit = unit.repeat((64 << 10) / unit.len() + 1);
        let endless = Endless { start: start.into_bytes(), unit: unit.into_bytes(), given: 0 };
        fs::write("/proc/self/clear_refs", "5").unwrap();
        let before = kib("VmRSS:");
        let (document, on_disk) = read(endless, spooled);
        let held = kib("VmHWM:").saturating_sub(before) * 1024;
        let is_spool = spooled && name.contains(FILES);
        assert_eq!(on_disk > 0, is_spool, "{name}: {on_disk} were on disk");
        let most = if is_spool { KEPT } else { most };
        println!("{name}: {} KiB", held / 1024);
        assert!(held < most, "{name}: {held} bytes were held");
        let oddities: &[Oddity] = match &document {
            Document::Feed(feed) => {
                let first = &feed.episodes[0];
                assert_eq!(first.guid.as_deref(), Some("first"), "{name}: what came before is kept");
                &feed.oddities
            }
            Document::List(list) => {
                assert_eq!(list.entries[0].url, "first", "{name}");
                &list.oddities
            }
            Document::Other(other) => panic!("{name}: {other:?}"),
        };
        assert!(!oddities.is_empty(), "{name}: nothing is told");
        if let Some(limit) = limit {
            assert!(oddities.iter().any(|oddity| oddity.what == OddityKind::Limit(limit)), "{name}: {oddities:?}");
        }
    }
}

#[test]
fn what_never_ends_does_not_fill_the_memory() {
    for name in ["hostile::reads_them_one_after_the_other", "hostile::reads_them_with_a_spool"] {
        let out = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", name, "--nocapture", "--test-threads=1"])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&out.stdout);
        let errors = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success() && told.contains("1 passed"), "{told}\n{errors}");
    }
}
