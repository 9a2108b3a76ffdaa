//! Bytes in every encoding: by BOM, by declaration, by Content-Type, by nothing.

use encoding_rs::{EUC_JP, Encoding, GBK, SHIFT_JIS, WINDOWS_1251};

use super::*;

fn utf_16(text: &str, big: bool, bom: bool) -> Vec<u8> {
    let bom = bom.then_some(0xfeff);
    let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
    bom.into_iter().chain(text.encode_utf16()).flat_map(bytes).collect()
}

fn document(declared: &str, title: &str) -> String {
    format!("<?xml version=\"1.0\"{declared}?>\n<rss><channel><title>{title}</title></channel></rss>")
}

fn title_and_oddities(bytes: &[u8], content_type: Option<&str>) -> (String, Vec<OddityKind>) {
    let feed = as_feed(parse(bytes, &Hints { content_type, base: None }, &limits()));
    (feed.title, feed.oddities.into_iter().map(|oddity| oddity.what).collect())
}

#[test]
fn a_declared_encoding_counts() {
    for (encoding, label, title) in [
        (WINDOWS_1251, "windows-1251", "Соль"),
        (SHIFT_JIS, "Shift_JIS", "塩と胡椒"),
        (EUC_JP, "euc-jp", "塩と胡椒"),
        (GBK, "gb2312", "盐"),
    ] {
        let text = document(&format!(" encoding='{label}' standalone='yes'"), title);
        let (bytes, _, unmappable) = encoding.encode(&text);
        assert!(!unmappable);
        assert_eq!(title_and_oddities(&bytes, None), (title.to_owned(), vec![]), "{label}");
        let other = Some("text/xml; charset=iso-8859-1");
        assert_eq!(title_and_oddities(&bytes, other).0, title, "{label}: the declaration goes before the Content-Type");
    }
    assert_eq!(feed(sample("windows-1251.xml")).title, "Соль и перец");
}

#[test]
fn utf_16_is_told_by_its_bom_or_its_shape() {
    for big in [true, false] {
        for bom in [true, false] {
            for declared in ["", " encoding='utf-16'", " encoding='windows-1251'"] {
                let bytes = utf_16(&document(declared, "Salz 🧂 é"), big, bom);
                assert_eq!(
                    title_and_oddities(&bytes, None),
                    ("Salz 🧂 é".to_owned(), vec![]),
                    "{big} {bom} {declared}"
                );
            }
        }
    }
    let bytes = utf_16("<rss><channel><title>é</title></channel></rss>", false, false);
    assert_eq!(feed(bytes).title, "é");
}

#[test]
fn a_bom_goes_before_everything() {
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(document(" encoding='windows-1251'", "é").bytes());
    assert_eq!(title_and_oddities(&bytes, Some("text/xml; charset=koi8-r")), ("é".to_owned(), vec![]));
}

#[test]
fn without_a_declaration_the_content_type_counts() {
    let (bytes, ..) = WINDOWS_1251.encode("<rss><channel><title>Соль</title></channel></rss>");
    for content_type in ["text/xml; charset=windows-1251", "text/xml;CHARSET=\"cp1251\"; x=y"] {
        assert_eq!(title_and_oddities(&bytes, Some(content_type)), ("Соль".to_owned(), vec![]), "{content_type}");
    }
}

#[test]
fn a_declaration_of_utf_16_that_can_be_read_as_bytes_is_wrong() {
    let bytes = document(" encoding='UTF-16'", "é").into_bytes();
    assert_eq!(title_and_oddities(&bytes, None), ("é".to_owned(), vec![]));
}

#[test]
fn an_unknown_encoding_is_said_and_read_all_the_same() {
    let bytes = document(" encoding='klingon'", "é").into_bytes();
    let unknown = OddityKind::UnknownEncoding("klingon".into());
    assert_eq!(title_and_oddities(&bytes, None), ("é".to_owned(), vec![unknown]));
}

#[test]
fn bytes_that_nobody_declared_turn_to_windows_1252_where_utf_8_ends() {
    let mut bytes = b"<rss>\n<channel><title>caf\xc3\xa9 ".to_vec();
    bytes.extend(b"caf\xe9 \x93x\x94</title></channel></rss>");
    let feed = feed(&bytes);
    assert_eq!(feed.title, "café café “x”");
    let bad = OddityKind::BadEncoding("UTF-8; read as windows-1252".into());
    assert_eq!(feed.oddities, [Oddity { line: 2, column: 25, what: bad }]);
}

#[test]
fn bytes_that_break_a_declared_encoding_are_replaced_and_placed() {
    let mut bytes = document(" encoding='UTF-8'", "é").into_bytes();
    let at = bytes.iter().position(|byte| *byte == 0xc3).unwrap();
    bytes.splice(at..at + 2, *b"ab\xff");
    let feed = feed(&bytes);
    assert_eq!(feed.title, "ab\u{fffd}");
    assert_eq!(feed.oddities, [Oddity { line: 2, column: 24, what: OddityKind::BadEncoding("UTF-8".into()) }]);
}

/// A reader that gives one byte at a time: no character may depend on where a read ends.
struct Drop<'a>(&'a [u8]);

impl Read for Drop<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let length = out.len().min(1);
        self.0.read(&mut out[..length])
    }
}

#[test]
fn characters_are_whole_wherever_a_read_ends() {
    let long = "é塩🧂".repeat(20_000);
    let item = format!(
        "<rss><channel><title>é</title><item><description>{long}</description><title>塩</title></item></channel></rss>"
    );
    let labelled = |encoding: &'static Encoding, bytes: Vec<u8>| (encoding.name(), bytes);
    let documents = [
        labelled(encoding_rs::UTF_8, item.clone().into_bytes()),
        labelled(encoding_rs::UTF_16LE, utf_16(&item, false, true)),
        ("undeclared", item.clone().into_bytes()),
    ];
    for (name, bytes) in documents {
        for content_type in [None, Some("text/xml; charset=utf-8")] {
            let hints = Hints { content_type, base: None };
            let feed = as_feed(parse(Drop(&bytes), &hints, &limits()));
            assert_eq!((feed.title.as_str(), titles(&feed)), ("é", vec!["塩"]), "{name}");
            assert_eq!(feed.oddities, [], "{name}");
        }
    }
}
