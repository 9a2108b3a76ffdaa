//! References in text (`&amp;`, `&#8217;`, `&nbsp;`), and text made plain.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use quick_xml::escape::{resolve_html5_entity, resolve_xml_entity};

use crate::feed::OddityKind;

/// Entities of a DOCTYPE that are kept.
const OWN: usize = 64;
/// The longest text that an entity of a DOCTYPE may stand for.
const OWN_TEXT: usize = 256;
/// The longest name of an entity.
const NAME: usize = 40;

/// The entities that the document's own DOCTYPE declares.
///
/// Those that stand for plain text are resolved; those that stand for markup or for further
/// entities are not, so nothing ever grows.
#[derive(Debug, Default)]
pub(super) struct Own {
    list: Vec<(String, String)>,
    /// The DOCTYPE names an external file, which may declare anything (RSS 0.91's does, for
    /// HTML's entities): a strict reader that does not fetch it takes any name.
    external: bool,
}

impl Own {
    /// Reads the text between `<!DOCTYPE` and `>`.
    pub(super) fn read(&mut self, doctype: &str) {
        let (head, subset) = doctype.split_once('[').unwrap_or((doctype, ""));
        self.external |= head.contains("PUBLIC") || head.contains("SYSTEM");
        let room = OWN.saturating_sub(self.list.len());
        for declaration in subset.split("<!ENTITY").skip(1).take(room) {
            let mut words = declaration.trim_start().splitn(2, |c: char| c.is_ascii_whitespace());
            let (Some(name), Some(rest)) = (words.next(), words.next()) else { continue };
            let rest = rest.trim_start();
            let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
            let Some((value, _)) = rest.get(1..).and_then(|rest| rest.split_once(quote)) else { continue };
            if is_name(name) && value.len() <= OWN_TEXT && !value.contains(['<', '%']) {
                let text = decode(value, &Self::default(), OWN_TEXT, |_, _| {});
                // What still holds a reference would have to be expanded again.
                if !text.contains(['&', '<']) {
                    self.list.push((name.to_owned(), text.into_owned()));
                }
            }
        }
    }
}

/// What stands between `&` and `;`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning<'e> {
    /// A text that XML allows.
    Text(&'e str),
    /// A character by its number.
    Char(char),
    /// A text that HTML knows and XML does not.
    Html(&'static str),
    /// A control character that XML forbids.
    Control(u32),
    /// An entity that nobody knows.
    Unknown,
    /// No reference at all: the ampersand stands for itself.
    Bare,
}

/// Looks a reference up.
pub(super) fn meaning<'e>(name: &str, own: &'e Own) -> Meaning<'e> {
    if let Some(number) = name.strip_prefix('#') {
        return by_number(number);
    }
    if let Some(text) = resolve_xml_entity(name) {
        return Meaning::Text(text);
    }
    if !is_name(name) {
        return Meaning::Bare;
    }
    if let Some((_, text)) = own.list.iter().find(|(known, _)| known == name) {
        return Meaning::Text(text);
    }
    match resolve_html5_entity(name) {
        Some(text) if own.external => Meaning::Text(text),
        Some(text) => Meaning::Html(text),
        None => Meaning::Unknown,
    }
}

fn by_number(number: &str) -> Meaning<'static> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) if !hex.starts_with('+') => u32::from_str_radix(hex, 16),
        None if !number.starts_with('+') => number.parse(),
        _ => return Meaning::Bare,
    };
    match code {
        Ok(code @ (0..=8 | 0x0B | 0x0C | 0x0E..=0x1F)) => Meaning::Control(code),
        // Numbers that mean windows-1252, as HTML reads them (HTML 13.2.5.80).
        Ok(code @ 0x80..=0x9F) => {
            let byte = [u8::try_from(code).unwrap_or(b'?')];
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(&byte);
            text.chars().next().map_or(Meaning::Unknown, Meaning::Char)
        }
        Ok(code) => char::from_u32(code).map_or(Meaning::Unknown, Meaning::Char),
        Err(_) if number.is_empty() || !number.chars().all(|c| c.is_ascii_alphanumeric()) => Meaning::Bare,
        Err(_) => Meaning::Unknown,
    }
}

