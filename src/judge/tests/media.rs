use std::time::Duration;

use crate::audio::{Format, Impostor, Moov, Sniff};
use crate::chain::*;
use crate::feed::{Enclosure, EnclosureKind};
use crate::judge::testing::*;
use crate::judge::*;
use crate::link::Link;

fn none() -> Vec<&'static str> {
    Vec::new()
}

fn sniffed(sniff: Sniff) -> Chain {
    with_media(|media| media.sniff = Some(sniff))
}

#[test]
fn what_is_no_audio_breaks_the_chain() {
    for (sniff, code) in [
        (Sniff::Impostor(Impostor::Html), "media-not-audio"),
        (Sniff::Impostor(Impostor::Xml), "media-not-audio"),
        (Sniff::Impostor(Impostor::Pdf), "media-not-audio"),
        (Sniff::Unknown, "media-not-audio"),
        (Sniff::Empty, "media-empty"),
        (Sniff::Corrupt { claims: Format::Mp3, why: "no second frame follows".into() }, "media-corrupt"),
    ] {
        let (verdict, end) = alone(&sniffed(sniff.clone()));
        assert_eq!(codes(&end), [code], "{sniff:?}");
        assert_eq!((verdict.outcome, verdict.verdict), (Some(Outcome::Broken), Verdict::Critical));
    }
    assert_eq!(codes(&alone(&with_media(|m| m.bytes_total = Some(0))).1), ["media-empty"]);
}

#[test]
fn what_the_feed_promises_is_no_impostor() {
    let as_type = |sniff: Sniff, kind: &str| {
        let mut chain = sniffed(sniff);
        chain.media.as_mut().unwrap().content_type = Some(kind.to_owned());
        codes(&alone_as(&chain, |e| e.media_type = Some(kind.into())).1)
    };
    assert_eq!(as_type(Sniff::Impostor(Impostor::Pdf), "application/pdf"), none());
    assert_eq!(as_type(Sniff::Impostor(Impostor::Image), "image/jpeg"), none());
    assert_eq!(as_type(Sniff::Unknown, "audio/amr"), none());
    assert_eq!(as_type(Sniff::Impostor(Impostor::Image), "audio/mpeg"), ["media-not-audio"]);
    assert_eq!(as_type(Sniff::Impostor(Impostor::Html), "text/html"), ["media-not-audio"]);
}

#[test]
fn nothing_is_said_of_bytes_that_were_not_read() {
    let heads = with_media(|media| {
        media.sniff = None;
        media.range = None;
        media.first_audio_byte = None;
    });
    let (verdict, end) = alone(&heads);
    assert_eq!((codes(&end), verdict.outcome), (none(), Some(Outcome::Media)));
}

#[test]
fn small_needs_both_bytes_and_duration() {
    let size = |bytes, ms: Option<u64>| {
        let chain = with_audio(|media, audio| {
            media.bytes_total = Some(bytes);
            audio.duration_ms = ms;
        });
        codes(&alone_as(&chain, |e| e.length = Some(bytes)).1)
    };
    assert_eq!(size((150 << 10) - 1, Some(59_999)), ["media-too-small"]);
    assert_eq!(size(150 << 10, Some(59_999)), none());
    assert_eq!(size((150 << 10) - 1, Some(60_000)), none());
    assert_eq!(size((150 << 10) - 1, None), none());
}

#[test]
fn a_file_shorter_than_it_states_is_truncated_at_any_depth() {
    let stated = |stated: u64| {
        codes(
            &alone(&with_audio(|media, audio| {
                media.bytes_total = Some(98);
                audio.stated_end = Some(stated);
                audio.duration_ms = None;
            }))
            .1,
        )
        .contains(&"media-truncated")
    };
    assert!(!stated(100), "98 % are enough");
    assert!(stated(101));
    let lasting = |stated_ms, full_ms| {
        codes(
            &alone(&with_audio(|media, audio| {
                audio.stated_duration_ms = Some(stated_ms);
                media.full = Some(FullBody { audio_ms: full_ms, ..full(2_000_000) });
            }))
            .1,
        )
        .contains(&"media-truncated")
    };
    assert!(!lasting(100_000, Some(95_000)));
    assert!(lasting(100_000, Some(94_999)));
    // At sample, an MPEG stream's duration follows from size and bitrate: 125 s here.
    let sampled = |stated_ms, format| {
        codes(
            &alone(&with_audio(|_, audio| {
                audio.stated_duration_ms = Some(stated_ms);
                audio.format = format;
            }))
            .1,
        )
        .contains(&"media-truncated")
    };
    assert!(sampled(132_000, Format::Mp3) && !sampled(131_000, Format::Mp3));
    let coarse = with_audio(|_, audio| (audio.bitrate_kbps, audio.stated_duration_ms) = (Some(24), Some(720_000)));
    assert_eq!(codes(&alone(&coarse).1), none(), "24 kbit/s may be 23.5");
    assert!(!sampled(200_000, Format::Mp4), "an MP4's bitrate is computed from its size");
}

