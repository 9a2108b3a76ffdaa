//! Just enough DER to write and take apart what rcgen would refuse to make.

/// An element with this tag around these contents.
pub(super) fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let len = contents.len();
    if let Ok(short @ 0..=127) = u8::try_from(len) {
        out.push(short);
    } else {
        let bytes: Vec<u8> = len.to_be_bytes().into_iter().skip_while(|&byte| byte == 0).collect();
        out.push(0x80 | u8::try_from(bytes.len()).unwrap_or(8));
        out.extend(bytes);
    }
    out.extend_from_slice(contents);
    out
}

/// A SEQUENCE of these elements.
pub(super) fn sequence(elements: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &elements.concat())
}

/// A BIT STRING without unused bits.
pub(super) fn bits(contents: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], contents].concat())
}

/// A positive INTEGER from big-endian bytes.
pub(super) fn integer(magnitude: &[u8]) -> Vec<u8> {
    let trimmed: Vec<u8> = magnitude.iter().copied().skip_while(|&byte| byte == 0).collect();
    let mut contents = Vec::with_capacity(trimmed.len() + 1);
    if trimmed.first().is_none_or(|&first| first & 0x80 != 0) {
        contents.push(0);
    }
    contents.extend(trimmed);
    tlv(0x02, &contents)
}

/// The elements inside a constructed element, each whole. `None` where it is no DER.
pub(super) fn inside(element: &[u8]) -> Option<Vec<&[u8]>> {
    let (_, header, len) = head(element)?;
    let mut rest = element.get(header..header.checked_add(len)?)?;
    let mut elements = Vec::new();
    while !rest.is_empty() {
        let (_, header, len) = head(rest)?;
        let (one, after) = rest.split_at_checked(header.checked_add(len)?)?;
        elements.push(one);
        rest = after;
    }
    Some(elements)
}

/// The contents of an element.
pub(super) fn contents(element: &[u8]) -> Option<&[u8]> {
    let (_, header, len) = head(element)?;
    element.get(header..header.checked_add(len)?)
}

/// Tag, length of the header, length of the contents.
fn head(element: &[u8]) -> Option<(u8, usize, usize)> {
    let (&tag, rest) = element.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if first < 0x80 {
        return Some((tag, 2, usize::from(first)));
    }
    let count = usize::from(first & 0x7f);
    let len = rest.get(..count).filter(|_| count <= 4)?.iter().fold(0, |len, &byte| len << 8 | usize::from(byte));
    Some((tag, 2 + count, len))
}

/// The first element of a certificate (or of anything signed alike): what is signed.
pub(super) fn signed_part(certificate: &[u8]) -> Option<&[u8]> {
    inside(certificate)?.into_iter().next()
}

/// The same bytes with one sequence of bytes in place of another as long.
pub(super) fn exchanged(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let found: Vec<usize> = out.windows(from.len()).enumerate().filter(|(_, w)| *w == from).map(|(i, _)| i).collect();
    for start in found {
        if let Some(place) = out.get_mut(start..start + to.len()) {
            place.copy_from_slice(to);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_taken_apart() {
        let long = vec![7; 300];
        let element = sequence(&[&integer(&[0, 0x80]), &tlv(0x04, &long), &bits(&[1])]);
        let parts = inside(&element).unwrap();
        assert_eq!(parts[0], [0x02, 2, 0, 0x80]);
        assert_eq!(contents(parts[1]).unwrap(), long);
        assert_eq!(parts[2], [0x03, 2, 0, 1]);
        assert_eq!(inside(&element[..50]), None);
        assert_eq!(integer(&[0, 0]), [0x02, 1, 0], "zero has one byte");
    }
}
