//! `podprobe watch`: the daemon.
mod feeds;
mod world;
