//! The daemon as a process: the real binary, real sockets, a real file.

mod channels;
mod kill;
mod life;
mod secrets;
mod server;
mod silences;
mod stage;
mod starved;
mod telling;
