//! ffprobe on every file of the lab: format, bitrate, duration; and nothing where podprobe finds none.

use std::io::Read as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::curl::{STALLED, connect_to};
use super::{Known, Outcome, Reasons, enclosures, lab, on_all, report, run, settle, text, wanted, words};

/// Where ffprobe reads another file than podprobe.
const DISAGREEMENTS: Reasons = &[
    ("endless-sample", "the server says how long the file is and sends without end; ffprobe has the first 8 MiB of it"),
    (
        "huge-range",
        "the server says that the file has sixteen exabytes, and podprobe reckons with it; ffprobe has 64 KiB",
    ),
    ("opus", "a chain of many streams of two seconds: ffprobe tells the first one, podprobe estimates them all"),
    ("vorbis", "the same"),
    ("range-elsewhere", "the server's answer to a range is at fault, not its file; ffprobe has the whole file"),
    ("range-multipart", "the same"),
    ("range-refused", "the same"),
];

/// What curl cannot download, so that ffprobe has nothing to look at.
const LEFT_OUT: Reasons = &[
    ("bad-handshake", "curl refuses the handshake even where it verifies nothing; podprobe goes on to see the file"),
    ("garbage-certificate", "curl refuses a certificate that cannot be read; podprobe goes on to see the file"),
    ("p521-bad-handshake", "as bad-handshake"),
];

pub(super) const KNOWN: Known =
    Known { is_kind: |exhibit| exhibit.outcome == Some("media"), disagreements: DISAGREEMENTS, left_out: LEFT_OUT };

/// The most that is taken of a file, in bytes: more than the lab's largest, less than its endless ones.
const MOST: u64 = 8 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ffprobe_reads_the_audio_that_podprobe_reads() {
    if !wanted("ffprobe") || !wanted("curl") {
        return;
    }
    let (lab, _) = lab().await;
    let found = on_all(async |exhibit| {
        let report = report(&lab, exhibit).await;
        let connect_to = connect_to(&lab, &report);
        let mut outcome = Outcome::default();
        for enclosure in enclosures(&report) {
            outcome.add(compare(&connect_to, &enclosure["chain"]).await);
        }
        outcome
    })
    .await;
    settle("ffprobe", &found, &KNOWN);
}

/// A file at the end of a chain. What never answered with one, or with no byte to either program,
/// has nothing to look at; of one that broke off ffprobe looks at what came.
async fn compare(connect_to: &[String], chain: &Value) -> Outcome {
    let (media, url) = (&chain["media"], chain["final_url"].as_str().unwrap_or_default());
    let mut outcome = Outcome::default();
    if media.is_null() {
        return outcome;
    }
    let last = chain["hops"].as_array().and_then(|hops| hops.last()).map(|hop| &hop["http_version"]);
    let (bytes, end) = download(connect_to, url, last.is_some_and(|version| version == "http/1.1")).await;
    if bytes.is_empty() && !end.is_empty() {
        if media["bytes_read"] != 0 || chain["outcome"] == "media" {
            outcome.missed.push(format!("{url}: {end}"));
        }
        return outcome;
    }
    outcome.compared = 1;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let theirs = look(&bytes, file.path().display().to_string()).await;
    if let Some(what) = difference(media, chain["outcome"] == "media", theirs.as_ref()) {
        outcome.differs.push(format!("{url}: {what}; curl has {} bytes {end}", bytes.len()));
    }
    outcome
}

/// What curl got of a file, and how it ended; nothing where it ended well. By HTTP/1.1 alone where
/// podprobe had to fall back to it, which curl does not do.
async fn download(connect_to: &[String], url: &str, only_http1: bool) -> (Vec<u8>, String) {
    let mut given = words(&["--silent", "--show-error", "--insecure", "--max-time", "20", "--noproxy", "*"]);
    given.extend(words(STALLED));
    given.extend_from_slice(connect_to);
    given.extend(only_http1.then(|| "--http1.1".to_owned()));
    given.push(url.to_owned());
    let fetch = move || {
        let mut command = Command::new("curl");
        command.args(&given).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut curl = command.spawn().unwrap();
        let mut bytes = Vec::new();
        curl.stdout.take().unwrap().take(MOST).read_to_end(&mut bytes).unwrap();
        // With nobody to read on, a file without end ends here.
        let output = curl.wait_with_output().unwrap();
        let end = if output.status.success() { String::new() } else { text(&output.stderr).trim().to_owned() };
        (bytes, end)
    };
    tokio::task::spawn_blocking(fetch).await.unwrap()
}

/// Of a file that has an audio stream.
#[derive(Debug)]
struct Look {
    format: String,
    /// Of the stream, and of the file with all that is in it.
    bits_per_second: [Option<f64>; 2],
    seconds: Option<f64>,
}

async fn look(bytes: &[u8], file: String) -> Option<Look> {
    // A playlist's segments are not there; that it is one is all that is asked.
    if bytes.starts_with(b"#EXTM3U") {
        return Some(Look { format: "hls".into(), bits_per_second: [None; 2], seconds: None });
    }
    let mut given = words(&["-v", "error", "-show_format", "-show_streams", "-print_format", "json"]);
    given.push(file);
    let output = run("ffprobe", given).await;
    let json: Value = serde_json::from_str(&text(&output.stdout)).ok()?;
    let stream = json["streams"].as_array()?.iter().find(|stream| stream["codec_type"] == "audio")?.clone();
    let container = json["format"]["format_name"].as_str().unwrap_or_default().to_owned();
    let codec = stream["codec_name"].as_str().unwrap_or_default();
    let format = match (container.as_str(), codec) {
        ("ogg", codec) => format!("ogg-{codec}"),
        (_, "mp3" | "mp2") => codec.to_owned(),
        (names, _) if names.contains("mp4") => "mp4".into(),
        (names, _) if names.contains("webm") => "webm".into(),
        _ => container,
    };
    let number = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
    let bits = [&stream, &json["format"]].map(|part| number(&part["bit_rate"]));
    Some(Look { format, bits_per_second: bits, seconds: number(&json["format"]["duration"]) })
}

fn difference(ours: &Value, is_media: bool, theirs: Option<&Look>) -> Option<String> {
    let format = ours["format"].as_str().unwrap_or_default();
    let Some(theirs) = theirs else { return is_media.then(|| format!("podprobe {format}, ffprobe no audio")) };
    if !is_media {
        return Some(format!("podprobe no audio, ffprobe {theirs:?}"));
    }
    if theirs.format != format {
        return Some(format!("podprobe {format}, ffprobe {theirs:?}"));
    }
    let apart = |one: Option<f64>, two: Option<f64>, share: f64, least: f64| match (one, two) {
        (Some(one), Some(two)) => (one - two).abs() > (one.max(two) * share).max(least),
        _ => false,
    };
    let seconds = ours["duration_s"].as_f64();
    if apart(seconds, theirs.seconds, 0.02, 0.15) {
        return Some(format!("podprobe {seconds:?} s, ffprobe {theirs:?}"));
    }
    let bits = ours["bitrate_kbps"].as_f64().map(|kbps| kbps * 1000.0);
    if theirs.bits_per_second.iter().all(|theirs| apart(bits, *theirs, 0.03, 1000.0)) {
        return Some(format!("podprobe {bits:?} bit/s, ffprobe {theirs:?}"));
    }
    None
}
