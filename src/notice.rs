//! `notice` composes: from transitions of incidents to notifications: who is told, when, and in
//! which words. It neither decides what an incident is (`incident`) nor sends (`notify`), and it
//! knows no platform's syntax.

mod words;

pub use words::{Fact, Message, Notification, Phase, Quiet, ShowLine, Window};