#[test]
fn a_body_that_ends_before_its_length_is_truncated() {
    let body = |bytes, end: Result<(), RequestFailure>| {
        codes(&alone(&with_media(|media| media.full = Some(FullBody { end, ..full(bytes) }))).1)
    };
    assert_eq!(body(2_000_000, Ok(())), none());
    assert_eq!(body(1_999_999, Ok(())), ["media-truncated"]);
    let cut = RequestFailure::BodyCut { got: 5, promised: Some(2_000_000) };
    assert_eq!(body(5, Err(cut)), ["media-truncated"]);
    assert_eq!(body(5, Err(RequestFailure::Http2("INTERNAL_ERROR".into()))), ["media-truncated"]);
    assert_eq!(body(5, Err(RequestFailure::BodyTimeout)), ["http-timeout"]);
    assert_eq!(body(5, Err(RequestFailure::Interrupted)), none());
    let endless = alone(&with_media(|media| {
        media.bytes_total = None;
        media.full = Some(FullBody { end: Err(RequestFailure::BodyCut { got: 5, promised: None }), ..full(5) });
    }));
    assert_eq!(codes(&endless.1), ["http-protocol-error"]);
}

#[test]
fn types_disagree_by_family() {
    let types = |feed: Option<&str>, answer: Option<&str>, format: Format| {
        let chain = with_audio(|media, audio| {
            media.content_type = answer.map(str::to_owned);
            audio.format = format;
        });
        let end = alone_as(&chain, |e| e.media_type = feed.map(Into::into)).1;
        end.findings.iter().map(|f| (f.code.as_str(), f.severity)).collect::<Vec<_>>()
    };
    let warning = [("media-type-mismatch", Severity::Warning)];
    let info = [("media-type-mismatch", Severity::Info)];
    for same in ["audio/mp3", "x-audio/mp3", "audio/mpeg; charset=x", "AUDIO/MPEG"] {
        assert_eq!(types(Some(same), Some("audio/mpeg"), Format::Mp3), [], "{same}");
    }
    assert_eq!(types(Some("audio/x-m4a"), Some("audio/mp4"), Format::Mp4), []);
    assert_eq!(types(Some("audio/mp4"), Some("audio/mpeg"), Format::Mp3), warning);
    assert_eq!(types(Some("audio/mpeg"), Some("audio/mpeg"), Format::Mp4), warning);
    assert_eq!(types(Some("audio/mpeg"), Some("text/html"), Format::Mp3), warning);
    assert_eq!(types(Some("audio/mpeg"), Some("application/octet-stream"), Format::Mp3), info);
    assert_eq!(types(Some("audio/mpeg"), None, Format::Mp3), info);
    assert_eq!(types(None, Some("audio/mpeg"), Format::Mp3), info);
    assert_eq!(types(Some("application/octet-stream"), Some("audio/mpeg"), Format::Mp4), warning);
}

#[test]
fn lengths_may_be_off_by_a_tenth() {
    use EnclosureKind::{Alternate, Enclosure as Plain};
    let length = |length: Option<u64>, kind| {
        let end = alone_as(&reached(&[FILE]), |e: &mut Enclosure| (e.length, e.kind) = (length, kind)).1;
        end.findings.iter().map(|f| (f.code.as_str(), f.severity)).collect::<Vec<_>>()
    };
    assert_eq!(length(Some(2_200_000), Plain), []);
    assert_eq!(length(Some(1_800_000), Plain), []);
    assert_eq!(length(Some(2_200_001), Plain), [("media-length-mismatch", Severity::Info)]);
    assert_eq!(length(Some(1_799_999), Plain), [("media-length-mismatch", Severity::Info)]);
    assert_eq!(length(Some(0), Plain), [("media-length-mismatch", Severity::Warning)]);
    assert_eq!(length(None, Plain), [("media-length-mismatch", Severity::Warning)]);
    assert_eq!(length(None, Alternate), []);
}

#[test]
fn inserted_ads_are_remarked_where_lengths_differ() {
    let with_ads = alone_as(&reached(&["https://traffic.megaphone.fm/A1.mp3", FILE]), |e| e.length = Some(1)).1;
    let finding = find(&with_ads, Code::MediaLengthMismatch);
    assert_eq!(finding.severity, Severity::Info);
    assert!(finding.detail.contains("inserts ads"), "{}", finding.detail);
    let without = alone_as(&reached(&[FILE]), |e| e.length = Some(1)).1;
    assert!(!find(&without, Code::MediaLengthMismatch).detail.contains("inserts ads"));
}

