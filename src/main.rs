//! The thin binary: everything is in the library's `app`.

fn main() -> std::process::ExitCode {
    podprobe::app::main(std::env::args_os())
}
