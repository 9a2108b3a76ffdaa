//! The thin binary: everything is in the library's `app`.
fn main() {}
