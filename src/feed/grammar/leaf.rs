//! The short way through the most frequent thing in a feed: an element that holds a text and
//! ends. Where all of it is in memory and nothing about it is odd, it is taken in one step,
//! without an event for each of its parts. Everything else goes the long way and is none the
//! worse for having been looked at.

use std::io::BufRead;

use super::Grammar;
use crate::feed::source::Source;

/// Where the text of a leaf is, and where the leaf ends.
struct Leaf {
    from: usize,
    to: usize,
    end: usize,
}

impl Grammar<'_> {
    /// Right behind a start tag: takes text and end tag of the element. False where that cannot
    /// be done; then nothing was consumed.
    pub(in crate::feed) fn leaf(&mut self, source: &mut Source<'_>) -> bool {
        let rest = source.peek();
        let keeping = self.keeping.is_some();
        let Some(leaf) = find(rest, self.top_name().as_bytes(), keeping) else { return false };
        if keeping {
            let text = rest.get(leaf.from..leaf.to).and_then(|text| std::str::from_utf8(text).ok());
            self.keep(text.unwrap_or_default());
        }
        source.consume(leaf.end);
        self.pop(source);
        true
    }

    /// Right behind a tag: skips the white space before the next one, where no text is kept.
    pub(in crate::feed) fn skip_blank(&mut self, source: &mut Source<'_>) {
        if self.keeping.is_none() && !self.stack.is_empty() {
            let blank = source.peek().iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\t' | b'\r')).count();
            source.consume(blank);
        }
    }
}

/// `name` is that of the open element. A text that is kept must be free of references.
fn find(rest: &[u8], name: &[u8], keeping: bool) -> Option<Leaf> {
    let (from, to, close) = if let Some(inner) = rest.strip_prefix(b"<![CDATA[") {
        let size = memchr::memmem::find(inner, b"]]>")?;
        (9, 9 + size, 9 + size + 3)
    } else {
        let end = text_end(rest, keeping)?;
        (0, end, end)
    };
    let tail = rest.get(close..)?.strip_prefix(b"</")?.strip_prefix(name)?;
    (tail.first() == Some(&b'>')).then_some(Leaf { from, to, end: close + 2 + name.len() + 1 })
}

/// Where the text ends that comes next: at a `<`, past references that are beyond doubt.
fn text_end(rest: &[u8], keeping: bool) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'<', b'&', rest.get(at..)?)?;
        if rest.get(at) == Some(&b'<') {
            return Some(at);
        }
        if keeping {
            return None;
        }
        at += reference(rest.get(at + 1..)?)? + 1;
    }
}

/// The length of a reference behind its `&`, where it is one that XML itself knows.
fn reference(rest: &[u8]) -> Option<usize> {
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
        let text = |rest: &str, keeping| {
            find(rest.as_bytes(), b"a", keeping).map(|leaf| (rest[leaf.from..leaf.to].to_owned(), leaf.end))
        };
        assert_eq!(text("x y</a>z", true), Some(("x y".into(), 7)));
        assert_eq!(text("</a>", true), Some((String::new(), 4)));
        assert_eq!(text("<![CDATA[x<b>&]]></a>", true), Some(("x<b>&".into(), 21)));
        assert_eq!(text("&lt;b&gt; &#39;&#8217;</a>", false).map(|(_, end)| end), Some(26));
        for long in
            ["x", "x<b></a>", "x</ab>", "x</a >", "x</b>", "<![CDATA[x</a>", "<![CDATA[x]]>y</a>", "<!-- x --></a>"]
        {
            assert_eq!(text(long, false), None, "{long}");
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
            assert_eq!(text(doubt, false), None, "{doubt}");
        }
        assert_eq!(text("&amp;</a>", true), None, "what is kept must be resolved");
    }
}
