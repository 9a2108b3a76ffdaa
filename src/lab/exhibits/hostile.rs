//! The hostile wing: peers that never answer, never end, flood, or lead astray. Some older exhibits
//! belong to it and stand among their kind.

pub(super) mod chains;
pub(super) mod endless;
pub(super) mod feeds;
pub(super) mod floods;
pub(super) mod names;
pub(super) mod phases;
pub(super) mod redirects;

use std::time::Duration;

use bytes::Bytes;

use crate::lab::exhibit::{BROKEN, Exhibit, HERE, Place, Source, Tls, WELL};
use crate::lab::http::{Asked, Reply, Step};

/// A pause between two drops, too long for anything to become whole and too short to be silence.
const DROP: Duration = Duration::from_millis(40);

/// The wing's exhibits that break HTTP.
const PROTOCOL: Exhibit = Exhibit { causes: &["http-protocol-error"], hostile: true, ..BROKEN };

/// Those that keep their client waiting.
const TIMEOUT: Exhibit = Exhibit { causes: &["http-timeout"], flags: &["--timeout", "500ms"], hostile: true, ..BROKEN };

/// Those that lead to no session.
const NO_SESSION: Exhibit = Exhibit { causes: &["tls-handshake-failed"], hostile: true, ..BROKEN };

/// Those that do no harm to whoever bounds what they take.
const HARMLESS: Exhibit = Exhibit { hostile: true, ..WELL };

/// Those without an episode.
const NO_FEED: Exhibit = Exhibit { outcome: None, items: &[], ..HARMLESS };

/// A host that answers like this, over HTTP/1.1 and HTTP/2.
const fn with(serve: fn(&Asked<'_>) -> Reply) -> Place {
    Place { serve, ..HERE }
}

/// Over HTTP/1.1 alone, where framing can be broken.
const fn raw(serve: fn(&Asked<'_>) -> Reply) -> Place {
    Place { serve, h2: false, ..HERE }
}

/// Over HTTP/2 alone, frame by frame.
const fn framed(frames: fn(u32) -> Vec<Step>) -> Place {
    Place { frames: Some(frames), ..HERE }
}

/// A host whose TLS is this.
const fn behind(tls: Tls) -> Place {
    Place { tls, ..HERE }
}

/// A script as the reply.
fn script(steps: impl IntoIterator<Item = Step>) -> Reply {
    Reply::Script(steps.into_iter().collect())
}

/// These bytes for ever, as fast as they are taken.
fn forever(bytes: impl Into<Bytes>) -> Step {
    Step::Forever(bytes.into(), Duration::ZERO)
}

/// These bytes for ever, a pause after each time.
fn drip(bytes: impl Into<Bytes>) -> Step {
    Step::Forever(bytes.into(), DROP)
}
