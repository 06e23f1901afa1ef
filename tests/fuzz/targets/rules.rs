//! A text of rules: checked, formatted, checked again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_fuzz::policy;

fuzz_target!(|text: &str| policy::holds(text));
