//! `markup`
