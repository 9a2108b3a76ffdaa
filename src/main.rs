//! The thin binary: everything is in the library's `app`.

/// A walk is some two hundred small pieces of memory; with the system's allocator they took a tenth of a
/// large round's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    podprobe::app::main(std::env::args_os())
}
