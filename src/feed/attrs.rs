//! Attributes of a tag, read as far as they go: without quotes, without a value, without a space
//! between them. quick-xml's own iterator stops or allocates there.

use std::ops::Range;

use crate::feed::grammar::reference;

/// Attributes of one element that are looked at.
pub(super) const MOST: usize = 128;

/// The attributes of the tag under way, as ranges of its text. Kept from tag to tag, so that
/// the usual tag costs no allocation.
#[derive(Debug, Default)]
pub(super) struct Attrs {
    list: Vec<Attr>,
    prefixed: bool,
}

/// One attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attr {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

/// What is wrong about an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Unquoted,
    Unclosed,
    NoValue,
    NoSpace,
    Twice,
    TooMany,
}

impl Fault {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Unquoted => "an attribute's value without quotes",
            Self::Unclosed => "an attribute's value without its closing quote",
            Self::NoValue => "an attribute without a value",
            Self::NoSpace => "no space between two attributes",
            Self::Twice => "an attribute that occurs twice in one tag",
            Self::TooMany => "too many attributes",
        }
    }
}

impl Attrs {
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.prefixed = false;
    }

    /// Whether any name has a prefix, or declares a namespace.
    pub(super) fn any_prefixed(&self) -> bool {
        self.prefixed
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Attr> {
        self.list.iter()
    }

    /// The raw value of the first attribute with this local name, in any case.
    pub(super) fn get<'t>(&self, tag: &'t str, local: &str) -> Option<&'t str> {
        self.list.iter().find_map(|attr| {
            let lead = attr.name.len().checked_sub(local.len())?;
            let (prefix, bare) = tag.as_bytes().get(attr.name.clone())?.split_at_checked(lead)?;
            let same = bare.eq_ignore_ascii_case(local.as_bytes()) && (prefix.is_empty() || prefix.ends_with(b":"));
            same.then(|| tag.get(attr.value.clone())).flatten()
        })
    }

    /// Reads attributes that are beyond doubt: `bytes` begin with the name of the tag, which ends at
    /// `from`. Gives where the text of the tag ends, at its `>` or `/>`, and whether the element
    /// is an empty one. Nothing where anything is odd, or in need of more than a look (a
    /// prefix, a declaration), or the tag does not end here.
    pub(super) fn read_sound(&mut self, bytes: &[u8], from: usize) -> Option<(usize, bool)> {
        self.clear();
        let mut at = from;
        // One bit for every name, by its looks: two names that share one are compared.
        let mut seen = 0_u64;
        loop {
            let gap = at;
            while let Some(b' ' | b'\n' | b'\t' | b'\r') = bytes.get(at) {
                at += 1;
            }
            match *bytes.get(at)? {
                b'>' => return Some((at, false)),
                b'/' => return (bytes.get(at + 1) == Some(&b'>')).then_some((at, true)),
                byte if gap == at || !byte.is_ascii_alphabetic() => return None,
                _ => {}
            }
            let start = at;
            let text = bytes.get(start..)?;
            let size = text.iter().position(|&byte| !is_name_byte(byte))?;
            let text = text.get(..size)?;
            let quote = match bytes.get(start + size..)? {
                [b'=', quote @ (b'"' | b'\''), ..] => *quote,
                _ => return None,
            };
            let open = start + size + 2;
            at = open;
            loop {
                at += stop(bytes.get(at..)?, quote)?;
                match *bytes.get(at)? {
                    b'<' => return None,
                    b'&' => at += reference(bytes.get(at + 1..)?)? + 1,
                    _ => break,
                }
            }
            let looks = size * 7 + usize::from(*text.first()?) + usize::from(*text.last()?) * 3;
            let bit = 1 << (looks % 64);
            let same = |attr: &Attr| bytes.get(attr.name.clone()) == Some(text);
            if text == b"xmlns" || self.list.len() >= MOST || (seen & bit != 0 && self.list.iter().any(same)) {
                return None;
            }
            seen |= bit;
            self.list.push(Attr { name: start..start + size, value: open..at });
            at += 1;
        }
    }

    /// Reads the attributes of `tag` from `from` on. Of two with one name the first counts.
    /// Every fault is told with its offset.
    pub(super) fn read(&mut self, tag: &str, from: usize, mut fault: impl FnMut(usize, Fault)) {
        let bytes = tag.as_bytes();
        let byte = |i: usize| bytes.get(i).copied();
        let is_space = |i: usize| byte(i).is_some_and(|b| b.is_ascii_whitespace());
        let mut i = from;
        loop {
            let gap = i;
            while is_space(i) || byte(i) == Some(b'/') {
                i += 1;
            }
            if byte(i).is_none() {
                return;
            }
            if gap == i && i > from {
                fault(i, Fault::NoSpace);
            }
            let start = i;
            // A stray `=` or quote begins a name, too: something must be consumed.
            i += 1;
            while let Some(b) = byte(i)
                && b != b'='
                && b != b'/'
                && !b.is_ascii_whitespace()
            {
                self.prefixed |= b == b':';
                i += 1;
            }
            let name = start..i;
            let text = bytes.get(name.clone()).unwrap_or_default();
            self.prefixed |= text == b"xmlns";
            while is_space(i) {
                i += 1;
            }
            let value = if byte(i) == Some(b'=') {
                i += 1;
                while is_space(i) {
                    i += 1;
                }
                match byte(i) {
                    Some(quote @ (b'"' | b'\'')) => {
                        let open = i + 1;
                        let close = bytes.get(open..).and_then(|rest| memchr::memchr(quote, rest));
                        let end = close.map_or(bytes.len(), |at| open + at);
                        if close.is_none() {
                            fault(i, Fault::Unclosed);
                        }
                        i = end + 1;
                        open..end
                    }
                    Some(_) => {
                        fault(i, Fault::Unquoted);
                        let open = i;
                        while byte(i).is_some_and(|b| !b.is_ascii_whitespace()) {
                            i += 1;
                        }
                        open..i
                    }
                    None => {
                        fault(start, Fault::NoValue);
                        i..i
                    }
                }
            } else {
                fault(start, Fault::NoValue);
                i = name.end;
                name.end..name.end
            };
            if self.list.len() >= MOST {
                fault(start, Fault::TooMany);
                return;
            }
            let same = |attr: &Attr| attr.name.len() == text.len() && bytes.get(attr.name.clone()) == Some(text);
            if self.list.iter().any(same) {
                fault(start, Fault::Twice);
            } else {
                self.list.push(Attr { name, value });
            }
        }
    }
}