fn is_name(name: &str) -> bool {
    let first = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    first && name.len() <= NAME && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

impl Meaning<'_> {
    /// Appends the text of the reference; what nobody knows stays as it was written.
    pub(super) fn push(&self, name: &str, to: &mut String) {
        match self {
            Self::Text(text) | Self::Html(text) => to.push_str(text),
            Self::Char(c) => to.push(*c),
            Self::Control(_) => {}
            Self::Unknown | Self::Bare => {
                to.push('&');
                to.push_str(name);
                to.push(';');
            }
        }
    }

    /// What a strict reader would say.
    pub(super) fn oddity(&self, name: &str) -> Option<OddityKind> {
        match self {
            Self::Text(_) | Self::Char(_) => None,
            Self::Html(_) => Some(OddityKind::HtmlEntity(name.to_owned())),
            Self::Control(code) => Some(OddityKind::ControlCharacter(*code)),
            Self::Unknown => Some(OddityKind::UnknownEntity(name.chars().take(NAME).collect())),
            Self::Bare => Some(OddityKind::BareAmpersand),
        }
    }
}

/// Resolves the references of an attribute or a whole text, once. Faults are told with their
/// offset.
///
/// An entity of the document's own may stand for much more than its name: nothing is added once
/// the text is longer than `most` bytes, so that what is cut to `most` afterwards is the same.
pub(super) fn decode<'t>(
    text: &'t str,
    own: &Own,
    most: usize,
    mut fault: impl FnMut(usize, OddityKind),
) -> Cow<'t, str> {
    if memchr::memchr(b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().min(most));
    let mut done = 0;
    for (at, _) in text.match_indices('&') {
        if out.len() <= most {
            out.push_str(text.get(done..at).unwrap_or_default());
        }
        done = at;
        let rest = text.get(at + 1..).unwrap_or_default();
        // A name is short: looking further would make a text full of ampersands expensive.
        let end = rest.bytes().take(NAME + 1).position(|byte| matches!(byte, b';' | b'&'));
        let name = end.filter(|&end| rest.as_bytes().get(end) == Some(&b';')).and_then(|end| rest.get(..end));
        let Some(name) = name else {
            fault(at, OddityKind::BareAmpersand);
            continue;
        };
        let meaning = meaning(name, own);
        if let Some(oddity) = meaning.oddity(name) {
            fault(at, oddity);
        }
        if out.len() <= most {
            meaning.push(name, &mut out);
        }
        done = at + name.len() + 2;
    }
    if out.len() <= most {
        out.push_str(text.get(done..).unwrap_or_default());
    }
    Cow::Owned(out)
}

/// How a title is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    /// Plain text.
    #[default]
    Text,
    /// Plain text by the letter, but escaped twice by most generators (RSS).
    Twice,
    /// HTML.
    Html,
}

/// A title as plain text.
pub(super) fn title(written: &str, form: Form) -> String {
    match form {
        Form::Text => fold(written),
        Form::Twice => fold(&decode(written, &Own::default(), usize::MAX, |_, _| {})),
        Form::Html => fold(&plain(written)),
    }
}

/// A text without control characters, white space aside.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    text.chars().filter(|c| !c.is_control() || c.is_whitespace()).collect()
}

/// White space folded to single spaces, none at the ends, no control characters.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        // Nearly all of a text is plain, and taken a word at a time.
        let plain = rest.bytes().take_while(|byte| matches!(byte, b'!'..=b'~')).count();
        let (word, after) = rest.split_at(if plain > 0 { plain } else { first.len_utf8() });
        if plain == 0 && (first.is_whitespace() || first == '\u{FEFF}') {
            gap = !out.is_empty();
        } else if plain > 0 || !first.is_control() {
            if std::mem::take(&mut gap) {
                out.push(' ');
            }
            out.push_str(word);
        }
        rest = after;
    }
    out
}

