//! Which elements mean anything in a feed, and a short memory for the names that were met: a feed
//! has some forty of them, and each a thousand times.

use crate::feed::names::{Ns, Scope};

/// Whether an element may mean anything in a feed. Most do not, and are done with.
pub(super) fn is_known(ns: Ns, local: &str) -> bool {
    match ns {
        Ns::Core | Ns::Atom => matches!(
            local,
            "item"
                | "title"
                | "guid"
                | "pubDate"
                | "enclosure"
                | "link"
                | "entry"
                | "id"
                | "published"
                | "updated"
                | "pubdate"
                | "channel"
                | "newLocation"
                | "issued"
                | "modified"
                | "created"
        ),
        Ns::Itunes => matches!(local, "title" | "new-feed-url"),
        Ns::Podcast => matches!(local, "source" | "alternateEnclosure" | "liveItem"),
        Ns::Media => local == "content",
        Ns::Dc => matches!(local, "title" | "date"),
        Ns::Enc => local == "enclosure",
        Ns::Rdf | Ns::Xhtml | Ns::Other => false,
    }
}

/// The longest name that is remembered, in bytes.
const LONGEST: usize = 40;
/// Names remembered at once; two that fall on one place take turns.
const SLOTS: usize = 128;

/// The names met since a namespace was last declared, or its declaration ended.
#[derive(Debug)]
pub(super) struct Names {
    slots: Vec<Slot>,
}

#[derive(Clone, Debug)]
struct Slot {
    name: [u8; LONGEST],
    size: usize,
    /// The state of the scope that this was found in.
    age: u64,
    ns: Ns,
    known: bool,
}

impl Names {
    pub(super) fn new() -> Self {
        // No name is empty, so nothing is ever found in these.
        Self { slots: vec![Slot { name: [0; LONGEST], size: 0, age: 0, ns: Ns::Core, known: false }; SLOTS] }
    }

    /// The namespace of an element's name (ASCII), and whether it may mean anything. Nothing where the
    /// prefix is not declared, or the name is too long to be remembered.
    #[inline]
    pub(super) fn find(&mut self, scope: &Scope, name: &[u8]) -> Option<(Ns, bool)> {
        let (&first, &last) = (name.first()?, name.last()?);
        let middle = *name.get(name.len() / 2)?;
        let mix = name.len() * 37 + usize::from(first) + usize::from(middle) * 5 + usize::from(last) * 11;
        let slot = self.slots.get_mut(mix % SLOTS)?;
        if slot.size != name.len() || slot.age != scope.age() || slot.name.get(..name.len()) != Some(name) {
            let text = std::str::from_utf8(name).ok()?;
            let (prefix, local) = text.split_once(':').unwrap_or(("", text));
            let room = slot.name.get_mut(..name.len())?;
            let ns = scope.find(prefix)?;
            room.copy_from_slice(name);
            (slot.size, slot.age, slot.ns, slot.known) = (name.len(), scope.age(), ns, is_known(ns, local));
        }
        Some((slot.ns, slot.known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_what_its_prefix_is_declared_as_now() {
        let (mut names, mut scope) = (Names::new(), Scope::default());
        assert_eq!(names.find(&scope, b"x:title"), None, "not declared: a fault to be told");
        scope.declare(1, "x", "http://www.itunes.com/dtds/podcast-1.0.dtd");
        assert_eq!(names.find(&scope, b"x:title"), Some((Ns::Itunes, true)));
        scope.declare(2, "x", "http://search.yahoo.com/mrss/");
        assert_eq!(names.find(&scope, b"x:title"), Some((Ns::Media, false)));
        scope.leave(2);
        assert_eq!(names.find(&scope, b"x:title"), Some((Ns::Itunes, true)));
        assert_eq!(names.find(&scope, b"title"), Some((Ns::Core, true)));
        assert_eq!(names.find(&scope, &[b'a'; LONGEST + 1]), None);
        assert_eq!(names.find(&scope, b""), None);
    }
}
