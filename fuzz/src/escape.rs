//! Text from outside on its way into a terminal or a document: every function of `markup`, and a
//! report in every format, every text of which is hostile.

use std::sync::Arc;

use podprobe::audio;
use podprobe::feed::EnclosureKind;
use podprobe::judge::apps::Works;
use podprobe::judge::{Code, Outcome, Severity, SubjectKind, Verdict};
use podprobe::markup;
use podprobe::parties::Role;
use podprobe::report::model::apps::App;
use podprobe::report::model::{
    Affects, Bypass, Certificate, Chain, Counts, Days, Dns, Edge, Enclosure, Episode, Fault, FaultPhase, Feed, Finding,
    Hop, Media, Millis, Name, Origin, REPORT_SCHEMA, Reason, SecondOpinion, Seconds, Stamp, Subject, Text, Timings,
    Tls, Unreadable,
};
use podprobe::report::{FORMATS, Format, Report, Style};

/// A tag that stands at the beginning of every hostile text and must come out of no document.
const TAG: &str = "<x-y";

/// Characters of a text that stands in the report: a hundred fields repeat it, and what a long text does
/// is shown by `pieces`.
const SHOWN: usize = 160;

/// Texts, parted by U+001E, through every format.
pub fn run(bytes: &[u8]) {
    through(bytes, FORMATS);
}

/// The same through some formats. Each field of the report takes the next text.
pub fn through(bytes: &[u8], formats: &[Format]) {
    let text = String::from_utf8_lossy(bytes);
    pieces(&text);
    let shown = |piece: &str| Arc::from(TAG.chars().chain(piece.chars()).take(SHOWN).collect::<String>());
    let texts: Vec<Text> = text.split('\u{1e}').map(shown).collect();
    let report = report(&mut Texts { texts: &texts, at: 0 }, bytes.first().copied().unwrap_or_default());
    rendered(&report, formats, bytes.len());
}

/// Whether nothing in it moves a cursor or turns a line around.
fn is_safe(text: &str) -> bool {
    let turns =
        |c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.chars().any(|c| c.is_control() || turns(c))
}

fn pieces(text: &str) {
    let once = markup::terminal(text);
    assert!(is_safe(&once) && !once.contains(['\u{2028}', '\u{2029}']), "{once:?}");
    assert_eq!(markup::terminal(&once), once, "twice is once");
    for columns in [0, 1, 7, 40] {
        let cut = markup::fit(text, columns);
        assert!(is_safe(&cut) && markup::width(&cut) <= columns, "{cut:?}");
        assert_eq!(markup::fit(&cut, columns), cut, "twice is once");
    }
    for document in [markup::html(text), markup::xml(text)] {
        assert!(is_safe(&document) && !document.contains(['<', '>', '"', '\'']), "{document:?}");
    }
    let markdown = markup::markdown(text);
    assert!(is_safe(&markdown), "{markdown:?}");
    assert!(!markdown.replace("<!-- -->", "").contains(['<', '>']), "{markdown:?}");
    for (at, c) in markdown.char_indices().filter(|(_, c)| "`*_[]|~\\".contains(*c)) {
        let before = markdown.get(..at).unwrap_or_default();
        let slashes = before.bytes().rev().take_while(|byte| *byte == b'\\').count();
        let taken = c == '\\' || slashes % 2 == 1;
        assert!(taken, "{c} at {at} means something: {markdown:?}");
    }
    let command = markup::workflow(text);
    assert!(is_safe(&command) && !command.contains("##["), "{command:?}");
    assert!(!markup::workflow_property(text).contains([':', ',']));
    let quoted = serde_json::to_string(text).unwrap_or_default();
    let json = markup::json(&quoted);
    assert!(is_safe(&json), "{json:?}");
    assert_eq!(serde_json::from_str::<String>(&json).ok().as_deref(), Some(text), "read as the same text");
}

fn rendered(report: &Report, formats: &[Format], style: usize) {
    // One style an input: each format takes its time.
    let styles = [
        Style::default(),
        Style { color: true, width: 41, verbose: true, ..Style::default() },
        Style { quiet: true, unicode: false, ..Style::default() },
    ];
    let style = &styles[style % styles.len()];
    for format in formats {
        let out = format.to_text(report, style);
        let bare = if style.color { without_colours(&out) } else { out };
        assert!(bare.split('\n').all(is_safe), "{}: {bare:?}", format.name);
        match format.name {
            "json" => {
                let read: serde_json::Value = serde_json::from_str(&bare).expect("JSON");
                assert_eq!(Some(read), serde_json::to_value(report).ok(), "what is written is read as the same");
            }
            "jsonl" => bare.lines().for_each(|line| {
                let event: serde_json::Value = serde_json::from_str(line).expect("JSON");
                assert!(event["event"].is_string(), "{line}");
            }),
            "html" => {
                assert!(!bare.contains(TAG), "{bare}");
                tags(&bare);
            }
            "junit" => well_formed(&bare),
            "markdown" => assert!(!bare.contains(TAG), "{bare}"),
            "github" => {
                let commands = bare.lines().filter(|line| line.starts_with("::")).count();
                let told = report.findings.len() + report.feeds.len();
                assert!(commands <= told && !bare.contains("##["), "{bare}");
            }
            _ => {}
        }
    }
}

