//! ffprobe on every file of the lab: format, bitrate, duration; and nothing where podprobe finds none.

use std::collections::BTreeMap;

use serde_json::Value;

use super::curl::connect_to;
use super::{EXHIBITS, enclosures, lab, report, run, settle, text, wanted, words};

/// Where ffprobe reads another file than podprobe.
const DISAGREEMENTS: &[(&str, &str)] = &[
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ffprobe_reads_the_audio_that_podprobe_reads() {
    if !wanted("ffprobe") || !wanted("curl") {
        return;
    }
    let (lab, _) = lab().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file").display().to_string();
    let mut found = BTreeMap::new();
    let mut files = 0;
    for exhibit in EXHIBITS {
        let report = report(&lab, exhibit, &[]).await;
        let connect_to = connect_to(&lab, &report);
        for enclosure in enclosures(&report) {
            // What never answered with a file has nothing to look at.
            let media = &enclosure["chain"]["media"];
            if media.is_null() || !download(&connect_to, enclosure["chain"]["final_url"].as_str().unwrap(), &file).await
            {
                continue;
            }
            files += 1;
            let theirs = look(&file).await;
            if let Some(what) = difference(media, enclosure["chain"]["outcome"] == "media", theirs.as_ref()) {
                found.insert(exhibit.name.to_owned(), what);
            }
        }
    }
    assert!(files > 60, "{files}");
    settle(&found, DISAGREEMENTS);
}

async fn download(connect_to: &[String], url: &str, file: &str) -> bool {
    let _ = std::fs::remove_file(file);
    let mut given = words(&["--silent", "--insecure", "--max-time", "20", "--noproxy", "*", "--output", file]);
    given.extend_from_slice(connect_to);
    given.push(url.to_owned());
    run("curl", given).await.status.success() && std::fs::metadata(file).is_ok()
}

/// Of a file that has an audio stream.
#[derive(Debug)]
struct Look {
    format: String,
    /// Of the stream, and of the file with all that is in it.
    bits_per_second: [Option<f64>; 2],
    seconds: Option<f64>,
}

async fn look(file: &str) -> Option<Look> {
    // A playlist's segments are not there; that it is one is all that is asked.
    if std::fs::read(file).is_ok_and(|bytes| bytes.starts_with(b"#EXTM3U")) {
        return Some(Look { format: "hls".into(), bits_per_second: [None; 2], seconds: None });
    }
    let mut given = words(&["-v", "error", "-show_format", "-show_streams", "-print_format", "json"]);
    given.push(file.to_owned());
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
