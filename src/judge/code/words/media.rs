//! Words for the media.

use super::Words;

pub(crate) const MEDIA_NOT_AUDIO: Words = Words {
    title: "What comes is not audio",
    meaning: "The download works, but what comes is a web page, an error message or another document. Apps show an \
              error or play silence.",
    advice: "Your hosting company, or the last host of the chain, must hand out the file again. Open the URL in a \
             browser to see what comes; upload the file anew if it is gone.",
};

pub(crate) const MEDIA_EMPTY: Words = Words {
    title: "The file is empty",
    meaning: "The server says that all is well and sends nothing. Apps show an error or an episode of no length.",
    advice: "Upload the file again, and ask your hosting company why it serves an empty one.",
};

pub(crate) const MEDIA_TOO_SMALL: Words = Words {
    title: "The file is suspiciously short",
    meaning: "It is below 150 KiB and below one minute. Pocket Casts and AntennaPod take such files for error pages and \
              may refuse them.",
    advice: "If the episode should be longer, upload it again. If it is meant to be so short, a higher bitrate helps.",
};

pub(crate) const MEDIA_CORRUPT: Words = Words {
    title: "The audio file is damaged",
    meaning: "It begins like an audio file, but what follows is not what such a file holds. Apps cannot play it.",
    advice: "Export the episode again and upload it anew. If the file on your disk plays, your hosting company damages \
             it: send it the evidence.",
};

pub(crate) const MEDIA_TRUNCATED: Words = Words {
    title: "The file is cut off",
    meaning: "Less comes than was promised by the server or by the file itself, so the episode ends too early.",
    advice: "Upload the file again. If it is whole at your hosting company, the CDN holds a broken copy: ask it to \
             clear its cache.",
};

pub(crate) const MEDIA_TYPE_MISMATCH: Words = Words {
    title: "Feed, server and file disagree about the format",
    meaning: "The feed or the server calls the file something else than it is. Some apps go by the name and refuse to \
              play it or show the wrong player.",
    advice: "Correct the type in your feed (audio/mpeg for MP3, audio/mp4 or audio/x-m4a for M4A), or ask the host to \
             send the right Content-Type.",
};

pub(crate) const MEDIA_LENGTH_MISMATCH: Words = Words {
    title: "The feed states another file size",
    meaning: "The length in the feed is not the file's. Apps show a wrong size or progress; where ads are inserted for \
              each listener, differences are normal.",
    advice: "Let your hosting company or publishing tool write the real length in bytes into the feed.",
};

pub(crate) const MEDIA_NO_RANGE: Words = Words {
    title: "The server cannot send parts of the file",
    meaning: "Asked for a part, the server sends everything from the start (no byte ranges). Skipping ahead and \
              resuming a download fail in many apps, and Apple Podcasts requires ranges.",
    advice: "Ask the last host of the chain to switch on byte-range requests (Accept-Ranges: bytes).",
};

pub(crate) const MEDIA_BAD_RANGE: Words = Words {
    title: "The server sends the wrong part of the file",
    meaning: "Asked for the start of the file, the server answers with another part, without saying which, or not at \
              all. Apps play garbage, stop, or cannot seek.",
    advice: "The last host of the chain must repair its answers to byte-range requests (RFC 9110, 14).",
};

pub(crate) const MEDIA_NO_HEAD: Words = Words {
    title: "The server refuses to be asked about the file",
    meaning: "Directories such as Apple Podcasts first ask about a file without fetching it (a HEAD request). This \
              server refuses that, though it hands the file out.",
    advice: "Ask the host named in the evidence to answer HEAD like GET.",
};

pub(crate) const MEDIA_SLOW: Words = Words {
    title: "The download is barely faster than playback",
    meaning: "The file came at less than twice the speed at which it plays. Listeners on a slower line than podprobe's \
              hear gaps.",
    advice: "Ask the last host of the chain about its bandwidth, or serve the files through a CDN. Probe again at \
             another hour to be sure that it is not your own line.",
};

pub(crate) const MEDIA_NOT_STREAMABLE: Words = Words {
    title: "Playback starts only after the whole download",
    meaning: "The file's index (an MP4's moov box) is at its end, so apps have to fetch everything before they can \
              start.",
    advice: "Export the file with \"fast start\" (ffmpeg: -movflags +faststart) and upload it again.",
};
