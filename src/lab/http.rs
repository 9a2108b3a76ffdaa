//! The lab's HTTP server. HTTP/1.1 is written by hand, so that an exhibit can break it anywhere;
//! HTTP/2 is hyper's.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;

use crate::lab::state::{Seen, State};

/// A request, as an exhibit sees it.
#[derive(Debug)]
pub(in crate::lab) struct Asked<'a> {
    /// The host asked for, in lower case, without a port.
    pub(in crate::lab) host: &'a str,
    /// The method.
    pub(in crate::lab) method: &'a str,
    /// The path.
    pub(in crate::lab) path: &'a str,
    /// The query without its question mark; empty where there is none.
    pub(in crate::lab) query: &'a str,
    /// The single byte range asked for.
    pub(in crate::lab) range: Option<(u64, Option<u64>)>,
    /// The User-Agent; empty where there is none.
    pub(in crate::lab) agent: &'a str,
    /// Whether it came over TLS.
    pub(in crate::lab) secure: bool,
    /// Whether it came over HTTP/2.
    pub(in crate::lab) h2: bool,
    /// How many requests with this method, host and target came before.
    pub(in crate::lab) nth: usize,
    /// The lab.
    pub(in crate::lab) state: &'a State,
}

impl Asked<'_> {
    /// Whether the method is HEAD.
    pub(in crate::lab) fn is_head(&self) -> bool {
        self.method == "HEAD"
    }
}

/// What comes back.
#[derive(Debug)]
pub(in crate::lab) enum Reply {
    /// A well-formed answer.
    Answer(Answer),
    /// Bytes and pauses, then the connection is closed. Over HTTP/2 the stream is reset at once.
    Script(Vec<Step>),
}

/// A well-formed answer.
#[derive(Clone, Debug, Default)]
pub(in crate::lab) struct Answer {
    /// The status code.
    pub(in crate::lab) status: u16,
    /// The headers; `content-length` is added where it is missing.
    pub(in crate::lab) headers: Vec<(&'static str, String)>,
    /// The body, which is not sent in answer to HEAD.
    pub(in crate::lab) body: Bytes,
    /// How long the head keeps the client waiting.
    pub(in crate::lab) delay: Duration,
    /// Send so many bytes of the body at a time, with a pause after each. Over HTTP/1.1 alone.
    pub(in crate::lab) pace: Option<(usize, Duration)>,
}

impl Answer {
    /// An answer with this status and nothing else.
    pub(in crate::lab) fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// With one more header.
    pub(in crate::lab) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With this body.
    pub(in crate::lab) fn body(mut self, mime: &str, body: impl Into<Bytes>) -> Self {
        self.headers.push(("content-type", mime.to_owned()));
        self.body = body.into();
        self
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(key, _)| *key == name)
    }

    /// RFC 9110 8.6: these have no length.
    fn is_bodyless(&self) -> bool {
        matches!(self.status, 100..200 | 204 | 304)
    }
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

/// A step of a script.
#[derive(Clone, Debug)]
pub(in crate::lab) enum Step {
    /// These bytes.
    Send(Bytes),
    /// These bytes again and again with a pause after each, until the client goes away.
    Forever(Bytes, Duration),
    /// Nothing for so long.
    Wait(Duration),
    /// Nothing more, until the client goes away.
    Hang,
    /// The connection is reset.
    Reset,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    /// As it should.
    Close,
    /// By a reset.
    Reset,
}

impl Step {
    /// These bytes.
    pub(in crate::lab) fn send(bytes: impl Into<Bytes>) -> Self {
        Self::Send(bytes.into())
    }
}

/// Who is asking, and over what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visitor {
    /// The connection, counted from 1.
    pub(super) connection: u64,
    /// Whether it is over TLS.
    pub(super) secure: bool,
}

/// The largest request head that is read.
const MAX_HEAD: usize = 64 << 10;

/// Serves HTTP/1.1 until either side closes.
pub(super) async fn serve_http1<S>(stream: &mut S, visitor: Visitor, state: &State) -> Last
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffer = Vec::new();
    loop {
        let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else {
            if buffer.len() > MAX_HEAD || !matches!(stream.read_buf(&mut buffer).await, Ok(1..)) {
                return Last::Close;
            }
            continue;
        };
        let rest = buffer.split_off(end + 4);
        let Some((seen, keep)) = read_head(&buffer, visitor) else {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").await;
            return Last::Close;
        };
        buffer = rest;
        let head = seen.method == "HEAD";
        let done = match answer(&seen, state) {
            Reply::Answer(answer) => write_answer(stream, &answer, head).await,
            Reply::Script(steps) => {
                match play(stream, steps).await {
                    Ok(Played::Reset) => return Last::Reset,
                    Ok(Played::Hang) => drain(stream).await,
                    Ok(Played::Out) | Err(_) => {}
                }
                let _ = stream.shutdown().await;
                return Last::Close;
            }
        };
        if done.is_err() || !keep {
            let _ = stream.shutdown().await;
            return Last::Close;
        }
    }
}

/// The request in a head, and whether the connection is kept afterwards.
fn read_head(head: &[u8], visitor: Visitor) -> Option<(Seen, bool)> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    if !matches!(request.parse(head), Ok(httparse::Status::Complete(_))) {
        return None;
    }
    let headers: Vec<(String, String)> = request
        .headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned()))
        .collect();
    let get = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let host = bare_host(get("host").unwrap_or_default());
    let keep = request.version == Some(1) && !get("connection").is_some_and(|how| how.eq_ignore_ascii_case("close"));
    let seen = Seen {
        host,
        method: request.method?.to_owned(),
        target: request.path?.to_owned(),
        headers,
        version: "http/1.1",
        connection_id: visitor.connection,
        secure: visitor.secure,
    };
    Some((seen, keep))
}

