//! Which encoding a document is in: byte order mark, XML declaration, Content-Type, in that
//! order (as browsers do, and as the feeds in the wild need), else UTF-8.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// What the first bytes and the Content-Type say.
#[derive(Debug)]
pub(super) struct Charset {
    pub(super) encoding: &'static Encoding,
    /// Length of the byte order mark.
    pub(super) mark: usize,
    /// A stated name that does not hold: where it stands among the bytes, and the name.
    pub(super) fault: Option<Fault>,
}

/// Why a stated encoding was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nobody knows the name. The offset is that of the name in the head, 0 for Content-Type's.
    Unknown { name: String, offset: usize },
    /// The declaration says UTF-16, but could be read as bytes.
    Contradicted { name: String, offset: usize },
}

/// The longest name of an encoding that is quoted.
const NAME_SHOWN: usize = 40;

/// Decides by the first bytes of a document and its `Content-Type`.
pub(super) fn detect(head: &[u8], content_type: Option<&str>) -> Charset {
    if let Some((encoding, mark)) = Encoding::for_bom(head) {
        return Charset { encoding, mark, fault: None };
    }
    // XML 1.0 appendix F: without a mark, the zero bytes around the first `<` or `{` tell.
    match head.get(..4) {
        Some([b'<' | b'{' | b'[', 0, second, 0]) if *second != 0 => {
            return Charset { encoding: UTF_16LE, mark: 0, fault: None };
        }
        Some([0, b'<' | b'{' | b'[', 0, second]) if *second != 0 => {
            return Charset { encoding: UTF_16BE, mark: 0, fault: None };
        }
        _ => {}
    }
    let (stated, offset) = match declared(head) {
        Some((name, offset)) => (Some(name), offset),
        None => (content_type.and_then(charset_parameter).map(str::as_bytes), 0),
    };
    let Some(label) = stated else {
        return Charset { encoding: UTF_8, mark: 0, fault: None };
    };
    let name = || String::from_utf8_lossy(label.get(..NAME_SHOWN).unwrap_or(label)).into_owned();
    match Encoding::for_label_no_replacement(label) {
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => {
            let fault = Some(Fault::Contradicted { name: name(), offset });
            Charset { encoding: UTF_8, mark: 0, fault }
        }
        Some(encoding) => Charset { encoding, mark: 0, fault: None },
        None => Charset { encoding: UTF_8, mark: 0, fault: Some(Fault::Unknown { name: name(), offset }) },
    }
}

/// The value of `encoding` in an XML declaration within the head, and its offset. The
/// declaration should come first, but is also found after white space, comments and junk.
fn declared(head: &[u8]) -> Option<(&[u8], usize)> {
    let start = memchr::memmem::find(head, b"<?xml")? + 5;
    let rest = head.get(start..)?;
    let decl = rest.get(..memchr::memmem::find(rest, b"?>")?)?;
    let at = memchr::memmem::find(decl, b"encoding")? + 8;
    let value = decl.get(at..)?;
    let quote_at = value.iter().position(|byte| matches!(byte, b'"' | b'\''))?;
    let lead = value.get(..quote_at)?;
    if !lead.trim_ascii().eq(b"=") {
        return None;
    }
    let quote = *value.get(quote_at)?;
    let name = value.get(quote_at + 1..)?;
    let name = name.get(..memchr::memchr(quote, name)?)?;
    Some((name, start + at + quote_at + 1))
}

/// The `charset` parameter of a media type (RFC 9110 8.3.1).
fn charset_parameter(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(head: &[u8], content_type: Option<&str>) -> &'static str {
        detect(head, content_type).encoding.name()
    }

    #[test]
    fn mark_then_declaration_then_content_type() {
        let http = Some("application/rss+xml; charset=\"koi8-r\"");
        let declared = b"<?xml version='1.0' encoding = 'windows-1251'?><rss/>";
        assert_eq!(name(b"\xEF\xBB\xBF<?xml version='1.0' encoding='big5'?>", http), "UTF-8");
        assert_eq!(name(declared, http), "windows-1251");
        assert_eq!(name(b"<?xml version='1.0'?><rss/>", http), "KOI8-R");
        assert_eq!(name(b"<?xml version='1.0'?><rss/>", None), "UTF-8");
        assert_eq!(name(b"<?xml version='1.0'?><rss/>", Some("text/xml; q=1;CharSet=Shift_JIS")), "Shift_JIS");
    }

    #[test]
    fn utf_16_is_seen_without_a_mark() {
        assert_eq!(name(b"<\0?\0x\0", None), "UTF-16LE");
        assert_eq!(name(b"\0<\0r\0s", None), "UTF-16BE");
        assert_eq!(name(b"\xFF\xFE<\0", None), "UTF-16LE");
        assert_eq!(name(b"\xFE\xFF\0<", None), "UTF-16BE");
    }

    #[test]
    fn names_that_do_not_hold_are_said() {
        let bogus = detect(b"<?xml version='1.0' encoding='bogus'?>", None);
        assert_eq!(bogus.fault, Some(Fault::Unknown { name: "bogus".into(), offset: 30 }));
        let wide = detect(b"<?xml version='1.0' encoding='utf-16'?>", None);
        assert_eq!(wide.fault, Some(Fault::Contradicted { name: "utf-16".into(), offset: 30 }));
        assert_eq!(wide.encoding, UTF_8);
    }
}
