//! Fuzz target `bedrock`; what it does and what must hold is in `src/targets.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| whytrail_fuzz::targets::bedrock(bytes));
