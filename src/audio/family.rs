//! Which media types go with which formats. The table is the only place that knows names of types.

use super::Format;

/// What a player has to be able to open: the container, whatever the type calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// MPEG audio layers II and III.
    Mpeg,
    /// Bare AAC.
    Aac,
    /// ISO base media, QuickTime.
    Mp4,
    /// Ogg with Vorbis, Opus or Speex.
    Ogg,
    /// FLAC.
    Flac,
    /// RIFF WAVE.
    Wav,
    /// WebM, Matroska.
    Webm,
    /// An HLS playlist.
    Hls,
}

/// What a media type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TypeFamily {
    /// Audio or video of one of these families.
    Media(&'static [Family]),
    /// Bytes of whatever kind (`application/octet-stream`), or no type at all.
    Generic,
    /// A document for people or programs: `text/*`, JSON, XML.
    Text,
    /// `image/*`.
    Image,
    /// Anything else, media that podcasts do not come in among it.
    Other,
}

impl TypeFamily {
    /// Whether bytes of this family may be served under the type. `None` where the type says nothing.
    pub fn fits(self, family: Family) -> Option<bool> {
        match self {
            Self::Media(families) => Some(families.contains(&family)),
            Self::Generic => None,
            Self::Text | Self::Image | Self::Other => Some(false),
        }
    }

    /// Whether two types, say the feed's and the response's, can mean the same file. `None` where one
    /// of them says nothing.
    pub fn agrees(self, other: Self) -> Option<bool> {
        match (self, other) {
            (Self::Generic, _) | (_, Self::Generic) => None,
            (Self::Media(ours), Self::Media(theirs)) => Some(ours.iter().any(|family| theirs.contains(family))),
            _ => Some(self == other),
        }
    }
}

/// The family of proven bytes.
pub fn family(format: Format) -> Family {
    match format {
        Format::Mp3 | Format::Mp2 => Family::Mpeg,
        Format::Aac => Family::Aac,
        Format::Mp4 => Family::Mp4,
        Format::OggVorbis | Format::OggOpus => Family::Ogg,
        Format::Flac => Family::Flac,
        Format::Wav => Family::Wav,
        Format::Webm => Family::Webm,
        Format::Hls => Family::Hls,
    }
}

const GENERIC: TypeFamily = TypeFamily::Generic;
const MPEG: TypeFamily = TypeFamily::Media(&[Family::Mpeg]);
const AAC: TypeFamily = TypeFamily::Media(&[Family::Aac, Family::Mp4]);
const MP4: TypeFamily = TypeFamily::Media(&[Family::Mp4]);
const OGG: TypeFamily = TypeFamily::Media(&[Family::Ogg, Family::Flac]);
const OPUS: TypeFamily = TypeFamily::Media(&[Family::Ogg]);
const FLAC: TypeFamily = TypeFamily::Media(&[Family::Flac]);
const WAV: TypeFamily = TypeFamily::Media(&[Family::Wav]);
const WEBM: TypeFamily = TypeFamily::Media(&[Family::Webm]);
const HLS: TypeFamily = TypeFamily::Media(&[Family::Hls]);

