//! Text of feeds: entities resolved, mess left as it is and named.

use quick_xml::escape::resolve_html5_entity;

use super::OddityKind;

/// What an entity's name (between `&` and `;`) stands for, and the oddity of using it.
pub(super) fn entity(name: &str) -> (Option<String>, Option<OddityKind>) {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        };
        return match code.and_then(char::from_u32) {
            Some(c) if is_forbidden(c) => (Some(" ".into()), Some(OddityKind::ControlCharacter(c.into()))),
            // XML allows U+0080 to U+009F and they mean nothing; whoever writes them means, as
            // HTML reads them, windows-1252.
            Some(c @ '\u{80}'..='\u{9f}') => {
                let byte = [u8::try_from(u32::from(c)).unwrap_or(b' ')];
                (Some(encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte).0.into_owned()), None)
            }
            Some(c) => (Some(c.to_string()), None),
            None => (None, Some(OddityKind::UnknownEntity(short(name)))),
        };
    }
    match name {
        "amp" => (Some("&".into()), None),
        "lt" => (Some("<".into()), None),
        "gt" => (Some(">".into()), None),
        "quot" => (Some("\"".into()), None),
        "apos" => (Some("'".into()), None),
        _ => match resolve_html5_entity(name) {
            Some(text) => (Some(text.into()), Some(OddityKind::HtmlEntity(short(name)))),
            None => (None, Some(OddityKind::UnknownEntity(short(name)))),
        },
    }
}

/// What is no character of XML 1.0 (2.2).
fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

fn short(name: &str) -> String {
    name.chars().take(32).collect()
}

/// A raw text or attribute value with its entities resolved; what is no entity stays as written.
/// `note` takes each oddity with its offset in `raw`.
pub(super) fn unescape(raw: &str, mut note: impl FnMut(usize, OddityKind)) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut at = 0;
    while let Some(offset) = raw.get(at..).and_then(|rest| memchr::memchr(b'&', rest.as_bytes())) {
        let start = at + offset;
        out.push_str(raw.get(at..start).unwrap_or_default());
        let rest = raw.get(start + 1..).unwrap_or_default();
        // The longest entity name of HTML has 32 characters.
        let end = rest.bytes().take(34).position(|byte| byte == b';');
        let name = end.and_then(|end| rest.get(..end)).filter(|name| is_name(name));
        at = if let Some(name) = name {
            let (text, oddity) = entity(name);
            if let Some(oddity) = oddity {
                note(start, oddity);
            }
            match text {
                Some(text) => out.push_str(&text),
                None => out.push_str(raw.get(start..start + name.len() + 2).unwrap_or_default()),
            }
            start + name.len() + 2
        } else {
            note(start, OddityKind::BareAmpersand);
            out.push('&');
            start + 1
        };
    }
    out.push_str(raw.get(at..).unwrap_or_default());
    out
}

/// Whether this is what stands between `&` and `;` of a reference. The longest entity name of HTML
/// has 32 characters.
pub(super) fn is_name(name: &str) -> bool {
    let bare = name.strip_prefix('#').unwrap_or(name);
    !bare.is_empty() && name.len() <= 34 && bare.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// White space folded and trimmed.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Appends within a bound, on a character's edge. Says whether all of it fitted.
pub(super) fn push_bounded(out: &mut String, text: &str, limit: usize) -> bool {
    let room = limit.saturating_sub(out.len());
    if text.len() <= room {
        out.push_str(text);
        return true;
    }
    let mut end = room;
    while end > 0 && !text.is_char_boundary(end) {
        end -= 1;
    }
    out.push_str(text.get(..end).unwrap_or_default());
    false
}
