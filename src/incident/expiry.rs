//! The steps on a certificate's way to its end: at halves of the time that was left at the first
//! notice; once halves are shorter than a day, daily.

use jiff::{SignedDuration, Timestamp};

use crate::incident::Step;

const DAY_S: i64 = 86_400;

/// More halves than any lifetime has (2^63 s).
const MAX_HALVES: u32 = 63;

/// The first step after `after` for a certificate first told of at `notice`; `None` where the end
/// comes before it.
pub(super) fn next_step(notice: Timestamp, end: Timestamp, after: Timestamp) -> Option<(Timestamp, Step)> {
    let mut left = end.duration_since(notice).as_secs();
    let mut at = notice;
    for _ in 0..MAX_HALVES {
        let half = left / 2;
        if half < DAY_S {
            break;
        }
        at = at.checked_add(SignedDuration::from_secs(half)).ok()?;
        left = left.saturating_sub(half);
        if at > after {
            return Some((at, Step::Halved));
        }
    }
    let days = after.duration_since(at).as_secs().max(0) / DAY_S + 1;
    let daily = at.checked_add(SignedDuration::from_secs(days.saturating_mul(DAY_S))).ok()?;
    (daily < end).then_some((daily, Step::Daily))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(notice: &str, end: &str) -> Vec<(String, Step)> {
        let (notice, end): (Timestamp, Timestamp) = (notice.parse().unwrap(), end.parse().unwrap());
        let mut out = Vec::new();
        let mut at = notice;
        while let Some((next, step)) = next_step(notice, end, at) {
            assert!(next > at && next < end && out.len() < 50);
            out.push((next.to_string(), step));
            at = next;
        }
        out
    }

    #[test]
    fn halves_then_days() {
        let months = steps("2022-04-30T23:59:59Z", "2022-05-30T23:59:59Z");
        let told: Vec<(&str, Step)> = months.iter().map(|(at, step)| (at.as_str(), *step)).collect();
        assert_eq!(
            told,
            [
                ("2022-05-15T23:59:59Z", Step::Halved),
                ("2022-05-23T11:59:59Z", Step::Halved),
                ("2022-05-27T05:59:59Z", Step::Halved),
                ("2022-05-29T02:59:59Z", Step::Halved),
                ("2022-05-30T02:59:59Z", Step::Daily),
            ]
        );
    }

    #[test]
    fn short_or_no_time_left() {
        assert_eq!(steps("2022-05-30T03:00:00Z", "2022-05-30T23:59:59Z"), []);
        assert_eq!(steps("2022-06-01T03:00:00Z", "2022-05-30T23:59:59Z"), []);
        assert_eq!(steps("2022-05-29T22:00:00Z", "2022-05-30T23:59:59Z").len(), 1);
        let (least, most) = (Timestamp::MIN, Timestamp::MAX);
        assert!(next_step(least, most, least).is_some());
        assert!(next_step(least, most, most).is_none());
        assert!(next_step(most, least, least).is_none());
    }
}