/// Every type that is known by name, in lower case. Two types are of the same family when a player
/// that opens the one opens the other: the container counts, not the codec, not audio or video, and
/// not the many names that servers have for it. So `audio/mpeg` and `audio/x-mp3` are the same,
/// `video/mp4` and `audio/x-m4a` are, and `audio/mpeg` and `audio/mp4` are not. `audio/aac` is said
/// of bare AAC and of AAC in MP4 alike, `audio/ogg` of everything in Ogg, FLAC too (RFC 5334).
const TYPES: &[(&str, TypeFamily)] = &[
    ("", GENERIC),
    ("application/binary", GENERIC),
    ("application/download", GENERIC),
    ("application/force-download", GENERIC),
    ("application/octet-stream", GENERIC),
    ("application/octetstream", GENERIC),
    ("application/save", GENERIC),
    ("application/unknown", GENERIC),
    ("application/x-binary", GENERIC),
    ("application/x-download", GENERIC),
    ("application/x-force-download", GENERIC),
    ("application/x-unknown", GENERIC),
    ("audio", GENERIC),
    ("audio/*", GENERIC),
    ("audio/unknown", GENERIC),
    ("audio/x-unknown", GENERIC),
    ("binary/octet-stream", GENERIC),
    ("unknown", GENERIC),
    ("unknown/unknown", GENERIC),
    ("video", GENERIC),
    ("video/*", GENERIC),
    ("audio/mp3", MPEG),
    ("audio/mpa", MPEG),
    ("audio/mpa-robust", MPEG),
    ("audio/mpeg", MPEG),
    ("audio/mpeg2", MPEG),
    ("audio/mpeg3", MPEG),
    ("audio/mpegaudio", MPEG),
    ("audio/mp2", MPEG),
    ("audio/mpg", MPEG),
    ("audio/x-mp2", MPEG),
    ("audio/x-mp3", MPEG),
    ("audio/x-mpeg", MPEG),
    ("audio/x-mpeg-3", MPEG),
    ("audio/x-mpeg3", MPEG),
    ("audio/x-mpegaudio", MPEG),
    ("audio/x-mpg", MPEG),
    ("mp3", MPEG),
    ("mpeg", MPEG),
    ("x-audio/mp3", MPEG),
    ("x-audio/mpeg", MPEG),
    ("audio/aac", AAC),
    ("audio/aacp", AAC),
    ("audio/x-aac", AAC),
    ("audio/x-hx-aac-adts", AAC),
    ("audio/vnd.dlna.adts", AAC),
    ("application/mp4", MP4),
    ("application/x-m4a", MP4),
    ("audio/m4a", MP4),
    ("audio/m4b", MP4),
    ("audio/mp4", MP4),
    ("audio/mp4a-latm", MP4),
    ("audio/mpeg4", MP4),
    ("audio/x-m4a", MP4),
    ("audio/x-m4b", MP4),
    ("audio/x-mp4", MP4),
    ("video/m4v", MP4),
    ("video/mov", MP4),
    ("video/mp4", MP4),
    ("video/quicktime", MP4),
    ("video/x-m4v", MP4),
    ("video/x-mp4", MP4),
    ("application/ogg", OGG),
    ("application/x-ogg", OGG),
    ("audio/ogg", OGG),
    ("audio/x-ogg", OGG),
    ("video/ogg", OGG),
    ("audio/opus", OPUS),
    ("audio/speex", OPUS),
    ("audio/vorbis", OPUS),
    ("audio/x-opus", OPUS),
    ("audio/x-opus+ogg", OPUS),
    ("audio/x-speex", OPUS),
    ("audio/x-vorbis", OPUS),
    ("audio/x-vorbis+ogg", OPUS),
    ("application/flac", FLAC),
    ("audio/flac", FLAC),
    ("audio/x-flac", FLAC),
    ("audio/vnd.wav", WAV),
    ("audio/vnd.wave", WAV),
    ("audio/wav", WAV),
    ("audio/wave", WAV),
    ("audio/x-pn-wav", WAV),
    ("audio/x-wav", WAV),
    ("audio/matroska", WEBM),
    ("audio/webm", WEBM),
    ("audio/x-matroska", WEBM),
    ("video/matroska", WEBM),
    ("video/webm", WEBM),
    ("video/x-matroska", WEBM),
    ("application/mpegurl", HLS),
    ("application/vnd.apple.mpegurl", HLS),
    ("application/vnd.apple.mpegurl.audio", HLS),
    ("application/x-mpegurl", HLS),
    ("audio/mpegurl", HLS),
    ("audio/x-mpegurl", HLS),
    ("vnd.apple.mpegurl", HLS),
    ("application/atom+xml", TypeFamily::Text),
    ("application/javascript", TypeFamily::Text),
    ("application/json", TypeFamily::Text),
    ("application/rss+xml", TypeFamily::Text),
    ("application/xhtml+xml", TypeFamily::Text),
    ("application/xml", TypeFamily::Text),
];

