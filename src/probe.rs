//! `probe`
