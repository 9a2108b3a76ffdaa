//! Distinguished names as RFC 4514 writes them: last component first, escaped.

use std::fmt::Write as _;

use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// Attribute types with a registered short name (RFC 4514 3, RFC 4519), and the few others that
/// certificates carry and every tool names.
const SHORT: &[(&str, &str)] = &[
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.15", "businessCategory"),
    ("2.5.4.17", "postalCode"),
    ("2.5.4.42", "GN"),
    ("2.5.4.97", "organizationIdentifier"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
    ("1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL"),
    ("1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST"),
    ("1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC"),
];

/// A name as RFC 4514 writes it.
pub(super) fn rfc4514(name: &X509Name<'_>) -> String {
    let mut parts: Vec<String> =
        name.iter_rdn().map(|rdn| rdn.iter().map(attribute).collect::<Vec<_>>().join("+")).collect();
    parts.reverse();
    parts.join(",")
}

/// The first value of this attribute type, as text.
pub(super) fn first(name: &X509Name<'_>, oid: &str) -> Option<String> {
    name.iter_attributes().find(|each| each.attr_type().to_id_string() == oid).and_then(|each| text(each.attr_value()))
}

fn attribute(each: &AttributeTypeAndValue<'_>) -> String {
    let oid = each.attr_type().to_id_string();
    let short = SHORT.iter().find(|(known, _)| *known == oid).map(|(_, short)| *short);
    match (short, text(each.attr_value())) {
        (Some(short), Some(value)) => format!("{short}={}", escape(&value)),
        // RFC 4514 2.4: a type without a name is written with its value in hex, DER header included.
        (short, _) => {
            let mut out = format!("{}=#", short.map_or(oid, str::to_owned));
            let value = each.attr_value();
            for byte in header(value).iter().chain(value.data) {
                let _ = write!(out, "{byte:02x}");
            }
            out
        }
    }
}

/// Tag and length of a value, in DER.
fn header(value: &Any<'_>) -> Vec<u8> {
    // Attribute values are primitive strings with a low tag in practice; anything else is shown
    // by its low tag bits, which is enough to tell two names apart.
    let tag = u8::try_from(value.tag().0 & 0x1f).unwrap_or(0x1f);
    let constructed = if value.header.is_constructed() { 0x20 } else { 0 };
    let length = value.data.len();
    let mut out = vec![tag | constructed];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            out.push(0x80 | u8::try_from(bytes.len()).unwrap_or(0x7f));
            out.extend(bytes);
        }
    }
    out
}

fn text(value: &Any<'_>) -> Option<String> {
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::NumericString | Tag::VisibleString => {
            std::str::from_utf8(value.data).ok().map(str::to_owned)
        }
        // T.61 is read as Latin-1, as everybody does.
        Tag::T61String => Some(value.data.iter().map(|byte| char::from(*byte)).collect()),
        Tag::BmpString => {
            let units =
                value.data.chunks_exact(2).map(|pair| pair.iter().fold(0u16, |acc, b| acc << 8 | u16::from(*b)));
            char::decode_utf16(units).collect::<Result<String, _>>().ok()
        }
        Tag::UniversalString => value
            .data
            .chunks_exact(4)
            .map(|four| char::from_u32(four.iter().fold(0u32, |acc, b| acc << 8 | u32::from(*b))))
            .collect(),
        _ => None,
    }
}

/// RFC 4514 2.4.
fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (at, char) in value.chars().enumerate() {
        match char {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => {
                out.push('\\');
                out.push(char);
            }
            '#' if at == 0 => out.push_str("\\#"),
            ' ' if at == 0 || at == last => out.push_str("\\ "),
            '\0' => out.push_str("\\00"),
            _ => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn what_rfc_4514_reserves_is_escaped() {
        for (given, written) in [
            ("Sue, Grabbit and Runn", "Sue\\, Grabbit and Runn"),
            ("#1 a#", "\\#1 a#"),
            (" a ", "\\ a\\ "),
            (" ", "\\ "),
            ("a\0b", "a\\00b"),
            ("<\"+;\\>", "\\<\\\"\\+\\;\\\\\\>"),
            ("Lu\u{10d}i\u{107}", "Lu\u{10d}i\u{107}"),
            ("", ""),
        ] {
            assert_eq!(escape(given), written);
        }
    }
}
