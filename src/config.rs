//! `config` loads: `podprobe.toml` and the environment become settings, every mistake reported at
//! once with its line and column. It acts on none of them; what a channel's options mean is `notify`'s.