/// A title that was written as HTML (Atom's `type="html"`), as plain text: no tags, entities
/// resolved.
fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        let (text, tag) = rest.split_at(open);
        out.push_str(text);
        let is_tag = tag.chars().nth(1).is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        let skip = if let Some(close) = tag.find('>').filter(|_| is_tag) {
            close
        } else {
            out.push('<');
            0
        };
        rest = tag.get(skip + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    decode(&out, &Own::default(), usize::MAX, |_, _| {}).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str) -> (String, Vec<(usize, OddityKind)>) {
        let mut faults = Vec::new();
        let out = decode(raw, &Own::default(), usize::MAX, |at, what| faults.push((at, what))).into_owned();
        (out, faults)
    }

    #[test]
    fn sound_references() {
        assert_eq!(text("a &amp; b &lt;&#65;&#x42;&quot;"), ("a & b <AB\"".into(), vec![]));
        assert_eq!(text("caf\u{e9}"), ("caf\u{e9}".into(), vec![]));
        assert_eq!(text("it&#146;s").0, "it\u{2019}s", "as HTML reads it");
    }

    #[test]
    fn faulty_references() {
        use OddityKind::{BareAmpersand, ControlCharacter, HtmlEntity, UnknownEntity};
        assert_eq!(text("x?a=1&b=2"), ("x?a=1&b=2".into(), vec![(5, BareAmpersand)]));
        assert_eq!(text("AT&T; &&amp;").0, "AT&T; &&");
        assert_eq!(text("a&nbsp;b"), ("a\u{a0}b".into(), vec![(1, HtmlEntity("nbsp".into()))]));
        assert_eq!(text("&foo;"), ("&foo;".into(), vec![(0, UnknownEntity("foo".into()))]));
        assert_eq!(text("&#0;x"), ("x".into(), vec![(0, ControlCharacter(0))]));
        assert_eq!(text("&#xD800;").1, vec![(0, UnknownEntity("#xD800".into()))]);
        assert_eq!(text("&#;").1, vec![(0, BareAmpersand)]);
        assert_eq!(text("&#99999999999;").1, vec![(0, UnknownEntity("#99999999999".into()))]);
    }

    #[test]
    fn a_doctype_may_name_texts_but_not_bombs() {
        let mut own = Own::default();
        own.read(
            "rss [<!ENTITY show \"Ad&#233;\"> <!ENTITY amp2 \"&#38;\"> <!ENTITY a 'x'><!ENTITY b \"&a;&a;&a;\"><!ENTITY c SYSTEM 'f'>]",
        );
        assert_eq!(meaning("a", &own), Meaning::Text("x"));
        assert_eq!(meaning("show", &own), Meaning::Text("Ad\u{e9}"));
        assert_eq!(meaning("amp2", &own), Meaning::Unknown, "an ampersand would begin another");
        assert_eq!(meaning("b", &own), Meaning::Unknown);
        assert_eq!(meaning("c", &own), Meaning::Unknown);
        assert_eq!(meaning("nbsp", &own), Meaning::Html("\u{a0}"));
        own.read("rss PUBLIC \"-//Netscape//DTD RSS 0.91//EN\" \"http://dtd.example/rss.dtd\"");
        assert_eq!(meaning("nbsp", &own), Meaning::Text("\u{a0}"));
    }

    #[test]
    fn entities_of_its_own_make_no_document_grow() {
        let mut own = Own::default();
        for i in 0..9 {
            own.read(&format!("rss [{}]", format!("<!ENTITY e{i} '{}'>", "x".repeat(OWN_TEXT)).repeat(20)));
        }
        assert_eq!(own.list.len(), OWN, "of all its DOCTYPEs together");
        let mut faults = 0;
        let text = decode("a&e0;&e0;b&bad;", &own, 3, |_, _| faults += 1).into_owned();
        assert_eq!(
            (text.len(), faults),
            (1 + OWN_TEXT, 1),
            "one too much is left to be cut; faults are told all the same"
        );
    }

    #[test]
    fn plain_text() {
        assert_eq!(fold(" a\n\t b\u{0}c \u{3000}d "), "a bc d");
        assert_eq!(fold("\u{1} a \u{1} b\u{85}ü\u{FEFF}é \u{1}"), "a b ü é");
        assert_eq!(clean("a\u{7f} b\u{85}c\u{9f}\n"), "a b\u{85}c\n");
        assert_eq!(plain("<b>Tom</b> &amp; Jerry <3 a < b"), "Tom & Jerry <3 a < b");
    }
}
