//! The daemon as a process: the real binary, real sockets, a real file.

mod kill;
mod server;
mod stage;
