//! Reading an answer: taken, refused, too much, or broken.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde_json::Value;

use super::super::secret::without;
use super::super::{Failure, FailureKind};
use super::MAX_WAIT;
use crate::markup::chat::{Unit, cut, plain};

/// Where a platform that sends too many requests away does not say for how long.
const USUAL_WAIT: Duration = Duration::from_secs(30);
/// No platform means less.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
/// How much of what a server said is shown, in characters.
const SHOWN: usize = 200;

/// A 2xx answer.
#[derive(Debug)]
pub(in super::super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) broken: Option<FailureKind>,
    pub(super) host: String,
    pub(super) secrets: Vec<String>,
}

impl Answer {
    /// The body as JSON; `Null` if it is none.
    pub(in super::super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as JSON, where nothing but the body says whether the message was taken.
    pub(in super::super) fn verdict(&self) -> Result<Value, Failure> {
        if let Some(kind) = self.broken {
            return Err(Failure::new(kind, format!("the answer of {} broke off", self.host)));
        }
        match self.json() {
            Value::Null => Err(Failure::rejected(format!(
                "{} answered {}, but not as the platform does: is the address right?",
                self.host,
                self.status.as_u16()
            ))),
            verdict => Ok(verdict),
        }
    }

    /// A text at a place in the body (RFC 6901), if it is short enough to be an id.
    pub(in super::super) fn text(&self, pointer: &str) -> Option<String> {
        self.json().pointer(pointer)?.as_str().filter(|text| text.len() <= 1_000).map(str::to_owned)
    }

    /// A failure that the body tells.
    pub(in super::super) fn failure(&self, kind: FailureKind, said: &str) -> Failure {
        let said = short(&without(said, self.secrets.iter().map(String::as_str)));
        Failure::new(kind, format!("{} refused the message: {said}", self.host))
    }

    /// The wait that headers and body ask for.
    pub(in super::super) fn wait(&self, at: Timestamp) -> Duration {
        let header = |name| self.headers.get(name).and_then(|value| value.to_str().ok());
        wait(header(RETRY_AFTER.as_str()), header(DATE.as_str()), &self.json(), at)
    }
}

/// Sorts an answer by its status.
pub(super) fn judge(answer: Answer, at: Timestamp) -> Result<Answer, Failure> {
    let status = answer.status;
    if status.is_success() {
        return Ok(answer);
    }
    let (host, code) = (&answer.host, status.as_u16());
    let said = said(&answer.body)
        .map(|said| short(&without(&said, answer.secrets.iter().map(String::as_str))))
        .map_or_else(String::new, |said| format!(" ({said})"));
    let limited = code == 429 || code == 503 && answer.headers.contains_key(RETRY_AFTER);
    Err(match code {
        _ if limited => Failure::new(
            FailureKind::Limited { after: answer.wait(at) },
            format!("{host} takes no more for now: {code}{said}"),
        ),
        408 | 425 | 500..=599 => Failure::new(FailureKind::Temporary, format!("{host} has a fault: {code}{said}")),
        300..=399 => Failure::rejected(format!(
            "{host} answered {code}: it has moved, or is no address for messages; put the present address in the options"
        )),
        401 | 403 => Failure::rejected(format!("{host} refused the credentials: {code}{said}")),
        404 | 410 => Failure::rejected(format!("{host} knows no such address any more: {code}{said}")),
        _ => Failure::rejected(format!("{host} refused the message: {code}{said}")),
    })
}

/// How long to wait: `Retry-After` in seconds or as a date (RFC 9110 10.2.3), else what the body of
/// Discord and Telegram (seconds) or Matrix (ms) says; at least a second, at most [`MAX_WAIT`]. A
/// date is counted from the server's own `Date`, where it sends one, so that clocks need not agree.
fn wait(retry_after: Option<&str>, date: Option<&str>, body: &Value, at: Timestamp) -> Duration {
    let seconds = |value: &Value| value.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let said = retry_after.map(str::trim).and_then(|text| from_header(text, date, at));
    said.or_else(|| body.get("retry_after").and_then(seconds))
        .or_else(|| body.pointer("/parameters/retry_after").and_then(seconds))
        .or_else(|| body.get("retry_after_ms").and_then(Value::as_u64).map(Duration::from_millis))
        .unwrap_or(USUAL_WAIT)
        .clamp(SHORTEST_WAIT, MAX_WAIT)
}

fn from_header(text: &str, date: Option<&str>, at: Timestamp) -> Option<Duration> {
    if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
        // More digits than a number has are a long wait.
        return Some(text.parse().map_or(MAX_WAIT, Duration::from_secs));
    }
    // Some servers write fractions.
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let read = |text: &str| httpdate::parse_http_date(text).ok().and_then(|time| Timestamp::try_from(time).ok());
    let now = date.and_then(read).unwrap_or(at);
    let left = read(text)?.as_second().saturating_sub(now.as_second());
    Some(Duration::from_secs(u64::try_from(left).unwrap_or(0)))
}

