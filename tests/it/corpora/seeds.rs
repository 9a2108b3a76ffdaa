//! Where the seeds of the corpora come from: the project's own feeds, its makers of audio, the lab's
//! certificates, and texts written by hand. `cargo test --test it seeds_are_written -- --ignored`
//! writes them anew; what the fuzzer found (files named otherwise) stays.

use std::fs;
use std::sync::Arc;

use podprobe::audio::make::{self, Mp3, Stated};
use podprobe::cert;
use podprobe::chain::Phase;
use podprobe::config::{Answers, starter};
use podprobe::lab::{EXHIBITS, Lab, Options};
use podprobe::link::Link;
use podprobe::probe::guard::Guard;
use podprobe::probe::overrides::Overrides;
use podprobe::probe::resolve::Resolver;
use podprobe::probe::{Limits, Prober, Settings, trusting};

use super::bodies::cert::{CRL, ISSUER, PUBLIC, STAPLE, TRUST_LAST, input};
use super::fuzz;

/// Files of audio are cut to this many bytes.
const CUT: usize = 3000;

fn write(target: &str, name: &str, bytes: &[u8]) {
    let folder = fuzz().join("corpus").join(target);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("seed-{name}")), bytes).unwrap();
}

#[test]
#[ignore = "writes to fuzz/corpus"]
fn seeds_are_written() {
    for (target, texts) in TEXTS {
        for (at, text) in texts.iter().enumerate() {
            write(target, &format!("{at:02}"), text);
        }
    }
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/feeds")).unwrap() {
        let path = entry.unwrap().path();
        write("feed", path.file_name().unwrap().to_str().unwrap(), &fs::read(&path).unwrap());
    }
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/config")).unwrap() {
        let path = entry.unwrap().path();
        write("config", path.file_name().unwrap().to_str().unwrap(), &fs::read(&path).unwrap());
    }
    write("config", "starter.toml", starter(&Answers::default()).as_bytes());
    audio();
    tokio::runtime::Runtime::new().unwrap().block_on(certificates());
}

