//! `probe`
pub mod guard;
pub mod legacy;
pub mod overrides;
pub mod resolve;
