#![no_main]

use podprobe::report::FORMATS;

// One format an input, which its last byte chooses, so that many inputs are tried. The test renders all.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let chosen = usize::from(bytes.last().copied().unwrap_or_default()) % FORMATS.len();
    podprobe_fuzz::escape::through(bytes, FORMATS.get(chosen..=chosen).unwrap_or_default());
});
