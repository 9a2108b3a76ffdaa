#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| podprobe_fuzz::config::run(bytes));
