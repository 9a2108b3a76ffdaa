//! The short way through the most frequent thing in a feed: an element that holds a text and
//! ends. Where all of it is in memory and nothing about it is odd, it is taken in one step,
//! without an event for each of its parts. Everything else goes the long way and is none the
//! worse for having been looked at.

use std::io::BufRead;

use super::{Grammar, NAME};
use crate::feed::source::Source;

/// Where the text of a leaf is, and where the leaf ends.
pub(super) struct Leaf {
    from: usize,
    to: usize,
    pub(super) end: usize,
}

impl Grammar<'_> {
    /// Right behind a start tag: takes text and end tag of the element. False where that cannot
    /// be done; then nothing was consumed.
    pub(in crate::feed) fn leaf(&mut self, source: &mut Source<'_>) -> bool {
        let rest = source.peek();
        let name = self.top_name().as_bytes();
        // A name that long may have been cut.
        let Some(leaf) = find(rest, name).filter(|_| name.len() < NAME - 3) else { return false };
        if self.keeping.is_some() {
            let text = rest.get(leaf.from..leaf.to).and_then(|text| std::str::from_utf8(text).ok());
            let text = text.unwrap_or_default();
            // In a CDATA section an ampersand is one.
            if leaf.from > 0 || memchr::memchr(b'&', text.as_bytes()).is_none() {
                self.keep(text);
            } else {
                self.copy.clear();
                self.copy.push_str(text);
                let copy = std::mem::take(&mut self.copy);
                self.keep_resolved(source, &copy);
                self.copy = copy;
            }
        }
        source.consume(leaf.end);
        self.pop(source);
        true
    }

    /// Keeps a text whose references are beyond doubt.
    fn keep_resolved(&mut self, source: &mut Source<'_>, text: &str) {
        let mut pieces = text.split('&');
        self.keep(pieces.next().unwrap_or_default());
        for piece in pieces {
            let (name, text) = piece.split_once(';').unwrap_or((piece, ""));
            self.reference(source, name);
            self.keep(text);
        }
    }
}

/// `name` is that of the open element.
pub(super) fn find(rest: &[u8], name: &[u8]) -> Option<Leaf> {
    let (from, to, close) = if let Some(inner) = rest.strip_prefix(b"<![CDATA[") {
        let size = memchr::memmem::find(inner, b"]]>")?;
        (9, 9 + size, 9 + size + 3)
    } else {
        let end = text_end(rest)?;
        (0, end, end)
    };
    let tail = rest.get(close..)?.strip_prefix(b"</")?.strip_prefix(name)?;
    (tail.first() == Some(&b'>')).then_some(Leaf { from, to, end: close + 2 + name.len() + 1 })
}

/// Where the text ends that comes next: at a `<`, past references that are beyond doubt.
fn text_end(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'<', b'&', rest.get(at..)?)?;
        if rest.get(at) == Some(&b'<') {
            return Some(at);
        }
        at += reference(rest.get(at + 1..)?)? + 1;
    }
}

/// The length of a reference behind its `&`, where it is one that XML itself knows.
pub(in crate::feed) fn reference(rest: &[u8]) -> Option<usize> {
    for known in [b"amp;".as_slice(), b"lt;", b"gt;", b"quot;", b"apos;"] {
        if rest.starts_with(known) {
            return Some(known.len());
        }
    }
    let digits = rest.strip_prefix(b"#")?;
    let count = digits.iter().take(5).take_while(|byte| byte.is_ascii_digit()).count();
    // Two digits or more that do not begin with 0 to 3 are no control character; `#39`, the
    // apostrophe, is the one below that is seen everywhere. Five may be a surrogate.
    let sure =
        matches!((digits.first()?, count), (b'4'..=b'9', 2) | (b'1'..=b'9', 3 | 4)) || digits.starts_with(b"39;");
    (sure && digits.get(count) == Some(&b';')).then_some(count + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_beyond_doubt_is_short() {
        let text = |rest: &str| find(rest.as_bytes(), b"a").map(|leaf| (rest[leaf.from..leaf.to].to_owned(), leaf.end));
        assert_eq!(text("x y</a>z"), Some(("x y".into(), 7)));
        assert_eq!(text("</a>"), Some((String::new(), 4)));
        assert_eq!(text("<![CDATA[x<b>&]]></a>"), Some(("x<b>&".into(), 21)));
        assert_eq!(text("&lt;b&gt; &#39;&#8217;</a>").map(|(_, end)| end), Some(26));
        for long in
            ["x", "x<b></a>", "x</ab>", "x</a >", "x</b>", "<![CDATA[x</a>", "<![CDATA[x]]>y</a>", "<!-- x --></a>"]
        {
            assert_eq!(text(long), None, "{long}");
        }
        for doubt in [
            "&</a>",
            "&nbsp;</a>",
            "&#1;</a>",
            "&#12;</a>",
            "&#012;</a>",
            "&#55296;</a>",
            "&#x20;</a>",
            "&#;</a>",
            "&am;</a>",
        ] {
            assert_eq!(text(doubt), None, "{doubt}");
        }
    }
}
