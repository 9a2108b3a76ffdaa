//! One request and its answer on a leased connection. Over HTTP/1.1 hyper speaks, over HTTP/2 h2
//! itself: hyper would run a task for each request. Why there was no answer is `trouble`'s.

use std::future::poll_fn;
use std::time::Duration;

use bytes::Bytes;
use h2::RecvStream;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HOST, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE, USER_AGENT,
};
use http::uri::PathAndQuery;
use http::{Request, Response, Uri, Version};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Incoming};
use tokio::time::{Instant, timeout_at};

use super::Inner;
use super::answer;
use super::budget::Claim;
use super::document::Validators;
use super::pool::{Lease, Sender};
use super::trouble::{Ended, Trouble};
use crate::chain::{Answer, Method, RequestFailure, Unproven};
use crate::link::{Link, Scheme};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) url: &'a Link,
    pub(crate) method: Method,
    pub(crate) range: Option<Range>,
    /// A feed or list, not media: it may come compressed. What is known of it already goes along.
    pub(crate) document: Option<&'a Validators>,
    /// Bytes of body that are wanted at first.
    pub(crate) want: u64,
    /// Under the neutral name of a second opinion, where there is one.
    pub(crate) neutral: bool,
}

/// A range of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) first: u64,
    /// The last byte, included; everything where there is none.
    pub(crate) last: Option<u64>,
}

impl Range {
    /// The first byte alone: what a GET asks for where HEAD is refused.
    pub(crate) const FIRST_BYTE: Self = Self { first: 0, last: Some(0) };

    fn header(self) -> HeaderValue {
        let text = match self.last {
            Some(last) => format!("bytes={}-{last}", self.first),
            None => format!("bytes={}-", self.first),
        };
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("bytes=0-0"))
    }
}

/// An answer whose body has not been read yet.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) answer: Answer,
    /// The Location as sent.
    pub(crate) location: Option<String>,
    /// When the head was there.
    pub(crate) head_at: Instant,
    /// Bytes of the body that were read.
    pub(crate) read: u64,
    /// Bytes of the body that the head promises.
    pub(crate) promised: Option<u64>,
    body: Content,
    claim: Claim,
    lease: Lease,
}

/// A body as it comes.
#[derive(Debug)]
enum Content {
    Http1(Incoming),
    Http2(RecvStream),
}

impl Content {
    /// The next bytes; nothing at the end. Trailers say nothing that is kept.
    async fn piece(&mut self) -> Option<Result<Bytes, Ended>> {
        match self {
            Self::Http1(body) => loop {
                match body.frame().await? {
                    Err(error) => return Some(Err(Ended::Http1(error))),
                    Ok(frame) => {
                        if let Ok(data) = frame.into_data() {
                            return Some(Ok(data));
                        }
                    }
                }
            },
            Self::Http2(stream) => match poll_fn(|cx| stream.poll_data(cx)).await? {
                Ok(data) => {
                    // Fails where the stream is gone, and then nothing more comes.
                    let _ = stream.flow_control().release_capacity(data.len());
                    Some(Ok(data))
                }
                Err(error) => Some(Err(Ended::Http2(error))),
            },
        }
    }

    fn is_at_end(&self) -> bool {
        match self {
            Self::Http1(body) => body.is_end_stream(),
            Self::Http2(stream) => stream.is_end_stream(),
        }
    }
}

