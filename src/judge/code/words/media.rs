//! Words for the media.

words! { MEDIA_NOT_AUDIO
    title: "What comes is not audio",
    meaning: "The download works, but what comes is a web page, an error message or another document. Apps show an \
              error or play silence.",
    fixer: "Your hosting company, or the last host of the chain, must hand out the file again.",
    meanwhile: "Open the URL in a browser to see what comes; upload the file anew if it is gone.",
    to: Host,
    letter: "{host} sends a page or a document in place of the audio of our episode, with a status that says that \
             all is well. Please hand out the file again; what came is below.",
}

words! { MEDIA_EMPTY
    title: "The file is empty",
    meaning: "The server says that all is well and sends nothing. Apps show an error or an episode of no length.",
    fixer: "Upload the file again, and ask your hosting company why it serves an empty one.",
    meanwhile: "Until then listeners get an episode of no length.",
    to: Host,
    letter: "{host} serves an empty file for our episode, with a status that says that all is well. Please find out \
             why.",
}

words! { MEDIA_TOO_SMALL
    title: "The file is suspiciously short",
    meaning: "It is below 150 KiB and below one minute. Pocket Casts and AntennaPod take such files for error pages and \
              may refuse them.",
    fixer: "If the episode should be longer, upload it again.",
    meanwhile: "If it is meant to be so short, a higher bitrate helps.",
}

words! { MEDIA_CORRUPT
    title: "The audio file is damaged",
    meaning: "It begins like an audio file, but what follows is not what such a file holds. Apps cannot play it.",
    fixer: "Export the episode again and upload it anew.",
    meanwhile: "If the file on your disk plays, your hosting company damages it: send it the evidence.",
    to: Hosting,
    letter: "The audio of our episode is damaged as {host} serves it, while our own copy plays. Please compare it \
             with what we uploaded; the evidence is below.",
}

words! { MEDIA_TRUNCATED
    title: "The file is cut off",
    meaning: "Less comes than was promised by the server or by the file itself, so the episode ends too early.",
    fixer: "Upload the file again.",
    meanwhile: "If it is whole at your hosting company, the CDN holds a broken copy: ask it to clear its cache.",
    to: Host,
    letter: "{host} serves our episode cut off: fewer bytes come than were promised. Please compare it with the \
             original, and clear the copy in the CDN's cache.",
}

words! { MEDIA_TYPE_MISMATCH
    title: "Feed, server and file disagree about the format",
    meaning: "The feed or the server calls the file something else than it is. Some apps go by the name and refuse to \
              play it or show the wrong player.",
    fixer: "Correct the type in your feed (audio/mpeg for MP3, audio/mp4 or audio/x-m4a for M4A), or ask the host to \
            send the right Content-Type.",
    meanwhile: "Most apps look at the file itself and still play it.",
    to: Host,
    letter: "The Content-Type that {host} sends does not fit the file. Please send the right one (audio/mpeg for \
             MP3, audio/mp4 for M4A): some apps go by it.",
}

words! { MEDIA_LENGTH_MISMATCH
    title: "The feed states another file size",
    meaning: "The length in the feed is not the file's. Apps show a wrong size or progress; where ads are inserted for \
              each listener, differences are normal.",
    fixer: "Let your hosting company or publishing tool write the real length in bytes into the feed.",
    meanwhile: "Nothing fails meanwhile; apps show a wrong size.",
    to: Hosting,
    letter: "The length of our episodes in the feed is not the length of the files. Please write the real length in \
             bytes.",
}

words! { MEDIA_NO_RANGE
    title: "The server cannot send parts of the file",
    meaning: "Asked for a part, the server sends everything from the start (no byte ranges). Skipping ahead and \
              resuming a download fail in many apps, and Apple Podcasts requires ranges.",
    fixer: "Ask the last host of the chain to switch on byte-range requests (Accept-Ranges: bytes).",
    meanwhile: "Downloads of the whole file still work; skipping ahead does not.",
    to: Host,
    letter: "{host} answers requests for a part of a file with the whole of it (200 in place of 206). Apple Podcasts \
             requires byte ranges, and other apps need them to skip and resume. Please switch them on.",
}

words! { MEDIA_BAD_RANGE
    title: "The server sends the wrong part of the file",
    meaning: "Asked for the start of the file, the server answers with another part, without saying which, or not at \
              all. Apps play garbage, stop, or cannot seek.",
    fixer: "The last host of the chain must repair its answers to byte-range requests (RFC 9110, 14).",
    meanwhile: "Apps that download the whole file may still be fine; try one.",
    to: Host,
    letter: "{host} answers requests for a part of a file wrongly (RFC 9110, 14). Apps play garbage, stop, or cannot \
             skip. Please repair it; what came is below.",
}

words! { MEDIA_NO_HEAD
    title: "The server refuses to be asked about the file",
    meaning: "Directories such as Apple Podcasts first ask about a file without fetching it (a HEAD request). This \
              server refuses that, though it hands the file out.",
    fixer: "Ask the host named in the evidence to answer HEAD like GET.",
    meanwhile: "Listeners are not affected; a directory may refuse the show or the episode.",
    to: Host,
    letter: "{host} refuses HEAD requests for files that it hands out to GET. Apple Podcasts requires HEAD. Please \
             answer it like GET, without the body.",
}

words! { MEDIA_SLOW
    title: "The download is barely faster than playback",
    meaning: "The file came at less than twice the speed at which it plays. Listeners on a slower line than podprobe's \
              hear gaps.",
    fixer: "Ask the last host of the chain about its bandwidth, or serve the files through a CDN.",
    meanwhile: "Probe again at another hour to be sure that it is not your own line.",
    to: Host,
    letter: "Our episodes come from {host} hardly faster than they play, so listeners on slower lines hear gaps. \
             Please look at its bandwidth; the measurement is below.",
}

words! { MEDIA_NOT_STREAMABLE
    title: "Playback starts only after the whole download",
    meaning: "The file's index (an MP4's moov box) is at its end, so apps have to fetch everything before they can \
              start.",
    fixer: "Export the file with \"fast start\"(ffmpeg: -movflags +faststart) and upload it again.",
    meanwhile: "It plays meanwhile, after the whole download.",
}