/// What is left when colours are taken off.
fn without_colours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split("\u{1b}[");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (codes, rest) = part.split_once('m').expect("an escape that ends");
        assert!(codes.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'), "{codes}");
        out.push_str(rest);
    }
    out
}

/// Only the tags that a page is made of, and no attribute that runs anything.
fn tags(page: &str) {
    let body = page.split_once("</style>").expect("a page has a style").1;
    for tag in body.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').expect("a tag ends");
        assert!(!text.contains('>'), "{text}");
        assert!(tag.starts_with('/') || tag.starts_with(|c: char| c.is_ascii_lowercase()), "{tag}");
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(!["script", "img", "iframe", "object", "embed", "base", "form", "x"].contains(&name.as_str()), "{tag}");
        // Values out of the way, an attribute's name is all that is left.
        let names: String = tag.split('"').step_by(2).collect();
        assert!(!names.contains(" on") && tag.matches('"').count() % 2 == 0, "{tag}");
    }
}

fn well_formed(document: &str) {
    let mut reader = quick_xml::Reader::from_str(document);
    loop {
        match reader.read_event().expect("well-formed") {
            quick_xml::events::Event::Eof => return,
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                assert!(!tag.name().as_ref().starts_with(TAG.trim_start_matches('<')), "{document}");
                tag.attributes().for_each(|attribute| drop(attribute.expect("an attribute")));
            }
            _ => {}
        }
    }
}

/// Deals the texts out, again and again.
struct Texts<'a> {
    texts: &'a [Text],
    at: usize,
}

impl Texts<'_> {
    fn next(&mut self) -> Text {
        let text = self.texts.get(self.at % self.texts.len()).cloned();
        self.at += 1;
        text.unwrap_or_default()
    }

    fn few(&mut self, count: usize) -> Vec<Text> {
        (0..count).map(|_| self.next()).collect()
    }
}

/// A report with a text from outside in every place that takes one.
fn report(texts: &mut Texts<'_>, choice: u8) -> Report {
    let stamp = Stamp(1_795_000_000);
    let verdict = [Verdict::Critical, Verdict::Warning, Verdict::Unknown, Verdict::Ok][usize::from(choice) % 4];
    let feeds: Vec<Feed> = (0..2).map(|at| feed(texts, verdict, at)).collect();
    let origins: Vec<Origin> = (0..2).map(|_| origin(texts, verdict)).collect();
    let codes = [Code::CertExpired, Code::PrefixDown, Code::EnclosureInvalid, Code::HttpCleartext];
    let findings = codes.iter().enumerate().map(|(at, code)| finding(texts, *code, at, &origins)).collect();
    Report {
        schema: REPORT_SCHEMA,
        version: texts.next(),
        vantage: texts.next(),
        started_at: stamp,
        finished_at: stamp,
        evaluated_at: stamp,
        verdict: Name(verdict),
        interrupted: choice & 16 != 0,
        counts: Counts { feeds: 2, episodes: 2, enclosures: 2, hops: 2, origins: 2, ..Counts::default() },
        feeds,
        origins,
        findings,
        offline: choice & 32 != 0,
    }
}

fn fault(texts: &mut Texts<'_>) -> Fault {
    Fault { phase: Name(FaultPhase::Tls), message: texts.next() }
}

fn feed(texts: &mut Texts<'_>, verdict: Verdict, at: usize) -> Feed {
    Feed {
        source: texts.next(),
        url: Some(texts.next()),
        title: (at == 0).then(|| texts.next()),
        verdict: Name(verdict),
        chain: Some(chain(texts, Outcome::Document)),
        error: (at == 1).then(|| texts.next()),
        episodes: vec![Episode {
            guid: Some(texts.next()),
            title: texts.next(),
            published_at: Some(Stamp(1_795_000_000)),
            verdict: Name(verdict),
            enclosures: vec![Enclosure {
                url: texts.next(),
                planned: texts.few(2),
                strayed: Some(at),
                kind: Name(EnclosureKind::Enclosure),
                media_type: Some(texts.next()),
                length: Some(1),
                verdict: Name(verdict),
                chain: Some(chain(texts, if verdict == Verdict::Ok { Outcome::Media } else { Outcome::Broken })),
                apps: vec![App { app: "app", works: Name(Works::No), because: texts.few(2), name: "App" }].into(),
            }],
        }],
    }
}

