//! What an exhibit is: what it shows, which findings it must cause, and how its hosts behave.

use crate::lab::http::{Asked, Reply, Step};
use crate::lab::media::{self, File};
use crate::lab::pki::Leaf;

/// One misbehaviour (or good behaviour), by name.
#[derive(Clone, Copy, Debug)]
pub struct Exhibit {
    /// Its name, which is the first label of its host.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub what: &'static str,
    /// What `podprobe check` is pointed at.
    pub source: Source,
    /// The codes of all findings that `check` must report, side findings included, sorted.
    pub causes: &'static [&'static str],
    /// Flags that this exhibit needs beside those of the lab.
    pub flags: &'static [&'static str],
    /// The verdict over the round.
    pub verdict: &'static str,
    /// What becomes of every enclosure's chain; `None` where there is none.
    pub outcome: Option<&'static str>,
    /// Whether it is of the hostile wing: peers that mean to hurt whoever asks them, and what they
    /// can do by accident that comes to the same.
    pub hostile: bool,
    /// The hosts it brings. The first one, unless named otherwise, is `NAME.lab.example`.
    pub(in crate::lab) places: &'static [Place],
    /// The items of its feed.
    pub(in crate::lab) items: &'static [Item],
}

/// What `podprobe check` is pointed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A sound feed at `https://feeds.lab.example/NAME.xml` whose items lead to the exhibit.
    Feed,
    /// These URLs.
    Urls(&'static [&'static str]),
}

/// The domain of the exhibits' hosts.
pub const DOMAIN: &str = "lab.example";

/// The path of a file that is as it should be, on every host that serves HTTP.
pub(in crate::lab) const BESIDE: &str = "/beside.mp3";

/// The host that serves the exhibits' feeds.
pub const FEED_HOST: &str = "feeds.lab.example";

impl Exhibit {
    /// The host that the exhibit is about.
    pub fn host(&self) -> String {
        match self.places.first() {
            Some(place) if !place.name.is_empty() => place.name.to_owned(),
            _ => format!("{}.{DOMAIN}", self.name),
        }
    }

    /// A file on the exhibit's host that is as it should be, whatever else the host does; `None`
    /// where the host lets no file be had.
    pub fn beside(&self) -> Option<String> {
        let place = self.places.first()?;
        let reached = match place.dns {
            Dns::At(addresses) => addresses.iter().any(|number| super::LISTENING.contains(number)),
            Dns::Turns(_) | Dns::Many(_) | Dns::Alias(_) => true,
            _ => false,
        };
        let sound = matches!(place.tls, Tls::Session(Leaf::Good)) && place.frames.is_none();
        (reached && sound).then(|| format!("https://{}{BESIDE}", self.host()))
    }

    /// The sources for `podprobe check`.
    pub fn urls(&self) -> Vec<String> {
        match self.source {
            Source::Feed => vec![format!("https://{FEED_HOST}/{}.xml", self.name)],
            Source::Urls(urls) => urls.iter().map(|&url| url.to_owned()).collect(),
        }
    }
}

/// A host: where its name points, what its TLS does, how it answers.
#[derive(Clone, Copy, Debug)]
pub(in crate::lab) struct Place {
    /// Its name; empty for `EXHIBIT.lab.example`.
    pub(in crate::lab) name: &'static str,
    /// What DNS says.
    pub(in crate::lab) dns: Dns,
    /// What happens on the TLS port.
    pub(in crate::lab) tls: Tls,
    /// Whether HTTP/2 is offered by ALPN.
    pub(in crate::lab) h2: bool,
    /// How requests are answered.
    pub(in crate::lab) serve: fn(&Asked<'_>) -> Reply,
    /// HTTP/2 alone, and by hand: what comes in answer to a request, by its stream.
    pub(in crate::lab) frames: Option<fn(u32) -> Vec<Step>>,
}

/// What DNS says of a name.
#[derive(Clone, Copy, Debug)]
pub(in crate::lab) enum Dns {
    /// These addresses of 127.0.0.0/24, by their last number.
    At(&'static [u8]),
    /// These addresses.
    Elsewhere(&'static [[u8; 4]]),
    /// A chain of CNAMEs that ends at 127.0.0.1.
    Alias(&'static [&'static str]),
    /// NXDOMAIN.
    Missing,
    /// The name exists and has no address.
    Empty,
    /// SERVFAIL.
    Fails,
    /// No answer at all.
    Silent,
    /// So many addresses, from 127.0.0.1 on.
    Many(u16),
    /// At each question the next of these addresses; the last one stays.
    Turns(&'static [[u8; 4]]),
    /// A name is an alias of another below it, and so for ever.
    Endless,
    /// Aliases that lead back to their first.
    Circle,
    /// Bytes that are nothing.
    Garbage,
}

/// What happens on the TLS port for a name.
#[derive(Clone, Copy, Debug)]
pub(in crate::lab) enum Tls {
    /// A session with this leaf.
    Session(Leaf),
    /// By address: the last number of 127.0.0.x, and what happens there.
    Edges(&'static [(u8, Tls)]),
    /// HTTP in cleartext.
    Cleartext,
    /// This alert at once.
    Alert(u8),
    /// Bytes that are nothing.
    Garbage,
    /// The connection is closed after the ClientHello.
    Close,
    /// Nothing ever comes.
    Hang,
    /// TLS 1.0 alone.
    Tls10,
    /// TLS 1.2 with RSA key exchange alone.
    RsaKeyExchange,
    /// These steps in answer to the ClientHello.
    Steps(fn() -> Vec<Step>),
    /// What this makes of the first flight of a sound handshake.
    Flight(fn(&[u8]) -> Vec<Step>),
    /// A sound handshake, and then protected records of this type and content without end.
    Records(u8, fn() -> Vec<u8>),
    /// A sound handshake, and then new keys without end.
    KeyUpdates,
}

/// An item of an exhibit's feed.
#[derive(Clone, Copy, Debug)]
pub(in crate::lab) struct Item {
    /// Its enclosure; `{host}` is the exhibit's host. `None`: an item without one.
    pub(in crate::lab) url: Option<&'static str>,
    /// The file that stands at the end, which gives type and length.
    pub(in crate::lab) file: File,
    /// The type that the feed states, where it is not the file's.
    pub(in crate::lab) mime: Option<&'static str>,
    /// The length that the feed states, where it is not the file's.
    pub(in crate::lab) length: Option<&'static str>,
}

/// A host that does everything well.
pub(in crate::lab) const HERE: Place =
    Place { name: "", dns: Dns::At(&[1]), tls: Tls::Session(Leaf::Good), h2: true, serve: media::serve, frames: None };

/// An item that leads to a good MP3 on the exhibit's host.
pub(in crate::lab) const ITEM: Item =
    Item { url: Some("https://{host}/episode.mp3"), file: File::Mp3, mime: None, length: None };

/// An exhibit where all is well, to build the others from.
pub(in crate::lab) const WELL: Exhibit = Exhibit {
    name: "",
    what: "",
    source: Source::Feed,
    causes: &[],
    flags: &[],
    verdict: "ok",
    outcome: Some("media"),
    hostile: false,
    places: &[HERE],
    items: &[ITEM],
};

/// An exhibit that listeners cannot download.
pub(in crate::lab) const BROKEN: Exhibit = Exhibit { verdict: "critical", outcome: Some("broken"), ..WELL };