impl Inner {
    /// Sends a request now, at `sent`, and waits for the head of its answer until `until`.
    pub(crate) async fn exchange(
        &self,
        mut lease: Lease,
        ask: &Ask<'_>,
        sent: Instant,
        until: Instant,
    ) -> Result<Box<Reply>, Trouble> {
        let request = match self.request(ask, &lease) {
            Ok(request) => request,
            Err(why) => {
                // Nothing was sent: the connection is as good as before.
                lease.give_back();
                return Err(Trouble::plain(why));
            }
        };
        let limits = &self.settings.limits;
        let claim = lease.budget.claim(limits.before_head.saturating_add(ask.want));
        let response = {
            // Pinned here: what is handed to others by value is copied whole.
            let mut sending = std::pin::pin!(self.send(&mut lease.sender, request));
            // Who stops a round takes its connections down too: that is no failure of theirs.
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return Err(Trouble::plain(RequestFailure::Interrupted)),
                outcome = timeout_at(until, &mut sending) => outcome,
            }
        };
        let response = match response {
            Err(_elapsed) => return Err(Trouble::plain(RequestFailure::HeadTimeout)),
            Ok(Err(ended)) => return Err(ended.classify(claim.is_overspent())),
            Ok(Ok(response)) => response,
        };
        let head_at = Instant::now();
        let (parts, body) = response.into_parts();
        let answer = Answer {
            method: ask.method,
            version: if parts.version == Version::HTTP_2 { "h2" } else { "http/1.1" },
            status: parts.status.as_u16(),
            headers: answer::kept(&parts.headers),
            first_byte: head_at.saturating_duration_since(sent),
            transfer: None,
        };
        let promised = if ask.method == Method::Head { Some(0) } else { answer::content_length(&answer) };
        let location = answer::location(&parts.headers);
        Ok(Box::new(Reply { answer, location, head_at, read: 0, promised, body, claim, lease }))
    }

    /// Sends a request, and gives the head of its answer. Counted are requests that were handed to the
    /// connection and did not come back unsent.
    async fn send(&self, sender: &mut Sender, request: Request<()>) -> Result<Response<Content>, Ended> {
        match sender {
            Sender::Http1(sender) => {
                self.counts.request();
                let sent = sender.try_send_request(request.map(|()| Empty::new())).await;
                sent.map(|response| response.map(Content::Http1)).map_err(|mut error| {
                    // What comes back unsent no server saw.
                    if error.take_message().is_some() {
                        self.counts.unsent();
                    }
                    Ended::Http1(error.into_error())
                })
            }
            Sender::Http2(sender) => {
                poll_fn(|cx| sender.poll_ready(cx)).await.map_err(Ended::Unsent)?;
                let (response, _no_body) = sender.send_request(request, true).map_err(Ended::Unsent)?;
                self.counts.request();
                response.await.map(|response| response.map(Content::Http2)).map_err(Ended::Http2)
            }
        }
    }

    /// Whether a secret may go over this connection; if not, why.
    fn proven(&self, lease: &Lease) -> Result<(), Unproven> {
        let Some(session) = &lease.connection.session else { return Err(Unproven::Cleartext) };
        let verified = (self.verified)(session, &lease.connection.origin.host);
        if verified { Ok(()) } else { Err(Unproven::Certificate) }
    }

    /// No secret goes to an unverified peer: a name and password are left out, a URL with a token is
    /// not asked for at all.
    fn request(&self, ask: &Ask<'_>, lease: &Lease) -> Result<Request<()>, RequestFailure> {
        let userinfo = ask.url.userinfo();
        let token = ask.url.carries_token();
        let proven = if token || userinfo.is_some() { self.proven(lease) } else { Ok(()) };
        if let (true, Err(why)) = (token, proven) {
            return Err(RequestFailure::Withheld(why));
        }
        let origin = &lease.connection.origin;
        let unsendable = |why: &str| RequestFailure::Protocol(format!("this URL cannot be sent: {why}"));
        let authority = lease.authority().ok_or_else(|| unsendable("HTTP has no way to write its host"))?;
        let target = PathAndQuery::try_from(ask.url.request_target()).map_err(|why| unsendable(&why.to_string()))?;
        let mut request = Request::new(());
        *request.method_mut() = match ask.method {
            Method::Head => http::Method::HEAD,
            Method::Get => http::Method::GET,
        };
        let mut parts = http::uri::Parts::default();
        parts.path_and_query = Some(target);
        let host = if lease.is_http2() {
            *request.version_mut() = Version::HTTP_2;
            parts.scheme = Some(match origin.scheme {
                Scheme::Http => http::uri::Scheme::HTTP,
                Scheme::Https => http::uri::Scheme::HTTPS,
            });
            parts.authority = Some(authority.clone());
            None
        } else {
            Some(HeaderValue::from_str(authority.as_str()).map_err(|why| unsendable(&why.to_string()))?)
        };
        *request.uri_mut() = Uri::from_parts(parts).map_err(|why| unsendable(&why.to_string()))?;
        let agent = self.neutral_agent.as_ref().filter(|_| ask.neutral).unwrap_or(&self.agent);
        let headers = request.headers_mut();
        headers.reserve(6);
        if let Some(host) = host {
            headers.insert(HOST, host);
        }
        headers.insert(USER_AGENT, agent.clone());
        let (accept, encoding) = if ask.document.is_some() {
            (
                "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
                "gzip, deflate, br",
            )
        } else {
            ("*/*", "identity")
        };
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(encoding));
        if let Some(range) = ask.range {
            headers.insert(RANGE, range.header());
        }
        if let Some(known) = ask.document.filter(|known| known.url.as_ref() == Some(ask.url)) {
            for (name, value) in [(IF_NONE_MATCH, &known.etag), (IF_MODIFIED_SINCE, &known.last_modified)] {
                if let Some(value) = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
                    headers.insert(name, value);
                }
            }
        }
        if let (Some((user, password)), Ok(())) = (userinfo, proven) {
            let text = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("{user}:{password}"));
            if let Ok(mut value) = HeaderValue::from_str(&format!("Basic {text}")) {
                value.set_sensitive(true);
                headers.insert(AUTHORIZATION, value);
            }
        }
        Ok(request)
    }
}