/// What a media type says, as written in a feed or a `Content-Type`: parameters, letter case and
/// space around it do not count. Types that are not in the table go by their top level and suffix:
/// `text/*`, `*+json` and `*+xml` are text, `image/*` is a picture, the rest is [`TypeFamily::Other`].
pub fn family_of_type(mime: &str) -> TypeFamily {
    let name = mime.split([';', ',']).next().unwrap_or_default().trim().trim_matches('"').to_ascii_lowercase();
    if let Some((_, family)) = TYPES.iter().find(|(known, _)| *known == name) {
        return *family;
    }
    if name.starts_with("image/") {
        return TypeFamily::Image;
    }
    if name.starts_with("text/") || name.ends_with("+xml") || name.ends_with("+json") {
        return TypeFamily::Text;
    }
    TypeFamily::Other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_container_are_one_family() {
        for name in
            ["audio/mpeg", "audio/mp3", "x-audio/mp3", "audio/x-mp3", "audio/mpeg3", "Audio/MPEG; charset=utf-8"]
        {
            assert_eq!(family_of_type(name), MPEG, "{name}");
            assert_eq!(family_of_type(name).fits(family(Format::Mp3)), Some(true), "{name}");
            assert_eq!(family_of_type(name).fits(family(Format::Mp4)), Some(false), "{name}");
        }
        for name in ["audio/mp4", "audio/x-m4a", "video/mp4", "audio/m4b", "audio/aac"] {
            assert_eq!(family_of_type(name).fits(Family::Mp4), Some(true), "{name}");
            assert_eq!(family_of_type(name).agrees(family_of_type("video/quicktime")), Some(true), "{name}");
        }
        assert_eq!(family_of_type("audio/mp4").fits(Family::Aac), Some(false));
        assert_eq!(family_of_type("audio/aac").fits(Family::Aac), Some(true));
        assert_eq!(family_of_type("audio/ogg").fits(family(Format::OggOpus)), Some(true));
        assert_eq!(family_of_type("audio/ogg").fits(family(Format::Flac)), Some(true));
        assert_eq!(family_of_type("application/vnd.apple.mpegurl").fits(Family::Hls), Some(true));
        assert_eq!(family_of_type("audio/mpeg").agrees(family_of_type("audio/mp4")), Some(false));
    }

    #[test]
    fn types_that_say_nothing_disagree_with_nothing() {
        for name in ["", " ", "application/octet-stream", "binary/octet-stream", "application/force-download"] {
            assert_eq!(family_of_type(name), TypeFamily::Generic, "{name:?}");
            assert_eq!(family_of_type(name).fits(Family::Mpeg), None);
            assert_eq!(family_of_type(name).agrees(MPEG), None);
        }
    }

    #[test]
    fn what_is_no_audio_fits_none() {
        assert_eq!(family_of_type("text/html;charset=utf-8"), TypeFamily::Text);
        assert_eq!(family_of_type("application/problem+json"), TypeFamily::Text);
        assert_eq!(family_of_type("application/xml"), TypeFamily::Text);
        assert_eq!(family_of_type("image/jpeg"), TypeFamily::Image);
        assert_eq!(family_of_type("application/pdf"), TypeFamily::Other);
        assert_eq!(family_of_type("audio/x-ms-wma"), TypeFamily::Other);
        assert_eq!(TypeFamily::Text.fits(Family::Mpeg), Some(false));
        assert_eq!(TypeFamily::Text.agrees(MPEG), Some(false));
        assert_eq!(TypeFamily::Text.agrees(TypeFamily::Text), Some(true));
    }

    #[test]
    fn the_table_names_each_type_once_and_in_lower_case() {
        for (at, (name, _)) in TYPES.iter().enumerate() {
            assert_eq!(*name, name.to_ascii_lowercase());
            assert!(TYPES.iter().skip(at + 1).all(|(other, _)| other != name), "{name} twice");
        }
        for format in Format::ALL {
            assert!(TYPES.iter().any(|(_, of)| of.fits(family(*format)) == Some(true)), "{format}");
        }
    }
}
