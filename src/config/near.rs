//! The nearest valid name: what was probably meant.

/// Characters of a name that are looked at.
const LOOKED_AT: usize = 64;

/// The name nearest to what was typed, where one is near enough: at most half of it differs.
pub fn nearest<'n>(given: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let given = given.to_lowercase();
    names
        .into_iter()
        .map(|name| (distance(&given, &name.to_lowercase()), name))
        .min()
        .filter(|(distance, name)| *distance * 2 <= name.chars().count())
        .map(|(_, name)| name)
}

/// Levenshtein's distance of two short texts.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(LOOKED_AT).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(LOOKED_AT).enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for ((y, above_left), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            left = (above_left + usize::from(x != *y)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        assert_eq!(nearest("Intervalls", ["origins", "intervals"]), Some("intervals"));
        assert_eq!(nearest("zzzzzzzzzzzz", ["origins", "intervals"]), None);
        assert_eq!(nearest("", []), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