/// A host as the lab knows it: in lower case, without port and trailing dot.
fn bare_host(authority: &str) -> String {
    let name = authority.rsplit_once(':').map_or(authority, |(name, _)| name);
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Notes the request and finds the answer.
fn answer(seen: &Seen, state: &State) -> Reply {
    let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
    let range = seen.header("range").and_then(read_range);
    let nth = state.note(seen);
    let asked = Asked {
        host: &seen.host,
        method: &seen.method,
        path,
        query,
        range,
        agent: seen.header("user-agent").unwrap_or_default(),
        secure: seen.secure,
        h2: seen.version == "h2",
        nth,
        state,
    };
    state.answer(&asked)
}

/// One range with a start (`bytes=0-65535`, `bytes=1000-`).
fn read_range(value: &str) -> Option<(u64, Option<u64>)> {
    let (from, to) = value.strip_prefix("bytes=")?.split_once('-')?;
    let to = if to.is_empty() { None } else { Some(to.parse().ok()?) };
    Some((from.parse().ok()?, to))
}

async fn write_answer<S: AsyncWrite + Unpin>(stream: &mut S, answer: &Answer, head: bool) -> std::io::Result<()> {
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    let reason = http::StatusCode::from_u16(answer.status).ok().and_then(|status| status.canonical_reason());
    let mut text = format!("HTTP/1.1 {} {}\r\n", answer.status, reason.unwrap_or("Unknown"));
    for (name, value) in &answer.headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    if !answer.has("content-length") && !answer.is_bodyless() {
        let _ = write!(text, "content-length: {}\r\n", answer.body.len());
    }
    text.push_str("\r\n");
    stream.write_all(text.as_bytes()).await?;
    if !head && !answer.is_bodyless() {
        match answer.pace {
            None => stream.write_all(&answer.body).await?,
            Some((size, pause)) => {
                for chunk in answer.body.chunks(size.max(1)) {
                    stream.write_all(chunk).await?;
                    stream.flush().await?;
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }
    stream.flush().await
}

/// How far a script came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Played {
    /// To its end.
    Out,
    /// To where nothing more is to be sent.
    Hang,
    /// To where the connection is to be reset.
    Reset,
}

/// Plays a script.
pub(super) async fn play<S: AsyncWrite + Unpin>(stream: &mut S, steps: Vec<Step>) -> std::io::Result<Played> {
    for step in steps {
        match step {
            Step::Send(bytes) => {
                stream.write_all(&bytes).await?;
                stream.flush().await?;
            }
            Step::Forever(bytes, pause) => loop {
                stream.write_all(&bytes).await?;
                stream.flush().await?;
                if pause.is_zero() {
                    tokio::task::yield_now().await;
                } else {
                    tokio::time::sleep(pause).await;
                }
            },
            Step::Wait(pause) => tokio::time::sleep(pause).await,
            Step::Hang => return Ok(Played::Hang),
            Step::Reset => return Ok(Played::Reset),
        }
    }
    Ok(Played::Out)
}

/// Reads and forgets until the peer closes.
pub(super) async fn drain<S: AsyncRead + Unpin>(stream: &mut S) {
    let mut sink = [0; 1024];
    while matches!(stream.read(&mut sink).await, Ok(1..)) {}
}

/// Runs what hyper spawns for a connection, for as long as the connection lives.
#[derive(Clone)]
struct Within(CancellationToken);

impl<F> hyper::rt::Executor<F> for Within
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, work: F) {
        let end = self.0.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = end.cancelled() => {}
                _ = work => {}
            }
        });
    }
}

/// Serves HTTP/2 until either side closes.
pub(super) async fn serve_http2<S>(stream: S, visitor: Visitor, state: Arc<State>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let life = CancellationToken::new();
    let _end = life.clone().drop_guard();
    let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let state = Arc::clone(&state);
        async move { answer_http2(&request, visitor, &state).await }
    });
    let _ =
        hyper::server::conn::http2::Builder::new(Within(life)).serve_connection(TokioIo::new(stream), service).await;
}

/// A script cannot be played over HTTP/2: hyper resets the stream of a request that fails.
#[derive(Debug, thiserror::Error)]
#[error("the stream is reset")]
struct Reset;

async fn answer_http2<B>(
    request: &http::Request<B>,
    visitor: Visitor,
    state: &State,
) -> Result<http::Response<Full<Bytes>>, Reset> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let seen = Seen {
        host: bare_host(request.uri().authority().map_or("", |authority| authority.as_str())),
        method: request.method().as_str().to_owned(),
        target: request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        headers: request.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        version: "h2",
        connection_id: visitor.connection,
        secure: visitor.secure,
    };
    let head = seen.method == "HEAD";
    let Reply::Answer(answer) = answer(&seen, state) else { return Err(Reset) };
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    let mut response = http::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    if !answer.has("content-length") && !answer.is_bodyless() {
        response = response.header("content-length", answer.body.len());
    }
    let body = if head || answer.is_bodyless() { Bytes::new() } else { answer.body.clone() };
    response.body(Full::new(body)).map_err(|_| Reset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_with_a_start_are_read() {
        assert_eq!(read_range("bytes=0-65535"), Some((0, Some(65_535))));
        assert_eq!(read_range("bytes=7-"), Some((7, None)));
        for odd in ["bytes=-5", "bytes=0-1,4-5", "items=0-1", "bytes=a-b"] {
            assert_eq!(read_range(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_host_is_bare() {
        assert_eq!(bare_host("Good.Lab.example.:443"), "good.lab.example");
        assert_eq!(bare_host("good.lab.example"), "good.lab.example");
    }
}
