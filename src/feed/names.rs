//! Namespaces: known URIs, the prefixes that are in scope, and what a prefix means by habit
//! where it is not declared or declared with an address that nobody knows.

/// The namespaces that a feed is read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ns {
    /// None, RSS's own, or a default namespace that nobody knows.
    Core,
    Atom,
    Itunes,
    Podcast,
    Media,
    Dc,
    /// RSS 1.0's module for enclosures.
    Enc,
    Rdf,
    Xhtml,
    /// Some other.
    Other,
}

/// Namespaces declared at once in a document; further declarations are not looked at.
const SCOPE: usize = 128;

/// Bytes of a prefix that is looked at; a longer one means nothing, declared or not.
const PREFIX: usize = 100;

/// The declarations in scope.
#[derive(Debug, Default)]
pub(super) struct Scope {
    declared: Vec<Declared>,
    /// Counts the changes.
    age: u64,
}

#[derive(Debug)]
struct Declared {
    key: u64,
    depth: usize,
    prefix: String,
    ns: Ns,
}

/// The first bytes of a prefix and its length in one number: looked up for every element, so
/// prefixes are compared as numbers first.
#[inline]
fn key(prefix: &str) -> u64 {
    prefix.bytes().take(7).fold(prefix.len() as u64, |key, byte| key << 8 | u64::from(byte))
}

impl Scope {
    /// Another number after every change of what is in scope.
    #[inline]
    pub(super) fn age(&self) -> u64 {
        self.age
    }

    /// Takes `xmlns:prefix="uri"`, or `xmlns="uri"` as the empty prefix, of an element at `depth`.
    pub(super) fn declare(&mut self, depth: usize, prefix: &str, uri: &str) {
        let ns = match by_uri(uri) {
            Some(ns) => ns,
            None if prefix.is_empty() => Ns::Core,
            None => by_habit(prefix),
        };
        self.push(depth, prefix, ns);
    }

    /// Takes a prefix that is used without a declaration, so that it is a fault once. Gives its
    /// meaning by habit.
    pub(super) fn assume(&mut self, prefix: &str) -> Ns {
        let ns = by_habit(prefix);
        if self.declared.len() < SCOPE && prefix.len() <= PREFIX {
            self.age += 1;
            // In scope for the whole document, and found after every true declaration.
            self.declared.insert(0, Declared { key: key(prefix), depth: 0, prefix: prefix.to_owned(), ns });
        }
        ns
    }

    fn push(&mut self, depth: usize, prefix: &str, ns: Ns) {
        if self.declared.len() < SCOPE && prefix.len() <= PREFIX {
            self.age += 1;
            self.declared.push(Declared { key: key(prefix), depth, prefix: prefix.to_owned(), ns });
        }
    }

    /// The namespace of a prefix; the empty prefix is the default one. Nothing where it is not
    /// declared.
    #[inline]
    pub(super) fn find(&self, prefix: &str) -> Option<Ns> {
        let key = key(prefix);
        match self.declared.iter().rev().find(|declared| declared.key == key && declared.prefix == prefix) {
            Some(declared) => Some(declared.ns),
            None if prefix.is_empty() => Some(Ns::Core),
            None if prefix == "xml" || prefix.len() > PREFIX => Some(Ns::Other),
            None => None,
        }
    }

    /// The element at `depth` ends, and its declarations with it.
    #[inline]
    pub(super) fn leave(&mut self, depth: usize) {
        while self.declared.last().is_some_and(|declared| declared.depth >= depth && depth > 0) {
            self.age += 1;
            self.declared.pop();
        }
    }
}

/// What a prefix is used for by convention.
fn by_habit(prefix: &str) -> Ns {
    match prefix {
        "itunes" => Ns::Itunes,
        "podcast" => Ns::Podcast,
        "media" => Ns::Media,
        "atom" | "atom10" | "a10" => Ns::Atom,
        "dc" => Ns::Dc,
        "enc" => Ns::Enc,
        "rdf" => Ns::Rdf,
        "xhtml" => Ns::Xhtml,
        _ => Ns::Other,
    }
}

/// Namespaces by URI. Feeds write them in any case, with http or https, with and without the
/// slash at the end.
fn by_uri(uri: &str) -> Option<Ns> {
    let uri = uri.trim().trim_end_matches('/').to_ascii_lowercase();
    let rest = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://")).unwrap_or(&uri);
    Some(match rest {
        "www.w3.org/2005/atom" | "purl.org/atom/ns#" => Ns::Atom,
        "www.itunes.com/dtds/podcast-1.0.dtd" | "www.itunes.com/dtd/podcast-1.0.dtd" => Ns::Itunes,
        "podcastindex.org/namespace/1.0" => Ns::Podcast,
        "search.yahoo.com/mrss" | "search.yahoo.com/mrss/index.php" => Ns::Media,
        "purl.org/dc/elements/1.1" | "purl.org/dc/elements/1.0" | "purl.org/dc/terms" => Ns::Dc,
        "purl.oclc.org/net/rss_2.0/enc#" | "purl.oclc.org/net/rss_2.0/enc" => Ns::Enc,
        "www.w3.org/1999/02/22-rdf-syntax-ns#" => Ns::Rdf,
        "www.w3.org/1999/xhtml" => Ns::Xhtml,
        "purl.org/rss/1.0"
        | "my.netscape.com/rdf/simple/0.9"
        | "channel.netscape.com/rdf/simple/0.9"
        | "backend.userland.com/rss"
        | "backend.userland.com/rss2"
        | "blogs.law.harvard.edu/tech/rss" => Ns::Core,
        // The Podcasting 2.0 namespace's second name, and the pages about it that some feeds give.
        _ if rest.starts_with("github.com/podcastindex-org/podcast-namespace") => Ns::Podcast,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_known_however_they_are_written() {
        for (uri, ns) in [
            ("http://www.itunes.com/DTDs/Podcast-1.0.dtd", Ns::Itunes),
            ("https://podcastindex.org/namespace/1.0", Ns::Podcast),
            ("https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md", Ns::Podcast),
            ("http://search.yahoo.com/mrss", Ns::Media),
            ("http://purl.org/rss/1.0/", Ns::Core),
        ] {
            assert_eq!(by_uri(uri), Some(ns), "{uri}");
        }
        assert_eq!(by_uri("http://example.example/ns"), None);
    }

    #[test]
    fn declarations_end_with_their_element() {
        let mut scope = Scope::default();
        scope.declare(1, "x", "http://www.w3.org/2005/Atom");
        scope.declare(2, "x", "http://search.yahoo.com/mrss/");
        assert_eq!(scope.find("x"), Some(Ns::Media));
        scope.leave(2);
        assert_eq!(scope.find("x"), Some(Ns::Atom));
        scope.leave(1);
        assert_eq!(scope.find("x"), None);
        assert_eq!(scope.assume("itunes"), Ns::Itunes);
        assert_eq!(scope.find("itunes"), Some(Ns::Itunes), "a fault once");
        let long = "x".repeat(PREFIX + 1);
        scope.declare(1, &long, "http://www.w3.org/2005/Atom");
        assert_eq!((scope.find(&long), scope.assume(&long)), (Some(Ns::Other), Ns::Other));
        assert!(scope.declared.iter().all(|declared| declared.prefix.len() <= PREFIX));
    }
}
