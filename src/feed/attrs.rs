//! Attributes of a tag, read as far as they go: without quotes, without a value, without a space
//! between them. quick-xml's own iterator stops or allocates there.

use std::ops::Range;

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
            let name = tag.get(attr.name.clone())?;
            let (prefix, bare) = name.split_at_checked(name.len().checked_sub(local.len())?)?;
            let same = bare.eq_ignore_ascii_case(local) && (prefix.is_empty() || prefix.ends_with(':'));
            same.then(|| tag.get(attr.value.clone())).flatten()
        })
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
}
