//! HLS playlists (RFC 8216).

use super::view::{Ask, Gap, View, len};
use super::{Facts, Format, Sniff};

/// A playlist is proven by one tag that only playlists have, or by one URI.
pub(super) fn sniff(view: &View<'_>) -> Sniff {
    let head = view.head();
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let whole = matches!(view.gap(0, head.len().saturating_add(1)), Gap::End);
    // The last line may be cut by the window's edge.
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let (mut proof, mut ended, mut ms, mut count) = (false, false, 0_u64, 0_usize);
    for line in lines.skip(1) {
        count += 1;
        if let Some(rest) = line.strip_prefix(b"#EXTINF:") {
            proof = true;
            ms = ms.saturating_add(seconds(rest));
        } else if line.starts_with(b"#EXT-X-") {
            proof |= line.contains(&b':') || line == b"#EXT-X-ENDLIST";
            ended |= line == b"#EXT-X-ENDLIST";
        } else if !line.is_empty() && !line.starts_with(b"#") {
            proof |= uri(line);
        }
    }
    if !proof {
        return match view.gap(0, head.len().saturating_add(1)) {
            Gap::Ask(Ask::More) => Sniff::More,
            _ => Sniff::Corrupt {
                claims: Format::Hls,
                why: format!("a playlist of {count} lines without a tag or a URI"),
            },
        };
    }
    let whole_ms = (whole && ended && ms > 0).then_some(ms);
    Sniff::Audio(Facts {
        format: Format::Hls,
        audio_start: 0,
        bitrate_kbps: None,
        duration_ms: whole_ms,
        stated_end: None,
        stated_duration_ms: None,
        moov: None,
        odd_codec: None,
        remarks: if whole && len(head) > 0 && ms > 0 && !ended {
            vec!["a live playlist: it has no end".to_owned()]
        } else {
            Vec::new()
        },
    })
}

/// The milliseconds of an `EXTINF`: decimal seconds up to a comma.
fn seconds(field: &[u8]) -> u64 {
    let number = field.split(|byte| *byte == b',').next().unwrap_or_default();
    let mut parts = number.split(|byte| *byte == b'.');
    let digits =
        |part: Option<&[u8]>| std::str::from_utf8(part.unwrap_or_default()).unwrap_or_default().trim().to_owned();
    let whole = digits(parts.next()).parse::<u32>().unwrap_or_default();
    let fraction = format!("{:0<3}", digits(parts.next()));
    let fraction = fraction.get(..3).and_then(|digits| digits.parse::<u16>().ok()).unwrap_or_default();
    u64::from(whole) * 1000 + u64::from(fraction)
}

/// A URI by its looks: printable, no space, no angle bracket (an error page behind the first line).
fn uri(line: &[u8]) -> bool {
    line.iter().all(|byte| byte.is_ascii_graphic() && !b"<>\"{}".contains(byte) || *byte >= 0x80)
}
