//! `podprobe watch`: the daemon.
mod world;
