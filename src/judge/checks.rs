//! The checks: one file each, and the slice that lists them all.