#[test]
fn ranges_are_judged_by_how_they_are_answered() {
    let range = |range| {
        let (verdict, end) = alone(&with_media(|media| media.range = Some(range)));
        (codes(&end), verdict.verdict)
    };
    assert_eq!(range(RangeAnswer::Honoured), (none(), Verdict::Ok));
    assert_eq!(range(RangeAnswer::Ignored), (vec!["media-no-range"], Verdict::Warning));
    assert_eq!(range(RangeAnswer::Wrong("multipart".into())), (vec!["media-bad-range"], Verdict::Warning));
    assert_eq!(range(RangeAnswer::NotSatisfiable), (vec!["media-bad-range"], Verdict::Critical));
    let refused =
        |headers: &[(&'static str, &str)]| codes(&alone(&broken(&[], answered(FILE, answer(416, headers)))).1);
    assert_eq!(refused(&[("content-range", "bytes */2000000")]), ["media-bad-range"]);
    assert_eq!(refused(&[("content-range", "bytes */0")]), ["media-empty"], "there is no start of nothing");
    let playlist = with_audio(|media, audio| {
        audio.format = Format::Hls;
        media.content_type = Some("application/x-mpegurl".into());
        media.range = Some(RangeAnswer::Ignored);
    });
    let end = alone_as(&playlist, |e| e.media_type = Some("application/x-mpegurl".into())).1;
    assert_eq!(codes(&end), none(), "a playlist is fetched as text");
}

#[test]
fn head_is_asked_for_at_full_depth_or_by_policy() {
    let refusing = |head, depth_full: bool| {
        let mut chain = with_media(|media| media.full = depth_full.then(|| full(2_000_000)));
        chain.hops[0].head = head;
        chain
    };
    assert_eq!(codes(&alone(&refusing(HeadVerdict::Refused(405), true)).1), ["media-no-head"]);
    assert_eq!(codes(&alone(&refusing(HeadVerdict::Failed, true)).1), ["media-no-head"]);
    assert_eq!(codes(&alone(&refusing(HeadVerdict::Unfit(200), true)).1), none());
    assert_eq!(codes(&alone(&refusing(HeadVerdict::Refused(405), false)).1), none());
    let mut court = court();
    court.policy.require_head = true;
    let mut judge = court.judge();
    play(&mut judge, 0, &episode(0, FILE), &refusing(HeadVerdict::Refused(405), false), &[]);
    assert_eq!(codes(&judge.conclude(&[])), ["media-no-head"]);
}

#[test]
fn throughput_must_be_twice_the_bitrate() {
    // 2,000,000 bytes at 128 kbit/s: twice as fast takes 62.5 s.
    let took = |ms| {
        codes(
            &alone(&with_media(|media| {
                media.full = Some(FullBody { took: Duration::from_millis(ms), ..full(2_000_000) });
            }))
            .1,
        )
    };
    assert_eq!(took(62_500), none());
    assert_eq!(took(62_501), ["media-slow"]);
}

#[test]
fn an_index_behind_the_audio_is_remarked() {
    let moov = |moov| {
        let chain = with_audio(|media, audio| {
            audio.format = Format::Mp4;
            audio.moov = Some(moov);
            media.content_type = Some("audio/mp4".into());
        });
        codes(&alone_as(&chain, |e| e.media_type = Some("audio/mp4".into())).1)
    };
    assert_eq!(moov(Moov::Last), ["media-not-streamable"]);
    assert_eq!(moov(Moov::First), none());
    assert_eq!(moov(Moov::Fragmented), none());
}

#[test]
fn enclosures_that_cannot_be_requested() {
    let invalid = |written: &str, kind| {
        let court = court();
        let mut judge = court.judge();
        let episode = episode(0, FILE);
        let enclosure =
            Enclosure { written: written.into(), link: Link::parse(written), kind, ..episode.enclosures[0].clone() };
        let case = EnclosureCase {
            feed: 0,
            show: "The Show",
            episode: &episode,
            enclosure: &enclosure,
            chain: None,
            bypasses: &[],
        };
        let verdict = judge.enclosure(&case);
        (codes(&judge.conclude(&[])), verdict.outcome, verdict.verdict)
    };
    for written in ["", "a.mp3", "local:///a.mp3", "https://"] {
        let wanted = (vec!["enclosure-invalid"], None, Verdict::Critical);
        assert_eq!(invalid(written, EnclosureKind::Enclosure), wanted, "{written:?}");
    }
    assert_eq!(invalid("ipfs://abc", EnclosureKind::Alternate), (none(), None, Verdict::Ok));
    assert_eq!(invalid("", EnclosureKind::Alternate), (vec!["enclosure-invalid"], None, Verdict::Critical));
}
