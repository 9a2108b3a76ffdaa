//! `notify` delivers: one trait, one file a channel. It knows each platform's syntax, limits and
//! answers; whom to tell, when and what is `notice`'s.
