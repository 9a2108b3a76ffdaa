//! Time zones: the system's data, and the copy that podprobe brings along where the system has
//! none or does not know a name.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The longest name that is looked for; the longest of IANA's has 32 characters.
const MAX_NAME: usize = 64;

/// The time zone of this name (IANA).
pub fn get(name: &str) -> Option<TimeZone> {
    if name.len() > MAX_NAME || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte)) {
        return None;
    }
    jiff::tz::db().get(name).or_else(|_| BUNDLED.get(name)).ok()
}

/// Every name, for suggestions.
pub(super) fn names() -> Vec<String> {
    BUNDLED.available().map(|name| name.as_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_there_without_the_system() {
        assert!(BUNDLED.get("Europe/Berlin").is_ok() && BUNDLED.get("US/Eastern").is_ok());
        assert!(get("UTC").is_some() && get("America/New_York").is_some() && get("US/Eastern").is_some());
        for wrong in ["", "Mars/Olympus", "../../etc/passwd", "Europe/Berlin\0", "/etc/localtime"] {
            assert!(get(wrong).is_none(), "{wrong}");
        }
        assert!(names().len() > 300);
    }
}