fn chain(texts: &mut Texts<'_>, outcome: Outcome) -> Chain {
    let ms = Millis::of(std::time::Duration::from_millis(20));
    let mut hop = || Hop {
        url: texts.next(),
        origin: texts.next(),
        role: Name(Role::Prefix),
        provider: Some(texts.next()),
        address: Some(texts.next()),
        http_version: Some("h2"),
        status: Some(302),
        location: Some(texts.next()),
        timings_ms: Timings { dns: Some(ms), ..Timings::default() },
        reused_connection: false,
        error: Some(Box::new(fault(texts))),
        http2_error: Some(texts.next()),
    };
    let hops = vec![hop(), hop()];
    Chain {
        outcome: Name(outcome),
        final_url: texts.next(),
        total_ms: ms,
        hops,
        media: Some(Box::new(Media {
            format: Name(Some(audio::Format::Mp3)),
            content_type: Some(texts.next()),
            bytes_total: Some(1),
            bytes_read: 1,
            range_supported: Some(true),
            bitrate_kbps: Some(128),
            duration_s: Some(Seconds::of_ms(1000)),
            instead: None,
        })),
        second_opinion: Some(Box::new(SecondOpinion {
            user_agent: texts.next(),
            status: Some(200),
            served: true,
            error: Some(texts.next()),
        })),
        end: Some(texts.next()),
    }
}

fn origin(texts: &mut Texts<'_>, verdict: Verdict) -> Origin {
    let stamp = Stamp(1_795_000_000);
    let ms = Some(Millis::of(std::time::Duration::from_millis(3)));
    let certificate = Certificate {
        subject: texts.next(),
        issuer: texts.next(),
        serial: texts.next(),
        sha256: texts.next(),
        not_before: stamp,
        not_after: stamp,
        names: texts.few(3),
        key: texts.next(),
        signature: texts.next(),
        issuer_name: texts.next(),
    };
    let tls = Tls {
        version: texts.next(),
        cipher: texts.next(),
        alpn: Some(texts.next()),
        chain: vec![Arc::new(certificate)],
        unreadable: vec![Unreadable { index: 1, sha256: texts.next(), why: texts.next() }],
        trusted: false,
        expires_at: Some(stamp),
        expires_in_days: Some(Days::of(-3)),
        problems: vec![Name(Code::CertExpired)],
        trusted_by: texts.few(1),
        not_trusted_by: texts.few(1),
        root: Some(texts.next()),
        reasons: vec![Reason { code: Code::CertExpired, severity: Severity::Critical, evidence: texts.next() }],
        remarks: texts.few(1),
    };
    Origin {
        origin: texts.next(),
        role: Name(Role::Cdn),
        provider: Some(texts.next()),
        verdict: Name(verdict),
        episodes_through: Some(2),
        feeds_through: Some(2),
        dns: Dns { addresses: texts.few(2), cname: texts.few(2), ms, error: Some(fault(texts)), given: 3 },
        edges: vec![
            Edge { address: texts.next(), reachable: true, tls: Some(tls), error: None, connect_ms: ms, tls_ms: ms },
            Edge {
                address: texts.next(),
                reachable: false,
                tls: None,
                error: Some(fault(texts)),
                connect_ms: None,
                tls_ms: None,
            },
        ],
        host: texts.next(),
        status_page: Some(texts.next()),
        support: Some(texts.next()),
    }
}

fn finding(texts: &mut Texts<'_>, code: Code, at: usize, origins: &[Origin]) -> Finding {
    let severity = [Severity::Critical, Severity::Critical, Severity::Warning, Severity::Info][at % 4];
    let kind = [SubjectKind::Origin, SubjectKind::Origin, SubjectKind::Enclosure, SubjectKind::Feed][at % 4];
    Finding {
        id: texts.next(),
        code: Name(code),
        severity: Name(severity),
        subject: Subject { kind: Name(kind), id: texts.next(), name: texts.next() },
        summary: texts.next(),
        detail: texts.next(),
        advice: texts.next(),
        caused_by: None,
        affects: Affects { feeds: 2, episodes: 2 },
        not_listed: [0, 3][at % 2],
        bypass: Some(Bypass { url: texts.next(), works: true }),
        origin: origins.get(at % 2).map(|origin| Arc::clone(&origin.origin)),
    }
}
