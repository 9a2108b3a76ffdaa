//! From `[incidents]` to the rules of the room `incident`.

use super::value::Section;
use crate::incident::Rules;

pub(super) fn rules(section: &Section) -> Option<Rules> {
    let _ = section;
    Some(Rules::default())
}
