//! Files: what is good, what is odd, and what stands in place of audio.

use crate::lab::exhibit::{BROKEN, Exhibit, HERE, ITEM, Item, Place, WELL};
use crate::lab::http::{Asked, Reply};
use crate::lab::media::{self, File};

const fn with(serve: fn(&Asked<'_>) -> Reply) -> Place {
    Place { serve, ..HERE }
}

/// What the feed calls an MP3 and is none.
const fn impostor(name: &'static str, what: &'static str, items: &'static [Item]) -> Exhibit {
    Exhibit { name, what, causes: &["media-not-audio"], items, ..BROKEN }
}

/// A file that is as good as an MP3.
const fn good(name: &'static str, what: &'static str, items: &'static [Item]) -> Exhibit {
    Exhibit { name, what, items, ..WELL }
}

pub(super) const ALL: &[Exhibit] = &[
    good("m4a", "AAC in MP4.", &[Item { url: Some("https://{host}/talk.m4a"), file: File::M4a, ..ITEM }]),
    good("vorbis", "Vorbis in Ogg.", &[Item { url: Some("https://{host}/talk.ogg"), file: File::Vorbis, ..ITEM }]),
    good("opus", "Opus in Ogg.", &[Item { url: Some("https://{host}/talk.opus"), file: File::Opus, ..ITEM }]),
    good("flac", "FLAC.", &[Item { url: Some("https://{host}/talk.flac"), file: File::Flac, ..ITEM }]),
    good("wav", "WAV.", &[Item { url: Some("https://{host}/talk.wav"), file: File::Wav, ..ITEM }]),
    good("webm", "WebM.", &[Item { url: Some("https://{host}/talk.webm"), file: File::Webm, ..ITEM }]),
    good("aac", "AAC in ADTS.", &[Item { url: Some("https://{host}/talk.aac"), file: File::Aac, ..ITEM }]),
    good("hls", "An HLS playlist.", &[Item { url: Some("https://{host}/talk.m3u8"), file: File::Hls, ..ITEM }]),
    Exhibit {
        name: "moov-last",
        what: "An MP4 whose index stands behind the audio.",
        causes: &["media-not-streamable"],
        items: &[Item { url: Some("https://{host}/late.m4a"), file: File::M4aLate, ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "mislabelled",
        what: "An MP4 that feed and server call MP3.",
        causes: &["media-type-mismatch"],
        verdict: "warning",
        places: &[with(|asked| media::whole(asked, File::M4a, "audio/mpeg").into())],
        items: &[Item { file: File::M4a, mime: Some("audio/mpeg"), ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "truncated",
        what: "Half of a file whose own header states the whole.",
        causes: &["media-truncated"],
        verdict: "critical",
        items: &[Item { url: Some("https://{host}/truncated.mp3"), file: File::Truncated, ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "text-type",
        what: "An MP3 that the server calls text.",
        causes: &["media-type-mismatch"],
        verdict: "warning",
        places: &[with(|asked| media::whole(asked, File::Mp3, "text/plain").into())],
        ..WELL
    },
    Exhibit {
        name: "octet-stream",
        what: "The file is served as bytes of any kind.",
        causes: &["media-type-mismatch"],
        places: &[with(|asked| media::whole(asked, File::Mp3, "application/octet-stream").into())],
        ..WELL
    },
    Exhibit {
        name: "big-tag",
        what: "300 KB of tag before the first frame.",
        items: &[Item { url: Some("https://{host}/tagged.mp3"), file: File::Tagged, ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "small",
        what: "The whole file is two seconds long.",
        causes: &["media-too-small"],
        verdict: "warning",
        items: &[Item { url: Some("https://{host}/small.mp3"), file: File::Small, ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "empty",
        what: "The file is empty.",
        causes: &["media-empty"],
        items: &[Item { url: Some("https://{host}/empty.mp3"), file: File::Empty, length: Some("600000"), ..ITEM }],
        ..BROKEN
    },
    Exhibit {
        name: "corrupt",
        what: "One frame, and then none where the next should be.",
        causes: &["media-corrupt"],
        items: &[Item { url: Some("https://{host}/corrupt.mp3"), file: File::Corrupt, ..ITEM }],
        ..BROKEN
    },
    Exhibit {
        name: "length-wrong",
        what: "The feed states twice the file's length.",
        causes: &["media-length-mismatch"],
        items: &[Item { length: Some("1200000"), ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "length-zero",
        what: "The feed states a length of 0.",
        causes: &["media-length-mismatch"],
        verdict: "warning",
        items: &[Item { length: Some("0"), ..ITEM }],
        ..WELL
    },
    impostor(
        "html",
        "A web page in place of the file.",
        &[Item { url: Some("https://{host}/page.mp3"), file: File::Html, mime: Some("audio/mpeg"), ..ITEM }],
    ),
    impostor(
        "xml",
        "What S3 says to strangers, with status 200.",
        &[Item { url: Some("https://{host}/error.xml.mp3"), file: File::Xml, mime: Some("audio/mpeg"), ..ITEM }],
    ),
    impostor(
        "json",
        "An error in JSON, with status 200.",
        &[Item { url: Some("https://{host}/error.json.mp3"), file: File::Json, mime: Some("audio/mpeg"), ..ITEM }],
    ),
    impostor(
        "text",
        "Text in place of the file.",
        &[Item { url: Some("https://{host}/text.mp3"), file: File::Text, mime: Some("audio/mpeg"), ..ITEM }],
    ),
    impostor(
        "image",
        "A picture in place of the file.",
        &[Item { url: Some("https://{host}/cover.mp3"), file: File::Image, mime: Some("audio/mpeg"), ..ITEM }],
    ),
    impostor(
        "pdf",
        "A PDF document in place of the file.",
        &[Item { url: Some("https://{host}/paper.mp3"), file: File::Pdf, mime: Some("audio/mpeg"), ..ITEM }],
    ),
    impostor(
        "gzip",
        "The file packed by gzip, without saying so.",
        &[Item { url: Some("https://{host}/packed.mp3"), file: File::Gzip, mime: Some("audio/mpeg"), ..ITEM }],
    ),
];
