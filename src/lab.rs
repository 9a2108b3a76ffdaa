//! `lab`
