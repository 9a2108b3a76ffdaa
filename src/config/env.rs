//! The environment: variables that stand in for keys of the file.

use std::collections::BTreeSet;
use std::path::Path;

use super::mistake::{At, Mistake};
use super::near;
use super::registry::{Key, TABLES, TOP, Table};
use super::value::{self, Found, Section, Unfit};
use super::walk::Reading;

/// What the names of all variables begin with.
pub const PREFIX: &str = "PODPROBE_";

/// Variables that mean something to podprobe's own tests and builds.
const KEPT: &[&str] =
    &["PODPROBE_LOOK", "PODPROBE_WRITE_DOCS", "PODPROBE_ORACLES", "PODPROBE_SLOW_TESTS", "PODPROBE_TEST_POSTGRES"];

/// The variable that stands in for a key: `PODPROBE_STORE_URL`, or `PODPROBE_EPISODES` for one of
/// the head of the file. `None` for a key that only the file can set: lists, tables, and whatever
/// there may be many of.
pub fn variable(table: &Table, key: &Key) -> Option<String> {
    (!table.many && key.shape.is_scalar()).then(|| name(table, key))
}

fn name(table: &Table, key: &Key) -> String {
    let section = if table.name.is_empty() { String::new() } else { format!("{}_", table.name) };
    format!("{PREFIX}{section}{}", key.name).to_ascii_uppercase()
}

/// Puts what the environment says of a table's keys over what the file says. An empty variable
/// says nothing.
pub(super) fn apply(reading: &mut Reading<'_>, section: &mut Section) {
    for key in section.table.keys {
        let Some(variable) = variable(section.table, key) else { continue };
        let Some(text) = (reading.outside.env)(&variable).filter(|text| !text.is_empty()) else { continue };
        let at = At::Variable(variable);
        section.given = true;
        // Paths of the environment start from the working directory, as everywhere.
        match value::parse(&key.shape, &text, Path::new("")) {
            Ok(value) => {
                section.found.insert(key.name, Found { value, at: Some(at) });
            }
            Err(Unfit { what, near }) => reading.mistake(Mistake { at, what, near }),
        }
    }
}

/// Complains of variables that begin with [`PREFIX`] and mean nothing.
pub(super) fn unknown(reading: &mut Reading<'_>) {
    let all = || std::iter::once(&TOP).chain(TABLES).flat_map(|table| table.keys.iter().map(move |key| (table, key)));
    let known: BTreeSet<String> = all().filter_map(|(table, key)| variable(table, key)).collect();
    for given in reading.outside.names {
        let fine = known.contains(given) || KEPT.contains(&given.as_str()) || reading.referred.contains(given);
        if fine || !given.starts_with(PREFIX) || is_service(given) {
            continue;
        }
        let at = At::Variable(given.clone());
        let mistake = match all().find(|(table, key)| name(table, key) == *given) {
            Some((table, key)) if table.name.is_empty() => {
                Mistake::new(at, format!("only the file can set `{}`", key.name))
            }
            Some((table, key)) => {
                Mistake::new(at, format!("only the file can set `{}` of {}", key.name, table.header()))
            }
            None => Mistake {
                at,
                what: "stands for no setting".into(),
                near: near::nearest(given, known.iter().map(String::as_str)).map(str::to_owned),
            },
        };
        reading.mistake(mistake);
    }
}

/// Variables that Kubernetes sets in every container for a service whose name begins with
/// `podprobe` (its documentation, "Service: environment variables").
fn is_service(name: &str) -> bool {
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.ends_with("_PORT")
        || name.split("_PORT_").skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_taken_for_a_service() {
        for (table, key) in
            std::iter::once(&TOP).chain(TABLES).flat_map(|table| table.keys.iter().map(move |key| (table, key)))
        {
            assert!(!is_service(&name(table, key)), "{}", name(table, key));
        }
        for theirs in ["PODPROBE_SERVICE_HOST", "PODPROBE_WEB_PORT", "PODPROBE_PORT_8787_TCP_ADDR"] {
            assert!(is_service(theirs), "{theirs}");
        }
    }

    #[test]
    fn no_two_keys_share_a_variable() {
        let mut seen = BTreeSet::new();
        for table in std::iter::once(&TOP).chain(TABLES) {
            for key in table.keys {
                assert!(seen.insert(name(table, key)), "{}", name(table, key));
            }
        }
    }
}
