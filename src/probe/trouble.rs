//! Why there was no answer: typed by what hyper, h2, rustls and the system say, never by their words.

use std::error::Error;
use std::io;

use super::answer::cut;
use super::budget::Overspent;
use crate::chain::RequestFailure;

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) why: RequestFailure,
    /// The peer said that it did not look at the request: it can be sent again.
    pub(crate) unprocessed: bool,
    /// HTTP/2 itself broke.
    pub(crate) http2: Option<Http2>,
}

/// What of HTTP/2 broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Http2 {
    /// This request's stream.
    Stream,
    /// The connection.
    Connection,
}

impl Trouble {
    pub(crate) fn plain(why: RequestFailure) -> Self {
        Self { why, unprocessed: false, http2: None }
    }
}

/// What HTTP said when a request or its answer ended early.
#[derive(Debug)]
pub(crate) enum Ended {
    Http1(hyper::Error),
    Http2(h2::Error),
    /// The connection took no more requests, for this reason, and this one was not sent.
    Unsent(h2::Error),
}

impl Ended {
    /// What it means. Whoever overspent is at fault, whatever broke of it.
    pub(crate) fn classify(&self, overspent: bool) -> Trouble {
        match self {
            _ if overspent => Trouble::plain(RequestFailure::TooLarge),
            Self::Http1(error) => Trouble::plain(http1(error)),
            Self::Http2(error) => http2(error),
            Self::Unsent(error) => {
                let trouble = http2(error);
                Trouble { unprocessed: trouble.unprocessed || trouble.http2.is_some(), ..trouble }
            }
        }
    }

    /// Whether the peer ended the stream and says that nothing went wrong.
    pub(crate) fn is_without_error(&self) -> bool {
        matches!(self, Self::Http2(error) if error.is_reset() && error.reason() == Some(h2::Reason::NO_ERROR))
    }

    /// Whether podprobe's own HTTP/2 ended the stream, for what came on it.
    pub(crate) fn is_own_reset(&self) -> bool {
        matches!(self, Self::Http2(error) if error.is_library() && error.is_reset())
    }
}

/// The first cause of this type.
fn find<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if let Some(found) = inner.downcast_ref::<E>() {
            return Some(found);
        }
        // What an io::Error wraps is not among its causes; its causes are those of what it wraps.
        if let Some(wrapped) = inner.downcast_ref::<io::Error>().and_then(io::Error::get_ref)
            && let Some(found) = wrapped.downcast_ref::<E>()
        {
            return Some(found);
        }
        cause = inner.source();
    }
    None
}

fn http2(error: &h2::Error) -> Trouble {
    if let Some(error) = error.get_io() {
        // Of what broke beneath, h2 keeps the kind and the words.
        return Trouble::plain(system(error));
    }
    let Some(reason) = error.reason() else {
        // No peer's doing: h2 does not send what it was given.
        return Trouble::plain(RequestFailure::Protocol(format!("this cannot be sent over HTTP/2: {error}")));
    };
    let name = format!("{reason:?}");
    let unprocessed = error.is_remote()
        && match reason {
            h2::Reason::REFUSED_STREAM => true,
            // It has had enough of this connection, and says nothing of the next.
            h2::Reason::NO_ERROR | h2::Reason::ENHANCE_YOUR_CALM => error.is_go_away(),
            _ => false,
        };
    let why = if error.is_remote() {
        RequestFailure::Http2(name)
    } else {
        RequestFailure::Protocol(format!("HTTP/2 framing broken: {name}"))
    };
    let http2 = if error.is_go_away() { Http2::Connection } else { Http2::Stream };
    Trouble { why, unprocessed, http2: Some(http2) }
}

fn http1(error: &hyper::Error) -> RequestFailure {
    if error.is_parse_too_large() {
        return RequestFailure::TooLarge;
    }
    if find::<Overspent>(error).is_some() {
        return RequestFailure::TooLarge;
    }
    if let Some(error) = find::<rustls::Error>(error) {
        return RequestFailure::Protocol(format!("TLS broken: {}", cut(&error.to_string(), 200)));
    }
    if error.is_timeout() {
        return RequestFailure::HeadTimeout;
    }
    if error.is_parse() {
        return RequestFailure::Protocol(cut(&error.to_string(), 200));
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return RequestFailure::Closed;
    }
    if let Some(error) = find::<io::Error>(error) {
        return system(error);
    }
    // hyper's words, for people: an answer nobody asked for, a broken chunk.
    RequestFailure::Protocol(cut(&error.to_string(), 200))
}

/// What the system says of a connection.
fn system(error: &io::Error) -> RequestFailure {
    match error.kind() {
        io::ErrorKind::TimedOut => RequestFailure::HeadTimeout,
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            RequestFailure::Protocol(cut(&error.to_string(), 200))
        }
        _ => RequestFailure::Closed,
    }
}