/// How long the rest of a small body may take before its connection is given up instead.
const DRAIN: Duration = Duration::from_secs(1);

/// Bytes of a stream's end that are read rather than refused.
const SCRAPS: u64 = 1 << 10;

impl Reply {
    /// The next piece of the body, or its end. `idle` bounds the silence before it, `until` the
    /// whole.
    pub(crate) async fn chunk(
        &mut self,
        inner: &Inner,
        idle: Duration,
        until: Instant,
    ) -> Result<Option<Bytes>, RequestFailure> {
        let until = until.min(Instant::now() + idle);
        loop {
            let piece = tokio::select! {
                biased;
                () = inner.stop.cancelled() => return Err(RequestFailure::Interrupted),
                piece = timeout_at(until, self.body.piece()) => piece,
            };
            match piece {
                Err(_elapsed) => return Err(RequestFailure::BodyTimeout),
                Ok(None) => return Ok(None),
                // The peer has said all it wants to (RFC 9113 8.1), unless it had promised more.
                Ok(Some(Err(ended)))
                    if ended.is_without_error() && self.promised.is_none_or(|promised| self.read >= promised) =>
                {
                    return Ok(None);
                }
                Ok(Some(Err(ended))) => return Err(self.cut(&ended)),
                Ok(Some(Ok(data))) if data.is_empty() => {}
                Ok(Some(Ok(data))) => {
                    self.read = self.read.saturating_add(data.len() as u64);
                    return Ok(Some(data));
                }
            }
        }
    }

    /// Lets as many bytes come again as `bytes` that were used: for bodies that are streamed.
    pub(crate) fn renew(&self, bytes: usize) {
        self.claim.renew(bytes);
    }

    fn cut(&self, ended: &Ended) -> RequestFailure {
        let short = RequestFailure::BodyCut { got: self.read, promised: self.promised };
        match ended.classify(self.claim.is_overspent()).why {
            RequestFailure::Closed | RequestFailure::Http2(_) => short,
            // h2 ends a stream itself when its data is not what Content-Length says.
            RequestFailure::Protocol(_)
                if ended.is_own_reset() && self.promised.is_some_and(|promised| self.read < promised) =>
            {
                short
            }
            why => why,
        }
    }

    /// Done with it: reads up to `max` more bytes where that makes the connection usable again,
    /// else gives it up (HTTP/2: the stream alone). Gives the answer's head.
    pub(crate) async fn finish(mut self: Box<Self>, inner: &Inner, max: u64) -> Answer {
        // A stream is ended for nothing; only scraps are read, to spare the peer the reset.
        let max = if self.lease.is_http2() { max.min(SCRAPS) } else { max };
        let mut whole = self.body.is_at_end();
        let rest = self.promised.map(|promised| promised.saturating_sub(self.read));
        // Of a body without a length nothing is read where nothing may be.
        if !whole && rest.map_or(max > 0, |rest| rest <= max) {
            let limit = self.read.saturating_add(max);
            let until = Instant::now() + DRAIN.min(inner.settings.limits.head);
            while self.read <= limit {
                match self.chunk(inner, DRAIN, until).await {
                    Ok(Some(_)) => {}
                    Ok(None) => {
                        whole = true;
                        break;
                    }
                    Err(_) => break,
                }
            }
        }
        let Self { answer, lease, .. } = *self;
        if whole {
            lease.give_back();
        }
        answer
    }
}