/// The bytes of a name that needs no thought: a prefix is none of it.
#[inline]
pub(super) fn is_name_byte(byte: u8) -> bool {
    NAMES.get(usize::from(byte)).is_some_and(|&is| is)
}

/// Asked for every byte of every name: a look is shorter than the comparisons.
const NAMES: [bool; 256] = {
    let mut names = [false; 256];
    let mut rest: &mut [bool] = &mut names;
    let mut byte = 0_u8;
    while let Some((first, others)) = rest.split_first_mut() {
        *first = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        byte = byte.wrapping_add(1);
        rest = others;
    }
    names
};

/// Where the first `quote`, `<` or `&` is. Most values are shorter than a search by vectors takes to
/// begin, so eight bytes are looked at as one number.
fn stop(bytes: &[u8], quote: u8) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // The lowest bit of this marks the first byte that is zero; higher ones may be mistaken.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let (words, rest) = bytes.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zero(word ^ (ONES * u64::from(quote)))
            | zero(word ^ (ONES * u64::from(b'<')))
            | zero(word ^ (ONES * u64::from(b'&')));
        if found != 0 {
            return Some(i * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let at = rest.iter().position(|&byte| byte == quote || matches!(byte, b'<' | b'&'))?;
    Some(words.len() * 8 + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Pairs<'t> = Vec<(&'t str, &'t str)>;

    fn read(tag: &str) -> (Pairs<'_>, Vec<(usize, Fault)>) {
        let mut attrs = Attrs::default();
        let mut faults = Vec::new();
        attrs.read(tag, tag.find(' ').unwrap_or(tag.len()), |at, fault| faults.push((at, fault)));
        let list = attrs.iter().map(|attr| (&tag[attr.name.clone()], &tag[attr.value.clone()])).collect();
        (list, faults)
    }

    #[test]
    fn sound_attributes() {
        let tag = "e url = \"a='b'\"\n\ttype='x/y'  ";
        assert_eq!(read(tag), (vec![("url", "a='b'"), ("type", "x/y")], vec![]));
        assert_eq!(read("e"), (vec![], vec![]));
    }

    #[test]
    fn faults_are_told_and_read_past() {
        assert_eq!(read("e a=b/c d"), (vec![("a", "b/c"), ("d", "")], vec![(4, Fault::Unquoted), (8, Fault::NoValue)]));
        assert_eq!(read("e a='1'b='2'"), (vec![("a", "1"), ("b", "2")], vec![(7, Fault::NoSpace)]));
        assert_eq!(read("e a='1' a='2'"), (vec![("a", "1")], vec![(8, Fault::Twice)]));
        assert_eq!(read("e a='1 b=2"), (vec![("a", "1 b=2")], vec![(4, Fault::Unclosed)]));
        assert_eq!(read("e a="), (vec![("a", "")], vec![(2, Fault::NoValue)]));
        assert_eq!(read("e = ="), (vec![("=", "")], vec![(2, Fault::NoValue)]));
    }

    #[test]
    fn a_tag_has_a_bounded_number() {
        let many = (0..MOST + 9).map(|i| format!(" a{i}='1'")).collect::<Vec<_>>().concat();
        let tag = format!("e{many}");
        let (list, faults) = read(&tag);
        assert_eq!((list.len(), faults.len()), (MOST, 1));
        assert!(matches!(faults[0], (_, Fault::TooMany)));
    }

    #[test]
    fn what_is_beyond_doubt_is_read_alike() {
        for tag in [
            "e>",
            "e/>",
            "e a='1' bb=\"x &amp; 'y'\"\n c-d=''\t/>",
            "e url='https://m.example/a/b/c.mp3?x=1&amp;y=2' type='audio/mpeg' length='1' Length='2' el='x' le='y'>",
        ] {
            let mut attrs = Attrs::default();
            let (end, empty) = attrs.read_sound(format!("{tag} more='x'").as_bytes(), 1).unwrap();
            assert_eq!(&tag[end..], if empty { "/>" } else { ">" });
            let list: Vec<_> = attrs.iter().map(|attr| (&tag[attr.name.clone()], &tag[attr.value.clone()])).collect();
            assert_eq!((list, vec![]), read(&tag[..end]), "{tag}");
        }
        let many = (0..=MOST).map(|i| format!(" a{i}='1'")).collect::<Vec<_>>().concat();
        for tag in [
            "e",
            "e a='1'",
            "e a='1>",
            "e a='1' a='2'>",
            "e a='<'>",
            "e a='&'>",
            "e a='&nbsp;'>",
            "e a=1>",
            "e a>",
            "e a='1'b='2'>",
            "e a ='1'>",
            "e a= '1'>",
            "e xmlns='x'>",
            "e x:y='x'>",
            "e / >",
            "e \u{e9}='x'>",
            &format!("e{many}>"),
        ] {
            assert_eq!(Attrs::default().read_sound(tag.as_bytes(), 1), None, "{tag}");
        }
    }

    #[test]
    fn a_value_ends_at_its_quote_wherever_that_is() {
        for size in 0..40 {
            for (end, other) in [('"', '\''), ('\'', '"'), ('<', 'x'), ('&', '\u{ff}')] {
                let text = format!("{}{end}<&\"'", other.to_string().repeat(size));
                let quote = if end == '\'' { b'\'' } else { b'"' };
                assert_eq!(stop(text.as_bytes(), quote), text.find(end), "{text}");
                assert_eq!(stop("x".repeat(size).as_bytes(), quote), None);
            }
        }
    }
}
