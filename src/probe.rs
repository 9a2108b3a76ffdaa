//! `probe`
pub mod guard;
pub mod legacy;
pub mod overrides;
pub mod papers;
pub mod resolve;
