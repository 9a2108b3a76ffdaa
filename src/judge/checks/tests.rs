use std::collections::BTreeMap;

use super::*;
use crate::judge::Code;

#[test]
fn every_code_of_one_round_is_raised_by_exactly_one_check() {
    let mut by: BTreeMap<Code, Vec<&str>> = BTreeMap::new();
    for check in ALL {
        assert!(check.scopes().count() > 0, "{} looks at nothing", check.name);
        for code in check.codes {
            by.entry(*code).or_default().push(check.name);
        }
    }
    for info in Code::ALL {
        let checks = by.get(&info.code).map_or(0, Vec::len);
        let wanted = usize::from(!info.code.needs_history());
        assert_eq!(checks, wanted, "{}: {:?}", info.name, by.get(&info.code));
    }
}

#[test]
fn a_check_is_named_once() {
    let mut names: Vec<_> = ALL.iter().map(|check| check.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ALL.len());
}