fn audio() {
    let mp3 = |spec: Mp3| make::mp3_with(&spec);
    for (name, file) in [
        ("mp3", make::mp3(1, 64)),
        ("xing", mp3(Mp3 { stated: Some(Stated::Xing), variable: true, id3v1: true, ..Mp3::default() })),
        ("info", mp3(Mp3 { stated: Some(Stated::Info), seconds: 150, ..Mp3::default() })),
        ("vbri", mp3(Mp3 { stated: Some(Stated::Vbri), junk: 700, ..Mp3::default() })),
        ("free", mp3(Mp3 { free: true, kbps: 48, ..Mp3::default() })),
        ("tagged", mp3(Mp3 { id3: vec![40, 200], ..Mp3::default() })),
        ("long-tag", [make::id3(300_000).get(..1000).unwrap(), &[0]].concat()),
        ("adts", make::adts(1)),
        ("m4a", make::m4a(true, 1)),
        ("m4a-late", make::m4a_with(false, 1, 400)),
        ("m4a-fragmented", make::m4a_fragmented()),
        ("opus", make::ogg_opus()),
        ("vorbis", make::ogg_vorbis()),
        ("flac", make::flac()),
        ("wav", make::wav(1)),
        ("webm", make::webm()),
        ("hls", make::hls()),
        ("html", b"<!doctype html><title>Sign in</title>".to_vec()),
        ("xml", b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>".to_vec()),
        ("json", b"{\"error\":\"gone\"}".to_vec()),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec()),
        ("png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
        ("pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec()),
        ("adif", b"ADIF\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec()),
    ] {
        let mut file = file;
        file.truncate(CUT);
        // The choice: a total that is the file's, and one that is not.
        file.push(if name.len() % 2 == 0 { 7 } else { 2 });
        write("audio", name, &file);
    }
}

/// Each certificate exhibit of the lab, under its root.
async fn certificates() {
    #[expect(clippy::disallowed_methods, reason = "the lab's certificates are valid now")]
    let now = jiff::Timestamp::now();
    let lab = Lab::open(Options { now }).await.unwrap();
    let prober = Prober::new(settings(&lab), Arc::new(|_, _| false));
    let round = prober.round();
    let der = |pem: String| cert::from_pem(pem.as_bytes()).unwrap().remove(0);
    let (private, public) = (der(lab.ca_pem()), der(lab.public_pem()));
    write("cert", "root", &input(TRUST_LAST, now.as_second(), &[&private]));
    for exhibit in EXHIBITS.iter().filter(|known| known.causes.iter().any(|code| code.starts_with("cert-"))) {
        let origin = Link::parse(&format!("https://{}/", exhibit.host())).unwrap().origin();
        let seen = round.origin(&origin).await;
        let Some(Phase::Done { fact: session, .. }) = seen.edges.first().map(|edge| &edge.tls) else { continue };
        let mut pieces: Vec<&[u8]> = session.staple.as_deref().into_iter().collect();
        pieces.extend(session.served.entries.iter().take(4).filter_map(|entry| Some(&*entry.as_ref().ok()?.der)));
        let is_public = exhibit.causes.iter().any(|code| ["cert-no-sct", "cert-lifetime-too-long"].contains(code));
        pieces.push(if is_public { &public } else { &private });
        let staple = if session.staple.is_some() { STAPLE } else { 0 };
        let flags = TRUST_LAST | staple | if is_public { PUBLIC } else { 0 };
        write("cert", exhibit.name, &input(flags, now.as_second(), &pieces));
        let Some(leaf) = session.served.leaf() else { continue };
        let papers = round.papers(&leaf.issuer_urls, &leaf.crl_urls, None).await;
        if let Some(Ok(list)) = papers.crls.first().map(|fetched| &fetched.got) {
            pieces.insert(0, list);
            write("cert", &format!("{}-list", exhibit.name), &input(TRUST_LAST | CRL, now.as_second(), &pieces));
        } else if let Some(Ok(found)) = papers.issuers.first().map(|fetched| &fetched.got)
            && let Some(issuer) = found.first()
        {
            pieces.insert(0, &issuer.der);
            write("cert", &format!("{}-issuer", exhibit.name), &input(TRUST_LAST | ISSUER, now.as_second(), &pieces));
        }
    }
}

pub(crate) fn settings(lab: &Lab) -> Settings {
    let ways = [format!(":443::{}", lab.tls_port()), format!(":80::{}", lab.http_port())];
    Settings {
        overrides: Arc::new(Overrides::parse(&[], &ways).unwrap()),
        guard: Guard::new(vec!["127.0.0.0/8".parse().unwrap()]),
        resolver: Arc::new(Resolver::server(lab.dns_addr())),
        limits: Limits::default(),
        user_agent: "seeds".into(),
        second_opinion: None,
        concurrency: 8,
        per_host: 8,
        max_redirects: 20,
        fetch_tls: trusting([]),
        clock: None,
        papers: podprobe::probe::papers::Shelf::default(),
    }
}

/// Written by hand.
const TEXTS: &[(&str, &[&[u8]])] = &[
    (
        "link",
        &[
            b"https://u:p@H.example:8443/a%20b/../c?x=1&token=abc#f",
            b"http://[2001:db8::1]/x",
            b"https://dts.podtrac.com/redirect.mp3/https:/pdst.fm/e/cdn.example/a.mp3?sig=1",
            b"https://op3.dev/e,pg=1/https%3A%2F%2Fcdn.example%2Fa.mp3",
            b"https://pfx.example/e/aHR0cHM6Ly9jZG4uZXhhbXBsZS9hLm1wMw",
            b"https://chrt.fm/track/ABC/www.podtrac.com/pts/redirect.mp3/cdn.example/a.mp3",
            b"https://xn--bcher-kva.example/%F0%9F%8E%A7",
            b"http://0x7f.1/ ",
            b"//h.example/a",
            b"ftp://h.example/a.mp3",
            b"alice:hunter2@example.com/feed.xml?auth=S",
            b"https://h.example/?a=b=c&X-Amz-Signature=1%26sig%3D2;jwt=3",
            b"https://h.example/%3Fkey%3Dhttps://u:p@i.example//j?k",
            b"https://arttrk.com/p/AB1/pscrb.fm/rss/p/mgln.ai/e/1/cdn.example/x.mp3?d=1",
        ],
    ),
    (
        "redirect",
        &[
            b"https://h.example/a/b\nc",
            b"https://h.example/a/b?q=1\n?q=2#f",
            b"http://h.example/\n//i.example/x",
            b"https://h.example/\nhttps://[cdn/episode.mp3",
            b"https://h.example/\nftp://h.example/a",
            b"https://h.example/\n/\xc3\xa4.mp3",
            b"https://h.example/\n/\xe4.mp3",
            b"https://h.example/a\n",
            b"https://u:p@h.example/a\n../../..",
            b"https://h.example/a\nhttp://h.example:80/%zz/ b\tc",
            b"https://h.example/a/\na/a",
            b"https://h.example/a\njavascript:alert(1)",
        ],
    ),
    (
        "retry_after",
        &[
            b"120",
            b"Sun, 06 Nov 1994 08:49:37 GMT\nSun, 06 Nov 1994 08:49:07 GMT",
            b"Sunday, 06-Nov-94 08:49:37 GMT\nSun Nov  6 08:49:37 1994",
            b"99999999999999999999",
            b"-1",
            b" 30 ",
            b"Mon, 30 May 2022 20:00:00 -0400",
            b"Mon May 30 20:00:00 2022",
            b"2022-05-30T20:00:00.5+02:00",
            b"2022/05/30 20:00 EST",
            b"30-May-22 8:05 PM PDT",
            b"May 30th, 2022 24:00:60 GMT+2 (comment)",
            b"2022-W05-3",
            b"Fri, 31 Dec 9999 23:59:59 GMT\nThu, 01 Jan 1970 00:00:00 GMT",
        ],
    ),
    (
        "escape",
        &[
            b"The Night Shift\x1eEpisode 1: <b>bold</b> & \"quoted\"",
            b"\x1b[2J\x1b]0;owned\x07\x1e\xe2\x80\xaegpj.exe\x1e\xc2\x9b31m",
            b"[x](javascript:alert(1))\x1e![i](//e.example/p.png)\x1e`code` **b** _i_ ~~s~~ | c",
            b"]]>\x1e<!--\x1e-->\x1e<![CDATA[",
            b"@everyone #12\x1e::error::x\x1e##[add-mask]x\x1e%0A::x\x1e\n::stop-commands::t",
            b"# h\n- b\n1. c\n> q\n\n    code\n***\n<details>",
            b"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\x1e\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd",
            b"\0\x01\x7f\xc2\x85\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\xf3\xa0\x81\xa1\x1e\\\x1e\\\\",
            b"\" onmouseover=\"x\x1e' style='x\x1e&amp;lt;\x1ehttps://u:p@h.example/?token=x",
            b"www.h.example\x1ehttps://h.example\x1e<https://h.example>\x1ea@h.example",
        ],
    ),
];
