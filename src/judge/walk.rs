//! How a chain ended, read once for all checks.

use crate::chain::{Answer, Chain, End, Hop, RedirectFault, RequestFailure};

/// A chain and its ending.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk<'a> {
    /// What was recorded.
    pub(crate) chain: &'a Chain,
    /// How it ended.
    pub(crate) ending: Ending<'a>,
}

/// How a chain ended, with the hop at which it did.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ending<'a> {
    /// The last hop answered 200 or 206.
    Reached(&'a Hop),
    /// No connection to the last hop: its DNS, TCP or TLS phase failed.
    NoConnection(&'a Hop),
    /// A connection, but no answer.
    NoAnswer(&'a Hop, &'a RequestFailure),
    /// An answer that is neither success nor redirect.
    Refused(&'a Hop, &'a Answer),
    /// The last redirect leads back to this hop, counted from 0.
    Circle(&'a Hop, usize),
    /// More redirects than this.
    TooMany(&'a Hop, u32),
    /// The last hop's redirect leads nowhere.
    Lost(&'a Hop, &'a RedirectFault),
    /// The round was stopped, or nothing was recorded.
    Interrupted,
}

impl<'a> Walk<'a> {
    /// Reads how the chain ended.
    pub(crate) fn of(chain: &'a Chain) -> Self {
        Self { chain, ending: ending(chain) }
    }

    /// The hop at which it ended, unless it was stopped.
    pub(crate) fn last(&self) -> Option<&'a Hop> {
        match self.ending {
            Ending::Reached(hop)
            | Ending::NoConnection(hop)
            | Ending::NoAnswer(hop, _)
            | Ending::Refused(hop, _)
            | Ending::Circle(hop, _)
            | Ending::TooMany(hop, _)
            | Ending::Lost(hop, _) => Some(hop),
            Ending::Interrupted => None,
        }
    }

    /// Why the request or its body failed: at the last hop, or while `--depth full` streamed it.
    /// A URL that was not asked failed like those asked before it.
    pub(crate) fn request_failure(&self) -> Option<(&'a Hop, &'a RequestFailure)> {
        let (hop, why) = match self.ending {
            Ending::NoAnswer(hop, why) => (hop, why),
            Ending::Reached(hop) => (hop, self.chain.media.as_ref()?.full.as_ref()?.end.as_ref().err()?),
            _ => return None,
        };
        Some((hop, why))
    }
}

/// The failure itself, where a URL was not asked because others had failed like it.
pub(crate) fn underlying(why: &RequestFailure) -> &RequestFailure {
    match why {
        RequestFailure::NotAsked { like, .. } => like,
        why => why,
    }
}

fn ending(chain: &Chain) -> Ending<'_> {
    let Some(hop) = chain.last() else { return Ending::Interrupted };
    match &chain.end {
        End::Reached => Ending::Reached(hop),
        End::Loop { back_to } => Ending::Circle(hop, *back_to),
        End::TooManyRedirects { limit } => Ending::TooMany(hop, *limit),
        End::BadRedirect(fault) => Ending::Lost(hop, fault),
        End::Interrupted => Ending::Interrupted,
        End::Broken => {
            if hop.dns.failure().is_some() || hop.connect.failure().is_some() || hop.tls.failure().is_some() {
                return Ending::NoConnection(hop);
            }
            match (hop.request.failure(), hop.request.fact()) {
                (Some(why), _) if matches!(underlying(why), RequestFailure::Interrupted) => Ending::Interrupted,
                (Some(why), _) => Ending::NoAnswer(hop, why),
                (None, Some(answer)) => Ending::Refused(hop, answer),
                (None, None) => Ending::Interrupted,
            }
        }
    }
}