/// What the server said, if it is for people and no page of HTML.
fn said(body: &[u8]) -> Option<String> {
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        return ["/error/message", "/error", "/message", "/description", "/errors/0", "/errors/0/message", "/code"]
            .iter()
            .find_map(|pointer| value.pointer(pointer)?.as_str().map(str::to_owned))
            .or_else(|| value.as_str().map(str::to_owned));
    }
    let text = std::str::from_utf8(body).ok()?.trim();
    (!text.is_empty() && !text.starts_with('<')).then(|| text.chars().take(4 * SHOWN).collect())
}

/// For an error message.
pub(super) fn short(text: &str) -> String {
    cut(text, SHOWN, Unit::Chars, plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn waits_are_read_in_every_form_and_clamped() {
        let at: Timestamp = "2022-05-31T00:00:00Z".parse().unwrap();
        let seconds = |retry_after, date, body: Value| wait(retry_after, date, &body, at).as_secs();
        assert_eq!(seconds(Some("7"), None, Value::Null), 7);
        assert_eq!(seconds(Some(" 7 "), None, Value::Null), 7);
        assert_eq!(seconds(Some("2.5"), None, Value::Null), 2);
        assert_eq!(seconds(Some("0"), None, Value::Null), 1);
        assert_eq!(seconds(Some("99999999999999999999999"), None, Value::Null), 3_600);
        assert_eq!(seconds(Some("Tue, 31 May 2022 00:02:00 GMT"), None, Value::Null), 120);
        let own = Some("Tue, 31 May 2022 00:01:00 GMT");
        assert_eq!(seconds(Some("Tue, 31 May 2022 00:02:00 GMT"), own, Value::Null), 60);
        assert_eq!(seconds(Some("Tue, 31 May 2011 00:02:00 GMT"), own, Value::Null), 1);
        assert_eq!(seconds(Some("-5"), None, Value::Null), 30);
        assert_eq!(seconds(Some("NaN"), None, Value::Null), 30);
        assert_eq!(seconds(None, None, json!({"retry_after": 4.2})), 4);
        assert_eq!(seconds(None, None, json!({"parameters": {"retry_after": 9}})), 9);
        assert_eq!(seconds(None, None, json!({"retry_after_ms": 5_000})), 5);
        assert_eq!(seconds(None, None, json!({"retry_after": -1})), 30);
        assert_eq!(seconds(Some("soon"), None, Value::Null), 30);
    }

    #[test]
    fn pages_are_not_quoted() {
        assert_eq!(said(b"<html>no</html>"), None);
        assert_eq!(said(b"no_service").as_deref(), Some("no_service"));
        assert_eq!(said(br#"{"error":{"message":"bad"}}"#).as_deref(), Some("bad"));
        assert_eq!(said(&[0xff, 0xfe]), None);
    }
}
